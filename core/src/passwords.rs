//! Passwords: hashed and verified on a few threads of their own, so that a storm of sign-ins slows
//! sign-ins and nothing else.
//!
//! New hashes are Argon2id (RFC 9106) in PHC form; bcrypt and other Argon2 hashes that were
//! imported verify too. Parameters follow the OWASP Password Storage Cheat Sheet (19 MiB, 2
//! passes, 1 lane).

mod pool;
mod scheme;
mod weak;

use std::sync::Arc;

use argon2::Block;
use guildhall_openapi::text::{Password, PresentPassword};

pub use pool::{Pool, PoolSize};
pub use scheme::{Cost, CostError};

use crate::error::{Error, Result};

/// Hashes and verifies passwords.
#[derive(Clone)]
pub struct Passwords {
    pool: Arc<Pool>,
    cost: Cost,
    /// Verified against where there is no account, so that both answers take the same time.
    decoy: Arc<str>,
}

/// How a password compared with a stored hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is another password.
    Wrong,
    /// It is the one, and the stored hash is as good as a new one.
    Right,
    /// It is the one; this new hash is better than the stored one and should replace it.
    Upgrade(String),
}

impl Passwords {
    /// Starts the threads.
    ///
    /// # Errors
    /// Where the system gives no threads.
    pub fn start(cost: Cost, size: PoolSize) -> std::io::Result<Self> {
        Ok(Self { pool: Arc::new(Pool::start(size)?), cost, decoy: cost.decoy().into() })
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
        let password = password.check().map_err(|fault| Error::field(field, fault))?.to_owned();
        let cost = self.cost;
        self.hashing(move |memory| {
            if weak::is_weak(&password, &personal) {
                return Err(Error::field(field, guildhall_openapi::Fault::Weak));
            }
            scheme::hash(&password, cost, memory)
        })
        .await
    }

    /// Compares a password with a stored hash. Without one it takes as long and is wrong.
    ///
    /// # Errors
    /// [`Error::Overloaded`] where too many passwords are waiting already.
    pub async fn verify(
        &self,
        password: &PresentPassword,
        stored: Option<&str>,
    ) -> Result<Verdict> {
        let Ok(password) = password.check().map(str::to_owned) else {
            return Ok(Verdict::Wrong);
        };
        let known = stored.is_some();
        let stored = stored.map_or_else(|| Arc::clone(&self.decoy), Arc::from);
        let cost = self.cost;
        self.hashing(move |memory| {
            if !scheme::verify(&password, &stored, memory)? || !known {
                return Ok(Verdict::Wrong);
            }
            if scheme::is_as_good(&stored, cost) {
                return Ok(Verdict::Right);
            }
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
