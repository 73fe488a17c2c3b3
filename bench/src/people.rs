//! People who are signed in: made in this process and with the cheapest of hashes, for what is
//! measured is not how long that takes.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use futures_util::future::try_join_all;
use guildhall_core::openapi::{Credentials, NewAccount};
use guildhall_core::passwords::{Cost, Passwords, PoolSize};
use guildhall_core::storage::Storage;
use guildhall_core::tokens::{Signing, TokenKeys};
use guildhall_core::{Guildhall, Origin, Policy};
use guildhall_storage_postgres::PostgresStorage;
use guildhall_storage_sqlite::{Location, SqliteStorage};
use serde_json::json;

use crate::api::PASSWORD;
use crate::http::Request;
use crate::server::SECRET;

/// Someone who is signed in.
pub(crate) struct Person {
    pub(crate) id: i64,
    pub(crate) token: String,
}

/// How many are made at once.
const AT_ONCE: u32 = 64;

/// A database as the server opens it.
pub(crate) async fn storage(url: &str) -> Result<Arc<dyn Storage>> {
    Ok(match Location::from_url(url) {
        Some(location) => Arc::new(SqliteStorage::open(&location).await?),
        None => Arc::new(PostgresStorage::open(url, 10)?),
    })
}

/// Fills an empty database with people.
pub(crate) async fn sign_in(url: &str, count: u32) -> Result<Vec<Person>> {
    let storage = storage(url).await?;
    storage.migrate().await?;
    let keys = TokenKeys::new(SECRET.as_bytes(), Signing::default());
    let passwords = Passwords::start(Cost::new(8, 1, 1)?, PoolSize::default())?;
    let policy = Policy { access_lifetime: Duration::from_secs(24 * 60 * 60), ..Policy::default() };
    let guildhall = Guildhall::new(storage, keys, passwords, policy);
    let mut people = Vec::new();
    for first in (0..count).step_by(AT_ONCE as usize) {
        let numbers = first..count.min(first + AT_ONCE);
        people.extend(try_join_all(numbers.map(|number| person(&guildhall, number))).await?);
    }
    Ok(people)
}

async fn person(guildhall: &Guildhall, number: u32) -> Result<Person> {
    let name = name(number);
    let new = NewAccount {
        username: name.as_str().into(),
        email: email(number).into(),
        password: PASSWORD.into(),
        full_name: None,
    };
    let user = guildhall.accounts().register(new, &Origin::default()).await?;
    let credentials = Credentials { email: name.into(), password: PASSWORD.into() };
    let tokens = guildhall.logins().log_in(&credentials, &Origin::default()).await?;
    Ok(Person { id: user.id.get(), token: tokens.access_token.into_string() })
}

fn name(number: u32) -> String {
    format!("person{number}")
}

/// The email address of the person of this number, from 0 on.
pub(crate) fn email(number: u32) -> String {
    format!("{}@example.org", name(number))
}

/// A message from someone to someone.
pub(crate) fn message(from: &Person, to: i64) -> Request {
    let body = json!({"content": "Shall we meet at six?", "receiver_id": to});
    Request::post("/messages", &body).bearer(&from.token)
}
