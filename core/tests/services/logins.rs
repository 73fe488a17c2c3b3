//! Signing in and out.

use std::net::IpAddr;

use guildhall_core::accounts::Draft;
use guildhall_core::identity::Keys;
use guildhall_core::logins::MOST;
use guildhall_core::mail::{self, Kind};
use guildhall_core::openapi::accounts::UserPatch;
use guildhall_core::openapi::logins::PasswordChange;
use guildhall_core::openapi::text::Email;
use guildhall_core::openapi::{Credentials, ErrorCode, Fault, Language, NewAccount, Role, UserId};
use guildhall_core::storage::Storage;
use guildhall_core::{Origin, Policy};

use crate::house::{House, OTHER_PASSWORD, PASSWORD, START, code, faults, new_account};

mod refresh;

const DAY: u64 = 24 * 60 * 60;

#[tokio::test]
async fn a_person_signs_in_by_email_or_username_in_any_case() {
    let house = House::new().await;
    let new = NewAccount { email: "alice@bücher.example".into(), ..new_account("alice") };
    let alice = house.accounts().register(new, &Origin::default()).await.unwrap();
    for name in [
        "alice",
        "ALICE",
        " alice ",
        "alice@bücher.example",
        "Alice@BÜCHER.example",
        "alice@xn--bcher-kva.example",
    ] {
        let caller = house.caller(name).await;
        assert_eq!(caller.id(), alice.id, "{name}");
    }
}

#[tokio::test]
async fn a_wrong_name_and_a_wrong_password_get_one_answer() {
    let house = House::new().await;
    house.member("alice").await;
    for (name, password) in [
        ("nobody", PASSWORD),
        ("nobody@example.org", PASSWORD),
        ("alice", "Plum-orbit-velvet"),
        ("alice", ""),
        ("", PASSWORD),
        ("", ""),
        ("alice", "plum-orbit-velvet\0"),
        ("\0", PASSWORD),
        (&"a".repeat(10_000), PASSWORD),
        ("alice", &"p".repeat(10_000)),
    ] {
        let refused = house.log_in(name, password).await;
        assert_eq!(
            code(&refused),
            Some(ErrorCode::InvalidCredentials),
            "{name:.20} {password:.20}"
        );
    }
}

#[tokio::test]
async fn that_an_account_is_disabled_is_told_to_its_owner_only() {
    let house = House::new().await;
    house.admin("root").await;
    let alice = house.member("alice").await;
    let disable = UserPatch { disabled: Some(true), ..UserPatch::default() };
    let root = house.caller("root").await;
    house.accounts().update(&root, alice.id, disable).await.unwrap();
    let refused = house.log_in("alice", "not the password").await;
    assert_eq!(code(&refused), Some(ErrorCode::InvalidCredentials));
    let refused = house.log_in("alice", PASSWORD).await;
    assert_eq!(code(&refused), Some(ErrorCode::AccountDisabled));
    assert_eq!(house.stored(alice.id).await.user.last_login, None);
}

#[tokio::test]
async fn a_login_remembers_when_and_from_where() {
    let house = House::new().await;
    let alice = house.member("alice").await;
    house.wait(5);
    let origin = Origin {
        ip: Some("::ffff:192.0.2.7".parse::<IpAddr>().unwrap()),
        user_agent: Some(format!("a\u{1b}[31m\n{}", "é".repeat(300))),
    };
    let credentials = Credentials { email: "alice".into(), password: PASSWORD.into() };
    let tokens = house.logins().log_in(&credentials, &origin).await.unwrap();
    let caller = house.authenticate(&tokens).await.unwrap();
    let logins = house.logins().list(&caller).await.unwrap();
    let agent = format!("a[31m{}", "é".repeat(195));
    assert_eq!(logins[0].user_agent, Some(agent));
    assert_eq!(logins[0].ip.as_deref(), Some("192.0.2.7"));
    assert!(logins[0].current);
    let now = START.after(std::time::Duration::from_secs(5));
    assert_eq!((logins[0].created_at, logins[0].last_seen_at), (now, now));
    assert_eq!(house.stored(alice.id).await.user.last_login, Some(now));
}

#[tokio::test]
async fn an_access_token_lives_as_long_as_it_says() {
    for lifetime in [60, 30 * 60] {
        let house = House::with(Policy {
            access_lifetime: std::time::Duration::from_secs(lifetime),
            ..Policy::default()
        })
        .await;
        house.member("alice").await;
        let tokens = house.sign_in("alice").await;
        assert_eq!(tokens.expires_in, lifetime);
        house.wait(lifetime - 1);
        assert_eq!(code(&house.authenticate(&tokens).await), None);
        // Clocks of replicas may differ by five seconds.
        house.wait(6);
        let expired = house.authenticate(&tokens).await;
        assert_eq!(code(&expired), Some(ErrorCode::NotAuthenticated));
    }
}

