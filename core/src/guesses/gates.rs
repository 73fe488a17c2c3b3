//! Tries in flight are held back where they might become one too many.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use metrics::{Counter, counter};
use tokio::sync::Notify;

/// The tries in flight in this process, by what they are counted under.
pub(crate) struct Gates {
    gates: moka::sync::Cache<String, Arc<Gate>>,
    refused: Counter,
}

/// The tries in flight under one key.
#[derive(Default)]
pub(super) struct Gate {
    in_flight: Mutex<i64>,
    pub(super) changed: Notify,
}

/// Leave for one try; given back when this is dropped, however the try ends.
pub(super) struct Pass(Arc<Gate>);

impl Gates {
    pub(crate) fn new() -> Self {
        let idle = Duration::from_secs(60);
        let gates = moka::sync::Cache::builder().max_capacity(100_000).time_to_idle(idle).build();
        Self { gates, refused: counter!("guildhall_guesses_refused_total") }
    }

    pub(super) fn of(&self, key: &str) -> Arc<Gate> {
        self.gates.get_with_by_ref(key, Arc::default)
    }

    /// Counts a try that has to wait.
    pub(super) fn refuse(&self) {
        self.refused.increment(1);
    }
}

impl Gate {
    /// A pass if fewer than `free` are out; one can always be had alone.
    pub(super) fn pass(gate: &Arc<Self>, free: i64) -> Option<Pass> {
        let mut in_flight = gate.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        if *in_flight > 0 && *in_flight >= free {
            return None;
        }
        *in_flight += 1;
        Some(Pass(Arc::clone(gate)))
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        *self.0.in_flight.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.changed.notify_waiters();
    }
}
