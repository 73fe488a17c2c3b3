//! Limits on guessing passwords: growing delays, kept in the storage, so that they hold on every
//! replica and through a restart (OWASP ASVS 5.0, 6.3.1; NIST SP 800-63B-4, 3.2.2).
//!
//! Wrong passwords are counted for an account over all addresses, for an account from an address
//! block (/24 of IPv4, /64 of IPv6), and for a block over all accounts. The first holds off those who
//! have thousands of addresses, and makes nobody wait longer than a minute. So nobody is ever locked
//! out by a stranger: a device that signed in from its very address within 30 days is counted by that
//! address alone and waits for no one, others wait a minute at most.
//!
//! Only wrong tries count. Those in flight are held back where they might become one too many, so
//! that a thousand tries at once are no more guesses than one after the other, and that of a
//! hundred honest people behind one address none is refused.

use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;
use guildhall_openapi::{KnownAddress, Timestamp, UserId};

use crate::audit;
use crate::error::{Error, Result};
use crate::guildhall::Guildhall;
use crate::storage::{StorageError, Transaction};

mod gates;

pub(crate) use gates::Gates;
use gates::{Gate, Pass};

/// For how long an address from which someone signed in is known.
pub const KNOWN_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

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
struct Limit {
    free: i64,
    within: Duration,
    /// What the wait grows to.
    longest: Duration,
}

/// For an account over all addresses: 86 tries in the first hour, 60 in each further one. More are free
/// than from one block, so that one stranger makes nobody else wait.
const ACCOUNT: Limit = Limit { free: 20, within: DAY, longest: Duration::from_secs(60) };
/// For an account from a block.
const ACCOUNT_AT_BLOCK: Limit = Limit { free: 5, within: DAY, longest: QUARTER };
/// For a block over all accounts.
const BLOCK: Limit = Limit { free: 20, within: Duration::from_secs(60), longest: QUARTER };
const QUARTER: Duration = Duration::from_secs(15 * 60);

impl Tries {
    fn none(now: Timestamp) -> Self {
        Self { count: 0, since: now, last: now }
    }

    /// What still counts: free tries are forgotten when their time is over, the others a day after
    /// the last.
    fn counting(self, limit: Limit, now: Timestamp) -> Self {
        let until = if self.count < limit.free {
            self.since.after(limit.within)
        } else {
            self.last.after(DAY)
        };
        if until <= now { Self::none(now) } else { self }
    }

    /// How long the next try has to wait: 1 s doubling to the longest, once the free ones are used.
    fn wait(self, limit: Limit, now: Timestamp) -> Option<Duration> {
        let over = u64::try_from(self.count.checked_sub(limit.free)?).ok()?;
        let over = u32::try_from(over).unwrap_or(u32::MAX);
        let delay =
            Duration::from_secs(1).saturating_mul(2_u32.saturating_pow(over)).min(limit.longest);
        let left = self.last.after(delay).as_micros() - now.as_micros();
        u64::try_from(left).ok().filter(|left| *left > 0).map(Duration::from_micros)
    }

    fn one_more(self, now: Timestamp) -> Self {
        Self { count: self.count + 1, last: now, ..self }
    }
}

/// What a storage can tell of guesses.
#[async_trait]
pub trait GuessReads: Send {
    /// Whether the user signed in from this address at that time or later.
    async fn knows(
        &mut self,
        user: UserId,
        ip: &str,
        since: Timestamp,
    ) -> Result<bool, StorageError>;

    /// The addresses from which the user signed in and that are not forgotten, in the order of their texts.
    async fn addresses(&mut self, user: UserId) -> Result<Vec<KnownAddress>, StorageError>;

    /// The wrong tries under a key.
    async fn tries(&mut self, key: &str) -> Result<Option<Tries>, StorageError>;
}

/// What a storage can do to guesses.
#[async_trait]
pub trait GuessWrites: GuessReads {
    /// The wrong tries under a key, `fresh` where there are none yet. Locks the key, and
    /// stores `fresh`.
    async fn lock(&mut self, key: &str, fresh: Tries) -> Result<Tries, StorageError>;

    /// Stores the tries under a locked key, and forgets all keys whose last try was before then; those
    /// that others have locked may be left for the next time.
    async fn store(
        &mut self,
        key: &str,
        tries: Tries,
        forget_before: Timestamp,
    ) -> Result<(), StorageError>;

    /// Forgets the tries under a key.
    async fn clear(&mut self, key: &str) -> Result<(), StorageError>;

    /// Forgets the tries under a key, and under all that begin with it and a `@`.
    async fn clear_all(&mut self, key: &str) -> Result<(), StorageError>;

    /// Remembers that the user signed in from this address now, and forgets those of the user's
    /// addresses, and of nobody else's, that were last seen before.
    async fn remember(
        &mut self,
        user: UserId,
        ip: &str,
        now: Timestamp,
        forget_before: Timestamp,
    ) -> Result<(), StorageError>;

    /// Forgets all of the user's addresses.
    async fn forget_addresses(&mut self, user: UserId) -> Result<(), StorageError>;
}

/// Whose password is tried.
pub(crate) enum Target<'a> {
    Account(UserId),
    /// No account has this name; it is counted all the same, so that the answers do not differ.
    Nobody(&'a str),
}

/// A try at a password that may go on.
pub(crate) struct Attempt {
    /// What the account's tries are counted under, where the device is not known.
    account: Option<Counted>,
    /// What the account's tries from here are counted under.
    here: Counted,
    /// What the block's tries are counted under, where the device is not known.
    block: Option<Counted>,
    ip: Option<String>,
}

