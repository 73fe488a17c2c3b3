//! What is said to a stream from outside of it.

use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

/// Wakes a stream, or closes it.
#[derive(Debug, Default)]
pub struct Signal(Mutex<Said>);

#[derive(Debug, Default)]
struct Said {
    woken: bool,
    closed: bool,
    waker: Option<Waker>,
}

impl Signal {
    /// The device woke up, has a network again, or the page is shown again.
    pub fn wake(&self) {
        self.say(|said| said.woken = true);
    }

    /// No more is wanted.
    pub fn close(&self) {
        self.say(|said| said.closed = true);
    }

    fn say(&self, say: impl FnOnce(&mut Said)) {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        say(&mut said);
        let waker = said.waker.take();
        drop(said);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Whether it was woken, and closed, since the last time.
    pub(super) fn take(&self) -> (bool, bool) {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (std::mem::take(&mut said.woken), said.closed)
    }

    /// Ready once there is something to [`Signal::take`].
    pub(super) fn poll(&self, context: &Context<'_>) -> Poll<()> {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if said.woken || said.closed {
            return Poll::Ready(());
        }
        said.waker = Some(context.waker().clone());
        Poll::Pending
    }
}
