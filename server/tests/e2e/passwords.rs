//! `POST /auth/password`, a new password by `PUT /users/{user_id}`, and guessing.

use std::sync::Arc;
use std::time::Duration;

use guildhall_core::clock::{Clock as _, ManualClock, SystemClock};
use guildhall_openapi::ErrorCode;
use guildhall_openapi::accounts::UserPatch;
use guildhall_openapi::logins::PasswordChange;
use serde_json::json;

use crate::support::{Another, PASSWORD, Refused as _, World, credentials, on_both};

const NEW: &str = "another-plum-orbit";

on_both! {
    /// An old password that still works, a device that stays signed in with it, or guessing that
    /// costs no time.
    async fn a_new_password_replaces_the_old(world) {
        ones_own(world).await;
        by_put(world).await;
        by_an_admin(world).await;
        guesses(world).await;
    }
}

/// Who has this name signs in with the new password, and not with the old.
async fn only_new_works(world: &World, name: &str) {
    let old = world.api.auth().sign_in(name, PASSWORD).await;
    old.refused(ErrorCode::InvalidCredentials);
    let new = json!({ "email": name, "password": NEW });
    assert_eq!(world.api.post("/login", &new).await.status, 200);
}

async fn ones_own(world: &World) {
    let (user, here) = world.someone().await;
    let there = world.sign_in(&user.username).await;
    let change = async |current: &str| {
        let (current_password, new_password) = (current.into(), NEW.into());
        here.logins().change_password(&PasswordChange { current_password, new_password }).await
    };
    change("wrong").await.refused(ErrorCode::WrongPassword);
    there.accounts().me().await.unwrap();
    change(PASSWORD).await.unwrap();
    there.is_cut_off().await;
    here.accounts().me().await.expect("the device that changed it stays");
    only_new_works(world, &user.username).await;
}

async fn by_put(world: &World) {
    let (user, here) = world.someone().await;
    let there = world.sign_in(&user.username).await;
    let patch = |current: Option<&str>| UserPatch {
        password: Some(NEW.into()),
        current_password: current.map(Into::into),
        ..UserPatch::default()
    };
    let path = format!("/users/{}", user.id);
    here.ask("PUT", &path, &patch(None)).await.names("current_password");
    let wrong = here.accounts().update(user.id, &patch(Some("wrong"))).await;
    wrong.refused(ErrorCode::WrongPassword);
    here.accounts().update(user.id, &patch(Some(PASSWORD))).await.unwrap();
    there.is_cut_off().await;
    here.accounts().me().await.unwrap();
    only_new_works(world, &user.username).await;
}

async fn by_an_admin(world: &World) {
    let (user, here) = world.someone().await;
    let (_, admin) = world.admin().await;
    let patch = UserPatch { password: Some(NEW.into()), ..UserPatch::default() };
    admin.accounts().update(user.id, &patch).await.unwrap();
    here.is_cut_off().await;
    admin.accounts().me().await.unwrap();
    only_new_works(world, &user.username).await;
}

/// Section 4 of the API's page: after 5 wrong ones each further try must wait, 1 s doubling. The
/// limit's own tests are the core's; this is how it shows, in headers too.
async fn guesses(world: &World) {
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let another = Another { clock: Arc::clone(&clock) as _, ..Another::default() };
    let api = world.another(another).await;
    // Tries that this test made before have had their minute.
    clock.advance(Duration::from_secs(120));
    let user = world.register("victim").await;
    let wrong = json!({ "email": user.username, "password": "wrong" });
    for _ in 0..5 {
        api.post("/login", &wrong).await.refused(ErrorCode::InvalidCredentials);
    }
    let waits = api.post("/login", &wrong).await;
    waits.refused(ErrorCode::TooManyRequests);
    assert_eq!(waits.header("retry-after"), "1");
    let right = api.post("/login", &credentials(&user.username)).await;
    right.refused(ErrorCode::TooManyRequests);
    clock.advance(Duration::from_secs(1));
    api.post("/login", &wrong).await.refused(ErrorCode::InvalidCredentials);
    assert_eq!(api.post("/login", &wrong).await.header("retry-after"), "2");
    clock.advance(Duration::from_secs(2));
    assert_eq!(api.post("/login", &credentials(&user.username)).await.status, 200);
}
