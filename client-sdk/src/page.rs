//! What a page's browser tells a client, so that no author of a page has to listen for it.

use std::rc::Rc;
use std::sync::Arc;

use gloo_events::EventListener;
use web_sys::{VisibilityState, Window};

use crate::driver::Driver;
use crate::host::TypedHost;

/// Listens for as long as it is kept.
#[derive(Debug)]
#[expect(dead_code, reason = "its listeners do all that it is for, until they are dropped")]
pub(crate) struct Page([EventListener; 3]);

impl Page {
    /// Tells the client when another tab has written the store, when the network is back, and when
    /// the page is shown again: one that was frozen has heard nothing. In a worker, which hears of
    /// none of that, there is nothing to listen to.
    pub(crate) fn watch(driver: &Arc<Driver<TypedHost>>) -> Option<Rc<Self>> {
        let window = web_sys::window()?;
        let document = window.document()?;
        // A listener that held the client would keep itself.
        let tell = |tell: fn(&Driver<TypedHost>)| {
            let driver = Arc::downgrade(driver);
            move || {
                if let Some(driver) = driver.upgrade() {
                    tell(&driver);
                }
            }
        };
        let stored = tell(Driver::store_changed);
        let online = tell(|driver| {
            if is_shown() {
                driver.wake();
            }
        });
        let shown = tell(|driver| {
            if is_shown() {
                driver.store_changed();
                driver.wake();
            }
        });
        Some(Rc::new(Self([
            EventListener::new(&window, "storage", move |_| stored()),
            EventListener::new(&window, "online", move |_| online()),
            EventListener::new(&document, "visibilitychange", move |_| shown()),
        ])))
    }
}

fn is_shown() -> bool {
    let document = web_sys::window().as_ref().and_then(Window::document);
    document.is_some_and(|document| document.visibility_state() != VisibilityState::Hidden)
}
