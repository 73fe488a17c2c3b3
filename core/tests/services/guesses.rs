//! How often a password may be tried, and who is hindered by whose tries.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use guildhall_core::identity::Keys;
use guildhall_core::openapi::{AuditAction, Credentials, ErrorCode};
use guildhall_core::storage::Storage as _;
use guildhall_core::{Error, Origin, Policy};
use guildhall_storage_sqlite::Location;
use tokio::task::yield_now;

use crate::house::{House, OTHER_PASSWORD, PASSWORD, START};

async fn try_from(house: &House, name: &str, password: &str, ip: &str) -> Result<(), Error> {
    let credentials = Credentials { email: name.into(), password: password.into() };
    let ip: IpAddr = ip.parse().unwrap();
    let origin = Origin { ip: Some(ip), user_agent: None };
    house.logins().log_in(&credentials, &origin).await.map(drop)
}

async fn wrong(house: &House, name: &str, ip: &str) -> ErrorCode {
    try_from(house, name, OTHER_PASSWORD, ip).await.unwrap_err().code()
}

async fn exhaust(house: &House, name: &str, ip: &str) {
    for _ in 0..5 {
        assert_eq!(wrong(house, name, ip).await, ErrorCode::InvalidCredentials);
    }
    assert_eq!(wrong(house, name, ip).await, ErrorCode::TooManyRequests);
}

#[tokio::test]
async fn the_sixth_try_from_a_block_waits_even_with_the_right_password() {
    let house = House::new().await;
    house.member("alice").await;
    exhaust(&house, "alice", "192.0.2.1").await;
    let refused = try_from(&house, "alice", PASSWORD, "192.0.2.99").await.unwrap_err();
    assert!(
        matches!(refused, Error::TooMany(wait) if wait.as_micros() == 1_000_000),
        "{refused:?}"
    );
    house.wait(1);
    try_from(&house, "alice", PASSWORD, "192.0.2.99").await.unwrap();
    assert_eq!(wrong(&house, "alice", "192.0.2.1").await, ErrorCode::InvalidCredentials, "cleared");
}

#[tokio::test]
async fn names_without_an_account_are_slowed_just_the_same() {
    let house = House::new().await;
    exhaust(&house, "nobody@example.org", "192.0.2.1").await;
}

#[tokio::test]
async fn a_strangers_tries_hinder_neither_other_blocks_nor_a_known_device() {
    let house = House::new().await;
    house.member("alice").await;
    try_from(&house, "alice", PASSWORD, "192.0.2.1").await.unwrap();
    exhaust(&house, "alice", "192.0.2.66").await;
    exhaust(&house, "alice", "2001:db8::66").await;
    try_from(&house, "alice", PASSWORD, "192.0.2.1").await.unwrap();
    try_from(&house, "alice", PASSWORD, "198.51.100.1").await.unwrap();
    house.wait(31 * 24 * 60 * 60);
    exhaust(&house, "alice", "192.0.2.66").await;
    let forgotten = try_from(&house, "alice", PASSWORD, "192.0.2.1").await.unwrap_err();
    assert_eq!(forgotten.code(), ErrorCode::TooManyRequests, "30 days have passed");
}

/// A wrong try every 360 ms, each from a block of its own: what a botnet does in an hour.
#[tokio::test]
async fn ten_thousand_addresses_get_fewer_than_a_hundred_guesses_an_hour() {
    // 20 free ones, the 21st to 26th after 1 to 32 s, and then one a minute.
    for (name, tries, expected) in
        [("alice", 10_000_u32, 80..100), ("nobody@example.org", 1_000, 29..33)]
    {
        let house = House::new().await;
        house.member("alice").await;
        try_from(&house, "alice", PASSWORD, "198.51.100.1").await.unwrap();
        let mut judged = 0;
        for number in 0..tries {
            house.clock.advance(Duration::from_millis(360));
            let ip = Ipv4Addr::from(0x0a00_0000 + (number << 8)).to_string();
            match wrong(&house, name, &ip).await {
                ErrorCode::InvalidCredentials => judged += 1,
                code => assert_eq!(code, ErrorCode::TooManyRequests),
            }
            if number % 1000 == 0 {
                try_from(&house, "alice", PASSWORD, "198.51.100.1").await.unwrap();
            }
        }
        assert!(expected.contains(&judged), "{name}: {judged}");
        let refused = try_from(&house, name, PASSWORD, "203.0.113.1").await.unwrap_err();
        let minute = Duration::from_secs(60);
        assert!(matches!(refused, Error::TooMany(wait) if wait <= minute), "{refused:?}");
    }
}

