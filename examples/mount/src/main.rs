//! A poem application of its own, a shelf of notes, with Guildhall's API mounted under `/community`: whoever is signed
//! in there is signed in here.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::env;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, ensure};
use guildhall_core::openapi::UserId;
use guildhall_core::passwords::{Cost, Passwords, PoolSize};
use guildhall_core::storage::Storage as _;
use guildhall_core::tokens::{Signing, TokenKeys, random_text};
use guildhall_core::{Guildhall, Policy};
use guildhall_server::Authenticated;
use guildhall_storage_sqlite::{Location, SqliteStorage};
use poem::listener::{Acceptor as _, Listener as _, TcpListener};
use poem::web::{Data, Json};
use poem::{Endpoint, EndpointExt as _, Route, Server, get, handler};

#[tokio::main]
async fn main() -> Result<()> {
    let database = env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite://mount.db".to_owned());
    let location = Location::from_url(&database).context("DATABASE_URL: it is no SQLite URL")?;
    let guildhall = guildhall(SqliteStorage::open(&location).await?, &key()?).await?;
    // What goes on beside requests: old rows of the stream are removed.
    tokio::spawn(guildhall.clone().upkeep(None));

    let address = env::var("ADDRESS").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let acceptor = TcpListener::bind(&address).into_acceptor().await.context(address)?;
    for address in acceptor.local_addr() {
        let address = address.to_string().replace("socket://", "http://");
        println!("Community: {address}/community/docs");
        println!("Notes:     {address}/notes");
    }
    Server::new_with_acceptor(acceptor).run(app(guildhall)).await?;
    Ok(())
}

/// What signs tokens. A new one at each start signs everyone out, so a real application keeps its own.
fn key() -> Result<String> {
    let key = env::var("SECRET_KEY").unwrap_or_else(|_| random_text::<32>());
    ensure!(key.len() >= 32, "SECRET_KEY: it has to have 32 random bytes or more");
    Ok(key)
}

async fn guildhall(storage: SqliteStorage, key: &str) -> Result<Guildhall> {
    storage.migrate().await?;
    Ok(Guildhall::new(
        Arc::new(storage),
        TokenKeys::new(key.as_bytes(), Signing::default()),
        Passwords::start(Cost::default(), PoolSize::default())?,
        Policy::default(),
    ))
}

fn app(guildhall: Guildhall) -> impl Endpoint {
    Route::new()
        .at("/", get(welcome))
        .at("/notes", get(list).post(add))
        .nest("/community", guildhall_server::app(&guildhall))
        .data(guildhall)
        .data(Notes::default())
}

/// Everyone's notes, by whose they are.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<HashMap<UserId, Vec<String>>>>);

impl Notes {
    /// Does something with one person's notes.
    fn of<T>(&self, owner: UserId, act: impl FnOnce(&mut Vec<String>) -> T) -> T {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        act(all.entry(owner).or_default())
    }
}

#[handler]
fn welcome() -> &'static str {
    "Your notes are at /notes, and you sign in at /community/login. What else is there: /community/docs\n"
}

#[handler]
fn list(Authenticated(caller): Authenticated, Data(notes): Data<&Notes>) -> Json<Vec<String>> {
    Json(notes.of(caller.id(), |notes| notes.clone()))
}

#[handler]
fn add(
    Authenticated(caller): Authenticated,
    Data(notes): Data<&Notes>,
    note: String,
) -> Json<Vec<String>> {
    Json(notes.of(caller.id(), |notes| {
        notes.push(note);
        notes.clone()
    }))
}
