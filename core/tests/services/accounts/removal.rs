//! Disabling, demoting and deleting, and the admin who has to stay.

use guildhall_core::accounts::Account;
use guildhall_core::openapi::accounts::{UserPatch, UserQuery};
use guildhall_core::openapi::logins::Refresh;
use guildhall_core::openapi::text::IdempotencyKey;
use guildhall_core::openapi::{
    AuditAction, Credentials, ErrorCode, NewSession, Role, User, UserId,
};
use guildhall_core::storage::Storage as _;
use guildhall_core::{Caller, Origin, Result};

use crate::house::{House, PASSWORD, START, code};

fn disable() -> UserPatch {
    UserPatch { disabled: Some(true), ..UserPatch::default() }
}

fn demote() -> UserPatch {
    UserPatch { role: Some(Role::User), ..UserPatch::default() }
}

/// Removes an admin in one of three ways.
async fn remove(house: &House, caller: &Caller, id: UserId, way: usize) -> Result<()> {
    let accounts = house.accounts();
    match way {
        0 => accounts.update(caller, id, disable()).await.map(drop),
        1 => accounts.update(caller, id, demote()).await.map(drop),
        _ => accounts.delete(caller, id).await,
    }
}

#[tokio::test]
async fn the_last_admin_cannot_be_removed_in_any_way() {
    for way in 0..3 {
        let house = House::new().await;
        let first = house.admin("first").await;
        let second = house.admin("second").await;
        house.member("alice").await;
        let caller = house.caller("first").await;
        let done = remove(&house, &caller, second.id, way).await;
        assert_eq!(code(&done), None, "another is left");
        let done = remove(&house, &caller, first.id, way).await;
        assert_eq!(code(&done), Some(ErrorCode::LastAdmin), "{way}");
        assert_eq!(house.stored(first.id).await.user, *caller.user());
    }
}

