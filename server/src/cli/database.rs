//! The database that `DATABASE_URL` names.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use guildhall_core::storage::Storage;
use guildhall_core::stream::relay::Relay;
use guildhall_storage_postgres::PostgresStorage;
use guildhall_storage_sqlite::{Location, SqliteStorage};
use secrecy::ExposeSecret as _;

use super::Settings;

/// An opened database.
pub(super) struct Database {
    pub(super) storage: Arc<dyn Storage>,
    /// What carries hints to other replicas, if it can.
    pub(super) relay: Option<Arc<dyn Relay>>,
    pub(super) place: Place,
}

/// What kind of place it is.
pub(super) enum Place {
    /// This process's memory.
    Memory,
    /// A file, by its absolute path.
    File(PathBuf),
    /// A server, shared with other replicas.
    Server,
}

/// Opens the database; it is not migrated yet.
pub(super) async fn open(settings: &Settings) -> Result<Database> {
    if let Some(location) = location(settings) {
        let storage = SqliteStorage::open(&location).await.context("DATABASE_URL")?;
        let place = match storage.file() {
            Some(file) => Place::File(absolute(file)?),
            None => Place::Memory,
        };
        return Ok(Database { storage: Arc::new(storage), relay: None, place });
    }
    let Some(storage) = postgres(settings)? else {
        bail!("DATABASE_URL: it begins with neither sqlite: nor postgresql://");
    };
    let relay: Arc<dyn Relay> = Arc::new(storage.relay());
    Ok(Database { storage: Arc::new(storage), relay: Some(relay), place: Place::Server })
}

/// Where a SQLite database is, if it is one.
pub(super) fn location(settings: &Settings) -> Option<Location> {
    Location::from_url(settings.database_url.expose_secret().trim())
}

/// The PostgreSQL database, not yet connected to; `None` where the URL has no scheme.
pub(super) fn postgres(settings: &Settings) -> Result<Option<PostgresStorage>> {
    let Some((scheme, rest)) = settings.database_url.expose_secret().trim().split_once("://")
    else {
        return Ok(None);
    };
    // SQLAlchemy names its driver: `postgresql+psycopg2://`.
    match scheme.split('+').next() {
        Some("postgresql" | "postgres") => {
            let url = format!("postgresql://{rest}");
            let storage = PostgresStorage::open(&url, settings.database_connections);
            storage.context("DATABASE_URL").map(Some)
        }
        // What is no scheme may be a password that went astray.
        _ if scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)) => {
            bail!("DATABASE_URL: {scheme}:// is neither sqlite:// nor postgresql://")
        }
        _ => bail!("DATABASE_URL: it begins with neither sqlite:// nor postgresql://"),
    }
}

/// Opens a database that is there and has this version's schema: nobody wants one made by a slip in its name.
pub(super) async fn open_existing(settings: &Settings) -> Result<Database> {
    ensure!(
        location(settings) != Some(Location::Memory),
        "DATABASE_URL: a database in memory is seen by the program alone that has it"
    );
    if let Some(file) = missing_file(settings) {
        bail!("DATABASE_URL: there is no {}; `guildhall migrate` makes one", file.display());
    }
    let database = open(settings).await?;
    let pending = database.storage.pending_migrations().await.context("DATABASE_URL")?;
    ensure!(pending.is_empty(), "DATABASE_URL: {}", missing(pending.len()));
    Ok(database)
}

/// Opens the database to be looked at: in place of one that is not there one in memory, as empty.
pub(super) async fn open_to_look(settings: &Settings) -> Result<Database> {
    if missing_file(settings).is_none() {
        return open(settings).await;
    }
    let storage = SqliteStorage::open(&Location::Memory).await.context("DATABASE_URL")?;
    Ok(Database { storage: Arc::new(storage), relay: None, place: Place::Memory })
}

/// What is said of so many missing migrations.
pub(super) fn missing(count: usize) -> String {
    format!("{count} migrations are missing; `guildhall migrate` applies them")
}

/// The file that would be made.
fn missing_file(settings: &Settings) -> Option<PathBuf> {
    match location(settings)? {
        Location::File(file) if !file.exists() => Some(std::path::absolute(&file).unwrap_or(file)),
        _ => None,
    }
}

fn absolute(file: &Path) -> Result<PathBuf> {
    std::fs::canonicalize(file).with_context(|| format!("DATABASE_URL: {}", file.display()))
}
