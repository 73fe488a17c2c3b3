//! The house and who is in it: made at the first start, found again at the next.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use guildhall_core::openapi::accounts::UserPatch;
use guildhall_core::openapi::change::Change;
use guildhall_core::openapi::{NewAccount, NewEvent, NewGroup, User};
use guildhall_core::passwords::{Cost, Passwords, PoolSize};
use guildhall_core::storage::Storage as _;
use guildhall_core::tokens::{Signing, TokenKeys, random, random_text};
use guildhall_core::{Caller, Guildhall, Origin, Policy};
use guildhall_storage_sqlite::{Location, SqliteStorage};

/// Guildhall on a database, which is made if it is not there.
pub(crate) async fn open(database: &str) -> Result<Guildhall> {
    let location = Location::from_url(database).context("DATABASE_URL: it is no SQLite URL")?;
    let storage = SqliteStorage::open(&location).await.context("DATABASE_URL")?;
    storage.migrate().await?;
    let guildhall = Guildhall::new(
        Arc::new(storage),
        // Nobody signs in over a network here, so no token has to outlive this process.
        TokenKeys::new(&random::<32>(), Signing::default()),
        Passwords::start(Cost::default(), PoolSize::default())?,
        Policy::default(),
    );
    // What goes on in the background: old rows of the stream are removed.
    tokio::spawn(guildhall.clone().upkeep(None));
    Ok(guildhall)
}

/// The bot, which is an admin, and announces an event when it first comes.
pub(crate) async fn concierge(guildhall: &Guildhall) -> Result<Caller> {
    if let Some(known) = guildhall.accounts().find("concierge").await? {
        return acting_as(guildhall, &known).await;
    }
    let new = guildhall.accounts().create_admin(account("concierge")).await?;
    let concierge = acting_as(guildhall, &new).await?;
    let event = NewEvent {
        title: "Book club".into(),
        description: "We read Mary Shelley, and there is cake.".into(),
        date: "2027-06-21T18:00:00Z".parse()?,
        location: "The library".into(),
    };
    guildhall.events().create(&concierge, event, None).await?;
    Ok(concierge)
}

/// The person at the kiosk, whom the concierge puts among the readers.
pub(crate) async fn ada(guildhall: &Guildhall, concierge: &Caller) -> Result<Caller> {
    if let Some(known) = guildhall.accounts().find("ada").await? {
        return acting_as(guildhall, &known).await;
    }
    let ada = guildhall.accounts().register(account("ada"), &Origin::default()).await?;
    let readers = NewGroup { name: "Readers".into() };
    let readers = guildhall.groups().create(concierge, readers, None).await?;
    let among_them = UserPatch { group: Change::Set(readers.id), ..UserPatch::default() };
    guildhall.accounts().update(concierge, ada.id, among_them).await?;
    acting_as(guildhall, &ada).await
}

fn account(name: &str) -> NewAccount {
    NewAccount {
        username: name.into(),
        email: format!("{name}@example.org").into(),
        // Nobody knows it; these two do not sign in.
        password: random_text::<24>().into(),
        full_name: None,
    }
}

async fn acting_as(guildhall: &Guildhall, user: &User) -> Result<Caller> {
    Ok(guildhall.accounts().acting_as(user.id).await?)
}
