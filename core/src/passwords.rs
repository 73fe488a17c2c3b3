//! Passwords: hashed and verified on a few threads of their own, so that a storm of sign-ins slows
//! sign-ins and nothing else.
//!
//! New hashes are Argon2id (RFC 9106) in PHC form; bcrypt and other Argon2 hashes that were
//! imported verify too. Parameters follow the OWASP Password Storage Cheat Sheet (19 MiB, 2
//! passes, 1 lane).

mod pool;
mod scheme;
mod weak;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::Block;
use guildhall_openapi::text::{Password, PresentPassword};
use zeroize::Zeroizing;

pub use pool::{Pool, PoolSize};
pub use scheme::{Cost, CostError};
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use weak::is_weak;

use crate::error::{Error, Result};

/// Whether passwords can be compared with this hash: bcrypt's (`$2a$`, `$2b$`, `$2y$`, as passlib writes them
/// too) up to cost 16, or a PHC string of Argon2 up to 1 GiB, 32 passes and 16 lanes. Of others nobody knows
/// which password they are of, or it would take too much to find out.
#[must_use]
pub fn can_verify(stored: &str) -> bool {
    scheme::can_verify(stored)
}

/// A hash that no password has.
#[must_use]
pub fn nobodys() -> String {
    Cost::default().decoy()
}

/// Hashes and verifies passwords.
#[derive(Clone)]
pub struct Passwords {
    pool: Arc<Pool>,
    cost: Cost,
    /// Verified against where there is no account, so that both answers take the same time.
    decoy: Arc<str>,
    hashed: Arc<AtomicU64>,
}

/// How a password compared with a stored hash.
#[derive(Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is another password.
    Wrong,
    /// It is the one, and the stored hash is as good as a new one.
    Right,
    /// It is the one; this new hash is better than the stored one and should replace it.
    Upgrade(String),
}

impl fmt::Debug for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wrong => "Wrong",
            Self::Right => "Right",
            Self::Upgrade(_) => "Upgrade(…)",
        })
    }
}

impl Passwords {
    /// Starts the threads.
    ///
    /// # Errors
    /// Where the system gives no threads.
    pub fn start(cost: Cost, size: PoolSize) -> std::io::Result<Self> {
        let (pool, hashed) = (Arc::new(Pool::start(size)?), Arc::default());
        Ok(Self { pool, cost, decoy: cost.decoy().into(), hashed })
    }

    /// How many hashes have been computed since the start. A sign-in is one, whatever comes of it, but for
    /// one that brings an old hash up to date.
    #[must_use]
    pub fn hashed(&self) -> u64 {
        self.hashed.load(Ordering::Relaxed)
    }

    /// How many passwords wait for a thread, and how many are being hashed.
    #[must_use]
    pub fn in_flight(&self) -> (usize, usize) {
        self.pool.in_flight()
    }

    /// The hash of a new password, or [`Fault::Weak`](guildhall_openapi::Fault::Weak) for `field`
    /// where it is easy to guess; `personal` are the words that its owner's enemies try first.
    ///
    /// # Errors
    /// A fault of `field`; [`Error::Overloaded`] where too many passwords are waiting already.
    pub async fn hash_new(
        &self,
        field: &'static str,
        password: &Password,
        personal: Vec<String>,
    ) -> Result<String> {
        let password = password.check().map_err(|fault| Error::field(field, fault))?;
        let password = Zeroizing::new(password.to_owned());
        let cost = self.cost;
        let hashed = Arc::clone(&self.hashed);
        self.hashing(move |memory| {
            if weak::is_weak(&password, &personal) {
                return Err(Error::field(field, guildhall_openapi::Fault::Weak));
            }
            hashed.fetch_add(1, Ordering::Relaxed);
            scheme::hash(&password, cost, memory)
        })
        .await
    }

    /// Compares a password with a stored hash. Without one, and with one that would cost too much, it takes as
    /// long and is wrong.
    ///
    /// # Errors
    /// [`Error::Overloaded`] where too many passwords are waiting already.
    pub async fn verify(
        &self,
        password: &PresentPassword,
        stored: Option<&str>,
    ) -> Result<Verdict> {
        let Ok(password) = password.check() else { return Ok(Verdict::Wrong) };
        let password = Zeroizing::new(password.to_owned());
        let is_bearable = stored.map(scheme::is_bearable).transpose()?;
        let stored = stored.filter(|_| is_bearable == Some(true));
        let known = stored.is_some();
        let stored = stored.map_or_else(|| Arc::clone(&self.decoy), Arc::from);
        let (cost, hashed) = (self.cost, Arc::clone(&self.hashed));
        self.hashing(move |memory| {
            hashed.fetch_add(1, Ordering::Relaxed);
            if !scheme::verify(&password, &stored, memory)? || !known {
                return Ok(Verdict::Wrong);
            }
            if scheme::is_as_good(&stored, cost) {
                return Ok(Verdict::Right);
            }
            hashed.fetch_add(1, Ordering::Relaxed);
            scheme::hash(&password, cost, memory).map(Verdict::Upgrade)
        })
        .await
    }

    /// Runs a job on one of the threads, in its memory.
    async fn hashing<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Vec<Block>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let cost = self.cost;
        let run = move |memory: &mut Vec<Block>| {
            let done = job(memory);
            scheme::give_back(memory, cost);
            done
        };
        self.pool.run(run).await?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_account_costs_what_a_wrong_password_costs() {
        let cost = Cost::new(16, 3, 1).unwrap();
        let passwords = Passwords::start(cost, PoolSize::default()).unwrap();
        assert!(scheme::is_as_good(&passwords.decoy, cost), "the decoy is of another cost");
        let hash = passwords.hash_new("password", &"plum-orbit-velvet".into(), Vec::new()).await;
        let (hash, wrong) = (hash.unwrap(), "tulip-anvil-harbour".into());
        let shape = |hash: &str| {
            let (parameters, _) = hash.split_at(hash.rfind('$').unwrap());
            (parameters[..parameters.rfind('$').unwrap()].to_owned(), hash.len())
        };
        assert_eq!(shape(&hash), shape(&passwords.decoy));
        // To verify this one would end the process: it asks for 4 TiB.
        let dear = hash.replace("m=16", "m=4294967295");
        for stored in [Some(hash.as_str()), Some(dear.as_str()), None] {
            let before = passwords.hashed();
            assert_eq!(passwords.verify(&wrong, stored).await.unwrap(), Verdict::Wrong);
            assert_eq!(passwords.hashed(), before + 1, "{stored:?}");
        }
    }
}
