//! Budgets by key, which fill up evenly (GCRA).

use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

/// After how many requests those are forgotten who have all of their budget again.
const UPKEEP: u32 = 1 << 16;

/// What is left of a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Left {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    /// Seconds until it is whole again.
    pub(super) reset: u64,
}

/// One budget for each key. Its clock is the machine's steady one: the time of day may be set back.
pub(super) struct Limiter<K: Hash + Eq + Clone, C: Clock = DefaultClock> {
    limit: NonZeroU32,
    /// After how long one request more may be made.
    each: Duration,
    keys: RateLimiter<K, DashMapStateStore<K>, C, StateInformationMiddleware>,
    asked: AtomicU32,
}

impl<K: Hash + Eq + Clone> Limiter<K> {
    /// So many a minute; 0 for any number.
    pub(super) fn new(per_minute: u32) -> Option<Self> {
        Some(Self::with_clock(NonZeroU32::new(per_minute)?, DefaultClock::default()))
    }
}

impl<K: Hash + Eq + Clone, C: Clock> Limiter<K, C> {
    fn with_clock(limit: NonZeroU32, clock: C) -> Self {
        let quota = Quota::per_minute(limit);
        let keys = RateLimiter::new(quota, DashMapStateStore::default(), clock);
        Self { limit, each: quota.replenish_interval(), keys, asked: AtomicU32::new(0) }
    }

    /// What is left, and how long to wait where that is too little.
    pub(super) fn spend(&self, key: &K, cost: NonZeroU32) -> (Left, Option<Duration>) {
        if self.asked.fetch_add(1, Ordering::Relaxed) % UPKEEP == UPKEEP - 1 {
            self.keys.retain_recent();
            self.keys.shrink_to_fit();
        }
        // What costs more than a whole budget costs all of it.
        let spent = self.keys.check_key_n(key, cost.min(self.limit));
        let (remaining, wait) = match spent {
            Ok(Ok(state)) => (state.remaining_burst_capacity(), None),
            Ok(Err(until)) => {
                let wait = until.wait_time_from(self.keys.clock().now());
                // What is missing comes back one by one.
                let missing = wait.as_nanos().div_ceil(self.each.as_nanos());
                let missing = u32::try_from(missing).unwrap_or(u32::MAX);
                (cost.min(self.limit).get().saturating_sub(missing), Some(wait))
            }
            Err(_) => (0, Some(Duration::from_secs(60))),
        };
        let limit = self.limit.get();
        let missing = u64::from(limit.saturating_sub(remaining));
        let reset = (missing * 60).div_ceil(u64::from(limit));
        (Left { limit, remaining, reset }, wait)
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    fn limiter(limit: u32) -> (Limiter<u32, FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        (Limiter::with_clock(NonZeroU32::new(limit).unwrap(), clock.clone()), clock)
    }

    #[test]
    fn a_budget_is_spent_at_once_and_fills_up_evenly() {
        let (limiter, clock) = limiter(60);
        let (one, ten) = (NonZeroU32::MIN, NonZeroU32::new(10).unwrap());
        let left = |remaining, reset| Left { limit: 60, remaining, reset };
        assert_eq!(limiter.spend(&1, one), (left(59, 1), None));
        for n in 1..5 {
            assert_eq!(limiter.spend(&1, ten), (left(59 - 10 * n, 1 + 10 * u64::from(n)), None));
        }
        let (refused, wait) = limiter.spend(&1, NonZeroU32::new(20).unwrap());
        assert_eq!((refused, wait), (left(19, 41), Some(Duration::from_secs(1))));
        assert_eq!(limiter.spend(&2, one), (left(59, 1), None), "another's budget");
        clock.advance(Duration::from_secs(1));
        assert_eq!(limiter.spend(&1, NonZeroU32::new(20).unwrap()), (left(0, 60), None));
        assert_eq!(limiter.spend(&1, one).1, Some(Duration::from_secs(1)));
        clock.advance(Duration::from_secs(60));
        assert_eq!(limiter.spend(&1, NonZeroU32::MAX), (left(0, 60), None), "all of it");
    }

    #[test]
    fn whoever_has_all_of_a_budget_is_forgotten() {
        let (limiter, clock) = limiter(60);
        for key in 0..UPKEEP - 1 {
            limiter.spend(&key, NonZeroU32::MIN);
        }
        clock.advance(Duration::from_secs(60));
        limiter.spend(&0, NonZeroU32::MIN);
        assert_eq!(limiter.keys.len(), 1);
    }
}