#[tokio::test]
async fn what_is_no_token_of_ours_is_refused() {
    let (house, other) = (House::new().await, House::new().await);
    house.member("alice").await;
    let mut tokens = house.sign_in("alice").await;
    let elsewhere = other.authenticate(&tokens).await;
    assert_eq!(code(&elsewhere), Some(ErrorCode::NotAuthenticated), "no such account there");
    let genuine = tokens.access_token.clone();
    for bad in ["", "x", "a.b.c", &tokens.refresh_token, &format!("{}x", &*genuine), &genuine[1..]]
    {
        tokens.access_token = bad.into();
        let refused = house.authenticate(&tokens).await;
        assert_eq!(code(&refused), Some(ErrorCode::NotAuthenticated), "{bad}");
    }
}

#[tokio::test]
async fn signing_out_kills_this_device_at_once_and_no_other() {
    let house = House::new().await;
    house.member("alice").await;
    let (gone, kept) = (house.sign_in("alice").await, house.sign_in("alice").await);
    let caller = house.authenticate(&gone).await.unwrap();
    house.logins().log_out(&caller).await.unwrap();
    let dead = Some(ErrorCode::NotAuthenticated);
    assert_eq!(code(&house.authenticate(&gone).await), dead);
    assert!(refresh::try_refresh(&house, &gone).await.is_err());
    assert_eq!(code(&house.authenticate(&kept).await), None);
    house.logins().log_out(&caller).await.unwrap();
}

#[tokio::test]
async fn a_device_is_signed_out_by_its_owner_only() {
    let house = House::new().await;
    house.member("alice").await;
    house.member("bob").await;
    let (alice, bob) = (house.caller("alice").await, house.caller("bob").await);
    let other = house.sign_in("alice").await;
    let login = house.authenticate(&other).await.unwrap().login().unwrap();
    let refused = house.logins().revoke(&bob, login).await;
    assert_eq!(code(&refused), Some(ErrorCode::LoginNotFound));
    assert_eq!(code(&house.authenticate(&other).await), None);
    house.logins().revoke(&alice, login).await.unwrap();
    let dead = Some(ErrorCode::NotAuthenticated);
    assert_eq!(code(&house.authenticate(&other).await), dead);
    let again = house.logins().revoke(&alice, login).await;
    assert_eq!(code(&again), Some(ErrorCode::LoginNotFound));
    let left = house.logins().list(&alice).await.unwrap();
    assert_eq!(left.iter().map(|login| Some(login.id)).collect::<Vec<_>>(), [alice.login()]);
}

#[tokio::test]
async fn signing_out_everywhere_leaves_no_device() {
    let house = House::new().await;
    house.member("alice").await;
    house.member("bob").await;
    let tokens = [house.sign_in("alice").await, house.sign_in("alice").await];
    let bob = house.sign_in("bob").await;
    let caller = house.authenticate(&tokens[0]).await.unwrap();
    house.logins().revoke_all(&caller).await.unwrap();
    for tokens in &tokens {
        let dead = Some(ErrorCode::NotAuthenticated);
        assert_eq!(code(&house.authenticate(tokens).await), dead);
    }
    assert_eq!(code(&house.authenticate(&bob).await), None);
}

#[tokio::test]
async fn the_hundred_and_first_device_signs_out_the_first() {
    let house = House::new().await;
    house.member("alice").await;
    let first = house.sign_in("alice").await;
    let second = house.sign_in("alice").await;
    house.authenticate(&first).await.unwrap();
    for _ in 2..=MOST {
        house.sign_in("alice").await;
    }
    let gone = house.authenticate(&first).await;
    assert_eq!(code(&gone), Some(ErrorCode::NotAuthenticated));
    let caller = house.authenticate(&second).await.unwrap();
    let logins = house.logins().list(&caller).await.unwrap();
    assert_eq!(logins.len(), MOST as usize);
}

