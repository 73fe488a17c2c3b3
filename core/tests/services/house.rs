//! A Guildhall to try things on.

use std::fmt::Debug;
use std::num::NonZeroUsize;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use guildhall_core::accounts::Account;
use guildhall_core::clock::ManualClock;
use guildhall_core::openapi::{
    Credentials, ErrorCode, Fault, NewAccount, Timestamp, Tokens, User, UserId,
};
use guildhall_core::passwords::{Cost, Passwords, PoolSize};
use guildhall_core::storage::Storage;
use guildhall_core::tokens::{Signing, TokenKeys};
use guildhall_core::{Caller, Error, Guildhall, Origin, Policy, Result};
use guildhall_storage_sqlite::{Location, SqliteStorage};

pub(crate) const PASSWORD: &str = "plum-orbit-velvet";
pub(crate) const OTHER_PASSWORD: &str = "tulip-anvil-harbour";
pub(crate) const START: Timestamp = Timestamp::from_micros(1_700_000_000_123_456);

/// A Guildhall without people, its storage and its clock.
pub(crate) struct House {
    guildhall: Guildhall,
    pub(crate) passwords: Passwords,
    pub(crate) storage: Arc<SqliteStorage>,
    pub(crate) clock: Arc<ManualClock>,
}

impl Deref for House {
    type Target = Guildhall;

    fn deref(&self) -> &Guildhall {
        &self.guildhall
    }
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::with(Policy::default()).await
    }

    pub(crate) async fn with(policy: Policy) -> Self {
        Self::at(&Location::Memory, policy).await
    }

    /// In a file readers go on beside a writer; in memory everyone takes turns.
    pub(crate) async fn at(location: &Location, policy: Policy) -> Self {
        let storage = Arc::new(SqliteStorage::open(location).await.unwrap());
        storage.migrate().await.unwrap();
        let clock = Arc::new(ManualClock::at(START));
        let passwords = passwords();
        let guildhall = assemble(Arc::clone(&storage) as _, passwords.clone(), policy, &clock);
        Self { guildhall, passwords, storage, clock }
    }

    /// Another Guildhall on a storage that leads to the same database.
    pub(crate) fn on(&self, storage: Arc<dyn Storage>) -> Guildhall {
        assemble(storage, passwords(), Policy::default(), &self.clock)
    }

    pub(crate) fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub(crate) async fn member(&self, name: &str) -> User {
        self.accounts().register(new_account(name), &Origin::default()).await.unwrap()
    }

    pub(crate) async fn admin(&self, name: &str) -> User {
        self.accounts().create_admin(new_account(name)).await.unwrap()
    }

    pub(crate) async fn log_in(&self, name: &str, password: &str) -> Result<Tokens> {
        let credentials = Credentials { email: name.into(), password: password.into() };
        self.logins().log_in(&credentials, &Origin::default()).await
    }

    pub(crate) async fn sign_in(&self, name: &str) -> Tokens {
        self.log_in(name, PASSWORD).await.unwrap()
    }

    pub(crate) async fn authenticate(&self, tokens: &Tokens) -> Result<Caller> {
        self.logins().authenticate(&tokens.access_token, None).await
    }

    /// Signs in on a device of its own.
    pub(crate) async fn caller(&self, name: &str) -> Caller {
        let tokens = self.sign_in(name).await;
        self.authenticate(&tokens).await.unwrap()
    }

    pub(crate) async fn stored(&self, id: UserId) -> Account {
        let mut reads = self.storage.read().await.unwrap();
        reads.accounts().by_id(id).await.unwrap().unwrap()
    }
}

fn passwords() -> Passwords {
    let pool = PoolSize { threads: NonZeroUsize::MIN, waiting: 1024 };
    Passwords::start(Cost::new(8, 1, 1).unwrap(), pool).unwrap()
}

fn assemble(
    storage: Arc<dyn Storage>,
    passwords: Passwords,
    policy: Policy,
    clock: &Arc<ManualClock>,
) -> Guildhall {
    let keys = TokenKeys::new(b"a secret of at least 32 bytes....", Signing::default());
    Guildhall::with_clock(storage, keys, passwords, policy, Arc::clone(clock) as _)
}

pub(crate) fn new_account(name: &str) -> NewAccount {
    NewAccount {
        username: name.into(),
        email: format!("{name}@example.org").into(),
        password: PASSWORD.into(),
        full_name: None,
    }
}

/// Which code a call ended with; `None` where it did what it was asked.
pub(crate) fn code<T: Debug>(result: &Result<T>) -> Option<ErrorCode> {
    result.as_ref().err().map(Error::code)
}

/// The fields that a call named, and what it said of each.
pub(crate) fn faults<T: Debug>(result: Result<T>) -> Vec<(String, Fault)> {
    match result {
        Err(Error::Invalid { fields, .. }) => {
            fields.into_iter().map(|(field, fault)| (field.into_owned(), fault)).collect()
        }
        other => panic!("fields were expected to be named: {other:?}"),
    }
}