#[tokio::test]
async fn whoever_waits_a_minute_signs_in_from_anywhere() {
    let house = House::new().await;
    house.member("alice").await;
    let mut address = (0..).map(|number| Ipv4Addr::from(0x0a00_0000 + (number << 8)).to_string());
    for _ in 0..40 {
        wrong(&house, "alice", &address.next().unwrap()).await;
        house.wait(60);
    }
    try_from(&house, "alice", PASSWORD, "203.0.113.1").await.unwrap();
    house.wait(59);
    assert_eq!(
        wrong(&house, "alice", &address.next().unwrap()).await,
        ErrorCode::InvalidCredentials
    );
    let held_up = try_from(&house, "alice", PASSWORD, "203.0.114.1").await.unwrap_err();
    assert_eq!(held_up.code(), ErrorCode::TooManyRequests, "a sign-in gives strangers nothing");
    try_from(&house, "alice", PASSWORD, "203.0.113.1").await.unwrap();
}

#[tokio::test]
async fn a_known_devices_wrong_tries_hold_up_nobody_else() {
    let house = House::new().await;
    house.member("alice").await;
    try_from(&house, "alice", PASSWORD, "192.0.2.1").await.unwrap();
    for _ in 0..30 {
        wrong(&house, "alice", "192.0.2.1").await;
        house.wait(900);
    }
    try_from(&house, "alice", PASSWORD, "203.0.113.1").await.unwrap();
}

#[tokio::test]
async fn a_known_device_is_slowed_by_its_own_tries() {
    let house = House::new().await;
    house.member("alice").await;
    try_from(&house, "alice", PASSWORD, "192.0.2.1").await.unwrap();
    exhaust(&house, "alice", "192.0.2.1").await;
}

#[tokio::test]
async fn a_block_may_be_wrong_twenty_times_a_minute_over_all_accounts() {
    let house = House::new().await;
    for number in 0..20 {
        let code = wrong(&house, &format!("user{number}"), "192.0.2.1").await;
        assert_eq!(code, ErrorCode::InvalidCredentials, "{number}");
    }
    assert_eq!(wrong(&house, "another", "192.0.2.2").await, ErrorCode::TooManyRequests);
    assert_eq!(wrong(&house, "another", "192.0.3.2").await, ErrorCode::InvalidCredentials);
    house.wait(1);
    assert_eq!(wrong(&house, "another", "192.0.2.2").await, ErrorCode::InvalidCredentials);
    assert_eq!(wrong(&house, "another", "192.0.2.2").await, ErrorCode::TooManyRequests, "2 s now");
}

#[tokio::test]
async fn tries_at_once_are_no_more_guesses_than_one_by_one() {
    let house = House::new().await;
    house.member("alice").await;
    try_from(&house, "alice", PASSWORD, "198.51.100.7").await.unwrap();
    for ip in ["192.0.2.1", "198.51.100.7"] {
        let tries = (0..40).map(|_| wrong(&house, "alice", ip));
        let codes = futures_util::future::join_all(tries).await;
        let judged = codes.iter().filter(|code| **code == ErrorCode::InvalidCredentials).count();
        assert_eq!(judged, 5, "{ip}");
    }
}

#[tokio::test]
async fn many_honest_people_behind_one_address_sign_in_at_once() {
    let house = House::new().await;
    for number in 0..30 {
        house.member(&format!("user{number}")).await;
    }
    let names: Vec<_> = (0..60).map(|number| format!("user{}", number % 30)).collect();
    let tries = names.iter().map(|name| try_from(&house, name, PASSWORD, "192.0.2.1"));
    for tried in futures_util::future::join_all(tries).await {
        tried.unwrap();
    }
}

