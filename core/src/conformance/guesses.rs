//! Limits on guessing.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::task::yield_now;

use super::fixtures::{NOW, add, draft};
use crate::guesses::Tries;
use crate::storage::Storage;
use guildhall_openapi::{KnownAddress, Timestamp};

const NONE: Tries = Tries { count: 0, since: NOW, last: NOW };
const LONG_AGO: Timestamp = Timestamp::from_micros(0);

async fn tries(storage: &dyn Storage, key: &str) -> Option<Tries> {
    storage.read().await.unwrap().guesses().tries(key).await.unwrap()
}

async fn store(storage: &dyn Storage, key: &str, tries: Tries, forget_before: Timestamp) {
    let mut tx = storage.write().await.unwrap();
    tx.guesses().lock(key, NONE).await.unwrap();
    tx.guesses().store(key, tries, forget_before).await.unwrap();
    tx.commit().await.unwrap();
}

/// What is stored under a key comes back, for reading and for locking, until it is cleared.
pub async fn tries_come_back_as_they_went_in(storage: &dyn Storage) {
    let some = Tries { count: 7, since: NOW.before(Duration::from_micros(1)), last: NOW };
    assert_eq!(tries(storage, "a").await, None);
    store(storage, "a", some, LONG_AGO).await;
    store(storage, "b", NONE, LONG_AGO).await;
    assert_eq!(tries(storage, "a").await, Some(some));
    let mut tx = storage.write().await.unwrap();
    assert_eq!(tx.guesses().lock("a", NONE).await.unwrap(), some);
    assert_eq!(tx.guesses().lock("new", some).await.unwrap(), some);
    tx.guesses().clear("a").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(tries(storage, "a").await, None);
    assert_eq!(tries(storage, "b").await, Some(NONE));
    assert_eq!(tries(storage, "new").await, Some(some));
}

/// No try is lost when many are counted at once, under a key that was not there before either.
pub async fn tries_at_once_are_all_counted(storage: &dyn Storage) {
    let count = async || {
        let mut tx = storage.write().await.unwrap();
        let before = tx.guesses().lock("a", NONE).await.unwrap();
        yield_now().await;
        let after = Tries { count: before.count + 1, ..before };
        tx.guesses().store("a", after, LONG_AGO).await.unwrap();
        tx.commit().await.unwrap();
    };
    join_all((0..16).map(|_| count())).await;
    assert_eq!(tries(storage, "a").await.unwrap().count, 16);
}

/// Keys whose last try was long ago go when another is stored.
pub async fn old_tries_are_forgotten(storage: &dyn Storage) {
    let old = Tries { count: 9, since: LONG_AGO, last: NOW.before(Duration::from_secs(1)) };
    store(storage, "old", old, LONG_AGO).await;
    store(storage, "new", NONE, NOW).await;
    assert_eq!(tries(storage, "old").await, None);
    assert_eq!(tries(storage, "new").await, Some(NONE));
}

/// An address is known to the user who signed in from it, for as long as it is said to be.
pub async fn an_address_is_known_to_its_user(storage: &dyn Storage) {
    let (alice, bob) = (add(storage, &draft("alice")).await, add(storage, &draft("bob")).await);
    let later = NOW.after(Duration::from_secs(60));
    for (user, now, ip) in [
        (bob, NOW, "192.0.2.3"),
        (alice, NOW, "192.0.2.1"),
        (alice, NOW, "192.0.2.2"),
        (alice, later, "192.0.2.2"),
    ] {
        let mut tx = storage.write().await.unwrap();
        tx.guesses().remember(user, ip, now, now).await.unwrap();
        tx.commit().await.unwrap();
    }
    let mut reads = storage.read().await.unwrap();
    let mut knows = async |user, ip, since| reads.guesses().knows(user, ip, since).await.unwrap();
    assert!(knows(alice, "192.0.2.2", later).await);
    assert!(!knows(alice, "192.0.2.2", later.after(Duration::from_micros(1))).await);
    assert!(!knows(alice, "192.0.2.1", LONG_AGO).await, "forgotten with the last one");
    assert!(!knows(bob, "192.0.2.2", LONG_AGO).await);
    assert!(knows(bob, "192.0.2.3", NOW).await, "of other users nothing is forgotten");
}

/// Those who count under old keys at once do not wait for each other to forget them.
pub async fn old_keys_in_use_do_not_stand_in_the_way(storage: &dyn Storage) {
    for round in 0..8 {
        let now = NOW.after(Duration::from_secs(round));
        let fresh = Tries { last: now, ..NONE };
        let keys: Vec<_> = (0..8).map(|number| format!("key{number}")).collect();
        join_all(keys.iter().map(|key| store(storage, key, fresh, now))).await;
        for key in &keys {
            assert_eq!(tries(storage, key).await, Some(fresh), "{key}");
        }
    }
}

/// The tries at one account are forgotten, from wherever they came, and no others.
pub async fn tries_at_an_account_are_forgotten_together(storage: &dyn Storage) {
    let keys = ["u1", "u1@", "u1@192.0.2.0/24", "u10", "u10@-", "u2@-", "u1A", "U1@-", "nu1@-"];
    for key in keys {
        store(storage, key, NONE, LONG_AGO).await;
    }
    let mut tx = storage.write().await.unwrap();
    tx.guesses().clear_all("u1").await.unwrap();
    tx.commit().await.unwrap();
    for (place, key) in keys.into_iter().enumerate() {
        assert_eq!(tries(storage, key).await.is_none(), place < 3, "{key}");
    }
}

/// A user's addresses are told and forgotten; those of others stay.
pub async fn what_is_known_of_a_user_is_forgotten(storage: &dyn Storage) {
    let (alice, bob) = (add(storage, &draft("alice")).await, add(storage, &draft("bob")).await);
    let mut tx = storage.write().await.unwrap();
    for (user, ip) in [(alice, "2001:db8::1"), (alice, "192.0.2.1"), (bob, "192.0.2.1")] {
        tx.guesses().remember(user, ip, NOW, LONG_AGO).await.unwrap();
    }
    tx.commit().await.unwrap();
    let known = |ip: &str| KnownAddress { ip: ip.into(), seen_at: NOW };
    let addresses = async |user| {
        let mut reads = storage.read().await.unwrap();
        reads.guesses().addresses(user).await.unwrap()
    };
    assert_eq!(addresses(alice).await, [known("192.0.2.1"), known("2001:db8::1")]);
    let mut tx = storage.write().await.unwrap();
    tx.guesses().forget_addresses(alice).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(addresses(alice).await, []);
    assert_eq!(addresses(bob).await, [known("192.0.2.1")]);
}
