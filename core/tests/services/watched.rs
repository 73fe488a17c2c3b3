//! A storage that counts who reads, and the transactions that were dropped without a commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use guildhall_core::Guildhall;
use guildhall_core::accounts::AccountWrites;
use guildhall_core::audit::AuditWrites;
use guildhall_core::events::EventWrites;
use guildhall_core::groups::GroupWrites;
use guildhall_core::guesses::GuessWrites;
use guildhall_core::idempotency::IdempotencyWrites;
use guildhall_core::logins::LoginWrites;
use guildhall_core::mail::MailWrites;
use guildhall_core::messages::MessageWrites;
use guildhall_core::sessions::SessionWrites;
use guildhall_core::storage::{Pool, Reads, Steps, Storage, StorageError, Transaction};
use guildhall_core::stream::StreamWrites;
use guildhall_core::takeover::TakeOverWrites;

use crate::house::House;

/// How often something was done.
#[derive(Clone, Default)]
pub(crate) struct Count(Arc<AtomicUsize>);

impl Count {
    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    fn one_more(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// What a Guildhall did to its storage.
#[derive(Clone, Default)]
pub(crate) struct Counts {
    /// Reads that were begun.
    pub(crate) reads: Count,
    /// Transactions that were dropped without a commit.
    pub(crate) uncommitted: Count,
    /// Whether the storage cannot be read for the moment.
    pub(crate) away: Arc<AtomicBool>,
}

/// A Guildhall on a house's database, and what it does to it.
pub(crate) fn on(house: &House) -> (Guildhall, Counts) {
    let counts = Counts::default();
    let watched = Watched { inner: Arc::clone(&house.storage) as _, counts: counts.clone() };
    (house.on(Arc::new(watched)), counts)
}

struct Watched {
    inner: Arc<dyn Storage>,
    counts: Counts,
}

#[async_trait]
impl Storage for Watched {
    async fn read(&self) -> Result<Box<dyn Reads>, StorageError> {
        self.counts.reads.one_more();
        if self.counts.away.load(Ordering::SeqCst) {
            return Err(StorageError::Busy("it is away".into()));
        }
        self.inner.read().await
    }

    async fn write(&self) -> Result<Box<dyn Transaction>, StorageError> {
        let inner = Some(self.inner.write().await?);
        Ok(Box::new(Open { inner, uncommitted: self.counts.uncommitted.clone() }))
    }

    async fn write_at_length(&self) -> Result<Box<dyn Transaction>, StorageError> {
        self.write().await
    }

    fn steps(&self) -> &dyn Steps {
        self.inner.steps()
    }

    async fn ping(&self) -> Result<(), StorageError> {
        self.inner.ping().await
    }

    fn pools(&self) -> Vec<Pool> {
        self.inner.pools()
    }

    async fn migrate(&self) -> Result<(), StorageError> {
        self.inner.migrate().await
    }

    async fn pending_migrations(&self) -> Result<Vec<String>, StorageError> {
        self.inner.pending_migrations().await
    }
}

struct Open {
    /// `None` once it is committed.
    inner: Option<Box<dyn Transaction>>,
    uncommitted: Count,
}

impl Drop for Open {
    fn drop(&mut self) {
        if self.inner.is_some() {
            self.uncommitted.one_more();
        }
    }
}

macro_rules! delegate {
    ($($aggregate:ident: $writes:ident),*) => {
        #[async_trait]
        impl Transaction for Open {
            $(fn $aggregate(&mut self) -> &mut dyn $writes {
                self.inner.as_mut().unwrap().$aggregate()
            })*

            async fn commit(mut self: Box<Self>) -> Result<(), StorageError> {
                self.inner.take().unwrap().commit().await
            }
        }
    };
}

delegate! {
    accounts: AccountWrites,
    audit: AuditWrites,
    events: EventWrites,
    groups: GroupWrites,
    guesses: GuessWrites,
    idempotency: IdempotencyWrites,
    logins: LoginWrites,
    mail: MailWrites,
    messages: MessageWrites,
    sessions: SessionWrites,
    stream: StreamWrites,
    take_over: TakeOverWrites
}
