//! The database that `DATABASE_URL` names, or another setting.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use guildhall_core::stream::relay::Relay;
use guildhall_core::transfer::Transfer;
use guildhall_storage_postgres::{Address, PostgresStorage};
use guildhall_storage_sqlite::{Location, SqliteStorage};
use secrecy::{ExposeSecret as _, SecretString};

use super::Settings;
use super::draft::folder;
use super::secret::file_beside;

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

/// The setting that names the server's database.
const OWN: &str = "DATABASE_URL";

/// A database by its URL.
#[derive(Clone, Copy)]
pub(super) struct Named<'a> {
    /// The setting or argument that has it.
    name: &'static str,
    url: &'a str,
    connections: u32,
}

/// Where a database is, however its URL spells that.
#[derive(PartialEq, Eq)]
enum Spot {
    File(PathBuf),
    Server(Address),
}

/// Refuses a file that a database in a file consists of: what is written must not take its place.
pub(super) fn spare(settings: &Settings, to: &Path) -> Result<()> {
    let Some(Location::File(database)) = location(settings) else { return Ok(()) };
    let (place, database) = (placed(to)?, placed(&database)?);
    let beside = ["", "-wal", "-shm", "-journal"].map(|end| {
        let mut own = database.clone().into_os_string();
        own.push(end);
        PathBuf::from(own)
    });
    let is_own = beside.contains(&place) || place == file_beside(&database);
    ensure!(!is_own, "{}: it is a file of the database", to.display());
    Ok(())
}

/// The path of a file that may not be there yet, without links.
fn placed(file: &Path) -> Result<PathBuf> {
    if let Ok(path) = file.canonicalize() {
        return Ok(path);
    }
    let folder = folder(file).canonicalize().with_context(|| file.display().to_string())?;
    Ok(folder.join(file.file_name().unwrap_or_default()))
}

/// The URL that is given as the argument of this name, or else in this variable, which is none of the settings and which no
/// list of processes shows.
pub(super) fn given(url: Option<SecretString>, name: &str, variable: &str) -> Result<SecretString> {
    let of_variable = || env::var(variable).ok().filter(|url| !url.trim().is_empty());
    let url = url.or_else(|| of_variable().map(SecretString::from));
    url.with_context(|| format!("{name}: it is missing, and so is {variable}"))
}

/// Opens the database; it is not migrated yet.
pub(super) async fn open(settings: &Settings) -> Result<Database> {
    Named::of(settings).open().await
}

/// Where a SQLite database is, if it is one.
pub(super) fn location(settings: &Settings) -> Option<Location> {
    Named::of(settings).location()
}

/// The PostgreSQL database, not yet connected to; `None` where the URL has no scheme.
pub(super) fn postgres(settings: &Settings) -> Result<Option<PostgresStorage>> {
    Named::of(settings).postgres()
}

/// Opens a database that is there and has this version's schema: nobody wants one made by a slip in its name.
pub(super) async fn open_existing(settings: &Settings) -> Result<Database> {
    Named::of(settings).open_existing().await
}

/// Opens the database to be looked at: in place of one that is not there one in memory, as empty.
pub(super) async fn open_to_look(settings: &Settings) -> Result<Database> {
    if Named::of(settings).missing_file().is_none() {
        return open(settings).await;
    }
    let storage = SqliteStorage::open(&Location::Memory).await.context("DATABASE_URL")?;
    Ok(Database { storage: Arc::new(storage), relay: None, place: Place::Memory })
}

/// Opens the database to be filled, with this version's schema. What is filled on trial must have it already; in place of
/// a file that is not there it is one in memory.
pub(super) async fn open_to_fill(settings: &Settings, on_trial: bool) -> Result<Arc<dyn Transfer>> {
    let named = Named::of(settings);
    let is_there = named.missing_file().is_none() && named.location() != Some(Location::Memory);
    if on_trial && is_there {
        return Ok(named.open_existing().await?.storage);
    }
    let database = if on_trial { open_to_look(settings).await? } else { named.open().await? };
    database.storage.migrate().await.context("DATABASE_URL")?;
    Ok(database.storage)
}

/// What is said where a migration has these things to do.
pub(super) fn missing(pending: &[String]) -> String {
    not_ready("`guildhall migrate`", pending)
}

