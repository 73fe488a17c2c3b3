//! Accounts.

use futures_util::future::{join, join_all};
use guildhall_openapi::{GroupId, Role, Timestamp, UserId};

use super::fixtures::{
    NOW, add, admin, by_id, change, conflict, draft, insert, named, sign_in, update,
};
use crate::accounts::{Account, Draft};
use crate::identity::{email_key, username_key};
use crate::storage::{Conflict, Storage};

mod lists;

pub use lists::*;

/// Text that has been stored badly somewhere before.
pub(super) fn awkward_texts() -> [String; 10] {
    [
        "Zoë 👩‍👩‍👧‍👦 e\u{301}\u{323}".into(),
        "שלום \u{202e}مرحبا\u{202c}".into(),
        "'; DROP TABLE users; --".into(),
        r#"back\slash \u0041 "quoted" 'both' `three`"#.into(),
        "\u{1}\u{7}\u{8}\u{b}\u{1b}\t\r\n\u{7f}\u{85}\u{2028}".into(),
        "\u{fffd}\u{10ffff}\u{feff}\u{e000}".into(),
        "?1 $1 :name @name %s {} [1,2] null".into(),
        " white space around ".into(),
        String::new(),
        "👍".repeat(200),
    ]
}

/// All fields of an account come back, under an id of its own.
pub async fn what_was_inserted_is_read(storage: &dyn Storage) {
    let plain = draft("alice");
    let full = Draft {
        full_name: Some("Bob B.".into()),
        disabled: true,
        ..admin("bob")
    };
    for draft in [plain, full] {
        let id = add(storage, &draft).await;
        let account = by_id(storage, id).await;
        assert_eq!(account, Some(draft.with_id(id)));
    }
}

/// Absence is `None`.
pub async fn who_is_not_there_is_none(storage: &dyn Storage) {
    let last = UserId::new(i64::MAX).unwrap();
    assert_eq!(by_id(storage, last).await, None);
    assert_eq!(named(storage, "nobody").await, None);
    let mut tx = storage.write().await.unwrap();
    assert_eq!(tx.accounts().lock(last).await.unwrap(), None);
    assert_eq!(tx.accounts().presence(last).await.unwrap(), None);
}

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
        let draft = Draft {
            email: draft(email).email,
            ..draft(username)
        };
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
    let stray = Draft {
        group,
        ..draft("bob")
    };
    let inserted = insert(&mut *tx, &stray).await;
    assert_eq!(conflict(inserted), Conflict::NoSuchGroup);
    let mut alice = tx.accounts().lock(id).await.unwrap().unwrap();
    alice.user.group = group;
    assert_eq!(
        conflict(update(&mut *tx, &alice).await),
        Conflict::NoSuchGroup
    );
    let taken = Draft {
        group,
        ..draft("alice")
    };
    assert_eq!(
        conflict(insert(&mut *tx, &taken).await),
        Conflict::EmailTaken
    );
    let bob = insert(&mut *tx, &draft("bob")).await.unwrap();
    tx.commit().await.unwrap();
    assert!(by_id(storage, bob).await.is_some());
    assert_eq!(by_id(storage, id).await.unwrap().user.group, None);
}

