//! How busy Guildhall is at this moment: state that is read when somebody asks for it. What happens is counted where it
//! happens, for the recorder of `metrics` that is installed when [`Guildhall::new`] is called.

use metrics::{Counter, counter};

use crate::error::Result;
use crate::guildhall::Guildhall;
use crate::storage::Pool;

/// How often a cache was asked, and had it; looked up in the recorder once.
pub(crate) struct Lookups {
    hits: Counter,
    misses: Counter,
}

impl Lookups {
    pub(crate) fn of(cache: &'static str) -> Self {
        let of = |result| counter!("guildhall_cache_lookups_total", "cache" => cache, "result" => result);
        Self { hits: of("hit"), misses: of("miss") }
    }

    pub(crate) fn count(&self, is_hit: bool) {
        if is_hit { self.hits.increment(1) } else { self.misses.increment(1) }
    }
}

/// How busy it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Passwords that were hashed since the start.
    pub hashed: u64,
    /// Passwords that wait for a hashing thread.
    pub hashes_waiting: usize,
    /// Passwords that are being hashed.
    pub hashes_running: usize,
    /// The connections to the database.
    pub pools: Vec<Pool>,
}

impl Guildhall {
    /// How busy it is. It waits for nothing and asks no database.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let (hashes_waiting, hashes_running) = self.passwords.in_flight();
        let (hashed, pools) = (self.passwords.hashed(), self.storage.pools());
        Stats { hashed, hashes_waiting, hashes_running, pools }
    }

    /// How many mails are to be sent, now or later, by any replica.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn mails_waiting(&self) -> Result<u64> {
        Ok(self.storage.read().await?.mail().waiting().await?)
    }
}
