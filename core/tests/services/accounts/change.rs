//! Who may change what of an account, and what follows from it.

use guildhall_core::openapi::accounts::UserPatch;
use guildhall_core::openapi::{Change, ErrorCode, Fault, GroupId, Role, UserId};
use guildhall_core::{Caller, Result};

use crate::house::{House, OTHER_PASSWORD, PASSWORD, START, code, faults};

/// Alice and Bob, members, and Root, an admin.
async fn three() -> (House, Caller, Caller, Caller) {
    let house = House::new().await;
    house.member("alice").await;
    house.member("bob").await;
    house.admin("root").await;
    let (alice, bob) = (house.caller("alice").await, house.caller("bob").await);
    let root = house.caller("root").await;
    (house, alice, bob, root)
}

fn own(patch: UserPatch) -> UserPatch {
    UserPatch { current_password: Some(PASSWORD.into()), ..patch }
}

#[tokio::test]
async fn each_field_is_for_those_whom_the_table_names() {
    let (house, alice, bob, root) = three().await;
    let none = UserPatch::default;
    let for_all = [
        UserPatch { username: Some("renamed".into()), ..none() },
        UserPatch { email: Some("renamed@example.org".into()), ..own(none()) },
        UserPatch { full_name: Change::Set("Renamed".into()), ..none() },
        UserPatch { password: Some(PASSWORD.into()), ..own(none()) },
    ];
    let for_admins = [
        UserPatch { email_verified: Some(true), ..none() },
        UserPatch { role: Some(Role::User), ..none() },
        UserPatch { disabled: Some(false), ..none() },
        UserPatch { group: Change::Clear, ..none() },
        UserPatch { group: Change::Set(GroupId::FIRST), ..none() },
    ];
    let forbidden = Some(ErrorCode::Forbidden);
    for patch in for_all {
        let update = async |caller: &Caller| {
            let updated = house.accounts().update(caller, alice.id(), patch.clone()).await;
            code(&updated)
        };
        assert_eq!(update(&alice).await, None, "{patch:?}");
        assert_eq!(update(&bob).await, forbidden, "{patch:?}");
        assert_eq!(update(&root).await, None, "{patch:?}");
    }
    for patch in for_admins {
        let missing = matches!(patch.group, Change::Set(_)).then_some(ErrorCode::GroupNotFound);
        let update = async |caller: &Caller| {
            let updated = house.accounts().update(caller, alice.id(), patch.clone()).await;
            code(&updated)
        };
        assert_eq!(update(&alice).await, forbidden, "{patch:?}");
        assert_eq!(update(&bob).await, forbidden, "{patch:?}");
        assert_eq!(update(&root).await, missing, "{patch:?}");
    }
}

#[tokio::test]
async fn a_change_keeps_what_it_does_not_name() {
    let (house, alice, ..) = three().await;
    let before = alice.user().clone();
    house.wait(60);
    let patch = UserPatch { full_name: Change::Set(" Alice L. ".into()), ..UserPatch::default() };
    let after = house.accounts().update(&alice, alice.id(), patch).await.unwrap();
    let mut expected = before;
    expected.full_name = Some("Alice L.".into());
    expected.updated_at = START.after(std::time::Duration::from_secs(60));
    assert_eq!(after, expected);
    assert_eq!(house.stored(alice.id()).await.user, expected);
    let patch = UserPatch { full_name: Change::Clear, ..UserPatch::default() };
    let after = house.accounts().update(&alice, alice.id(), patch).await.unwrap();
    assert_eq!(after.full_name, None);
}

#[tokio::test]
async fn ones_own_email_and_password_need_the_present_password() {
    let (house, alice, _, root) = three().await;
    let email = UserPatch { email: Some("new@example.org".into()), ..UserPatch::default() };
    let password = UserPatch { password: Some(OTHER_PASSWORD.into()), ..UserPatch::default() };
    for (caller, patch) in [(&alice, &email), (&alice, &password), (&root, &email)] {
        let update = async |given: Option<&str>| {
            let patch = UserPatch { current_password: given.map(Into::into), ..patch.clone() };
            house.accounts().update(caller, caller.id(), patch).await
        };
        let missing = ("current_password".to_owned(), Fault::Missing);
        assert_eq!(faults(update(None).await), [missing], "{patch:?}");
        let wrong = update(Some("not the password")).await;
        assert_eq!(code(&wrong), Some(ErrorCode::WrongPassword), "{patch:?}");
    }
    let stored = house.stored(alice.id()).await;
    assert_eq!(stored.user, *alice.user());
    house.sign_in("alice").await;
    let updated = house.accounts().update(&alice, alice.id(), own(email)).await;
    assert_eq!(updated.unwrap().email, "new@example.org");
    let same = UserPatch { email: Some("NEW@Example.org".into()), ..UserPatch::default() };
    let updated = house.accounts().update(&alice, alice.id(), same).await;
    assert_eq!(updated.unwrap().email, "NEW@Example.org", "the same box needs no password");
}

