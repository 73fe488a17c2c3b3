//! A storage that counts the transactions that were dropped without a commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use guildhall_core::Guildhall;
use guildhall_core::accounts::AccountWrites;
use guildhall_core::events::EventWrites;
use guildhall_core::groups::GroupWrites;
use guildhall_core::guesses::GuessWrites;
use guildhall_core::idempotency::IdempotencyWrites;
use guildhall_core::logins::LoginWrites;
use guildhall_core::sessions::SessionWrites;
use guildhall_core::storage::{Reads, Steps, Storage, StorageError, Transaction};

use crate::house::House;

/// How many transactions were dropped without a commit.
#[derive(Clone, Default)]
pub(super) struct Uncommitted(Arc<AtomicUsize>);

impl Uncommitted {
    pub(super) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// A Guildhall on a house's database, and what it leaves uncommitted.
pub(super) fn on(house: &House) -> (Guildhall, Uncommitted) {
    let uncommitted = Uncommitted::default();
    let watched =
        Watched { inner: Arc::clone(&house.storage) as _, uncommitted: uncommitted.clone() };
    (house.on(Arc::new(watched)), uncommitted)
}

struct Watched {
    inner: Arc<dyn Storage>,
    uncommitted: Uncommitted,
}

#[async_trait]
impl Storage for Watched {
    async fn read(&self) -> Result<Box<dyn Reads>, StorageError> {
        self.inner.read().await
    }

    async fn write(&self) -> Result<Box<dyn Transaction>, StorageError> {
        let inner = Some(self.inner.write().await?);
        Ok(Box::new(Open { inner, uncommitted: self.uncommitted.clone() }))
    }

    fn steps(&self) -> &dyn Steps {
        self.inner.steps()
    }

    async fn ping(&self) -> Result<(), StorageError> {
        self.inner.ping().await
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
    uncommitted: Uncommitted,
}

impl Drop for Open {
    fn drop(&mut self) {
        if self.inner.is_some() {
            self.uncommitted.0.fetch_add(1, Ordering::SeqCst);
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
    events: EventWrites,
    groups: GroupWrites,
    guesses: GuessWrites,
    idempotency: IdempotencyWrites,
    logins: LoginWrites,
    sessions: SessionWrites
}
