//! How much one user, and one address, may ask for in a minute (GCRA: a burst of as much, which fills up again evenly),
//! and what they are told of it: `RateLimit-Limit`, `-Remaining`, `-Reset` and `-Policy`, as
//! draft-ietf-httpapi-ratelimit-headers-06 has them.

use std::cell::Cell;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;

use guildhall_core::Error;
use guildhall_openapi::UserId;
use poem::Request;
use poem::http::header::{HeaderMap, HeaderName, HeaderValue};

use super::limiter::{Left, Limiter};
use super::trace;
use crate::refusal::Refusal;

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What the dearest requests cost beside others: a search by someone who is not signed in, up to half a second of the
/// database's time where it holds a million events, and an export, which reads all that someone has.
const DEAR: NonZeroU32 = NonZeroU32::new(50).unwrap();
/// What a request costs beside others that has a password hashed: some 20 ms of a processor and 19 MiB. At the usual
/// budget one address has ten hashes a second, a fraction of what one processor makes; and a school or an office behind
/// one address, where all sign in at nine, can have 600 within a minute.
const HASH: NonZeroU32 = NonZeroU32::new(10).unwrap();

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
    /// Whether the request's body is waited for.
    awaits_body: Cell<bool>,
}

/// What a visit came to.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen {
    /// What is left of the budget that is used up first, or was too small.
    pub(super) left: Option<Left>,
    /// Whether a budget was too small.
    pub(super) is_refused: bool,
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
        let budget = Arc::clone(budget);
        Self { budget, address, seen: Cell::default(), awaits_body: Cell::default() }
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
        let is_refused = wait.is_some();
        let least = seen.left.filter(|least| !is_refused && least.remaining < left.remaining);
        self.seen.set(Seen { left: Some(least.unwrap_or(left)), is_refused });
        wait.map_or(Ok(()), |wait| Err(Error::TooMany(wait).into()))
    }

    fn charge_address(&self, cost: NonZeroU32) -> Result<(), Refusal> {
        self.charge(self.budget.addresses.as_ref(), self.address.as_ref(), cost)
    }

    fn charge_user(&self, user: UserId, cost: NonZeroU32) -> Result<(), Refusal> {
        trace::is_by(user);
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

/// Charges nobody but the address for a request by this user.
pub(crate) fn request_at_no_cost_to(user: UserId) {
    trace::is_by(user);
}

/// Charges the address for a password that is to be hashed.
pub(crate) fn hash() -> Result<(), Refusal> {
    charge(|visit| visit.charge_address(HASH))
}

/// Charges a user for the export that they ask for.
pub(crate) fn export_by(user: UserId) -> Result<(), Refusal> {
    charge(|visit| visit.charge_user(user, DEAR))
}

/// Charges the address for a search by nobody in particular.
pub(crate) fn search_by_anyone() -> Result<(), Refusal> {
    charge(|visit| visit.charge_address(DEAR))
}

/// Says whether the request's body is waited for.
pub(crate) fn await_body(awaits: bool) {
    VISIT.try_with(|visit| visit.awaits_body.set(awaits)).ok();
}

/// Whether the request's body is waited for.
pub(super) fn awaits_body() -> bool {
    VISIT.try_with(|visit| visit.awaits_body.get()).unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;

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
