//! `/login`, `/auth/me`, `/auth/logins` and `/auth/logout`, as a person would use them.

use guildhall_openapi::accounts::ProfilePatch;
use guildhall_openapi::{Change, ErrorCode, Tokens, User};
use serde_json::json;

use crate::support::{PASSWORD, Refused as _, Reply, World, credentials, on_both};
use crate::users::into_disabled;

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
        assert_eq!(signed_in.accounts().me().await.unwrap().id, user.id, "{name}");
        let form = [("grant_type", "password"), ("username", name), ("password", PASSWORD)];
        let tokens: Tokens =
            Reply::to(world.api.request("POST", "/login").form(&form)).await.json();
        let me = world.api.with_token(&tokens.access_token).accounts().me().await.unwrap();
        assert!(me.last_login >= Some(user.created_at), "{me:?}");
    }
}

async fn wrong_ways(world: &World) {
    let auth = world.api.auth();
    let wrong = async |name: &str| {
        auth.sign_in(name, "something else").await.refused(ErrorCode::InvalidCredentials)
    };
    let known = wrong("alice").await;
    for name in [
        "nobody",
        "nobody@example.org",
        "",
        "al\0ice",
        "alice' OR 1=1 --",
        "%",
        &"x".repeat(10_000),
    ] {
        let unknown = wrong(name).await;
        assert_eq!(unknown.detail, known.detail, "an answer that tells who is here: {name}");
    }
    for password in ["", "plum-orbit-velve\0", "PLUM-ORBIT-VELVET", " plum-orbit-velvet"] {
        auth.sign_in("alice", password).await.refused(ErrorCode::InvalidCredentials);
    }
    assert!(!auth.is_signed_in());
    let ((shut, _), (_, admin)) = (world.someone().await, world.admin().await);
    admin.accounts().update(shut.id, &into_disabled(true)).await.unwrap();
    wrong(&shut.username).await;
    auth.sign_in(&shut.username, PASSWORD).await.refused(ErrorCode::AccountDisabled);
}

async fn own_account(world: &World) {
    let (user, signed_in) = world.someone().await;
    let patch = async |patch: ProfilePatch| signed_in.accounts().update_me(&patch).await;
    let nothing = ProfilePatch::default;
    let named = |name: &str| ProfilePatch { username: Some(name.into()), ..nothing() };
    let same = patch(nothing()).await.unwrap();
    assert_eq!((same.username, same.email), (user.username.clone(), user.email.clone()));
    let full_name = Change::Set("Alice".into());
    let renamed = patch(ProfilePatch { full_name, ..named("renamed") }).await.unwrap();
    assert_eq!(renamed.full_name, Some("Alice".into()));
    assert!(renamed.updated_at > user.updated_at);
    let kept = patch(named("Renamed")).await.unwrap();
    assert_eq!(kept.full_name, Some("Alice".into()), "a field left out stays");
    let cleared = patch(ProfilePatch { full_name: Change::Clear, ..nothing() }).await.unwrap();
    assert_eq!((cleared.full_name, cleared.username.as_str()), (None, "Renamed"));
    assert_eq!(signed_in.accounts().me().await.unwrap().username, "Renamed", "at once");
    patch(named("ALICE")).await.refused(ErrorCode::UsernameTaken);

    let email = |email: &str, password: Option<&str>| ProfilePatch {
        email: Some(email.into()),
        current_password: password.map(Into::into),
        ..nothing()
    };
    let mail = "new@example.org";
    signed_in.ask("PATCH", "/auth/me", &email(mail, None)).await.names("current_password");
    patch(email(mail, Some("wrong"))).await.refused(ErrorCode::WrongPassword);
    let taken = email("alice@example.org", Some(PASSWORD));
    patch(taken).await.refused(ErrorCode::EmailTaken);
    let moved = patch(email(mail, Some(PASSWORD))).await.unwrap();
    assert_eq!((moved.email.as_str(), moved.email_verified), (mail, false));
    world.sign_in(mail).await;
    let by_the_old = world.api.auth().sign_in(&user.email, PASSWORD).await;
    by_the_old.refused(ErrorCode::InvalidCredentials);
}

async fn devices(world: &World) {
    let (user, first) = world.someone().await;
    let (_, stranger) = world.someone().await;
    let second = world.sign_in(&user.username).await;
    let agent = "Lynx \u{e9}".repeat(100);
    let request = world.api.request("POST", "/login").header("user-agent", agent);
    let tokens: Tokens = Reply::to(request.json(&credentials(&user.username))).await.json();
    let third = world.api.with_token(&tokens.access_token);

    let logins = third.logins().list().await.unwrap();
    let current: Vec<_> = logins.iter().map(|login| login.current).collect();
    assert_eq!(current, [false, false, true]);
    assert!(logins.is_sorted_by_key(|login| login.id));
    assert!(logins[2].user_agent.as_ref().is_none_or(|agent| agent.chars().count() <= 200));

    let id = logins[1].id;
    stranger.logins().revoke(id).await.refused(ErrorCode::LoginNotFound);
    second.accounts().me().await.expect("a stranger's no is a no");
    first.logins().revoke(id).await.unwrap();
    second.is_cut_off().await;
    first.logins().revoke(id).await.refused(ErrorCode::LoginNotFound);
    assert_eq!(third.logins().list().await.unwrap().len(), 2);
    first.logins().revoke_all().await.unwrap();
    for gone in [first, third] {
        gone.is_cut_off().await;
    }
    refresh_fails(world, &tokens).await;
    stranger.accounts().me().await.unwrap();
}

async fn sign_out(world: &World) {
    let (user, other) = world.someone().await;
    let tokens = world.api.log_in(&user.email).await;
    let signed_in = world.api.with_token(&tokens.access_token);
    let me: User = signed_in.accounts().me().await.unwrap();
    assert_eq!(me.id, user.id);
    signed_in.auth().sign_out().await.unwrap();
    signed_in.is_cut_off().await;
    signed_in.post("/auth/logout", &()).await.refused(ErrorCode::NotAuthenticated);
    refresh_fails(world, &tokens).await;
    other.accounts().me().await.expect("the other device stays signed in");
}

async fn refresh_fails(world: &World, tokens: &Tokens) {
    let refresh = json!({ "refresh_token": tokens.refresh_token });
    let reply = world.api.post("/auth/refresh", &refresh).await;
    reply.refused(ErrorCode::InvalidRefreshToken);
}
