//! Warnings that the net could otherwise bring about as often as it likes.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_secs(60);

/// Something to warn of, at most once a minute.
#[derive(Debug, Default)]
pub(crate) struct Rarely(Mutex<Option<Instant>>);

impl Rarely {
    /// Whether it is time to; then it is not for the next minute.
    pub(crate) fn is_due(&self) -> bool {
        self.is_due_at(Instant::now())
    }

    fn is_due_at(&self, now: Instant) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = last.is_none_or(|last| now.saturating_duration_since(last) >= PAUSE);
        if is_due {
            *last = Some(now);
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_due_once_a_minute() {
        let (rarely, start) = (Rarely::default(), Instant::now());
        assert!(rarely.is_due_at(start));
        assert!(!rarely.is_due_at(start + PAUSE / 2));
        assert!(rarely.is_due_at(start + PAUSE) && !rarely.is_due_at(start + PAUSE));
    }
}