fn not_ready(command: &str, pending: &[String]) -> String {
    format!("it is not ready for this program; {command} sees to: {}", pending.join(", "))
}

impl<'a> Named<'a> {
    /// That of the settings.
    pub(super) fn of(settings: &'a Settings) -> Self {
        Self::by(OWN, &settings.database_url, settings)
    }

    /// Another one than that of the settings.
    pub(super) fn by(name: &'static str, url: &'a SecretString, settings: &Settings) -> Self {
        let connections = settings.database_connections;
        Self { name, url: url.expose_secret().trim(), connections }
    }

    /// Opens it; it is not migrated yet.
    pub(super) async fn open(self) -> Result<Database> {
        if let Some(location) = self.location() {
            let storage = SqliteStorage::open(&location).await.context(self.name)?;
            let place = match storage.file() {
                Some(file) => Place::File(self.absolute(file)?),
                None => Place::Memory,
            };
            return Ok(Database { storage: Arc::new(storage), relay: None, place });
        }
        let Some(storage) = self.postgres()? else {
            bail!("{}: it begins with neither sqlite: nor postgresql://", self.name);
        };
        let relay: Arc<dyn Relay> = Arc::new(storage.relay());
        Ok(Database { storage: Arc::new(storage), relay: Some(relay), place: Place::Server })
    }

    /// Opens one that is there and has this version's schema.
    pub(super) async fn open_existing(self) -> Result<Database> {
        let name = self.name;
        ensure!(
            self.location() != Some(Location::Memory),
            "{name}: a database in memory is seen by the program alone that has it"
        );
        let is_own = name == OWN;
        if let Some(file) = self.missing_file() {
            let advice = if is_own { "; `guildhall migrate` makes one" } else { "" };
            bail!("{name}: there is no {}{advice}", file.display());
        }
        let database = self.open().await?;
        let pending = database.storage.pending_migrations().await.context(name)?;
        let with = if is_own { "" } else { " with it as DATABASE_URL" };
        let command = format!("`guildhall migrate`{with}");
        ensure!(pending.is_empty(), "{name}: {}", not_ready(&command, &pending));
        Ok(database)
    }

    /// Whether both are one database, however they are spelt.
    pub(super) fn is_same(self, other: Named<'_>) -> bool {
        self.spot().is_some_and(|spot| other.spot() == Some(spot))
    }

    /// Nowhere is what is in memory, or cannot be read.
    fn spot(self) -> Option<Spot> {
        match self.location() {
            Some(Location::File(file)) => placed(&file).ok().map(Spot::File),
            Some(Location::Memory) => None,
            None => Address::of(&self.server()?).map(Spot::Server),
        }
    }

    /// The URL of a PostgreSQL database, without the driver that SQLAlchemy names: `postgresql+psycopg2://`.
    pub(super) fn server(self) -> Option<String> {
        let (scheme, rest) = self.url.split_once("://")?;
        let is_postgres = matches!(scheme.split('+').next(), Some("postgresql" | "postgres"));
        is_postgres.then(|| format!("postgresql://{rest}"))
    }

    pub(super) fn location(self) -> Option<Location> {
        Location::from_url(self.url)
    }

    fn postgres(self) -> Result<Option<PostgresStorage>> {
        let name = self.name;
        if let Some(url) = self.server() {
            return PostgresStorage::open(&url, self.connections).context(name).map(Some);
        }
        let Some((scheme, _)) = self.url.split_once("://") else { return Ok(None) };
        // What is no scheme may be a password that went astray.
        if scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)) {
            bail!("{name}: {scheme}:// is neither sqlite:// nor postgresql://");
        }
        bail!("{name}: it begins with neither sqlite:// nor postgresql://")
    }

    /// The file that would be made.
    fn missing_file(self) -> Option<PathBuf> {
        match self.location()? {
            Location::File(file) if !file.exists() => {
                Some(std::path::absolute(&file).unwrap_or(file))
            }
            _ => None,
        }
    }

    fn absolute(self, file: &Path) -> Result<PathBuf> {
        std::fs::canonicalize(file).with_context(|| format!("{}: {}", self.name, file.display()))
    }
}