#[tokio::test]
async fn a_new_email_is_unverified_and_another_spelling_is_not() {
    let (house, alice, _, root) = three().await;
    let verified = async |email: Option<&str>, email_verified: Option<bool>| {
        let patch =
            UserPatch { email: email.map(Into::into), email_verified, ..UserPatch::default() };
        let user = house.accounts().update(&root, alice.id(), patch).await;
        user.unwrap().email_verified
    };
    assert!(verified(None, Some(true)).await);
    assert!(verified(Some("ALICE@example.org"), None).await);
    assert!(!verified(Some("alice@example.com"), None).await);
    assert!(verified(Some("alice@example.net"), Some(true)).await);
}

#[tokio::test]
async fn taken_names_are_refused_and_change_nothing() {
    let (house, alice, ..) = three().await;
    for (username, email, refused) in [
        (Some("BOB"), None, ErrorCode::UsernameTaken),
        (Some("alicia"), Some("Bob@example.org"), ErrorCode::EmailTaken),
        (Some("bob"), Some("bob@example.org"), ErrorCode::EmailTaken),
    ] {
        let patch = own(UserPatch {
            username: username.map(Into::into),
            email: email.map(Into::into),
            ..UserPatch::default()
        });
        let updated = house.accounts().update(&alice, alice.id(), patch).await;
        assert_eq!(code(&updated), Some(refused));
        assert_eq!(house.stored(alice.id()).await.user, *alice.user());
    }
}

#[tokio::test]
async fn a_password_is_weak_by_the_names_that_come_with_it() {
    let (house, alice, ..) = three().await;
    let patch = own(UserPatch {
        username: Some("tulip-anvil-harbour".into()),
        password: Some(OTHER_PASSWORD.into()),
        ..UserPatch::default()
    });
    let updated = house.accounts().update(&alice, alice.id(), patch).await;
    assert_eq!(code(&updated), Some(ErrorCode::WeakPassword));
}

#[tokio::test]
async fn all_faults_of_a_change_are_named_at_once() {
    let (house, alice, ..) = three().await;
    let patch = UserPatch {
        username: Some("x".into()),
        email: Some("nobody".into()),
        full_name: Change::Set("x".repeat(201).into()),
        password: Some("short".into()),
        ..UserPatch::default()
    };
    let refused = house.accounts().update(&alice, alice.id(), patch).await;
    let fields: Vec<_> = faults(refused).into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["username", "email", "full_name", "password"]);
}

async fn set_password(house: &House, caller: &Caller, id: UserId) -> Result<()> {
    let patch = own(UserPatch { password: Some(OTHER_PASSWORD.into()), ..UserPatch::default() });
    house.accounts().update(caller, id, patch).await.map(drop)
}

#[tokio::test]
async fn a_new_password_of_ones_own_signs_out_the_other_devices() {
    let (house, alice, bob, _) = three().await;
    let kept = house.sign_in("bob").await;
    let device = house.authenticate(&kept).await.unwrap();
    let other = house.sign_in("bob").await;
    set_password(&house, &device, bob.id()).await.unwrap();
    assert_eq!(code(&house.authenticate(&kept).await), None);
    let dead = Some(ErrorCode::NotAuthenticated);
    assert_eq!(code(&house.authenticate(&other).await), dead);
    assert!(house.log_in("bob", PASSWORD).await.is_err());
    assert!(house.log_in("bob", OTHER_PASSWORD).await.is_ok());
    assert!(!house.logins().list(&alice).await.unwrap().is_empty(), "another's devices stay");
}

#[tokio::test]
async fn a_password_set_by_an_admin_signs_out_every_device() {
    let (house, alice, _, root) = three().await;
    let tokens = [house.sign_in("alice").await, house.sign_in("alice").await];
    set_password(&house, &root, alice.id()).await.unwrap();
    for tokens in &tokens {
        let dead = Some(ErrorCode::NotAuthenticated);
        assert_eq!(code(&house.authenticate(tokens).await), dead);
    }
    assert!(!house.logins().list(&root).await.unwrap().is_empty(), "the admin's own stay");
}

#[tokio::test]
async fn nobody_changes_who_is_not_there() {
    let (house, _, _, root) = three().await;
    for id in [UserId::new(404).unwrap(), UserId::new(i64::MAX).unwrap()] {
        let updated = house.accounts().update(&root, id, UserPatch::default()).await;
        assert_eq!(code(&updated), Some(ErrorCode::UserNotFound));
        let deleted = house.accounts().delete(&root, id).await;
        assert_eq!(code(&deleted), Some(ErrorCode::UserNotFound));
    }
}
