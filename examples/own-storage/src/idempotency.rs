//! Creating calls that may be asked for again: who wants a key waits for whoever has it, as each
//! transaction waits for its turn.

use async_trait::async_trait;
use guildhall_core::idempotency::{Claim, Claimed, IdempotencyWrites};
use guildhall_core::openapi::{Timestamp, UserId};
use guildhall_core::storage::StorageError;

use crate::data::{Data, forget};

#[derive(Clone)]
pub(crate) struct Row {
    claimed: Claimed,
    at: Timestamp,
}

#[async_trait]
impl IdempotencyWrites for Data {
    async fn claim(
        &mut self,
        claim: &Claim,
        forget_before: Timestamp,
    ) -> Result<Option<Claimed>, StorageError> {
        forget(&mut self.claims, usize::MAX, |_, row| row.at < forget_before);
        let Claim { user, key, fingerprint, now } = claim.clone();
        if let Some(row) = self.claims.get(&(user, key.clone())) {
            return Ok(Some(row.claimed.clone()));
        }
        let claimed = Claimed { fingerprint, answer: String::new() };
        self.claims.insert_mut((user, key), Row { claimed, at: now });
        Ok(None)
    }

    async fn answer(&mut self, user: UserId, key: &str, answer: &str) -> Result<(), StorageError> {
        if let Some(row) = self.claims.get_mut(&(user, key.to_owned())) {
            row.claimed.answer = answer.into();
        }
        Ok(())
    }

    async fn forget_user(&mut self, user: UserId) -> Result<(), StorageError> {
        forget(&mut self.claims, usize::MAX, |(whose, _), _| *whose == user);
        Ok(())
    }
}
