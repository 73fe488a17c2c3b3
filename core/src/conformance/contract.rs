//! Transactions and readers: what belongs to no aggregate.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use futures_util::future::{join_all, join3};
use futures_util::poll;
use guildhall_openapi::{EventId, GroupId, LoginId, SessionId, UserId};

use super::fixtures::{add, add_group, by_id, conflict, draft, insert, named, sign_in};
use super::sessions::begin;
use crate::accounts::UserFilter;
use crate::storage::{Conflict, Storage};

/// [`Storage::ping`].
pub async fn a_ping_is_answered(storage: &dyn Storage) {
    storage.ping().await.unwrap();
}

/// A commit is seen by whoever reads after it, also by those who asked for a reader before.
pub async fn what_is_committed_is_read_afterwards(storage: &dyn Storage) {
    let mut reads = storage.read().await.unwrap();
    let id = add(storage, &draft("alice")).await;
    assert!(by_id(storage, id).await.is_some());
    assert!(reads.accounts().by_id(id).await.unwrap().is_some());
}

/// A transaction that is dropped leaves nothing behind.
pub async fn a_dropped_transaction_leaves_nothing(storage: &dyn Storage) {
    let id = add(storage, &draft("alice")).await;
    let mut tx = storage.write().await.unwrap();
    insert(&mut *tx, &draft("bob")).await.unwrap();
    let mut alice = tx.accounts().lock(id).await.unwrap().unwrap();
    alice.user.disabled = true;
    super::fixtures::update(&mut *tx, &alice).await.unwrap();
    drop(tx);
    assert_eq!(named(storage, "bob").await, None);
    assert!(!by_id(storage, id).await.unwrap().user.disabled);
    add(storage, &draft("bob")).await;
}

/// Nor does one that met a conflict.
pub async fn a_conflict_does_not_save_a_dropped_transaction(storage: &dyn Storage) {
    add(storage, &draft("alice")).await;
    let mut tx = storage.write().await.unwrap();
    insert(&mut *tx, &draft("bob")).await.unwrap();
    let taken = insert(&mut *tx, &draft("alice")).await;
    assert_eq!(conflict(taken), Conflict::EmailTaken);
    insert(&mut *tx, &draft("carol")).await.unwrap();
    drop(tx);
    assert_eq!(named(storage, "bob").await, None);
    assert_eq!(named(storage, "carol").await, None);
}

/// Ids rise, and none is given again, whatever was removed meanwhile: of a login it would make the
/// access tokens of one that was signed out good again.
pub async fn no_id_is_given_again(storage: &dyn Storage) {
    let user = add(storage, &draft("alice")).await;
    let before = one_of_each(storage, user).await;
    let mut tx = storage.write().await.unwrap();
    let (group, event, session, login) = before;
    tx.groups().delete(group).await.unwrap();
    tx.events().delete(event).await.unwrap();
    tx.sessions().delete(session).await.unwrap();
    assert!(tx.logins().revoke(user, login).await.unwrap());
    tx.commit().await.unwrap();
    let after = one_of_each(storage, user).await;
    assert!(
        after.0 > group && after.1 > event && after.2 > session && after.3 > login,
        "{after:?}"
    );
}

async fn one_of_each(
    storage: &dyn Storage,
    user: UserId,
) -> (GroupId, EventId, SessionId, LoginId) {
    let event = super::events::announce(storage, super::events::event("Party", user)).await;
    (
        add_group(storage, "Chess").await,
        event.id,
        begin(storage, user, "one").await,
        sign_in(storage, user).await,
    )
}

/// A transaction that did nothing commits.
pub async fn an_empty_transaction_commits(storage: &dyn Storage) {
    let tx = storage.write().await.unwrap();
    tx.commit().await.unwrap();
    drop(storage.write().await.unwrap());
    add(storage, &draft("alice")).await;
}

