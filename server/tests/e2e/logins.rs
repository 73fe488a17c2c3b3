//! `/login`, `/auth/me`, `/auth/logins` and `/auth/logout`, as a person would use them.

use guildhall_openapi::logins::{ListLogins, LogIn, Refresh};
use guildhall_openapi::{Credentials, ErrorCode, Tokens, User};
use serde_json::json;

use crate::support::{Api, PASSWORD, Reply, World, credentials, on_both};

on_both! {
    /// A person who cannot sign in, or whose device is still signed in after a sign-out.
    async fn people_sign_in_and_out(world) {
        every_way_in(world).await;
        wrong_ways(world).await;
        own_account(world).await;
        devices(world).await;
        sign_out(world).await;
    }
}

async fn every_way_in(world: &World) {
    let user = world.register("Alice").await;
    for name in ["Alice", "alice", "ALICE", "alice@example.org", "Alice@EXAMPLE.org", " alice "] {
        let signed_in = world.sign_in(name).await;
        assert_eq!(signed_in.get("/auth/me").await.json::<User>().id, user.id, "{name}");
        let form = [("grant_type", "password"), ("username", name), ("password", PASSWORD)];
        let tokens: Tokens =
            Reply::to(world.api.request("POST", "/login").form(&form)).await.json();
        let signed_in = world.api.with_token(&tokens.access_token);
        let me: User = signed_in.get("/auth/me").await.json();
        assert!(me.last_login >= Some(user.created_at), "{me:?}");
    }
}

async fn wrong_ways(world: &World) {
    let wrong = |name: &str| json!({ "email": name, "password": "something else" });
    let known =
        world.api.post("/login", &wrong("alice")).await.refused(ErrorCode::InvalidCredentials);
    for name in [
        "nobody",
        "nobody@example.org",
        "",
        "al\0ice",
        "alice' OR 1=1 --",
        "%",
        &"x".repeat(10_000),
    ] {
        let unknown = world.api.post("/login", &wrong(name)).await;
        let unknown = unknown.refused(ErrorCode::InvalidCredentials);
        assert_eq!(unknown.detail, known.detail, "an answer that tells who is here: {name}");
    }
    for password in ["", "plum-orbit-velve\0", "PLUM-ORBIT-VELVET", " plum-orbit-velvet"] {
        let body = json!({ "email": "alice", "password": password });
        world.api.post("/login", &body).await.refused(ErrorCode::InvalidCredentials);
    }
    let (_, admin) = world.admin().await;
    let shut: User = {
        let (user, _) = world.someone().await;
        let body = json!({ "disabled": true });
        admin.send("PUT", &format!("/users/{}", user.id), &body).await.json()
    };
    let name = shut.username.as_str();
    world.api.post("/login", &wrong(name)).await.refused(ErrorCode::InvalidCredentials);
    world.api.post("/login", &credentials(name)).await.refused(ErrorCode::AccountDisabled);
}

async fn own_account(world: &World) {
    let (user, signed_in) = world.someone().await;
    let patch = |body| {
        let signed_in = signed_in.clone();
        async move { signed_in.send("PATCH", "/auth/me", &body).await }
    };
    let same: User = patch(json!({})).await.json();
    assert_eq!((same.username, same.email), (user.username.clone(), user.email.clone()));
    let named: User = patch(json!({ "full_name": "Alice", "username": "renamed" })).await.json();
    assert_eq!(named.full_name, Some("Alice".into()));
    assert!(named.updated_at > user.updated_at);
    let kept: User = patch(json!({ "username": "Renamed" })).await.json();
    assert_eq!(kept.full_name, Some("Alice".into()), "a field left out stays");
    let cleared: User = patch(json!({ "full_name": null })).await.json();
    assert_eq!((cleared.full_name, cleared.username.as_str()), (None, "Renamed"));
    assert_eq!(signed_in.get("/auth/me").await.json::<User>().username, "Renamed", "at once");
    patch(json!({ "username": "ALICE" })).await.refused(ErrorCode::UsernameTaken);

    let mail = "new@example.org";
    patch(json!({ "email": mail })).await.names("current_password");
    patch(json!({ "email": mail, "current_password": "wrong" }))
        .await
        .refused(ErrorCode::WrongPassword);
    let taken = json!({ "email": "alice@example.org", "current_password": PASSWORD });
    patch(taken).await.refused(ErrorCode::EmailTaken);
    let moved: User = patch(json!({ "email": mail, "current_password": PASSWORD })).await.json();
    assert_eq!((moved.email.as_str(), moved.email_verified), (mail, false));
    world.sign_in(mail).await;
    world
        .api
        .post("/login", &credentials(&user.email))
        .await
        .refused(ErrorCode::InvalidCredentials);
}

async fn devices(world: &World) {
    let (user, first) = world.someone().await;
    let (_, stranger) = world.someone().await;
    let second = world.sign_in(&user.username).await;
    let agent = "Lynx \u{e9}".repeat(100);
    let request = world.api.request("POST", "/login").header("user-agent", agent);
    let tokens: Tokens = Reply::to(request.json(&credentials(&user.username))).await.json();
    let third = world.api.with_token(&tokens.access_token);

    let logins = third.call::<ListLogins>(&()).await;
    let current: Vec<_> = logins.iter().map(|login| login.current).collect();
    assert_eq!(current, [false, false, true]);
    assert!(logins.is_sorted_by_key(|login| login.id));
    assert!(logins[2].user_agent.as_ref().is_none_or(|agent| agent.chars().count() <= 200));

    let path = |i: usize| format!("/auth/logins/{}", logins[i].id);
    stranger.delete(&path(1)).await.refused(ErrorCode::LoginNotFound);
    assert_eq!(second.get("/auth/me").await.status, 200, "a stranger's no is a no");
    first.delete(&path(1)).await.done();
    second.get("/auth/me").await.refused(ErrorCode::NotAuthenticated);
    first.delete(&path(1)).await.refused(ErrorCode::LoginNotFound);
    assert_eq!(third.call::<ListLogins>(&()).await.len(), 2);
    first.delete("/auth/logins").await.done();
    for gone in [first, third] {
        gone.get("/auth/me").await.refused(ErrorCode::NotAuthenticated);
    }
    refresh_fails(&world.api, &tokens).await;
    assert_eq!(stranger.get("/auth/me").await.status, 200);
}

async fn sign_out(world: &World) {
    let (user, other) = world.someone().await;
    let credentials = Credentials { email: user.email.as_str().into(), password: PASSWORD.into() };
    let tokens = world.api.call::<LogIn>(&credentials).await;
    let signed_in = world.api.with_token(&tokens.access_token);
    assert_eq!(signed_in.get("/auth/me").await.status, 200);
    signed_in.post("/auth/logout", &()).await.done();
    signed_in.get("/auth/me").await.refused(ErrorCode::NotAuthenticated);
    signed_in.post("/auth/logout", &()).await.refused(ErrorCode::NotAuthenticated);
    refresh_fails(&world.api, &tokens).await;
    assert_eq!(other.get("/auth/me").await.status, 200, "the other device stays signed in");
}

async fn refresh_fails(api: &Api, tokens: &Tokens) {
    let refresh = Refresh { refresh_token: tokens.refresh_token.clone() };
    api.post("/auth/refresh", &refresh).await.refused(ErrorCode::InvalidRefreshToken);
}
