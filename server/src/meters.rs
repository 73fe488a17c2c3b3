//! What is counted and measured: the table of it, and how many requests were answered, by call and status, and how long
//! they took.

mod state;
mod table;

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use metrics::{Counter, Histogram};

pub(crate) use state::read;
pub(crate) use table::describe;
pub use table::{Kind, METRICS, Metric};

/// The meters of each call and status, looked up in the recorder once.
#[derive(Default)]
pub(crate) struct Meters(RwLock<HashMap<(&'static str, u16), Meter>>);

#[derive(Clone)]
struct Meter {
    count: Counter,
    took: Histogram,
}

impl Meters {
    /// Notes a request that was answered. `operation` is one of few: they are never forgotten.
    pub(crate) fn record(&self, operation: &'static str, status: u16, seconds: f64) {
        let meter = self.of(operation, status);
        meter.count.increment(1);
        meter.took.record(seconds);
    }

    fn of(&self, operation: &'static str, status: u16) -> Meter {
        let key = (operation, status);
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        known.unwrap_or_else(|| {
            let labels = [("operation", operation.to_owned()), ("status", status.to_string())];
            let count = metrics::counter!("guildhall_http_requests_total", &labels);
            let took = metrics::histogram!("guildhall_http_request_seconds", &labels);
            let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
            all.entry(key).or_insert(Meter { count, took }).clone()
        })
    }
}
