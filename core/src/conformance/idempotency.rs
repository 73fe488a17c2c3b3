//! Calls that may be asked for again.

use std::time::Duration;

use futures_util::future::join_all;
use guildhall_openapi::{Timestamp, UserId};
use tokio::task::yield_now;

use super::fixtures::{NOW, add, by_id, draft, insert};
use crate::idempotency::{Claim, Claimed};
use crate::storage::Storage;

const LONG_AGO: Timestamp = Timestamp::from_micros(0);

fn claim(user: UserId, key: &str) -> Claim {
    Claim { user, key: key.into(), fingerprint: "print".into(), now: NOW }
}

async fn answered(storage: &dyn Storage, claim: &Claim, answer: &str) {
    let mut tx = storage.write().await.unwrap();
    assert_eq!(tx.idempotency().claim(claim, LONG_AGO).await.unwrap(), None);
    tx.idempotency().answer(claim.user, &claim.key, answer).await.unwrap();
    tx.commit().await.unwrap();
}

async fn before(storage: &dyn Storage, claim: &Claim, forget_before: Timestamp) -> Option<Claimed> {
    storage.write().await.unwrap().idempotency().claim(claim, forget_before).await.unwrap()
}

/// A key stands for its user's first answer, and for nobody else's.
pub async fn a_key_gives_its_first_answer(storage: &dyn Storage) {
    let (alice, bob) = (add(storage, &draft("alice")).await, add(storage, &draft("bob")).await);
    answered(storage, &claim(alice, "key"), "\"first\"").await;
    let again = Claim { fingerprint: "another".into(), ..claim(alice, "key") };
    let first = Claimed { fingerprint: "print".into(), answer: "\"first\"".into() };
    assert_eq!(before(storage, &again, LONG_AGO).await, Some(first));
    assert_eq!(before(storage, &claim(alice, "Key"), LONG_AGO).await, None);
    assert_eq!(before(storage, &claim(bob, "key"), LONG_AGO).await, None);
}

/// A key that is too old is free, and one of a transaction that was dropped.
pub async fn old_and_dropped_keys_are_free(storage: &dyn Storage) {
    let alice = add(storage, &draft("alice")).await;
    answered(storage, &claim(alice, "old"), "1").await;
    assert!(before(storage, &claim(alice, "old"), NOW).await.is_some());
    let after = NOW.after(Duration::from_micros(1));
    assert_eq!(before(storage, &claim(alice, "old"), after).await, None);
    assert_eq!(before(storage, &claim(alice, "dropped"), LONG_AGO).await, None);
    answered(storage, &claim(alice, "dropped"), "2").await;
}

/// Of many calls with one key at once, one does the work and the others get its answer.
pub async fn of_many_with_one_key_one_does_the_work(storage: &dyn Storage) {
    let alice = add(storage, &draft("alice")).await;
    let create = async |number: usize| {
        let mut tx = storage.write().await.unwrap();
        let claim = claim(alice, "key");
        if let Some(before) = tx.idempotency().claim(&claim, LONG_AGO).await.unwrap() {
            return before.answer;
        }
        yield_now().await;
        let id = insert(&mut *tx, &draft(&format!("made{number}"))).await.unwrap();
        tx.idempotency().answer(alice, "key", &id.to_string()).await.unwrap();
        tx.commit().await.unwrap();
        id.to_string()
    };
    let answers = join_all((0..16).map(create)).await;
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert!(by_id(storage, answers[0].parse().unwrap()).await.is_some());
    let filter = crate::accounts::UserFilter::default();
    let (users, _) = storage.read().await.unwrap().accounts().list(&filter).await.unwrap();
    assert_eq!(users.len(), 2, "alice and the one that was made");
}

/// A user's keys are free once they are forgotten; those of others are not.
pub async fn keys_of_a_user_are_forgotten(storage: &dyn Storage) {
    let (alice, bob) = (add(storage, &draft("alice")).await, add(storage, &draft("bob")).await);
    for user in [alice, bob] {
        answered(storage, &claim(user, "key"), "1").await;
    }
    let mut tx = storage.write().await.unwrap();
    tx.idempotency().forget_user(alice).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(before(storage, &claim(alice, "key"), LONG_AGO).await, None);
    assert!(before(storage, &claim(bob, "key"), LONG_AGO).await.is_some());
}
