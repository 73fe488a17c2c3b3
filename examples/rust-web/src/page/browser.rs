//! What the browser knows, as signals.

use gloo_events::EventListener;
use guildhall_client::contract::{Timestamp, UserId};
use js_sys::{Date, JSON};
use sycamore::prelude::*;
use web_sys::{EventTarget, VisibilityState};

/// Which part of the page the address asks for: `#/people`, `#/messages`, `#/messages/42`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    People,
    Messages,
    Conversation(UserId),
}

impl Route {
    fn read() -> Self {
        let hash = window().location().hash().unwrap_or_default();
        match hash.trim_start_matches("#/").split_once('/') {
            None if hash == "#/people" => Self::People,
            Some(("messages", id)) => id.parse().map_or(Self::Messages, Self::Conversation),
            _ => Self::Messages,
        }
    }

    /// The page of the navigation that it belongs to.
    pub(crate) fn page(self) -> Self {
        if self == Self::People { Self::People } else { Self::Messages }
    }
}

pub(crate) fn route() -> ReadSignal<Route> {
    watch(&window(), &["hashchange"], Route::read)
}

/// Whether there is a network.
pub(crate) fn is_online() -> ReadSignal<bool> {
    watch(&window(), &["online", "offline"], || window().navigator().on_line())
}

/// Whether anyone can see the page.
pub(crate) fn is_visible() -> ReadSignal<bool> {
    let read = || document().visibility_state() == VisibilityState::Visible;
    watch(&document(), &["visibilitychange"], read)
}

/// What `read` says, read again at each of these events.
fn watch<T>(target: &EventTarget, events: &[&'static str], read: fn() -> T) -> ReadSignal<T> {
    let signal = create_signal(read());
    let listen =
        |event: &&'static str| EventListener::new(target, *event, move |_| signal.set(read()));
    let listeners: Vec<_> = events.iter().map(listen).collect();
    on_cleanup(move || drop(listeners));
    *signal
}

/// A time in the words of whoever reads it.
pub(crate) fn in_words(time: Timestamp) -> String {
    let milliseconds = time.as_micros() as f64 / 1000.0;
    let style = JSON::parse(r#"{ "dateStyle": "medium", "timeStyle": "short" }"#);
    let date = Date::new(&milliseconds.into());
    date.to_locale_string("default", &style.unwrap_or_default()).into()
}