/// The unique key decides a race: one wins, the others are told and can go on.
pub async fn one_of_many_gets_an_email(storage: &dyn Storage) {
    let run = |number: u32| async move {
        let own = draft(&format!("runner{number}"));
        let wanted = Draft {
            email: "prize@example.org".into(),
            ..own.clone()
        };
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

/// All Unicode text without NUL comes back as it went in.
pub async fn text_comes_back_as_it_went_in(storage: &dyn Storage) {
    for (number, text) in awkward_texts().into_iter().enumerate() {
        let draft = Draft {
            full_name: Some(text.as_str().into()),
            password_hash: text.clone(),
            ..draft(&format!("user{number}"))
        };
        let id = add(storage, &draft).await;
        let expected = draft.with_id(id);
        assert_eq!(by_id(storage, id).await, Some(expected.clone()));
        let updated = change(storage, id, |account| account.user.disabled = true).await;
        assert_eq!(updated.user.full_name, expected.user.full_name);
        assert_eq!(by_id(storage, id).await, Some(updated));
    }
}

/// Times are whole microseconds, from the year 1 to 9999.
pub async fn times_come_back_to_the_microsecond(storage: &dyn Storage) {
    let micros = [i64::MIN, -1_000_001, -1, 0, 1, NOW.as_micros(), i64::MAX];
    for (number, time) in micros.map(Timestamp::from_micros).into_iter().enumerate() {
        let draft = Draft {
            created_at: time,
            ..draft(&format!("user{number}"))
        };
        let id = add(storage, &draft).await;
        assert_eq!(by_id(storage, id).await, Some(draft.with_id(id)));
        let deleted = change(storage, id, |account| {
            account.user.updated_at = time;
            account.user.deleted_at = Some(time);
        });
        let deleted = deleted.await;
        assert_eq!(by_id(storage, id).await, Some(deleted));
    }
}

/// Every field can be changed but the id, `created_at` and `last_login`.
pub async fn an_update_changes_all_but_what_it_must_not(storage: &dyn Storage) {
    let id = add(storage, &draft("alice")).await;
    sign_in(storage, id).await;
    let later = Timestamp::from_micros(NOW.as_micros() + 1);
    let mut expected = change(
        storage,
        id,
        |Account {
             user,
             password_hash,
         }| {
            user.username = "Carol".into();
            user.email = "Carol@Example.org".into();
            user.full_name = Some("Carol C.".into());
            user.email_verified = true;
            user.disabled = true;
            user.role = Role::Admin;
            user.updated_at = later;
            user.created_at = later;
            user.last_login = None;
            *password_hash = "another".into();
        },
    )
    .await;
    expected.user.created_at = NOW;
    expected.user.last_login = Some(NOW);
    assert_eq!(by_id(storage, id).await, Some(expected.clone()));
    assert_eq!(named(storage, "carol").await, Some(expected));
    assert_eq!(named(storage, "alice").await, None);
}

/// `by_key` finds by email, or else by username.
pub async fn an_email_is_looked_up_before_a_username(storage: &dyn Storage) {
    let alice = add(storage, &draft("Alice")).await;
    let bob = add(storage, &draft("bob")).await;
    for (email, username, found) in [
        (email_key("ALICE@example.org"), "bob".into(), Some(alice)),
        (
            email_key("carol@example.org"),
            username_key("BOB"),
            Some(bob),
        ),
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
    change(storage, before, |account| {
        account.user.deleted_at = Some(NOW)
    })
    .await;
    assert_eq!(named(storage, "alice").await, None);
    let after = add(storage, &draft("alice")).await;
    assert_ne!(before, after);
    change(storage, after, |account| {
        account.user.deleted_at = Some(NOW)
    })
    .await;
    let deleted = by_id(storage, before).await.unwrap();
    assert_eq!(deleted.user.deleted_at, Some(NOW));
    assert_eq!(deleted.user.username, "alice");
}

/// `presence` shows an account with its logins, and nobody disabled, deleted or unknown.
pub async fn only_the_standing_have_a_presence(storage: &dyn Storage) {
    let presence = async |id| {
        let mut reads = storage.read().await.unwrap();
        reads.accounts().presence(id).await.unwrap()
    };
    let (alice, bob) = (
        add(storage, &draft("alice")).await,
        add(storage, &draft("bob")).await,
    );
    let shown = presence(alice).await.unwrap();
    assert_eq!(
        Some(shown.user),
        by_id(storage, alice).await.map(|a| a.user)
    );
    assert_eq!(shown.logins, []);
    let mut logins = vec![sign_in(storage, alice).await, sign_in(storage, alice).await];
    let mut shown = presence(alice).await.unwrap().logins;
    shown.sort();
    logins.sort();
    assert_eq!(
        shown,
        logins.iter().map(|id| (*id, NOW)).collect::<Vec<_>>()
    );
    assert_eq!(presence(bob).await.unwrap().logins, []);
    change(storage, alice, |account| account.user.disabled = true).await;
    assert_eq!(presence(alice).await, None);
    change(storage, bob, |account| account.user.deleted_at = Some(NOW)).await;
    assert_eq!(presence(bob).await, None);
    assert_eq!(presence(UserId::new(404).unwrap()).await, None);
}

/// `lock`: of changes at once to what was read, none is lost.
pub async fn a_locked_account_is_not_changed_by_others(storage: &dyn Storage) {
    let id = add(storage, &draft("alice")).await;
    let grow = |_| change(storage, id, |account| account.password_hash.push('!'));
    join_all((0..16).map(grow)).await;
    let hash = by_id(storage, id).await.unwrap().password_hash;
    assert_eq!(hash, format!("hash of alice{}", "!".repeat(16)));
}

/// `lock_admins`: in id order, without members, disabled and deleted ones.
pub async fn admins_are_those_who_stand(storage: &dyn Storage) {
    let mut standing = Vec::new();
    for number in 0..6 {
        let (member, boss) = (format!("member{number}"), format!("admin{number}"));
        add(storage, &draft(&member)).await;
        standing.push(add(storage, &admin(&boss)).await);
    }
    change(storage, standing.remove(4), |account| {
        account.user.disabled = true
    })
    .await;
    change(storage, standing.remove(1), |account| {
        account.user.deleted_at = Some(NOW)
    })
    .await;
    change(storage, standing[0], |account| {
        account.user.updated_at = NOW
    })
    .await;
    let mut tx = storage.write().await.unwrap();
    assert_eq!(tx.accounts().lock_admins().await.unwrap(), standing);
}

/// `lock_admins`: when the last two step down at once, the second finds that it is the last.
pub async fn the_last_of_two_admins_stays(storage: &dyn Storage) {
    for round in 0..8 {
        let first = add(storage, &admin(&format!("first{round}"))).await;
        let second = add(storage, &admin(&format!("second{round}"))).await;
        let step_down = async |id| {
            let mut tx = storage.write().await.unwrap();
            if tx.accounts().lock_admins().await.unwrap() == [id] {
                return false;
            }
            let mut account = tx.accounts().lock(id).await.unwrap().unwrap();
            account.user.role = Role::User;
            update(&mut *tx, &account).await.unwrap();
            tx.commit().await.unwrap();
            true
        };
        let (one, other) = join(step_down(first), step_down(second)).await;
        assert!(one != other, "{one} {other}");
        let last = if one { second } else { first };
        let mut tx = storage.write().await.unwrap();
        assert_eq!(tx.accounts().lock_admins().await.unwrap(), [last]);
        drop(tx);
        change(storage, last, |account| account.user.deleted_at = Some(NOW)).await;
    }
}
