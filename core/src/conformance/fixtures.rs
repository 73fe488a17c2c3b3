//! What the cases are made of, and a backend's own tests may be. All of it panics where the storage
//! fails.

use std::fmt::Debug;
use std::ops::Range;

use guildhall_openapi::page::{Limit, Page, Skip};
use guildhall_openapi::text::Email;
use guildhall_openapi::{GroupId, Language, LoginId, Role, Timestamp, UserId};
use tokio::task::yield_now;

use crate::accounts::{Account, Draft};
use crate::identity::{Keys, name_key};
use crate::logins::NewLogin;
use crate::mail::{self, Kind};
use crate::storage::{Conflict, Storage, StorageError, Transaction};
use crate::takeover::{OldRow, Source};

/// The present, with microseconds.
pub(super) const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_123_456);

/// A member of this name.
pub fn draft(name: &str) -> Draft {
    let email = Email::from(format!("{name}@example.org"));
    Draft {
        username: name.into(),
        email: email.clone(),
        full_name: None,
        role: Role::User,
        disabled: false,
        group: None,
        password_hash: format!("hash of {name}"),
        created_at: NOW,
        verification: mail::Draft::new(Kind::VerifyEmail, email, Language::English, NOW),
    }
}

pub(super) fn admin(name: &str) -> Draft {
    Draft { role: Role::Admin, ..draft(name) }
}

/// Inserts under the keys that the names have.
///
/// # Errors
/// The storage's.
pub async fn insert(tx: &mut dyn Transaction, draft: &Draft) -> Result<UserId, StorageError> {
    let keys = Keys::of(&draft.clone().with_id(UserId::FIRST).user);
    tx.accounts().insert(draft, &keys).await
}

/// Updates under the keys that the names have.
pub(super) async fn update(
    tx: &mut dyn Transaction,
    account: &Account,
) -> Result<(), StorageError> {
    let keys = Keys::of(&account.user);
    tx.accounts().update(account, &keys).await
}

/// Inserts and commits.
pub async fn add(storage: &dyn Storage, draft: &Draft) -> UserId {
    let mut tx = storage.write().await.unwrap();
    let id = insert(&mut *tx, draft).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// Locks, edits, updates and commits; the account as it then is.
pub(super) async fn change(
    storage: &dyn Storage,
    id: UserId,
    edit: impl FnOnce(&mut Account),
) -> Account {
    let mut tx = storage.write().await.unwrap();
    let mut account = tx.accounts().lock(id).await.unwrap().unwrap();
    // Others may try to come between, also where the storage itself makes nobody wait.
    yield_now().await;
    edit(&mut account);
    update(&mut *tx, &account).await.unwrap();
    tx.commit().await.unwrap();
    account
}

pub(super) async fn disable(storage: &dyn Storage, id: UserId) {
    change(storage, id, |account| {
        account.user.disabled = true;
    })
    .await;
}

pub(super) async fn delete(storage: &dyn Storage, id: UserId) {
    change(storage, id, |account| {
        account.user.deleted_at = Some(NOW);
    })
    .await;
}

/// The account with this id, as a new reader sees it.
pub async fn by_id(storage: &dyn Storage, id: UserId) -> Option<Account> {
    let mut reads = storage.read().await.unwrap();
    reads.accounts().by_id(id).await.unwrap()
}

/// Who has this username, as a new reader sees it.
pub async fn named(storage: &dyn Storage, name: &str) -> Option<Account> {
    let mut reads = storage.read().await.unwrap();
    reads.accounts().by_key("nobody", name).await.unwrap()
}

/// Inserts a group under the key that its name has.
pub(super) async fn insert_group(
    tx: &mut dyn Transaction,
    name: &str,
) -> Result<GroupId, StorageError> {
    tx.groups().insert(&name.into(), &name_key(name), NOW).await
}

/// Inserts a group and commits.
pub(super) async fn add_group(storage: &dyn Storage, name: &str) -> GroupId {
    let mut tx = storage.write().await.unwrap();
    let id = insert_group(&mut *tx, name).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// Rows of a page by their ids, and whether there is more after it.
type Shown<Id> = (Vec<Id>, bool);

/// What a list of these seven, in id order, has to answer: for each page its rows, and whether there
/// is more.
pub(super) fn pages<Id: Copy>(ids: &[Id; 7]) -> Vec<(Page<Id>, Shown<Id>)> {
    let pages = [
        (None, 0, 100, 0..7, false),
        (None, 0, 7, 0..7, false),
        (None, 0, 6, 0..6, true),
        (None, 3, 3, 3..6, true),
        (None, 6, 3, 6..7, false),
        (None, 7, 3, 7..7, false),
        (None, Skip::MAX, Limit::MAX, 7..7, false),
        (Some(3), 0, 3, 4..7, false),
        (Some(3), 0, 2, 4..6, true),
        (Some(1), 2, 2, 4..6, true),
        (Some(6), 0, 1, 7..7, false),
    ];
    let page =
        |(after, skip, limit, shown, more): (Option<usize>, u64, u64, Range<usize>, bool)| {
            let page = Page {
                after: after.map(|index| ids[index]),
                skip: skip.try_into().unwrap(),
                limit: limit.try_into().unwrap(),
            };
            (page, (ids[shown].to_vec(), more))
        };
    pages.map(page).into()
}

/// A login at [`NOW`] of an account as it is, which removes none for being idle.
pub(super) fn login_of(account: &Account) -> NewLogin {
    NewLogin {
        user: account.user.id,
        verified_hash: account.password_hash.clone(),
        better_hash: None,
        seed: "seed".into(),
        now: NOW,
        idle_since: Timestamp::from_micros(i64::MIN),
        ip: Some("192.0.2.7".into()),
        user_agent: Some("a phone".into()),
    }
}

pub(super) async fn try_sign_in(storage: &dyn Storage, new: &NewLogin) -> Option<LoginId> {
    let mut tx = storage.write().await.unwrap();
    let login = tx.logins().insert(new).await.unwrap();
    tx.commit().await.unwrap();
    login
}

/// Signs a device of the user in.
pub(super) async fn sign_in(storage: &dyn Storage, id: UserId) -> LoginId {
    let account = by_id(storage, id).await.unwrap();
    try_sign_in(storage, &login_of(&account)).await.unwrap()
}

/// The conflict in which a call ended.
pub(super) fn conflict<T: Debug>(result: Result<T, StorageError>) -> Conflict {
    match result {
        Err(StorageError::Conflict(conflict)) => conflict,
        other => panic!("a conflict was expected: {other:?}"),
    }
}

/// All rows of a table of an old database.
pub async fn old_rows(old: &mut dyn Source, table: &str, order: &[&str]) -> Vec<OldRow> {
    old.open(table, order).await.unwrap();
    let mut all = Vec::new();
    loop {
        let rows = old.next().await.unwrap();
        if rows.is_empty() {
            return all;
        }
        all.extend(rows);
    }
}
