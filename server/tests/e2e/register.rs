//! `POST /register`.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use guildhall_core::{Policy, Registration};
use guildhall_openapi::{ErrorCode, NewAccount, Role, User};
use serde_json::json;

use crate::support::{PASSWORD, World, account, credentials, on_both};

on_both! {
    /// Two accounts with one email or one username, however they came to be asked for.
    async fn an_email_and_a_username_are_given_once(world) {
        races(world).await;
        same_in_other_words(world).await;
        closed(world).await;
    }
}

async fn races(world: &World) {
    let email = |i: usize| NewAccount {
        username: format!("racer{i}").into(),
        email: if i.is_multiple_of(2) { "race@example.org" } else { "RACE@Example.ORG" }.into(),
        ..account("racer")
    };
    let username = |i: usize| NewAccount {
        username: if i.is_multiple_of(2) { "winner" } else { "WINNER" }.into(),
        email: format!("runner{i}@example.org").into(),
        ..account("runner")
    };
    let emails: Vec<_> = (0..32).map(email).collect();
    let usernames: Vec<_> = (0..32).map(username).collect();
    for (bodies, code) in [(emails, ErrorCode::EmailTaken), (usernames, ErrorCode::UsernameTaken)] {
        let all = bodies.iter().map(|body| world.api.post("/register", body));
        let mut answers = BTreeMap::new();
        for reply in join_all(all).await {
            if reply.status == 200 {
                reply.json::<User>();
            } else {
                reply.refused(code);
            }
            *answers.entry(reply.status).or_insert(0) += 1;
        }
        assert_eq!(answers, BTreeMap::from([(200, 1), (400, 31)]), "{code}");
    }
}

async fn same_in_other_words(world: &World) {
    let register = |username: &str, email: &str| {
        let body = json!({ "username": username, "email": email, "password": PASSWORD });
        async move { world.api.post("/register", &body).await }
    };
    let user: User = register("Zoe", "Zoe@bücher.example").await.json();
    assert_eq!((user.role, user.email_verified, user.disabled), (Role::User, false, false));
    assert_eq!((user.deleted_at, user.last_login, user.group), (None, None, None));
    for email in [
        "zoe@bücher.example",
        "ZOE@BÜCHER.example",
        "zoe@xn--bcher-kva.example",
        " zoe@bücher.example ",
    ] {
        register("another", email).await.refused(ErrorCode::EmailTaken);
    }
    for username in ["zoe", "ZOE", " Zoe "] {
        register(username, "another@example.org").await.refused(ErrorCode::UsernameTaken);
    }
    register("zoe", "zoe@bücher.example").await.refused(ErrorCode::EmailTaken);
    // Fields of which nothing is known are passed over, and give no rights.
    let body = json!({
        "username": "mallory", "email": "m@example.org", "password": PASSWORD, "role": "admin", "id": 1, "x": {},
    });
    let user: User = world.api.post("/register", &body).await.json();
    assert_eq!(user.role, Role::User);
}

async fn closed(world: &World) {
    let (_, admin) = world.admin().await;
    let policy = Policy { registration: Registration::Closed, ..Policy::default() };
    let closed = world.under(policy).await;
    closed.post("/register", &account("late")).await.refused(ErrorCode::RegistrationClosed);
    let _: User = admin.moved_to(&closed).post("/users", &account("late")).await.json();
    assert_eq!(closed.post("/login", &credentials("late")).await.status, 200);
}
