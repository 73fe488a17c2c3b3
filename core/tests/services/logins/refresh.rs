//! Refresh tokens: one use each, a moment's grace, and what a second holder gets.

use guildhall_core::openapi::logins::Refresh;
use guildhall_core::openapi::{ErrorCode, Tokens};
use guildhall_core::{Origin, Result};

use crate::house::{House, code};

pub(crate) async fn try_refresh(house: &House, tokens: &Tokens) -> Result<Tokens> {
    refresh_with(house, &tokens.refresh_token).await
}

async fn refresh_with(house: &House, token: &str) -> Result<Tokens> {
    let refresh = Refresh { refresh_token: token.into() };
    house.logins().refresh(&refresh, &Origin::default()).await
}

const INVALID: Option<ErrorCode> = Some(ErrorCode::InvalidRefreshToken);

#[tokio::test]
async fn each_refresh_gives_a_new_pair_that_works() {
    let house = House::new().await;
    let alice = house.member("alice").await;
    let mut tokens = house.sign_in("alice").await;
    for _ in 0..5 {
        house.wait(20 * 60);
        let next = try_refresh(&house, &tokens).await.unwrap();
        assert_ne!(next.refresh_token, tokens.refresh_token);
        assert_ne!(next.access_token, tokens.access_token);
        tokens = next;
        let caller = house.authenticate(&tokens).await.unwrap();
        assert_eq!(caller.id(), alice.id);
        assert_eq!(house.logins().list(&caller).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_spent_token_gets_the_present_one_within_the_grace() {
    let house = House::new().await;
    house.member("alice").await;
    let first = house.sign_in("alice").await;
    let second = try_refresh(&house, &first).await.unwrap();
    house.wait(30);
    let again = try_refresh(&house, &first).await.unwrap();
    assert_eq!(again.refresh_token, second.refresh_token);
    assert_eq!(code(&house.authenticate(&again).await), None);
    let third = try_refresh(&house, &second).await.unwrap();
    let again = try_refresh(&house, &first).await.unwrap();
    assert_eq!(again.refresh_token, third.refresh_token, "the present one, two on");
}

#[tokio::test]
async fn a_spent_token_after_the_grace_is_theft_and_ends_the_login() {
    let house = House::new().await;
    house.member("alice").await;
    let stolen = house.sign_in("alice").await;
    let other_device = house.sign_in("alice").await;
    let present = try_refresh(&house, &stolen).await.unwrap();
    house.authenticate(&present).await.unwrap();
    house.wait(31);
    assert_eq!(code(&try_refresh(&house, &stolen).await), INVALID);
    let dead = Some(ErrorCode::NotAuthenticated);
    assert_eq!(code(&house.authenticate(&present).await), dead);
    assert_eq!(code(&try_refresh(&house, &present).await), INVALID);
    assert_eq!(code(&house.authenticate(&other_device).await), None);
}

#[tokio::test]
async fn a_repeat_does_not_prolong_the_grace() {
    let house = House::new().await;
    house.member("alice").await;
    let first = house.sign_in("alice").await;
    try_refresh(&house, &first).await.unwrap();
    house.wait(20);
    try_refresh(&house, &first).await.unwrap();
    house.wait(11);
    assert_eq!(code(&try_refresh(&house, &first).await), INVALID);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tabs_that_refresh_at_once_get_one_and_the_same_token() {
    let house = House::new().await;
    house.member("alice").await;
    let tokens = house.sign_in("alice").await;
    let (a, b, c, d) = tokio::join!(
        try_refresh(&house, &tokens),
        try_refresh(&house, &tokens),
        try_refresh(&house, &tokens),
        try_refresh(&house, &tokens),
    );
    let got = [a, b, c, d].map(|tokens| tokens.unwrap().refresh_token);
    assert!(got.iter().all(|token| *token == got[0]), "{got:?}");
    assert_ne!(got[0], tokens.refresh_token);
}

#[tokio::test]
async fn a_forged_token_harms_nobody() {
    let house = House::new().await;
    house.member("alice").await;
    house.member("bob").await;
    let (alice, bob) = (house.sign_in("alice").await, house.sign_in("bob").await);
    let parts: Vec<_> = alice.refresh_token.split('.').collect();
    let [version, login, generation, mac] = parts[..] else { panic!("{parts:?}") };
    let bobs = bob.refresh_token.rsplit_once('.').unwrap().1;
    for forged in [
        String::new(),
        "x".into(),
        alice.access_token.to_string(),
        format!("{version}.{login}.{generation}.{bobs}"),
        format!("{version}.{login}.1.{mac}"),
        format!("{version}.{login}.-1.{mac}"),
        format!("{version}.999.{generation}.{mac}"),
        format!("{version}.{login}.{generation}."),
    ] {
        assert_eq!(code(&refresh_with(&house, &forged).await), INVALID, "{forged}");
    }
    assert_eq!(code(&house.authenticate(&alice).await), None);
    try_refresh(&house, &alice).await.unwrap();
}
