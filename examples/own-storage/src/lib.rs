//! A storage of one's own for Guildhall, in memory: what it takes to put the core on something else
//! than SQL. Each file is one aggregate's traits.
//!
//! All data is one value, `Data`, whose clones share what is the same and so cost next to nothing.
//! Whoever reads takes a clone. Whoever writes waits for their turn, changes a clone, and puts it in
//! place of the old one: to drop it is to roll back, and a key that is taken is found by looking.
//! Nothing else is locked, since nobody else writes.

mod accounts;
mod audit;
mod data;
mod events;
mod groups;
mod guesses;
mod idempotency;
mod logins;
mod mail;
mod messages;
mod sessions;
mod stream;
mod takeover;

use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use guildhall_core::accounts::{self as core_accounts, AccountReads, AccountWrites};
use guildhall_core::audit::{AuditReads, AuditWrites};
use guildhall_core::events::{EventReads, EventWrites};
use guildhall_core::groups::{GroupReads, GroupWrites};
use guildhall_core::guesses::{GuessReads, GuessWrites};
use guildhall_core::idempotency::IdempotencyWrites;
use guildhall_core::identity::Keys;
use guildhall_core::logins::{LoginReads, LoginWrites};
use guildhall_core::mail::{MailReads, MailWrites};
use guildhall_core::messages::{self as core_messages, MessageReads, MessageWrites, Sent};
use guildhall_core::openapi::{Event, EventId, UserId};
use guildhall_core::sessions::{SessionReads, SessionWrites};
use guildhall_core::storage::{Pool, Reads, Steps, Storage, StorageError, Transaction};
use guildhall_core::stream::{StreamReads, StreamWrites, Told};
use guildhall_core::takeover::TakeOverWrites;
use tokio::sync::{Mutex, OwnedMutexGuard};

use data::Data;

/// A storage in this process's memory. Its clones are the same storage.
#[derive(Clone, Default)]
pub struct MemoryStorage {
    committed: Arc<RwLock<Data>>,
    /// Held by the one transaction that there is at a time.
    turn: Arc<Mutex<()>>,
}

impl MemoryStorage {
    fn latest(&self) -> Data {
        self.committed.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Storage for MemoryStorage {
    async fn read(&self) -> Result<Box<dyn Reads>, StorageError> {
        Ok(Box::new(Reader { storage: self.clone(), data: Data::default() }))
    }

    async fn write(&self) -> Result<Box<dyn Transaction>, StorageError> {
        let turn = Arc::clone(&self.turn).lock_owned().await;
        Ok(Box::new(Writer { storage: self.clone(), data: self.latest(), _turn: turn }))
    }

    async fn write_at_length(&self) -> Result<Box<dyn Transaction>, StorageError> {
        self.write().await
    }

    fn steps(&self) -> &dyn Steps {
        self
    }

    async fn ping(&self) -> Result<(), StorageError> {
        Ok(())
    }

    fn pools(&self) -> Vec<Pool> {
        Vec::new()
    }

    async fn migrate(&self) -> Result<(), StorageError> {
        Ok(())
    }

    async fn pending_migrations(&self) -> Result<Vec<String>, StorageError> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl Steps for MemoryStorage {
    async fn insert_account(
        &self,
        draft: &core_accounts::Draft,
        keys: &Keys,
    ) -> Result<UserId, StorageError> {
        let mut tx = self.write().await?;
        let id = tx.accounts().insert(draft, keys).await?;
        tx.commit().await?;
        Ok(id)
    }

    async fn create_event(&self, event: &Event) -> Result<(EventId, Vec<Told>), StorageError> {
        let mut tx = self.write().await?;
        let created = tx.events().insert(event).await?;
        tx.commit().await?;
        Ok(created)
    }

    async fn send_message(
        &self,
        draft: &core_messages::Draft,
    ) -> Result<Option<Sent>, StorageError> {
        let mut tx = self.write().await?;
        let sent = tx.messages().insert(draft).await?;
        tx.commit().await?;
        Ok(sent)
    }
}

struct Reader {
    storage: MemoryStorage,
    data: Data,
}

impl Reader {
    /// Each question is put to what is committed by then.
    fn latest(&mut self) -> &mut Data {
        self.data = self.storage.latest();
        &mut self.data
    }
}

impl Reads for Reader {
    fn accounts(&mut self) -> &mut dyn AccountReads {
        self.latest()
    }
    fn audit(&mut self) -> &mut dyn AuditReads {
        self.latest()
    }
    fn events(&mut self) -> &mut dyn EventReads {
        self.latest()
    }
    fn groups(&mut self) -> &mut dyn GroupReads {
        self.latest()
    }
    fn guesses(&mut self) -> &mut dyn GuessReads {
        self.latest()
    }
    fn logins(&mut self) -> &mut dyn LoginReads {
        self.latest()
    }
    fn mail(&mut self) -> &mut dyn MailReads {
        self.latest()
    }
    fn messages(&mut self) -> &mut dyn MessageReads {
        self.latest()
    }
    fn sessions(&mut self) -> &mut dyn SessionReads {
        self.latest()
    }
    fn stream(&mut self) -> &mut dyn StreamReads {
        self.latest()
    }
}

struct Writer {
    storage: MemoryStorage,
    data: Data,
    _turn: OwnedMutexGuard<()>,
}

#[async_trait]
impl Transaction for Writer {
    fn accounts(&mut self) -> &mut dyn AccountWrites {
        &mut self.data
    }
    fn audit(&mut self) -> &mut dyn AuditWrites {
        &mut self.data
    }
    fn events(&mut self) -> &mut dyn EventWrites {
        &mut self.data
    }
    fn groups(&mut self) -> &mut dyn GroupWrites {
        &mut self.data
    }
    fn guesses(&mut self) -> &mut dyn GuessWrites {
        &mut self.data
    }
    fn idempotency(&mut self) -> &mut dyn IdempotencyWrites {
        &mut self.data
    }
    fn logins(&mut self) -> &mut dyn LoginWrites {
        &mut self.data
    }
    fn mail(&mut self) -> &mut dyn MailWrites {
        &mut self.data
    }
    fn messages(&mut self) -> &mut dyn MessageWrites {
        &mut self.data
    }
    fn sessions(&mut self) -> &mut dyn SessionWrites {
        &mut self.data
    }
    fn stream(&mut self) -> &mut dyn StreamWrites {
        &mut self.data
    }
    fn take_over(&mut self) -> &mut dyn TakeOverWrites {
        &mut self.data
    }

    async fn commit(self: Box<Self>) -> Result<(), StorageError> {
        let Self { storage, data, _turn } = *self;
        *storage.committed.write().unwrap_or_else(PoisonError::into_inner) = data;
        Ok(())
    }
}
