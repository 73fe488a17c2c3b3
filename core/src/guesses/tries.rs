//! How many wrong tries are free, and how long each further one waits.

use std::time::Duration;

use guildhall_openapi::Timestamp;

use super::DAY;

/// Wrong tries under one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tries {
    /// How many there were.
    pub count: i64,
    /// When they began to be counted.
    pub since: Timestamp,
    /// When the last one was.
    pub last: Timestamp,
}

/// How many tries are free in how long a time, before each further one has to wait.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    pub(super) free: i64,
    within: Duration,
    /// What the wait grows to.
    longest: Duration,
}

/// For an account over all addresses: 86 tries in the first hour, 60 in each further one. More are free
/// than from one block, so that one stranger makes nobody else wait.
pub(super) const ACCOUNT: Limit = Limit { free: 20, within: DAY, longest: Duration::from_secs(60) };
/// For an account from a block.
pub(super) const ACCOUNT_AT_BLOCK: Limit = Limit { free: 5, within: DAY, longest: QUARTER };
/// For a block over all accounts.
pub(super) const BLOCK: Limit =
    Limit { free: 20, within: Duration::from_secs(60), longest: QUARTER };
const QUARTER: Duration = Duration::from_secs(15 * 60);

impl Tries {
    pub(super) fn none(now: Timestamp) -> Self {
        Self { count: 0, since: now, last: now }
    }

    /// What still counts: free tries are forgotten when their time is over, the others a day after
    /// the last.
    pub(super) fn counting(self, limit: Limit, now: Timestamp) -> Self {
        let until = if self.count < limit.free {
            self.since.after(limit.within)
        } else {
            self.last.after(DAY)
        };
        if until <= now { Self::none(now) } else { self }
    }

    /// How long the next try has to wait: 1 s doubling to the longest, once the free ones are used.
    pub(super) fn wait(self, limit: Limit, now: Timestamp) -> Option<Duration> {
        let over = u64::try_from(self.count.checked_sub(limit.free)?).ok()?;
        let over = u32::try_from(over).unwrap_or(u32::MAX);
        let delay =
            Duration::from_secs(1).saturating_mul(2_u32.saturating_pow(over)).min(limit.longest);
        let left = self.last.after(delay).as_micros() - now.as_micros();
        u64::try_from(left).ok().filter(|left| *left > 0).map(Duration::from_micros)
    }

    pub(super) fn one_more(self, now: Timestamp) -> Self {
        Self { count: self.count + 1, last: now, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Timestamp {
        Timestamp::from_micros(1_700_000_000_000_000).after(Duration::from_secs(secs))
    }

    #[test]
    fn after_five_free_tries_the_wait_doubles_to_a_quarter_of_an_hour() {
        let mut tries = Tries::none(at(0));
        let mut waits = Vec::new();
        for _ in 0..18 {
            waits.push(tries.wait(ACCOUNT_AT_BLOCK, at(0)).map_or(0, |wait| wait.as_secs()));
            tries = tries.one_more(at(0));
        }
        assert_eq!(waits, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
        assert_eq!(tries.wait(ACCOUNT_AT_BLOCK, at(899)), Some(Duration::from_secs(1)));
        assert_eq!(tries.wait(ACCOUNT_AT_BLOCK, at(900)), None);
    }

    #[test]
    fn over_all_addresses_nobody_waits_longer_than_a_minute() {
        let tries = |count| Tries { count, since: at(0), last: at(0) };
        assert_eq!(tries(19).wait(ACCOUNT, at(0)), None);
        assert_eq!(tries(20).wait(ACCOUNT, at(0)), Some(Duration::from_secs(1)));
        for count in [26, 1_000, i64::MAX] {
            assert_eq!(tries(count).wait(ACCOUNT, at(0)), Some(Duration::from_secs(60)), "{count}");
        }
    }

    #[test]
    fn free_tries_are_forgotten_in_their_time_and_others_after_a_day() {
        let few = Tries { count: 19, since: at(0), last: at(59) };
        assert_eq!(few.counting(BLOCK, at(59)).count, 19);
        assert_eq!(few.counting(BLOCK, at(60)).count, 0);
        let many = Tries { count: 20, since: at(0), last: at(59) };
        assert_eq!(many.counting(BLOCK, at(3600)).count, 20);
        assert_eq!(many.counting(BLOCK, at(59).after(DAY)).count, 0);
    }
}