/// A reader sees nothing of a transaction until it is committed. It may be made to wait.
pub async fn what_is_not_committed_is_not_read(storage: &dyn Storage) {
    let mut tx = storage.write().await.unwrap();
    let id = insert(&mut *tx, &draft("alice")).await.unwrap();
    let meanwhile = tokio::time::timeout(Duration::from_millis(50), by_id(storage, id));
    if let Ok(seen) = meanwhile.await {
        assert_eq!(seen, None);
    }
    tx.commit().await.unwrap();
    assert!(by_id(storage, id).await.is_some());
}

/// A reader that was made to wait for a transaction sees nothing of it once it is rolled back.
pub async fn what_is_rolled_back_was_never_read(storage: &dyn Storage) {
    for _ in 0..8 {
        let mut tx = storage.write().await.unwrap();
        let id = insert(&mut *tx, &draft("ghost")).await.unwrap();
        let mut read = pin!(by_id(storage, id));
        let meanwhile = tokio::time::timeout(Duration::from_millis(10), &mut read).await;
        drop(tx);
        let seen = match meanwhile {
            Ok(seen) => seen,
            Err(_) => read.await,
        };
        assert_eq!(seen, None);
    }
}

/// Of many transactions at once those that commit land, whole, and those that do not leave nothing.
pub async fn writers_at_once_all_land_but_those_that_give_up(storage: &dyn Storage) {
    let write = |number: u32| async move {
        let mut tx = storage.write().await.unwrap();
        for half in ["a", "b"] {
            let draft = draft(&format!("writer{number}{half}"));
            insert(&mut *tx, &draft).await.unwrap();
        }
        if gives_up(number) {
            return;
        }
        tx.commit().await.unwrap();
    };
    join_all((0..64).map(write)).await;
    for number in 0..64 {
        for half in ["a", "b"] {
            let landed = named(storage, &format!("writer{number}{half}")).await;
            assert_ne!(landed.is_some(), gives_up(number), "{number}{half}");
        }
    }
}

fn gives_up(number: u32) -> bool {
    number % 8 == 3
}

/// A caller may go away at any moment: its transaction is there whole or not at all, other
/// callers' are untouched, and the storage goes on.
pub async fn calls_abandoned_half_way_break_nothing(storage: &dyn Storage) {
    let anchor = add(storage, &draft("anchor")).await;
    for number in 0..48_usize {
        let pair = async {
            let mut tx = storage.write().await.unwrap();
            for half in ["left", "right"] {
                let draft = draft(&format!("pair{number:02}.{half}"));
                insert(&mut *tx, &draft).await.unwrap();
            }
            tx.commit().await.unwrap();
        };
        let other = draft(&format!("other{number}"));
        let polls = number * number;
        let (acknowledged, ..) =
            join3(abandon(pair, polls), add(storage, &other), abandon(found(storage, ""), polls))
                .await;
        // Both with one call: a commit that was asked for may still be on its way.
        let landed = found(storage, &format!("pair{number:02}.")).await;
        assert!(landed == 0 || landed == 2, "{landed} of pair {number}");
        assert!(landed == 2 || acknowledged.is_none(), "{number}");
        assert_is(storage, anchor, "anchor").await;
    }
    assert_eq!(found(storage, "other").await, 48);
}

/// How many accounts a search finds.
async fn found(storage: &dyn Storage, part: &str) -> usize {
    let filter = UserFilter { search: Some(part.into()), ..UserFilter::default() };
    let mut reads = storage.read().await.unwrap();
    reads.accounts().list(&filter).await.unwrap().0.len()
}

async fn assert_is(storage: &dyn Storage, id: UserId, name: &str) {
    let account = by_id(storage, id).await.unwrap();
    assert_eq!(account.user.username, name);
}

/// What comes of a future within so many looks at it; it is dropped after them.
async fn abandon<T>(future: impl Future<Output = T>, polls: usize) -> Option<T> {
    let mut future = pin!(future);
    for _ in 0..polls {
        if let Poll::Ready(done) = poll!(&mut future) {
            return Some(done);
        }
        tokio::task::yield_now().await;
    }
    None
}
