//! `POST /register`.

use futures_util::future::join_all;
use guildhall_core::{Policy, Registration};
use guildhall_openapi::{ErrorCode, NewAccount, Role, User};
use serde_json::json;

use crate::support::{PASSWORD, Refused as _, World, account, on_both};

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
    for (all, code) in [(emails, ErrorCode::EmailTaken), (usernames, ErrorCode::UsernameTaken)] {
        let all = all.iter().map(|new| async { world.api.auth().sign_up(new).await });
        let (won, lost): (Vec<_>, Vec<_>) =
            join_all(all).await.into_iter().partition(Result::is_ok);
        assert_eq!((won.len(), lost.len()), (1, 31), "{code}");
        lost.into_iter().for_each(|answer| drop(answer.refused(code)));
    }
}

async fn same_in_other_words(world: &World) {
    let register = async |username: &str, email: &str| {
        let (username, email) = (username.into(), email.into());
        world.api.auth().sign_up(&NewAccount { username, email, ..account("any") }).await
    };
    let user = register("Zoe", "Zoe@bücher.example").await.unwrap();
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
    closed.auth().sign_up(&account("late")).await.refused(ErrorCode::RegistrationClosed);
    admin.moved_to(&closed).accounts().create(&account("late").into()).await.unwrap();
    closed.sign_in("late").await;
}