#[tokio::test]
async fn a_changed_password_keeps_this_device_and_signs_out_the_others() {
    let house = House::new().await;
    house.member("alice").await;
    let (here, there) = (house.sign_in("alice").await, house.sign_in("alice").await);
    let caller = house.authenticate(&here).await.unwrap();
    let change = async |current: &str, new: &str| {
        let change = PasswordChange { current_password: current.into(), new_password: new.into() };
        house.logins().change_password(&caller, change).await
    };
    let wrong = change("not the password", OTHER_PASSWORD).await;
    assert_eq!(code(&wrong), Some(ErrorCode::WrongPassword));
    let weak = change(PASSWORD, "password").await;
    assert_eq!(faults(weak), [("new_password".to_owned(), Fault::Weak)]);
    assert_eq!(code(&house.authenticate(&there).await), None);
    change(PASSWORD, OTHER_PASSWORD).await.unwrap();
    assert_eq!(code(&house.authenticate(&here).await), None);
    let dead = Some(ErrorCode::NotAuthenticated);
    assert_eq!(code(&house.authenticate(&there).await), dead);
    assert!(house.log_in("alice", PASSWORD).await.is_err());
    assert!(house.log_in("alice", OTHER_PASSWORD).await.is_ok());
}

/// Both compare with the same hash; the one that comes second finds another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_password_changes_at_once_one_is_told_that_the_password_is_wrong() {
    let house = House::new().await;
    house.member("alice").await;
    let caller = house.caller("alice").await;
    let change = async |new: &str| {
        let change = PasswordChange { current_password: PASSWORD.into(), new_password: new.into() };
        house.logins().change_password(&caller, change).await
    };
    let (one, other) = tokio::join!(change(OTHER_PASSWORD), change("marble-comet-lantern"));
    let (one, other) = (code(&one), code(&other));
    assert!(one.is_none() != other.is_none(), "{one:?} {other:?}");
    assert_eq!(one.or(other), Some(ErrorCode::WrongPassword));
}

#[tokio::test]
async fn an_imported_hash_works_and_is_replaced_by_ours() {
    let house = House::new().await;
    let email = Email::from("alice@example.org");
    let draft = Draft {
        username: "alice".into(),
        email: email.clone(),
        full_name: None,
        role: Role::User,
        disabled: false,
        group: None,
        // What libxcrypt made of the password, at its lowest cost.
        password_hash: "$2b$04$w0x1qS3kk0QjWsvbR6RbOu.zB8hlpTA1Lk5hyMq/monZra0d616jC".into(),
        created_at: START,
        verification: mail::Draft::new(Kind::VerifyEmail, email, Language::English, START),
    };
    let keys = Keys::of(&draft.clone().with_id(UserId::FIRST).user);
    let mut tx = house.storage.write().await.unwrap();
    let id = tx.accounts().insert(&draft, &keys).await.unwrap();
    tx.commit().await.unwrap();
    assert!(house.log_in("alice", "not the password").await.is_err());
    assert_eq!(house.stored(id).await.password_hash, draft.password_hash);
    house.sign_in("alice").await;
    let hash = house.stored(id).await.password_hash;
    assert!(hash.starts_with("$argon2id$"), "{hash}");
    house.sign_in("alice").await;
    assert_eq!(house.stored(id).await.password_hash, hash, "replaced once");
}

#[tokio::test]
async fn a_device_that_was_idle_for_thirty_days_is_signed_out() {
    let house = House::new().await;
    house.member("alice").await;
    let (idle, used) = (house.sign_in("alice").await, house.sign_in("alice").await);
    house.wait(20 * DAY);
    let used = refresh::try_refresh(&house, &used).await.unwrap();
    house.wait(10 * DAY);
    let caller = house.caller("alice").await;
    assert_eq!(house.logins().list(&caller).await.unwrap().len(), 3);
    house.wait(1);
    let refused = refresh::try_refresh(&house, &idle).await;
    assert_eq!(code(&refused), Some(ErrorCode::InvalidRefreshToken));
    assert_eq!(house.logins().list(&caller).await.unwrap().len(), 2);
    refresh::try_refresh(&house, &used).await.unwrap();
}

#[tokio::test]
async fn logins_at_once_all_succeed_while_a_better_hash_is_stored() {
    let house = House::new().await;
    let alice = house.member("alice").await;
    let mut tx = house.storage.write().await.unwrap();
    let mut account = tx.accounts().lock(alice.id).await.unwrap().unwrap();
    account.password_hash = bcrypt::hash(PASSWORD, 4).unwrap();
    tx.accounts().update(&account, &Keys::of(&account.user)).await.unwrap();
    tx.commit().await.unwrap();
    let logins = futures_util::future::join_all((0..8).map(|_| house.log_in("alice", PASSWORD)));
    for login in logins.await {
        login.unwrap();
    }
    assert!(house.stored(alice.id).await.password_hash.starts_with("$argon2id$"));
}
