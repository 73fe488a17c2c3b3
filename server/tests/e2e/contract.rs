//! Every call of the contract, made as the contract says.

use std::collections::BTreeSet;

use guildhall_openapi::accounts::{
    CreateUser, DeleteUser, GetUser, ListUsers, Me, ProfilePatch, Register, UpdateMe, UpdateUser,
    UserPatch,
};
use guildhall_openapi::logins::{
    ChangePassword, ListLogins, LogIn, LogOut, PasswordChange, Refresh, RefreshTokens, RevokeLogin,
    RevokeLogins,
};
use guildhall_openapi::{Change, Endpoint, NewUser, Role, UserView, operations};
use serde_json::Value;

use crate::support::{Api, PASSWORD, World, account, credentials, filled, on_both};

mod events;
mod groups;
mod messages;
mod sessions;

on_both! {
    /// A call that fails, answers with another type than the contract's, or is in the contract and
    /// not in this walk.
    async fn every_call_answers_as_the_contract_says(world) {
        let all: BTreeSet<_> = operations().map(|operation| operation.id).collect();
        for slash in ["", "/"] {
            assert_eq!(walk(world, slash).await, all, "with {slash:?} behind each path");
        }
        shapes(world).await;
    }
}

/// Notes which calls were made.
struct Walk<'a> {
    slash: &'a str,
    made: BTreeSet<&'static str>,
}

impl Walk<'_> {
    async fn call<E: Endpoint>(&mut self, api: &Api, id: i64, body: &E::Request) -> E::Response {
        self.call_at::<E>(api, &filled(E::OPERATION.path, id), body).await
    }

    /// The same, its path given.
    async fn call_at<E: Endpoint>(
        &mut self,
        api: &Api,
        path: &str,
        body: &E::Request,
    ) -> E::Response {
        self.made.insert(E::OPERATION.id);
        api.call_at::<E>(&format!("{path}{}", self.slash), body).await
    }
}

/// Makes every call once, in an order in which all succeed.
async fn walk(world: &World, slash: &str) -> BTreeSet<&'static str> {
    let (api, walk) = (&world.api, &mut Walk { slash, made: BTreeSet::new() });
    let name = if slash.is_empty() { "alice" } else { "bob" };

    let registered = walk.call::<Register>(api, 0, &account(name)).await;
    assert_eq!((registered.username.as_str(), registered.role), (name, Role::User));
    let tokens = walk.call::<LogIn>(api, 0, &credentials(name)).await;
    let refresh = Refresh { refresh_token: tokens.refresh_token };
    let tokens = walk.call::<RefreshTokens>(api, 0, &refresh).await;
    let signed_in = api.with_token(&tokens.access_token);
    assert_eq!(walk.call::<Me>(&signed_in, 0, &()).await.id, registered.id);
    let patch = ProfilePatch { full_name: Change::Set("A. B.".into()), ..ProfilePatch::default() };
    let patched = walk.call::<UpdateMe>(&signed_in, 0, &patch).await;
    assert_eq!(patched.full_name, Some("A. B.".into()));

    let other = world.sign_in(name).await;
    let logins = walk.call::<ListLogins>(&other, 0, &()).await;
    let first = logins.iter().find(|login| !login.current).unwrap();
    walk.call::<RevokeLogin>(&other, first.id.get(), &()).await;
    let change = PasswordChange {
        current_password: PASSWORD.into(),
        new_password: "another-plum-orbit".into(),
    };
    walk.call::<ChangePassword>(&other, 0, &change).await;
    walk.call::<RevokeLogins>(&other, 0, &()).await;

    let (_, admin) = world.admin().await;
    let account = account(&format!("{name}2"));
    let new = NewUser {
        username: account.username,
        email: account.email,
        password: account.password,
        full_name: None,
        role: None,
        disabled: None,
        group: None,
    };
    let created = walk.call::<CreateUser>(&admin, 0, &new).await;
    let id = created.id.get();
    let read = walk.call::<GetUser>(&admin, id, &()).await;
    assert_eq!(read, UserView::Full(created.clone()));
    let users = walk.call::<ListUsers>(&admin, 0, &()).await;
    assert!(users.contains(&UserView::Full(created)));
    let patch = UserPatch { role: Some(Role::Admin), ..UserPatch::default() };
    let updated = walk.call::<UpdateUser>(&admin, id, &patch).await;
    assert_eq!(updated.role, Role::Admin);
    groups::make_calls(walk, &admin).await;
    events::make_calls(walk, &admin).await;
    sessions::make_calls(walk, &admin).await;
    messages::make_calls(walk, &admin).await;
    walk.call::<DeleteUser>(&admin, id, &()).await;
    walk.call::<LogOut>(&admin, 0, &()).await;
    std::mem::take(&mut walk.made)
}

/// What section 3 of the API's page promises: these fields, each of them, no others, and never a
/// password's hash.
async fn shapes(world: &World) {
    let full = "created_at deleted_at disabled email email_verified full_name group id last_login \
                role updated_at username";
    let member = "email full_name group id username";
    let (user, signed_in) = world.someone().await;
    let (other, _) = world.someone().await;
    let (_, admin) = world.admin().await;
    let (own, others) = (format!("/users/{}", user.id), format!("/users/{}", other.id));
    for (api, path, fields) in [
        (&signed_in, "/auth/me", full),
        (&signed_in, own.as_str(), full),
        (&signed_in, others.as_str(), member),
        (&admin, others.as_str(), full),
    ] {
        assert_eq!(names(&api.get(path).await.json()), fields, "{path}");
    }
    assert_eq!(names(&signed_in.get("/users").await.json::<Value>()[0]), member);
    assert_eq!(names(&admin.get("/users").await.json::<Value>()[0]), full);
    let tokens = world.api.post("/login", &credentials(&user.username)).await.json();
    assert_eq!(names(&tokens), "access_token expires_in refresh_token token_type");
    assert_eq!(tokens["token_type"], "bearer");
    assert_eq!(tokens["expires_in"], 1800);
    let logins: Value = signed_in.get("/auth/logins").await.json();
    assert_eq!(names(&logins[0]), "created_at current id ip last_seen_at user_agent");
    assert_eq!(
        (&logins[0]["ip"], &logins[0]["user_agent"]),
        (&"127.0.0.1".into(), &"a test".into())
    );
    for time in
        [&logins[0]["created_at"], &signed_in.get("/auth/me").await.json::<Value>()["created_at"]]
    {
        assert!(time.as_str().unwrap().ends_with('Z'), "{time}");
    }
}

/// The names of an object's fields, in order.
fn names(object: &Value) -> String {
    let mut names: Vec<_> = object.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names.join(" ")
}
