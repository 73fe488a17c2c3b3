//! The few calls of the API that scenarios prepare themselves with.

use anyhow::Result;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::{Connection, Request};

/// Everyone's password.
pub(crate) const PASSWORD: &str = "nine Quiet herons, 4 boats";

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
}

#[derive(Deserialize)]
struct User {
    id: i64,
    username: String,
}

pub(crate) fn registration(name: &str) -> Request {
    let email = format!("{name}@example.org");
    let body = json!({"username": name, "email": email, "password": PASSWORD});
    Request::post("/register", &body)
}

pub(crate) fn login(email: &str) -> Request {
    let body = json!({"email": email, "password": PASSWORD});
    Request::post("/login", &body)
}

/// Registers someone.
pub(crate) async fn register(connection: &mut Connection, name: &str) -> Result<()> {
    let answer = connection.call(&registration(name)).await?;
    answer.json::<Value>().map(drop)
}

/// Signs someone in; an access token.
pub(crate) async fn log_in(connection: &mut Connection, email: &str) -> Result<String> {
    let answer = connection.call(&login(email)).await?;
    Ok(answer.json::<Tokens>()?.access_token)
}

/// The usernames of all users.
pub(crate) async fn usernames(connection: &mut Connection, token: &str) -> Result<Vec<String>> {
    const PAGE: usize = 1000;
    let mut names = Vec::new();
    let mut path = format!("/users?limit={PAGE}");
    loop {
        let answer = connection.call(&Request::get(path).bearer(token)).await?;
        let page: Vec<User> = answer.json()?;
        let Some(last) = page.last().map(|user| user.id) else {
            return Ok(names);
        };
        names.extend(page.into_iter().map(|user| user.username));
        path = format!("/users?limit={PAGE}&after={last}");
    }
}
