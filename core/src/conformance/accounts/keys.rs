//! Which accounts may have which names, and who is found by one.

use futures_util::future::join_all;
use guildhall_openapi::GroupId;

use super::super::fixtures::{NOW, add, by_id, conflict, delete, draft, insert, named, update};
use crate::accounts::Draft;
use crate::identity::{email_key, username_key};
use crate::storage::{Conflict, Storage};

/// `insert` names the taken key, the email where both are, and the transaction goes on.
pub async fn a_taken_key_is_named_on_insert(storage: &dyn Storage) {
    add(storage, &draft("alice")).await;
    add(storage, &draft("bob")).await;
    let mut tx = storage.write().await.unwrap();
    for (email, username, taken) in [
        ("alice", "carol", Conflict::EmailTaken),
        ("carol", "alice", Conflict::UsernameTaken),
        ("alice", "alice", Conflict::EmailTaken),
        ("alice", "bob", Conflict::EmailTaken),
        ("bob", "alice", Conflict::EmailTaken),
    ] {
        let draft = Draft { email: draft(email).email, ..draft(username) };
        let inserted = insert(&mut *tx, &draft).await;
        assert_eq!(conflict(inserted), taken, "{email} {username}");
    }
    let carol = insert(&mut *tx, &draft("carol")).await.unwrap();
    tx.commit().await.unwrap();
    assert!(by_id(storage, carol).await.is_some());
}

/// `update` does as `insert`; one's own keys are not taken.
pub async fn a_taken_key_is_named_on_update(storage: &dyn Storage) {
    add(storage, &draft("alice")).await;
    add(storage, &draft("bob")).await;
    let carol = add(storage, &draft("carol")).await;
    let before = by_id(storage, carol).await.unwrap();
    let mut tx = storage.write().await.unwrap();
    for (email, username, taken) in [
        ("alice", "carol", Conflict::EmailTaken),
        ("carol", "alice", Conflict::UsernameTaken),
        ("alice", "alice", Conflict::EmailTaken),
        ("alice", "bob", Conflict::EmailTaken),
        ("bob", "alice", Conflict::EmailTaken),
    ] {
        let mut account = before.clone();
        account.user.email = draft(email).email;
        account.user.username = username.into();
        let updated = update(&mut *tx, &account).await;
        assert_eq!(conflict(updated), taken, "{email} {username}");
        let unchanged = tx.accounts().by_id(carol).await.unwrap();
        assert_eq!(unchanged.as_ref(), Some(&before));
    }
    let mut after = before;
    after.user.username = "caroline".into();
    update(&mut *tx, &after).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(by_id(storage, carol).await, Some(after));
}

/// A group that is not there is a conflict, on insert and on update, and the transaction goes on.
pub async fn a_group_that_is_not_there_is_named(storage: &dyn Storage) {
    let group = GroupId::new(404);
    let id = add(storage, &draft("alice")).await;
    let mut tx = storage.write().await.unwrap();
    let stray = Draft { group, ..draft("bob") };
    let inserted = insert(&mut *tx, &stray).await;
    assert_eq!(conflict(inserted), Conflict::NoSuchGroup);
    let mut alice = tx.accounts().lock(id).await.unwrap().unwrap();
    alice.user.group = group;
    assert_eq!(conflict(update(&mut *tx, &alice).await), Conflict::NoSuchGroup);
    let taken = Draft { group, ..draft("alice") };
    assert_eq!(conflict(insert(&mut *tx, &taken).await), Conflict::EmailTaken);
    let bob = insert(&mut *tx, &draft("bob")).await.unwrap();
    tx.commit().await.unwrap();
    assert!(by_id(storage, bob).await.is_some());
    assert_eq!(by_id(storage, id).await.unwrap().user.group, None);
}

/// The unique key decides a race: one wins, the others are told and can go on.
pub async fn one_of_many_gets_an_email(storage: &dyn Storage) {
    let run = |number: u32| async move {
        let own = draft(&format!("runner{number}"));
        let wanted = Draft { email: "prize@example.org".into(), ..own.clone() };
        let mut tx = storage.write().await.unwrap();
        let won = insert(&mut *tx, &wanted).await;
        let won = match won {
            Ok(_) => true,
            lost => {
                assert_eq!(conflict(lost), Conflict::EmailTaken);
                insert(&mut *tx, &own).await.unwrap();
                false
            }
        };
        tx.commit().await.unwrap();
        won
    };
    let won = join_all((0..32).map(run)).await;
    assert_eq!(won.iter().filter(|won| **won).count(), 1);
    for number in 0..32 {
        assert!(named(storage, &format!("runner{number}")).await.is_some());
    }
}

/// `by_key` finds by email, or else by username.
pub async fn an_email_is_looked_up_before_a_username(storage: &dyn Storage) {
    let alice = add(storage, &draft("Alice")).await;
    let bob = add(storage, &draft("bob")).await;
    for (email, username, found) in [
        (email_key("ALICE@example.org"), "bob".into(), Some(alice)),
        (email_key("carol@example.org"), username_key("BOB"), Some(bob)),
        (email_key("bob"), username_key("alice"), Some(alice)),
        (email_key("carol@example.org"), "carol".into(), None),
        (String::new(), String::new(), None),
    ] {
        let mut reads = storage.read().await.unwrap();
        let account = reads.accounts().by_key(&email, &username).await.unwrap();
        assert_eq!(account.map(|a| a.user.id), found, "{email} {username}");
    }
}

/// Whoever comes after a deletion may have the names; the deleted account stays, under its id.
pub async fn a_deleted_account_frees_its_names(storage: &dyn Storage) {
    let before = add(storage, &draft("alice")).await;
    delete(storage, before).await;
    assert_eq!(named(storage, "alice").await, None);
    let after = add(storage, &draft("alice")).await;
    assert_ne!(before, after);
    delete(storage, after).await;
    let deleted = by_id(storage, before).await.unwrap();
    assert_eq!(deleted.user.deleted_at, Some(NOW));
    assert_eq!(deleted.user.username, "alice");
}
