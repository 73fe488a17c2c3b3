//! `/users/{user_id}` and `POST /users`: who may do what to whom.

use guildhall_openapi::{ErrorCode, Role, User, UserView};
use serde_json::json;

use crate::support::{PASSWORD, World, account, credentials, on_both};

on_both! {
    /// Someone who may do what is not theirs, or an account that outlives its end.
    async fn accounts_are_managed_by_those_who_may(world) {
        creating(world).await;
        not_theirs(world).await;
        last_admin(world).await;
        changing(world).await;
        disabling(world).await;
        deleting(world).await;
    }
}

async fn creating(world: &World) {
    let (_, admin) = world.admin().await;
    let body = json!({
        "username": "staff", "email": "staff@example.org", "password": PASSWORD, "full_name": "Staff",
        "role": "admin", "disabled": false,
    });
    let staff: User = admin.post("/users", &body).await.json();
    assert_eq!((staff.role, staff.disabled), (Role::Admin, false));
    admin.post("/users", &body).await.refused(ErrorCode::EmailTaken);
    let staff = world.sign_in("staff").await;
    let body = json!({ "username": "shut", "email": "shut@example.org", "password": PASSWORD, "disabled": true });
    let shut: User = staff.post("/users", &body).await.json();
    assert_eq!((shut.role, shut.disabled), (Role::User, true));
    world.api.post("/login", &credentials("shut")).await.refused(ErrorCode::AccountDisabled);
}

async fn not_theirs(world: &World) {
    let ((user, api), (other, _)) = (world.someone().await, world.someone().await);
    api.post("/users", &account("nobody")).await.refused(ErrorCode::Forbidden);
    let (own, others) = (format!("/users/{}", user.id), format!("/users/{}", other.id));
    for body in [
        json!({ "role": "admin" }),
        json!({ "disabled": false }),
        json!({ "email_verified": true }),
        json!({ "group": null }),
        json!({ "group": 1 }),
        json!({ "full_name": "x", "role": "user" }),
    ] {
        api.send("PUT", &own, &body).await.refused(ErrorCode::Forbidden);
    }
    for body in [json!({}), json!({ "full_name": "x" }), json!({ "password": PASSWORD })] {
        api.send("PUT", &others, &body).await.refused(ErrorCode::Forbidden);
    }
    api.delete(&others).await.refused(ErrorCode::Forbidden);
    // Whether there is such an account is not told either.
    api.delete("/users/999999").await.refused(ErrorCode::Forbidden);
    let unchanged: User = api.get(&own).await.json();
    assert_eq!((unchanged.role, unchanged.full_name), (Role::User, None));
    let named: User = api.send("PUT", &own, &json!({ "full_name": "x" })).await.json();
    assert_eq!(named.full_name, Some("x".into()));
}

async fn last_admin(world: &World) {
    let (first, admin) = world.admin().await;
    // The other admins of this test go first.
    let all: Vec<User> = admin.get("/users").await.json();
    for other in all.iter().filter(|user| user.role == Role::Admin && user.id != first.id) {
        admin.delete(&format!("/users/{}", other.id)).await.done();
    }
    let own = format!("/users/{}", first.id);
    for body in [json!({ "role": "user" }), json!({ "disabled": true })] {
        admin.send("PUT", &own, &body).await.refused(ErrorCode::LastAdmin);
    }
    admin.delete(&own).await.refused(ErrorCode::LastAdmin);
    let (second, other) = world.admin().await;
    let demoted: User = other.send("PUT", &own, &json!({ "role": "user" })).await.json();
    assert_eq!(demoted.role, Role::User);
    admin.post("/users", &account("nobody")).await.refused(ErrorCode::Forbidden);
    other.delete(&format!("/users/{}", second.id)).await.refused(ErrorCode::LastAdmin);
}