#[tokio::test]
async fn an_unknown_name_and_a_wrong_password_are_one_hash_each() {
    let house = House::new().await;
    house.member("alice").await;
    for name in ["alice", "alice@example.org", "nobody", "nobody@example.org", ""] {
        let before = house.passwords.hashed();
        assert_eq!(wrong(&house, name, "192.0.2.1").await, ErrorCode::InvalidCredentials);
        assert_eq!(house.passwords.hashed(), before + 1, "{name}");
    }
}

#[tokio::test]
async fn strangers_do_not_hinder_one_who_is_signed_in_and_asked_again() {
    let house = House::new().await;
    house.member("alice").await;
    let caller = house.caller("alice").await;
    for stranger in 0..20 {
        let ip = format!("198.51.{stranger}.1");
        assert_eq!(wrong(&house, "alice", &ip).await, ErrorCode::InvalidCredentials);
    }
    assert_eq!(wrong(&house, "alice", "203.0.113.1").await, ErrorCode::TooManyRequests);
    let change = guildhall_core::openapi::logins::PasswordChange {
        current_password: PASSWORD.into(),
        new_password: "heron-cobalt-ladder".into(),
    };
    house.logins().change_password(&caller, change).await.unwrap();
}

#[tokio::test]
async fn to_erase_one_forgets_nothing_of_another_whose_id_begins_the_same() {
    let house = House::new().await;
    let first = house.member("user1").await.id;
    for number in 2..=10 {
        house.member(&format!("user{number}")).await;
    }
    let tenth = house.caller("user10").await.id();
    assert_eq!(tenth.to_string(), format!("{first}0"), "what this is about");
    exhaust(&house, "user10", "192.0.2.1").await;
    let first = house.accounts().acting_as(first).await.unwrap();
    house.accounts().erase(&first, first.id()).await.unwrap();
    assert_eq!(wrong(&house, "user10", "192.0.2.1").await, ErrorCode::TooManyRequests);
}

#[tokio::test]
async fn a_wrong_current_password_counts_as_a_try() {
    let house = House::new().await;
    house.member("alice").await;
    let caller = house.caller("alice").await;
    let change = || guildhall_core::openapi::logins::PasswordChange {
        current_password: OTHER_PASSWORD.into(),
        new_password: "heron-cobalt-ladder".into(),
    };
    for _ in 0..5 {
        let refused = house.logins().change_password(&caller, change()).await.unwrap_err();
        assert_eq!(refused.code(), ErrorCode::WrongPassword);
    }
    let refused = house.logins().change_password(&caller, change()).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::TooManyRequests);
}

#[tokio::test]
async fn nothing_is_noted_of_one_who_is_deleted_while_their_password_is_tried() {
    let folder = tempfile::tempdir().unwrap();
    let file = Location::File(folder.path().join("guesses.db"));
    let house = House::at(&file, Policy::default()).await;
    let alice = house.member("alice").await.id;
    let before = house.passwords.hashed();
    let mut tx = house.storage.write().await.unwrap();
    let mut account = tx.accounts().lock(alice).await.unwrap().unwrap();
    account.user.deleted_at = Some(START);
    tx.accounts().update(&account, &Keys::of(&account.user)).await.unwrap();
    let deletion = async {
        // The account was read by then.
        while house.passwords.hashed() == before {
            yield_now().await;
        }
        tx.commit().await.unwrap();
    };
    let (answer, ()) = tokio::join!(wrong(&house, "alice", "192.0.2.1"), deletion);
    assert_eq!(answer, ErrorCode::InvalidCredentials);
    let entries = crate::audit::entries(&house).await;
    assert!(entries.iter().all(|entry| entry.action != AuditAction::SignInFailed), "{entries:?}");
    let mut reads = house.storage.read().await.unwrap();
    for key in [format!("u{alice}"), format!("u{alice}@192.0.2.0/24")] {
        assert_eq!(reads.guesses().tries(&key).await.unwrap(), None, "{key}");
    }
}
