//! Tokens that are not good, and headers that hold none: each is `401`, none a fault of ours.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use guildhall_core::Policy;
use guildhall_core::clock::{Clock as _, ManualClock, SystemClock};
use guildhall_core::tokens::Signing;
use guildhall_openapi::endpoint::{Setting, Verdict, Who};
use guildhall_openapi::{ErrorCode, Operation, operations};
use reqwest::header::HeaderValue;
use serde_json::{Value, json};

use crate::support::{Another, Api, KEY, Reply, World, filled, on_both};

on_both! {
    /// A call that answers without a sign-in, or to a token that is not good.
    async fn only_a_good_token_signs_in(world) {
        everyone_has_to_sign_in(&world.api).await;
        foreign_tokens(world).await;
        odd_headers(world).await;
        time_runs_out(world).await;
    }
}

/// Asks with one token and expects to be sent away, on calls that need one and on those that only
/// look at one.
async fn is_refused(api: &Api, token: &str) {
    for path in ["/auth/me", "/users"] {
        api.with_token(token).get(path).await.refused(ErrorCode::NotAuthenticated);
    }
}

async fn everyone_has_to_sign_in(api: &Api) {
    let refused = Verdict::No(ErrorCode::NotAuthenticated);
    let shut = |o: &&Operation| o.access.verdict(Who::Anonymous, Setting::Usual) == refused;
    for operation in operations().filter(shut) {
        let path = filled(operation.path, 1);
        // Even where the body is nonsense: who asks comes first.
        let request = api.request(operation.method.as_str(), &path).body("nonsense");
        Reply::to(request).await.refused(ErrorCode::NotAuthenticated);
    }
}

async fn foreign_tokens(world: &World) {
    let ((user, _), (other, _)) = (world.someone().await, world.someone().await);
    let api = &world.api;
    let tokens = api.log_in(&user.username).await;
    let good = tokens.access_token.as_str();
    assert_eq!(api.with_token(good).get("/auth/me").await.status, 200);
    let [header, claims, signature]: [&str; 3] =
        good.split('.').collect::<Vec<_>>().try_into().unwrap();
    let decode = |part| serde_json::from_slice::<Value>(&BASE64.decode(part).unwrap()).unwrap();
    let encode = |part: &Value| BASE64.encode(part.to_string());
    let with = |part, name: &str, value: Value| {
        let mut json = decode(part);
        json[name] = value;
        encode(&json)
    };
    for alg in ["none", "None", "HS384", "HS512", "RS256", "ES256", "EdDSA", "hs256", "XX", ""] {
        let header = with(header, "alg", json!(alg));
        is_refused(api, &format!("{header}.{claims}.{signature}")).await;
        is_refused(api, &format!("{header}.{claims}.")).await;
    }
    is_refused(api, &format!("{}.{claims}.{signature}", with(header, "kid", json!("other")))).await;
    for (name, value) in [
        ("sub", json!(other.id.to_string())),
        ("sub", json!("999999")),
        ("login", json!(999_999)),
        ("exp", json!(99_999_999_999_i64)),
        ("role", json!("admin")),
    ] {
        is_refused(api, &format!("{header}.{}.{signature}", with(claims, name, value))).await;
    }
    for broken in [
        tokens.refresh_token.as_str(),
        "x",
        "..",
        "a.b.c",
        "null",
        claims,
        &format!("{header}.{claims}"),
        &format!("{header}.{claims}.{signature}.{signature}"),
        &format!("{header}.{claims}.{}", &signature[1..]),
        &format!("{good}{good}"),
        &"x".repeat(10_000),
    ] {
        is_refused(api, broken).await;
    }
    // Genuine tokens of servers whose key or algorithm is another, for a login that stands here.
    let theirs: &[u8] = b"the key of another server, of 32 bytes too";
    for (key, signing) in [(theirs, Signing::Hs256), (KEY, Signing::Hs512)] {
        let elsewhere = Another { key, signing, ..Another::default() };
        let elsewhere = world.another(elsewhere).await;
        let tokens = elsewhere.log_in(&user.username).await;
        let signed_in = elsewhere.with_token(&tokens.access_token);
        assert_eq!(signed_in.get("/auth/me").await.status, 200, "good where it was made");
        is_refused(api, &tokens.access_token).await;
        let refresh = json!({ "refresh_token": tokens.refresh_token });
        if key != KEY {
            api.post("/auth/refresh", &refresh).await.refused(ErrorCode::InvalidRefreshToken);
        }
    }
}

async fn odd_headers(world: &World) {
    let (user, _) = world.someone().await;
    let tokens = world.api.log_in(&user.username).await;
    let good = tokens.access_token.as_str();
    let bytes = |prefix: &[u8]| [prefix, good.as_bytes()].concat();
    for header in [
        Vec::new(),
        b"Bearer".to_vec(),
        b"Bearer ".to_vec(),
        b"Basic YWxpY2U6cGFzc3dvcmQ=".to_vec(),
        b"Token abc".to_vec(),
        bytes(b""),
        bytes(b"Bearer"),
        bytes(b"Basic "),
        bytes(b"Bearer Bearer "),
        bytes(b"Bearer\t"),
        b"Bearer \xff\xfe".to_vec(),
        b"\xc3\xa9".to_vec(),
        [b"Bearer ", good.as_bytes(), b"\xe9"].concat(),
    ] {
        let shown = String::from_utf8_lossy(&header).into_owned();
        let header = HeaderValue::from_bytes(&header).unwrap();
        for path in ["/auth/me", "/users"] {
            let request = world.api.request("GET", path).header("authorization", header.clone());
            let reply = Reply::to(request).await;
            assert_eq!(reply.status, 401, "{path} with {shown:?}: {reply:?}");
            reply.refused(ErrorCode::NotAuthenticated);
        }
    }
    for scheme in ["bearer", "BEARER", "Bearer"] {
        let header = format!("{scheme} {good}");
        let request = world.api.request("GET", "/auth/me").header("authorization", header);
        assert_eq!(Reply::to(request).await.status, 200, "{scheme}: RFC 9110, 11.1");
    }
}

async fn time_runs_out(world: &World) {
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let policy = Policy { access_lifetime: Duration::from_secs(60), ..Policy::default() };
    let another = Another { policy, clock: Arc::clone(&clock) as _, ..Another::default() };
    let api = world.another(another).await;
    let (user, _) = world.someone().await;
    let tokens = api.log_in(&user.username).await;
    assert_eq!(tokens.expires_in, 60);
    let signed_in = api.with_token(&tokens.access_token);
    clock.advance(Duration::from_secs(59));
    assert_eq!(signed_in.get("/auth/me").await.status, 200);
    clock.advance(Duration::from_secs(10));
    is_refused(&api, &tokens.access_token).await;
    // The refresh token outlives it.
    let refresh = json!({ "refresh_token": tokens.refresh_token });
    let again: guildhall_openapi::Tokens = api.post("/auth/refresh", &refresh).await.json();
    assert_eq!(api.with_token(&again.access_token).get("/auth/me").await.status, 200);
    clock.advance(policy.login_lifetime + Duration::from_secs(1));
    let late = json!({ "refresh_token": again.refresh_token });
    api.post("/auth/refresh", &late).await.refused(ErrorCode::InvalidRefreshToken);
}