async fn changing(world: &World) {
    let ((user, api), (other, _)) = (world.someone().await, world.someone().await);
    let (_, admin) = world.admin().await;
    let path = format!("/users/{}", user.id);
    let put = |body| {
        let (admin, path) = (admin.clone(), path.clone());
        async move { admin.send("PUT", &path, &body).await }
    };
    let changed: User =
        put(json!({ "email": "moved@example.org", "email_verified": true })).await.json();
    assert_eq!((changed.email.as_str(), changed.email_verified), ("moved@example.org", true));
    let same: User = put(json!({ "email": "Moved@example.org" })).await.json();
    assert!(same.email_verified, "the same address in other letters");
    let again: User = put(json!({ "email": "again@example.org" })).await.json();
    assert!(!again.email_verified);
    put(json!({ "email": other.email })).await.refused(ErrorCode::EmailTaken);
    put(json!({ "username": other.username })).await.refused(ErrorCode::UsernameTaken);
    put(json!({ "group": 7 })).await.refused(ErrorCode::GroupNotFound);
    let nothing: User = put(json!({})).await.json();
    assert_eq!((nothing.username, nothing.email), (again.username, again.email));
    let promoted: User = put(json!({ "role": "admin" })).await.json();
    assert_eq!(promoted.role, Role::Admin);
    assert_eq!(api.get("/auth/me").await.json::<User>().role, Role::Admin, "at the next request");
    admin.send("PUT", "/users/999999", &json!({})).await.refused(ErrorCode::UserNotFound);
    admin.get("/users/999999").await.refused(ErrorCode::UserNotFound);
}

async fn disabling(world: &World) {
    let (user, api) = world.someone().await;
    let (_, admin) = world.admin().await;
    let path = format!("/users/{}", user.id);
    let shut: User = admin.send("PUT", &path, &json!({ "disabled": true })).await.json();
    assert!(shut.disabled);
    api.get("/auth/me").await.refused(ErrorCode::NotAuthenticated);
    let open: User = admin.send("PUT", &path, &json!({ "disabled": false })).await.json();
    assert!(!open.disabled);
    api.get("/auth/me").await.refused(ErrorCode::NotAuthenticated);
    world.sign_in(&user.username).await;
}

async fn deleting(world: &World) {
    let ((user, api), (_, other)) = (world.someone().await, world.someone().await);
    let (_, admin) = world.admin().await;
    let path = format!("/users/{}", user.id);
    api.delete(&path).await.done();
    api.get("/auth/me").await.refused(ErrorCode::NotAuthenticated);
    world
        .api
        .post("/login", &credentials(&user.username))
        .await
        .refused(ErrorCode::InvalidCredentials);
    for caller in [&other, &admin] {
        caller.get(&path).await.refused(ErrorCode::UserNotFound);
        let listed: Vec<UserView> = caller.get("/users?limit=1000").await.json();
        assert!(listed.iter().all(|listed| listed.id() != user.id));
    }
    let deleted_too = format!("{path}?include_deleted=true");
    other.get(&deleted_too).await.refused(ErrorCode::UserNotFound);
    let deleted: User = admin.get(&deleted_too).await.json();
    assert!(deleted.deleted_at.is_some());
    let all = "/users?limit=1000&include_deleted=true";
    let seen: Vec<UserView> = other.get(all).await.json();
    assert!(seen.iter().all(|listed| listed.id() != user.id), "ignored from others");
    let seen: Vec<User> = admin.get(all).await.json();
    assert!(seen.iter().any(|listed| listed.id == user.id && listed.deleted_at.is_some()));
    admin.send("PUT", &path, &json!({ "full_name": "x" })).await.refused(ErrorCode::UserNotFound);
    admin.delete(&path).await.refused(ErrorCode::UserNotFound);
    // Both names are free again, and the next who has them is somebody else.
    let next = world.register(&user.username).await;
    assert_ne!(next.id, user.id);
    world.sign_in(&user.username).await;
    admin.delete(&format!("/users/{}", next.id)).await.done();
    world.register(&user.username).await;
}
