//! Limits on guessing passwords: growing delays, kept in the storage, so that they hold on every
//! replica and through a restart (OWASP ASVS 5.0, 6.3.1; NIST SP 800-63B-4, 3.2.2).
//!
//! Wrong passwords are counted for an account over all addresses, for an account from an address
//! block (/24 of IPv4, /64 of IPv6), and for a block over all accounts. The first holds off those who
//! have thousands of addresses: of all who are not known, one a minute is heard. Whoever is known waits
//! for no stranger: a device that signed in from its very address within 30 days is counted by that
//! address alone, and one that is signed in and is asked for the password again by its login alone. A
//! device that is neither competes with those who guess, for as long as they go on.
//!
//! Only wrong tries count. Those in flight are held back where they might become one too many, so
//! that a thousand tries at once are no more guesses than one after the other, and that of a
//! hundred honest people behind one address none is refused.

use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;
use guildhall_openapi::{KnownAddress, LoginId, Timestamp, UserId};

use crate::audit;
use crate::error::{Error, Result};
use crate::guildhall::Guildhall;
use crate::storage::{StorageError, Transaction};

mod gates;
mod tries;

pub(crate) use gates::Gates;
use gates::{Gate, Pass};
pub use tries::Tries;
use tries::{ACCOUNT, ACCOUNT_AT_BLOCK, BLOCK, Limit};

/// For how long an address from which someone signed in is known.
pub const KNOWN_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

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
    /// Begins a try at a password, from this address, by whoever is signed in with this login.
    ///
    /// # Errors
    /// [`Error::TooMany`] where it has to wait.
    pub(crate) async fn attempt(
        &self,
        target: Target<'_>,
        ip: Option<IpAddr>,
        login: Option<LoginId>,
    ) -> Result<Attempt> {
        let ip = ip.map(|ip| ip.to_canonical());
        let text = ip.map(|ip| ip.to_string());
        let (name, known) = match (&target, &text) {
            (Target::Account(id), _) if login.is_some() => (key_of(*id), true),
            (Target::Account(id), Some(text)) => {
                let since = self.now().before(KNOWN_FOR);
                let mut reads = self.storage.read().await?;
                (key_of(*id), reads.guesses().knows(*id, text, since).await?)
            }
            (Target::Account(id), None) => (key_of(*id), false),
            (Target::Nobody(name), _) => (format!("n{}", self.keys.fingerprint(name)), false),
        };
        let block = ip.map(block).filter(|_| !known);
        let here = match login {
            Some(login) => format!("{name}{AT}login {login}"),
            None => {
                let place = block.as_deref().or(text.as_deref()).unwrap_or("-");
                format!("{name}{AT}{place}")
            }
        };
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
            check(tries, limit, now).inspect_err(|_| self.gates.refuse())?;
            if let Some(pass) = Gate::pass(&gate, limit.free - counting) {
                return Ok(Counted { key, limit, any: tries.is_some(), _pass: pass });
            }
            changed.await;
        }
    }

    /// The password was wrong, as the audit log is told. Of someone who was deleted meanwhile nothing is
    /// noted: it would stay behind where they are erased.
    pub(crate) async fn wrong(&self, attempt: &Attempt, entry: &audit::Draft) -> Result<()> {
        let now = self.now();
        let mut tx = self.storage.write().await?;
        if let Some(user) = entry.subject {
            let account = tx.accounts().lock(user).await?;
            if account.is_none_or(|account| account.user.deleted_at.is_some()) {
                return Ok(());
            }
        }
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

/// What stands between whose tries a key counts and from where.
const AT: &str = "@";

/// What a user's tries from everywhere are counted under.
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

    #[test]
    fn neighbours_share_a_block() {
        assert_eq!(block("192.0.2.7".parse().unwrap()), "192.0.2.0/24");
        assert_eq!(block("2001:db8:1:2:3::4".parse().unwrap()), "2001:db8:1:2::/64");
    }
}
