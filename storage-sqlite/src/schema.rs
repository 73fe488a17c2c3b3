//! Bringing the schema to this version. What was applied is noted as sqlx does it, whose tools read it.

use std::time::Instant;

use guildhall_storage_sql::core::storage::StorageError;
use guildhall_storage_sql::migrations::{self, Migration};
use rusqlite::{Connection, TransactionBehavior, params};
use sqlx::migrate::{self, Migrator};

use crate::error;

static MIGRATIONS: Migrator = sqlx::migrate!();

const NOTES: &str = "CREATE TABLE IF NOT EXISTS _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
)";

/// Applies all migrations in one transaction, so that of several processes at once one does.
pub(crate) fn apply(connection: &mut Connection) -> Result<(), StorageError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate);
    let tx = tx.map_err(error::storage)?;
    let applied = applied(&tx)?;
    missing(&applied)?;
    let is_missing = |version: i64| applied.iter().all(|(there, _)| *there != version);
    tx.execute_batch(NOTES).map_err(error::storage)?;
    for migration in MIGRATIONS.iter().filter(|migration| is_missing(migration.version)) {
        apply_one(&tx, migration).map_err(error::storage)?;
    }
    tx.commit().map_err(error::storage)
}

fn apply_one(connection: &Connection, migration: &migrate::Migration) -> rusqlite::Result<()> {
    let began = Instant::now();
    connection.execute_batch(migration.sql.as_str())?;
    let took = i64::try_from(began.elapsed().as_nanos()).unwrap_or(i64::MAX);
    let note = "INSERT INTO _sqlx_migrations \
        (version, description, success, checksum, execution_time) VALUES (?, ?, TRUE, ?, ?)";
    let (description, checksum) = (&migration.description, &migration.checksum);
    connection.execute(note, params![migration.version, description, checksum, took]).map(drop)
}

/// The migrations that [`apply`] would apply.
pub(crate) fn pending(connection: &mut Connection) -> Result<Vec<String>, StorageError> {
    missing(&applied(connection)?)
}

fn missing(applied: &[(i64, Vec<u8>)]) -> Result<Vec<String>, StorageError> {
    let ours = MIGRATIONS.iter().map(|m| Migration {
        version: m.version,
        name: &m.description,
        checksum: &m.checksum,
    });
    let applied = applied.iter().map(|(version, checksum)| Migration {
        version: *version,
        name: "",
        checksum,
    });
    migrations::pending(&ours.collect::<Vec<_>>(), &applied.collect::<Vec<_>>())
}

/// What the database has, by number and checksum.
fn applied(connection: &Connection) -> Result<Vec<(i64, Vec<u8>)>, StorageError> {
    let read = || {
        if !connection.table_exists(None, "_sqlx_migrations")? {
            return Ok(Vec::new());
        }
        let mut all = connection.prepare("SELECT version, checksum FROM _sqlx_migrations")?;
        all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    };
    read().map_err(error::storage)
}
