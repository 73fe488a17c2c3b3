//! How much one user, and one address, may ask for in a minute (GCRA: a burst of as much, which fills up again evenly),
//! and what they are told of it: `RateLimit-Limit`, `-Remaining`, `-Reset` and `-Policy`, as
//! draft-ietf-httpapi-ratelimit-headers-06 has them.

use std::cell::Cell;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use guildhall_core::Error;
use guildhall_openapi::UserId;
use poem::Request;
use poem::http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::refusal::Refusal;

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What the dearest requests cost beside others: a search by someone who is not signed in, up to half a second of the
/// database's time where it holds a million events, and an export, which reads all that someone has.
const DEAR: NonZeroU32 = NonZeroU32::new(50).unwrap();
/// After how many requests those are forgotten who have all of their budget again.
const UPKEEP: u32 = 1 << 16;

tokio::task_local! {
    /// Whoever the request that is being answered is for: whatever it costs is charged where that shows, without a
    /// place on the heap for it.
    static VISIT: Visit;
}

/// The budgets of all.
pub(crate) struct Budget {
    users: Option<Limiter<UserId>>,
    addresses: Option<Limiter<IpAddr>>,
    policy: Option<HeaderValue>,
}

/// A request that costs something.
pub(super) struct Visit {
    budget: Arc<Budget>,
    address: Option<IpAddr>,
    seen: Cell<Seen>,
}

/// What a visit came to.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen {
    /// Who was charged for it, where that is a user.
    pub(super) user: Option<UserId>,
    /// What is left of the budget that is used up first.
    pub(super) left: Option<Left>,
}

/// What is left of a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Left {
    limit: u32,
    remaining: u32,
    /// Seconds until it is whole again.
    reset: u64,
}

impl Budget {
    /// So many requests a minute; 0 for any number.
    pub(super) fn new(per_user: u32, per_address: u32) -> Self {
        let (users, addresses) = (Limiter::new(per_user), Limiter::new(per_address));
        let said = |limit: u32, whose| format!("{limit};w=60;comment=\"{whose}\"");
        let policies = [(per_user, "user"), (per_address, "address")];
        let policies = policies.into_iter().filter(|(limit, _)| *limit > 0);
        let policies: Vec<_> = policies.map(|(limit, whose)| said(limit, whose)).collect();
        let policy = HeaderValue::try_from(policies.join(", ")).ok();
        Self { users, addresses, policy: policy.filter(|policy| !policy.is_empty()) }
    }

    /// Adds what is left to an answer's headers.
    pub(super) fn tell(&self, left: Left, headers: &mut HeaderMap) {
        headers.insert(LIMIT, left.limit.into());
        headers.insert(REMAINING, left.remaining.into());
        headers.insert(RESET, left.reset.into());
        if let Some(policy) = &self.policy {
            headers.insert(POLICY, policy.clone());
        }
    }
}

impl Visit {
    pub(super) fn of(budget: &Arc<Budget>, request: &Request) -> Self {
        let address = request.remote_addr().as_socket_addr().map(|peer| block(peer.ip()));
        Self { budget: Arc::clone(budget), address, seen: Cell::default() }
    }

    /// What `answer` comes to, which may charge this visit, and what the visit came to.
    pub(super) async fn pays<T>(self, answer: impl Future<Output = T>) -> (T, Seen) {
        let told = async { (answer.await, VISIT.with(|visit| visit.seen.get())) };
        VISIT.scope(self, told).await
    }

    fn charge<K: Hash + Eq + Clone>(
        &self,
        limiter: Option<&Limiter<K>>,
        key: Option<&K>,
        cost: NonZeroU32,
    ) -> Result<(), Refusal> {
        let Some((limiter, key)) = limiter.zip(key) else { return Ok(()) };
        let (left, wait) = limiter.spend(key, cost);
        let seen = self.seen.get();
        let least = seen.left.filter(|least| least.remaining < left.remaining);
        self.seen.set(Seen { left: Some(least.unwrap_or(left)), ..seen });
        wait.map_or(Ok(()), |wait| Err(Error::TooMany(wait).into()))
    }

    fn charge_address(&self, cost: NonZeroU32) -> Result<(), Refusal> {
        self.charge(self.budget.addresses.as_ref(), self.address.as_ref(), cost)
    }

    fn charge_user(&self, user: UserId, cost: NonZeroU32) -> Result<(), Refusal> {
        self.seen.set(Seen { user: Some(user), ..self.seen.get() });
        self.charge(self.budget.users.as_ref(), Some(&user), cost)
    }
}

/// Charges the address for the request that is being answered.
pub(super) fn request() -> Result<(), Refusal> {
    charge(|visit| visit.charge_address(NonZeroU32::MIN))
}

/// Charges a user for the request that is being answered.
pub(crate) fn request_by(user: UserId) -> Result<(), Refusal> {
    charge(|visit| visit.charge_user(user, NonZeroU32::MIN))
}

/// Charges a user for the export that they ask for.
pub(crate) fn export_by(user: UserId) -> Result<(), Refusal> {
    charge(|visit| visit.charge_user(user, DEAR))
}

/// Charges the address for a search by nobody in particular.
pub(crate) fn search_by_anyone() -> Result<(), Refusal> {
    charge(|visit| visit.charge_address(DEAR))
}

/// Outside of the edge, in routes of another application say, nothing costs anything.
fn charge(pay: impl FnOnce(&Visit) -> Result<(), Refusal>) -> Result<(), Refusal> {
    VISIT.try_with(pay).unwrap_or(Ok(()))
}

/// The block of addresses that one party is sure to share: one of IPv4, a /64 of IPv6.
pub(crate) fn block(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

/// One budget for each key. Its clock is the machine's steady one: the time of day may be set back.
struct Limiter<K: Hash + Eq + Clone, C: Clock = DefaultClock> {
    limit: NonZeroU32,
    keys: RateLimiter<K, DashMapStateStore<K>, C, StateInformationMiddleware>,
    asked: AtomicU32,
}

impl<K: Hash + Eq + Clone> Limiter<K> {
    fn new(per_minute: u32) -> Option<Self> {
        Some(Self::with_clock(NonZeroU32::new(per_minute)?, DefaultClock::default()))
    }
}

impl<K: Hash + Eq + Clone, C: Clock> Limiter<K, C> {
    fn with_clock(limit: NonZeroU32, clock: C) -> Self {
        let keys = RateLimiter::new(Quota::per_minute(limit), DashMapStateStore::default(), clock);
        Self { limit, keys, asked: AtomicU32::new(0) }
    }

    /// What is left, and how long to wait where that is too little.
    fn spend(&self, key: &K, cost: NonZeroU32) -> (Left, Option<Duration>) {
        if self.asked.fetch_add(1, Ordering::Relaxed) % UPKEEP == UPKEEP - 1 {
            self.keys.retain_recent();
            self.keys.shrink_to_fit();
        }
        // What costs more than a whole budget costs all of it.
        let spent = self.keys.check_key_n(key, cost.min(self.limit));
        let (remaining, wait) = match spent {
            Ok(Ok(state)) => (state.remaining_burst_capacity(), None),
            Ok(Err(until)) => (0, Some(until.wait_time_from(self.keys.clock().now()))),
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
        assert_eq!((refused, wait), (left(0, 60), Some(Duration::from_secs(1))));
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

    #[test]
    fn a_network_is_one_party() {
        for (address, party) in [
            ("203.0.113.9", "203.0.113.9"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("2001:db8:1:2:3::4", "2001:db8:1:2::"),
        ] {
            assert_eq!(block(address.parse().unwrap()).to_string(), party);
        }
    }
}
