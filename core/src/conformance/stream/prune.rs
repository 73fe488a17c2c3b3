//! What is old is removed.

use guildhall_openapi::{Timestamp, UserId};

use super::super::fixtures::{NOW, add, draft};
use super::super::messages::{message, send};
use super::super::sessions::{begin, crowd, get_in};
use super::{after, publish, rows, something};
use crate::storage::Storage;
use crate::stream::{Audience, Log, Place};

/// So many microseconds after the present.
fn later(by: i64) -> Timestamp {
    Timestamp::from_micros(NOW.as_micros() + by)
}

async fn prune(storage: &dyn Storage, before: Timestamp, most: u32) -> u64 {
    let mut tx = storage.write().await.unwrap();
    let removed = tx.stream().prune(before, most).await.unwrap();
    tx.commit().await.unwrap();
    removed
}

async fn numbers(storage: &dyn Storage, user: UserId) -> (Vec<i64>, Vec<i64>) {
    let slice = rows(storage, user).await;
    let numbers = |rows: Vec<crate::stream::Row<_>>| rows.iter().map(|row| row.number).collect();
    (numbers(slice.own), numbers(slice.shared))
}

/// Rows that were written before are removed, later ones are not. The numbers stay taken: a reader sees
/// that what came next is gone, and what comes is numbered on.
pub async fn what_is_old_is_removed_and_its_number_stays_taken(storage: &dyn Storage) {
    let user = add(storage, &draft("alice")).await;
    for time in 0..4 {
        let draft = crate::messages::Draft { now: later(time), ..message(user, user) };
        storage.steps().send_message(&draft).await.unwrap().unwrap();
        let mut tx = storage.write().await.unwrap();
        for audience in [Audience::Everyone, Audience::User(user)] {
            tx.stream().publish(audience, &something(1), later(time)).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
    assert_eq!(prune(storage, NOW, 100).await, 0);
    assert!(prune(storage, later(2), 100).await > 0);
    assert_eq!(prune(storage, later(2), 100).await, 0);
    assert_eq!(numbers(storage, user).await, (vec![5, 6, 7, 8], vec![3, 4]));
    // All of it is whole, also for those who are so far.
    let slice = after(storage, user, Place { own: 4, shared: 2 }, 100).await;
    assert!(slice.own.iter().chain(&slice.shared).all(|row| row.push.is_some()));
    assert!(prune(storage, later(4), 100).await > 0);
    assert_eq!(numbers(storage, user).await, (vec![], vec![]));
    assert_eq!(rows(storage, user).await.head, Place { own: 8, shared: 4 });
    let heads = storage.read().await.unwrap().stream().heads(&[Log::User(user)]).await.unwrap();
    assert_eq!(heads, [(Log::User(user), 8)]);
    assert_eq!(send(storage, user, user).await.told[0].number, 9);
    // What was written to each other stays.
    let mut reads = storage.read().await.unwrap();
    let (sent, _) = reads.messages().sent(user, &Default::default()).await.unwrap();
    assert_eq!(sent.len(), 5);
}

/// At most so many rows go at once, and what a row tells of does not go before it.
pub async fn a_row_that_is_still_there_is_whole(storage: &dyn Storage) {
    let users = crowd(storage, 3).await;
    let id = begin(storage, users[0], "one").await;
    for user in &users {
        get_in(storage, id, *user).await;
    }
    for number in 1..=5 {
        publish(storage, Audience::Session(id, None), &something(number)).await;
    }
    let mut left = 15;
    for _ in 0..30 {
        let removed = prune(storage, later(1), 2).await;
        let mut there = 0;
        for user in &users {
            let slice = rows(storage, *user).await;
            assert!(slice.own.iter().all(|row| row.push.is_some()), "{slice:?}");
            there += slice.own.len();
        }
        assert!(left - there <= 2, "{left} to {there}");
        assert!(removed >= (left - there) as u64);
        left = there;
    }
    assert_eq!((left, prune(storage, later(1), 2).await), (0, 0));
}

/// A ticket that has ended need not be remembered; others are.
pub async fn tickets_are_remembered_until_they_end(storage: &dyn Storage) {
    let mut tx = storage.write().await.unwrap();
    for (ticket, until) in [("old", later(1)), ("new", later(2))] {
        assert!(tx.stream().spend_ticket(ticket, until).await.unwrap());
    }
    tx.commit().await.unwrap();
    let mut tx = storage.write().await.unwrap();
    assert!(tx.stream().spend_ticket("older", NOW).await.unwrap());
    for forgotten in [1, 1, 0] {
        assert_eq!(tx.stream().forget_tickets(later(2), 1).await.unwrap(), forgotten);
    }
    assert!(!tx.stream().spend_ticket("new", later(2)).await.unwrap());
}
