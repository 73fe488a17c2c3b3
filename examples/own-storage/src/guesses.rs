//! Limits on guessing: wrong tries by key, and the addresses from which people signed in.

use async_trait::async_trait;
use guildhall_core::guesses::{GuessReads, GuessWrites, Tries};
use guildhall_core::openapi::{KnownAddress, Timestamp, UserId};
use guildhall_core::storage::StorageError;

use crate::data::{Data, forget};

#[async_trait]
impl GuessReads for Data {
    async fn knows(
        &mut self,
        user: UserId,
        ip: &str,
        since: Timestamp,
    ) -> Result<bool, StorageError> {
        Ok(self.addresses.get(&(user, ip.to_owned())).is_some_and(|seen_at| *seen_at >= since))
    }

    async fn addresses(&mut self, user: UserId) -> Result<Vec<KnownAddress>, StorageError> {
        let known = self.addresses.iter().filter(|((whose, _), _)| *whose == user);
        let known = known.map(|((_, ip), at)| KnownAddress { ip: ip.clone(), seen_at: *at });
        Ok(known.collect())
    }

    async fn tries(&mut self, key: &str) -> Result<Option<Tries>, StorageError> {
        Ok(self.tries.get(key).copied())
    }
}

#[async_trait]
impl GuessWrites for Data {
    async fn lock(&mut self, key: &str, fresh: Tries) -> Result<Tries, StorageError> {
        if let Some(tries) = self.tries.get(key) {
            return Ok(*tries);
        }
        self.tries.insert_mut(key.into(), fresh);
        Ok(fresh)
    }

    async fn store(
        &mut self,
        key: &str,
        tries: Tries,
        forget_before: Timestamp,
    ) -> Result<(), StorageError> {
        self.tries.insert_mut(key.into(), tries);
        forget(&mut self.tries, usize::MAX, |_, tries| tries.last < forget_before);
        Ok(())
    }

    async fn clear(&mut self, key: &str) -> Result<(), StorageError> {
        self.tries.remove_mut(key);
        Ok(())
    }

    async fn clear_all(&mut self, key: &str) -> Result<(), StorageError> {
        forget(&mut self.tries, usize::MAX, |other, _| {
            other.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('@'))
        });
        Ok(())
    }

    async fn remember(
        &mut self,
        user: UserId,
        ip: &str,
        now: Timestamp,
        forget_before: Timestamp,
    ) -> Result<(), StorageError> {
        self.addresses.insert_mut((user, ip.into()), now);
        forget(&mut self.addresses, usize::MAX, |(whose, _), seen_at| {
            *whose == user && *seen_at < forget_before
        });
        Ok(())
    }

    async fn forget_addresses(&mut self, user: UserId) -> Result<(), StorageError> {
        forget(&mut self.addresses, usize::MAX, |(whose, _), _| *whose == user);
        Ok(())
    }
}
