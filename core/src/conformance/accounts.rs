//! Accounts.

use futures_util::future::{join, join_all};
use guildhall_openapi::{Role, Timestamp, UserId};
use tokio::task::yield_now;

use super::fixtures::{
    NOW, add, admin, by_id, change, delete, disable, draft, named, sign_in, update,
};
use crate::accounts::{Account, Draft};
use crate::storage::Storage;

mod keys;
mod lists;

pub use keys::*;
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
    let full = Draft { full_name: Some("Bob B.".into()), disabled: true, ..admin("bob") };
    for draft in [plain, full] {
        let id = add(storage, &draft).await;
        let account = by_id(storage, id).await;
        assert_eq!(account, Some(draft.with_id(id)));
    }
}

/// Absence is `None`; an update of it does nothing.
pub async fn who_is_not_there_is_none(storage: &dyn Storage) {
    let last = UserId::new(i64::MAX).unwrap();
    assert_eq!(by_id(storage, last).await, None);
    assert_eq!(named(storage, "nobody").await, None);
    let mut tx = storage.write().await.unwrap();
    assert_eq!(tx.accounts().lock(last).await.unwrap(), None);
    assert_eq!(tx.accounts().presence(last).await.unwrap(), None);
    update(&mut *tx, &draft("nobody").with_id(last)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(by_id(storage, last).await, None);
    add(storage, &draft("nobody")).await;
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
        let updated = change(storage, id, |account| {
            account.user.disabled = true;
        })
        .await;
        assert_eq!(updated.user.full_name, expected.user.full_name);
        assert_eq!(by_id(storage, id).await, Some(updated));
    }
}

/// Times are whole microseconds, from the year 1 to 9999.
pub async fn times_come_back_to_the_microsecond(storage: &dyn Storage) {
    let micros = [i64::MIN, -1_000_001, -1, 0, 1, NOW.as_micros(), i64::MAX];
    for (number, time) in micros.map(Timestamp::from_micros).into_iter().enumerate() {
        let draft = Draft { created_at: time, ..draft(&format!("user{number}")) };
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
    let mut expected = change(storage, id, |Account { user, password_hash }| {
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
    })
    .await;
    expected.user.created_at = NOW;
    expected.user.last_login = Some(NOW);
    assert_eq!(by_id(storage, id).await, Some(expected.clone()));
    assert_eq!(named(storage, "carol").await, Some(expected));
    assert_eq!(named(storage, "alice").await, None);
}

/// `presence` shows an account with its logins, and nobody disabled, deleted or unknown.
pub async fn only_the_standing_have_a_presence(storage: &dyn Storage) {
    let presence = async |id| {
        let mut reads = storage.read().await.unwrap();
        reads.accounts().presence(id).await.unwrap()
    };
    let (alice, bob) = (add(storage, &draft("alice")).await, add(storage, &draft("bob")).await);
    let shown = presence(alice).await.unwrap();
    assert_eq!(Some(shown.user), by_id(storage, alice).await.map(|a| a.user));
    assert_eq!(shown.logins, []);
    let mut logins = [sign_in(storage, alice).await, sign_in(storage, alice).await];
    let mut shown = presence(alice).await.unwrap().logins;
    shown.sort();
    logins.sort();
    assert_eq!(shown, logins.iter().map(|id| (*id, NOW)).collect::<Vec<_>>());
    assert_eq!(presence(bob).await.unwrap().logins, []);
    disable(storage, alice).await;
    assert_eq!(presence(alice).await, None);
    delete(storage, bob).await;
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
    disable(storage, standing.remove(4)).await;
    delete(storage, standing.remove(1)).await;
    change(storage, standing[0], |_| ()).await;
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
            yield_now().await;
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
        delete(storage, last).await;
    }
}
