//! Creating calls that may be asked for again: with the same key, the same user gets the first
//! answer and nothing is made twice (draft-ietf-httpapi-idempotency-key-header).
//!
//! The key and the answer are stored in the transaction that makes the row, so that there is never
//! one without the other; of many calls at once one makes the row and the others wait for it.

use std::time::Duration;

use async_trait::async_trait;
use guildhall_openapi::text::IdempotencyKey;
use guildhall_openapi::{ErrorCode, Fault, Timestamp, UserId};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::guildhall::Guildhall;
use crate::storage::{StorageError, Transaction};
use crate::stream::Aftermath;

/// For how long a key stands for its first answer.
pub const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// A call that is made under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Whose key it is.
    pub user: UserId,
    /// The key.
    pub key: String,
    /// What stands for the call and its body.
    pub fingerprint: String,
    /// When.
    pub now: Timestamp,
}

/// What was stored under a key before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// What stands for the first call and its body.
    pub fingerprint: String,
    /// The first answer, as JSON.
    pub answer: String,
}

/// What a storage can do for calls that are asked for again.
#[async_trait]
pub trait IdempotencyWrites: Send {
    /// What is stored under the user's key, if anything is; else the key is taken, with an empty
    /// answer, and others that want it wait for the end of this transaction. Keys from before
    /// `forget_before`, whoever's, are forgotten first.
    async fn claim(
        &mut self,
        claim: &Claim,
        forget_before: Timestamp,
    ) -> Result<Option<Claimed>, StorageError>;

    /// Stores the answer under a key that this transaction took.
    async fn answer(&mut self, user: UserId, key: &str, answer: &str) -> Result<(), StorageError>;

    /// Forgets all of the user's keys and their answers.
    async fn forget_user(&mut self, user: UserId) -> Result<(), StorageError>;
}

/// A creating call, with or without a key.
#[derive(Default)]
pub(crate) struct Once {
    claim: Option<Claim>,
    /// The claim's fingerprint under the keys before.
    previous: Vec<String>,
}

/// What a creating call finds when it begins.
pub(crate) enum Begun<T> {
    /// It was made before, and this is its first answer.
    Before(T),
    /// It is to be made in this transaction, which [`Once::end`] commits.
    Now(Box<dyn Transaction>),
}

impl Guildhall {
    /// Prepares a creating call of `operation` with this body.
    ///
    /// # Errors
    /// `validation_failed` for a key that does not fit.
    pub(crate) fn once(
        &self,
        caller: &Caller,
        key: Option<&IdempotencyKey>,
        operation: &str,
        body: &impl Serialize,
    ) -> Result<Once> {
        let Some(key) = key else { return Ok(Once::default()) };
        let key = key.check().map_err(|fault| Error::field(HEADER, fault))?.to_owned();
        let body = serde_json::to_string(body).map_err(|error| Error::Internal(error.into()))?;
        // A body may hold a password, so what is stored is a MAC.
        let body = format!("{operation} {body}");
        let fingerprint = self.keys.fingerprint(&body);
        let claim = Some(Claim { user: caller.id(), key, fingerprint, now: self.now() });
        Ok(Once { claim, previous: self.keys.previous_fingerprints(&body) })
    }
}

/// The header that carries the key.
pub const HEADER: &str = "Idempotency-Key";

impl Once {
    /// Whether the call came with a key.
    pub(crate) fn has_key(&self) -> bool {
        self.claim.is_some()
    }

    /// Begins the call.
    ///
    /// # Errors
    /// `idempotency_key_reused` where the key stood for another call.
    pub(crate) async fn begin<T: DeserializeOwned>(
        &self,
        guildhall: &Guildhall,
    ) -> Result<Begun<T>> {
        let mut tx = guildhall.storage.write().await?;
        let Some(claim) = &self.claim else { return Ok(Begun::Now(tx)) };
        let before = tx.idempotency().claim(claim, claim.now.before(KEPT)).await?;
        let Some(Claimed { fingerprint, answer }) = before else { return Ok(Begun::Now(tx)) };
        if fingerprint != claim.fingerprint && !self.previous.contains(&fingerprint) {
            let fields = vec![(HEADER.into(), Fault::Reused)];
            return Err(Error::Invalid { code: ErrorCode::IdempotencyKeyReused, fields });
        }
        // The first answer may have been read before it was on the disk.
        tx.commit().await?;
        let answer = serde_json::from_str(&answer);
        answer.map(Begun::Before).map_err(|error| Error::Internal(error.into()))
    }

    /// Ends the call that made what is answered: keeps the answer for the next time, and commits.
    pub(crate) async fn end<T: Serialize>(
        &self,
        guildhall: &Guildhall,
        mut tx: Box<dyn Transaction>,
        answer: T,
        aftermath: impl Into<Aftermath>,
    ) -> Result<T> {
        if let Some(Claim { user, key, .. }) = &self.claim {
            let json = serde_json::to_string(&answer);
            let json = json.map_err(|error| Error::Internal(error.into()))?;
            tx.idempotency().answer(*user, key, &json).await?;
        }
        guildhall.commit(tx, aftermath).await?;
        Ok(answer)
    }
}