/// A key under which a try is in flight.
struct Counted {
    key: String,
    limit: Limit,
    /// Whether wrong tries are stored under it.
    any: bool,
    _pass: Pass,
}

impl Guildhall {
    /// Begins a try at a password.
    ///
    /// # Errors
    /// [`Error::TooMany`] where it has to wait.
    pub(crate) async fn attempt(&self, target: Target<'_>, ip: Option<IpAddr>) -> Result<Attempt> {
        let ip = ip.map(|ip| ip.to_canonical());
        let text = ip.map(|ip| ip.to_string());
        let (name, known) = match (&target, &text) {
            (Target::Account(id), Some(text)) => {
                let since = self.now().before(KNOWN_FOR);
                let mut reads = self.storage.read().await?;
                (key_of(*id), reads.guesses().knows(*id, text, since).await?)
            }
            (Target::Account(id), None) => (key_of(*id), false),
            (Target::Nobody(name), _) => (format!("n{}", self.keys.fingerprint(name)), false),
        };
        let block = ip.map(block).filter(|_| !known);
        let place = block.as_deref().or(text.as_deref()).unwrap_or("-");
        let here = format!("{name}@{place}");
        // In the order in which they are locked: who waits for a pass holds only those before it.
        let account = if known { None } else { Some(self.enter(name, ACCOUNT).await?) };
        let here = self.enter(here, ACCOUNT_AT_BLOCK).await?;
        let block = match block {
            Some(block) => Some(self.enter(block, BLOCK).await?),
            None => None,
        };
        Ok(Attempt { account, here, block, ip: text })
    }

    /// Goes on once the wrong tries under `key`, and those in flight that may become some, leave
    /// one free; or is refused.
    async fn enter(&self, key: String, limit: Limit) -> Result<Counted> {
        let gate = self.gates.of(&key);
        loop {
            let changed = gate.changed.notified();
            let now = self.now();
            let tries = self.storage.read().await?.guesses().tries(&key).await?;
            let counting = tries.map_or(0, |tries| tries.counting(limit, now).count);
            check(tries, limit, now)?;
            if let Some(pass) = Gate::pass(&gate, limit.free - counting) {
                return Ok(Counted { key, limit, any: tries.is_some(), _pass: pass });
            }
            changed.await;
        }
    }

    /// The password was wrong, as the audit log is told.
    pub(crate) async fn wrong(&self, attempt: &Attempt, entry: &audit::Draft) -> Result<()> {
        let now = self.now();
        let mut tx = self.storage.write().await?;
        let Attempt { account, here, block, .. } = attempt;
        // In one order, so that two tries do not wait for each other.
        let counted = [account.as_ref(), Some(here), block.as_ref()];
        for Counted { key, limit, .. } in counted.into_iter().flatten() {
            let tries = tx.guesses().lock(key, Tries::none(now)).await?;
            let tries = tries.counting(*limit, now).one_more(now);
            tx.guesses().store(key, tries, now.before(DAY)).await?;
        }
        tx.audit().insert(entry).await?;
        Ok(tx.commit().await?)
    }

    /// The password was right, and nothing else is stored for it but what the audit log may be told.
    ///
    /// What was counted over all addresses stands: it holds off others, who would else be given their
    /// free tries anew by each sign-in of the owner's.
    pub(crate) async fn right(
        &self,
        attempt: &Attempt,
        entry: Option<&audit::Draft>,
    ) -> Result<()> {
        if !attempt.here.any && entry.is_none() {
            return Ok(());
        }
        let mut tx = self.storage.write().await?;
        if attempt.here.any {
            tx.guesses().clear(&attempt.here.key).await?;
        }
        if let Some(entry) = entry {
            tx.audit().insert(entry).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// Under what a user's tries from everywhere are counted. What is counted under more has that behind a `@`.
fn key_of(user: UserId) -> String {
    format!("u{user}")
}

/// Forgets from where this user signed in, and tried to.
pub(crate) async fn forget(tx: &mut dyn Transaction, user: UserId) -> Result<(), StorageError> {
    forgive(tx, user).await?;
    tx.guesses().forget_addresses(user).await
}

fn check(tries: Option<Tries>, limit: Limit, now: Timestamp) -> Result<()> {
    match tries.and_then(|tries| tries.counting(limit, now).wait(limit, now)) {
        Some(wait) => Err(Error::TooMany(wait)),
        None => Ok(()),
    }
}

/// Forgets all wrong tries at this account, from wherever they came: its owner has shown otherwise who they are.
pub(crate) async fn forgive(tx: &mut dyn Transaction, user: UserId) -> Result<(), StorageError> {
    tx.guesses().clear_all(&key_of(user)).await
}

impl Attempt {
    /// The user is signed in: nothing is held against the account here, and the address is known.
    pub(crate) async fn signed_in(
        &self,
        user: UserId,
        tx: &mut dyn Transaction,
        now: Timestamp,
    ) -> Result<()> {
        if self.here.any {
            tx.guesses().clear(&self.here.key).await?;
        }
        if let Some(ip) = &self.ip {
            tx.guesses().remember(user, ip, now, now.before(KNOWN_FOR)).await?;
        }
        Ok(())
    }
}

/// The block that one party is likely to hold: /24 of IPv4, /64 of IPv6.
fn block(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
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

    #[test]
    fn neighbours_share_a_block() {
        assert_eq!(block("192.0.2.7".parse().unwrap()), "192.0.2.0/24");
        assert_eq!(block("2001:db8:1:2:3::4".parse().unwrap()), "2001:db8:1:2::/64");
    }
}
