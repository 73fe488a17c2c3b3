//! `POST /auth/refresh`, with tokens in the hand. (How the client keeps them is in `client/`.)

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use guildhall_client::{Call, Error};
use guildhall_core::clock::{Clock as _, ManualClock, SystemClock};
use guildhall_openapi::logins::{Refresh, RefreshTokens};
use guildhall_openapi::{ErrorCode, Tokens};

use crate::support::{Another, Api, Refused as _, World, on_both};

on_both! {
    /// Someone who is signed out for an answer that was lost, or a thief who is not.
    async fn refresh_tokens_are_used_once_and_repeat_for_a_moment(world) {
        rotation(world).await;
        at_once(world).await;
        theft(world).await;
        no_tokens(world).await;
    }
}

async fn ask(api: &Api, token: &str) -> Result<Tokens, Error> {
    let refresh = Refresh { refresh_token: token.into() };
    api.send(Call::<RefreshTokens>::to(&[]).body(&refresh)).await
}

async fn buy(api: &Api, token: &str) -> Tokens {
    ask(api, token).await.unwrap()
}

async fn works(api: &Api, tokens: &Tokens) -> bool {
    api.with_token(&tokens.access_token).get("/auth/me").await.status == 200
}

async fn signed_in(world: &World, api: &Api) -> Tokens {
    let (user, _) = world.someone().await;
    api.log_in(&user.username).await
}

async fn rotation(world: &World) {
    let api = &world.api;
    let mut tokens = vec![signed_in(world, api).await];
    for _ in 0..5 {
        tokens.push(buy(api, &tokens[tokens.len() - 1].refresh_token).await);
    }
    for (i, old) in tokens.iter().enumerate() {
        assert!(works(api, old).await, "an access token lives out its time");
        for new in &tokens[i + 1..] {
            assert_ne!(old.refresh_token.as_str(), new.refresh_token.as_str());
            assert_ne!(old.access_token.as_str(), new.access_token.as_str());
        }
    }
}

async fn at_once(world: &World) {
    let api = &world.api;
    let first = signed_in(world, api).await;
    let asked = (0..8).map(|_| buy(api, &first.refresh_token));
    let answers = join_all(asked).await;
    for answer in &answers {
        assert_eq!(
            answer.refresh_token.as_str(),
            answers[0].refresh_token.as_str(),
            "one successor"
        );
        assert!(works(api, answer).await);
    }
    let next = buy(api, &answers[0].refresh_token).await;
    let late = buy(api, &first.refresh_token).await;
    assert_eq!(late.refresh_token.as_str(), next.refresh_token.as_str(), "the present one");
}

async fn theft(world: &World) {
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let another = Another { clock: Arc::clone(&clock) as _, ..Another::default() };
    let api = &world.another(another).await;
    let first = signed_in(world, api).await;
    let second = buy(api, &first.refresh_token).await;
    clock.advance(Duration::from_secs(30));
    assert_eq!(
        buy(api, &first.refresh_token).await.refresh_token.as_str(),
        second.refresh_token.as_str()
    );
    clock.advance(Duration::from_secs(1));
    ask(api, &first.refresh_token).await.refused(ErrorCode::InvalidRefreshToken);
    ask(api, &second.refresh_token).await.refused(ErrorCode::InvalidRefreshToken);
    assert!(!works(api, &first).await && !works(api, &second).await, "the login is revoked");
}

async fn no_tokens(world: &World) {
    let api = &world.api;
    let tokens = signed_in(world, api).await;
    let good = tokens.refresh_token.as_str();
    let [version, login, generation, mac]: [&str; 4] =
        good.split('.').collect::<Vec<_>>().try_into().unwrap();
    for bad in [
        "x",
        "gr1...",
        tokens.access_token.as_str(),
        &format!("{version}.{login}.1.{mac}"),
        &format!("{version}.999999.{generation}.{mac}"),
        &format!("{version}.9223372036854775808.{generation}.{mac}"),
        &format!("{version}.{login}.-1.{mac}"),
        &format!("{version}.{login}.{generation}."),
        &format!("{version}.{login}.{generation}.{}", &mac[1..]),
        &format!("gr2.{login}.{generation}.{mac}"),
        &format!("{good}.{good}"),
        &"x".repeat(2048),
        "é\0",
    ] {
        ask(api, bad).await.refused(ErrorCode::InvalidRefreshToken);
    }
    assert!(works(api, &tokens).await, "a stranger's guesses sign nobody out");
    buy(api, good).await;
}
