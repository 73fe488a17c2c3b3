//! The database that `DATABASE_URL` names, or another setting.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use guildhall_core::stream::relay::Relay;
use guildhall_core::transfer::Transfer;
use guildhall_storage_postgres::PostgresStorage;
use guildhall_storage_sqlite::{Location, SqliteStorage};
use secrecy::{ExposeSecret as _, SecretString};

use super::Settings;

/// An opened database.
pub(super) struct Database {
    pub(super) storage: Arc<dyn Transfer>,
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
    let (url, connections) = (&settings.database_url, settings.database_connections);
    open_url("DATABASE_URL", url, connections).await
}

/// Opens the database of a URL, which this setting gave.
pub(super) async fn open_url(
    name: &'static str,
    url: &SecretString,
    connections: u32,
) -> Result<Database> {
    let url = url.expose_secret().trim();
    if let Some(location) = Location::from_url(url) {
        let storage = SqliteStorage::open(&location).await.context(name)?;
        let place = match storage.file() {
            Some(file) => Place::File(absolute(name, file)?),
            None => Place::Memory,
        };
        return Ok(Database { storage: Arc::new(storage), relay: None, place });
    }
    let Some((scheme, rest)) = url.split_once("://") else {
        bail!("{name}: it begins with neither sqlite: nor postgresql://");
    };
    // SQLAlchemy names its driver: `postgresql+psycopg2://`.
    match scheme.split('+').next() {
        Some("postgresql" | "postgres") => {
            let storage = PostgresStorage::open(&format!("postgresql://{rest}"), connections)
                .context(name)?;
            let relay: Arc<dyn Relay> = Arc::new(storage.relay());
            Ok(Database { storage: Arc::new(storage), relay: Some(relay), place: Place::Server })
        }
        // What is no scheme may be a password that went astray.
        _ if scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)) => {
            bail!("{name}: {scheme}:// is neither sqlite:// nor postgresql://")
        }
        _ => bail!("{name}: it begins with neither sqlite:// nor postgresql://"),
    }
}

/// Opens a database that is there already, of this version: nothing is made or changed.
pub(super) async fn open_present(
    name: &'static str,
    url: &SecretString,
    connections: u32,
) -> Result<Arc<dyn Transfer>> {
    if let Some(Location::File(file)) = Location::from_url(url.expose_secret().trim()) {
        ensure!(file.exists(), "{name}: there is no {}", file.display());
    }
    let storage = open_url(name, url, connections).await?.storage;
    let pending = storage.pending_migrations().await.context(name)?;
    ensure!(
        pending.is_empty(),
        "{name}: {} migrations are missing; `guildhall migrate` applies them",
        pending.len()
    );
    Ok(storage)
}

fn absolute(name: &str, file: &Path) -> Result<PathBuf> {
    std::fs::canonicalize(file).with_context(|| format!("{name}: {}", file.display()))
}