#[tokio::test]
async fn removing_a_member_is_no_matter_of_the_last_admin() {
    for way in 0..3 {
        let house = House::new().await;
        house.admin("root").await;
        let alice = house.member("alice").await;
        let root = house.caller("root").await;
        assert_eq!(code(&remove(&house, &root, alice.id, way).await), None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_admins_who_remove_each_other_at_once_one_stays() {
    for round in 0..12 {
        let house = House::new().await;
        let first = house.admin("first").await;
        let second = house.admin("second").await;
        let one = house.caller("first").await;
        let other = house.caller("second").await;
        let (a, b) = tokio::join!(
            remove(&house, &one, second.id, round % 3),
            remove(&house, &other, first.id, round / 3 % 3),
        );
        let refused = [&a, &b].map(code);
        assert!(
            matches!(
                refused,
                [None, Some(ErrorCode::LastAdmin)] | [Some(ErrorCode::LastAdmin), None]
            ),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn a_deleted_person_is_gone_and_their_names_are_free() {
    let house = House::new().await;
    house.admin("root").await;
    let user = house.member("alice").await;
    house.member("bob").await;
    let (root, bob) = (house.caller("root").await, house.caller("bob").await);
    let tokens = house.sign_in("alice").await;
    let alice = house.authenticate(&tokens).await.unwrap();
    let forbidden = house.accounts().delete(&bob, user.id).await;
    assert_eq!(code(&forbidden), Some(ErrorCode::Forbidden));
    house.accounts().delete(&alice, user.id).await.unwrap();

    let refused = house.authenticate(&tokens).await;
    assert_eq!(code(&refused), Some(ErrorCode::NotAuthenticated));
    let refresh = Refresh { refresh_token: tokens.refresh_token };
    let refused = house.logins().refresh(&refresh, &Origin::default()).await;
    assert_eq!(code(&refused), Some(ErrorCode::InvalidRefreshToken));
    let again = house.accounts().delete(&root, user.id).await;
    assert_eq!(code(&again), Some(ErrorCode::UserNotFound));

    for (caller, include_deleted, shown) in
        [(&bob, true, false), (&root, false, false), (&root, true, true)]
    {
        let one = house.accounts().get(Some(caller), user.id, include_deleted).await;
        assert_eq!(one.is_ok(), shown);
        let query = UserQuery { include_deleted, ..UserQuery::default() };
        let (users, _) = house.accounts().list(Some(caller), query).await.unwrap();
        assert_eq!(users.iter().any(|view| view.id() == user.id), shown);
    }
    assert_ne!(house.member("alice").await.id, user.id);
    house.sign_in("alice").await;
}

/// As `docs/DELETION.md` says.
#[tokio::test]
async fn of_a_deleted_person_no_data_is_erased() {
    let house = House::new().await;
    let alice = house.member("alice").await;
    let ip = "192.0.2.1".parse().unwrap();
    let origin = Origin { ip: Some(ip), ..Origin::default() };
    let credentials = Credentials { email: "alice".into(), password: PASSWORD.into() };
    house.logins().log_in(&credentials, &origin).await.unwrap();
    let before = house.stored(alice.id).await;
    let caller = house.accounts().acting_as(alice.id).await.unwrap();
    house.accounts().delete(&caller, alice.id).await.unwrap();
    let after = house.stored(alice.id).await;
    let user = User { deleted_at: Some(START), ..before.user.clone() };
    assert_eq!(after, Account { user, ..before });
    let mut reads = house.storage.read().await.unwrap();
    assert!(reads.guesses().knows(alice.id, "192.0.2.1", START).await.unwrap());
}

#[tokio::test]
async fn disabling_kills_tokens_at_once_and_enabling_does_not_revive_them() {
    let house = House::new().await;
    house.admin("root").await;
    let alice = house.member("alice").await;
    let root = house.caller("root").await;
    let tokens = house.sign_in("alice").await;
    house.authenticate(&tokens).await.unwrap();
    house.accounts().update(&root, alice.id, disable()).await.unwrap();
    let dead = Some(ErrorCode::NotAuthenticated);
    assert_eq!(code(&house.authenticate(&tokens).await), dead);
    let acting = house.accounts().acting_as(alice.id).await;
    assert_eq!(code(&acting), Some(ErrorCode::UserNotFound));
    let enable = UserPatch { disabled: Some(false), ..UserPatch::default() };
    house.accounts().update(&root, alice.id, enable).await.unwrap();
    assert_eq!(code(&house.authenticate(&tokens).await), dead);
    house.caller("alice").await;
}

#[tokio::test]
async fn a_demotion_counts_from_the_next_request_on() {
    let house = House::new().await;
    house.admin("root").await;
    let alice = house.admin("alice").await;
    let root = house.caller("root").await;
    let tokens = house.sign_in("alice").await;
    assert!(house.authenticate(&tokens).await.unwrap().is_admin());
    house.accounts().update(&root, alice.id, demote()).await.unwrap();
    assert!(!house.authenticate(&tokens).await.unwrap().is_admin());
}

fn session(name: &str) -> NewSession {
    NewSession { name: name.into() }
}

/// As `docs/DELETION.md` says.
#[tokio::test]
async fn of_an_erased_person_nothing_is_left_but_what_others_have() {
    for by_admin_later in [false, true] {
        let house = House::new().await;
        house.admin("root").await;
        let root = house.caller("root").await;
        let alice = house.member("alice").await;
        let ip = "192.0.2.1".parse().ok();
        let origin = Origin { ip, ..Origin::default() };
        let log_in = async |password: &str| {
            let credentials = Credentials { email: "alice".into(), password: password.into() };
            house.logins().log_in(&credentials, &origin).await
        };
        log_in("wrong-one").await.unwrap_err();
        log_in(PASSWORD).await.unwrap();
        log_in("wrong-one").await.unwrap_err();
        let before = house.stored(alice.id).await;
        let caller = house.accounts().acting_as(alice.id).await.unwrap();
        let once: IdempotencyKey = "once".into();
        house.sessions().create(&caller, session("Rowing"), Some(&once)).await.unwrap();
        if by_admin_later {
            house.accounts().delete(&caller, alice.id).await.unwrap();
            house.accounts().erase(&root, alice.id).await.unwrap();
        } else {
            house.accounts().erase(&caller, alice.id).await.unwrap();
        }
        house.accounts().erase(&root, alice.id).await.unwrap();

        let name = format!("erased-{}", alice.id);
        let user = User {
            username: name.as_str().into(),
            email: format!("{name}@erased.invalid").into(),
            deleted_at: Some(START),
            ..before.user
        };
        let account = Account { user, password_hash: String::new() };
        assert_eq!(house.stored(alice.id).await, account);
        let mut reads = house.storage.read().await.unwrap();
        assert_eq!(reads.guesses().addresses(alice.id).await.unwrap(), []);
        let key = format!("u{}@192.0.2.1", alice.id);
        assert_eq!(reads.guesses().tries(&key).await.unwrap(), None);
        assert_eq!(reads.mail().about(alice.id).await.unwrap(), []);
        drop(reads);
        let again = house.sessions().create(&caller, session("Sailing"), Some(&once)).await;
        assert_eq!(again.unwrap().name, "Sailing", "what was answered is forgotten with its key");
        let entries = crate::audit::entries(&house).await;
        let theirs: Vec<_> = entries.iter().filter(|e| e.subject_id == Some(alice.id)).collect();
        assert!(theirs.iter().all(|entry| entry.ip.is_none()), "{theirs:?}");
        let last: Vec<_> = theirs.iter().rev().take(2).map(|entry| entry.action).collect();
        assert_eq!(last, [AuditAction::UserErased, AuditAction::UserDeleted], "once each");

        house.member("alice").await;
        house.sign_in("alice").await;
    }
}

#[tokio::test]
async fn erasing_is_for_oneself_and_admins_and_not_for_the_last_admin() {
    let house = House::new().await;
    let root_id = house.admin("root").await.id;
    let alice = house.member("alice").await;
    house.member("bob").await;
    let (root, bob) = (house.caller("root").await, house.caller("bob").await);
    let nobody = UserId::new(999).unwrap();
    for (caller, id, refused) in [
        (&bob, alice.id, ErrorCode::Forbidden),
        (&root, nobody, ErrorCode::UserNotFound),
        (&root, root_id, ErrorCode::LastAdmin),
    ] {
        let done = house.accounts().erase(caller, id).await;
        assert_eq!(code(&done), Some(refused));
    }
    assert_eq!(house.stored(alice.id).await.user, alice);
}
