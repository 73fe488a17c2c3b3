//! Bringing the schema to this version. What was applied is noted as sqlx does it, whose tools read it.

use std::time::Instant;

use guildhall_storage_sql::core::storage::StorageError;
use guildhall_storage_sql::core::transfer::Table;
use guildhall_storage_sql::migrations::{self, Migration};
use rusqlite::{Connection, TransactionBehavior, params};
use sqlx::migrate::{self, Migrator};

use crate::error;

static MIGRATIONS: Migrator = sqlx::migrate!();

/// The table of what was applied.
pub(crate) const NOTED_IN: &str = "_sqlx_migrations";

/// What SQLite keeps for the program in the database's header (`user_version`): 0, or this in a copy that was made by
/// [`backup`](crate::backup) and not used so far.
const COPY: i64 = 1;

/// How a copy becomes a database: the logs of the stream go on behind all numbers that were ever given, as long as those
/// were fewer than one a microsecond, so no cursor is taken for one of another's time. docs/BACKUP.md has it as well.
const BEGIN_ANEW: &str = "INSERT INTO logs (log, number) SELECT id, 0 FROM users UNION ALL SELECT 0, 0 \
    ON CONFLICT (log) DO NOTHING; \
    UPDATE logs SET number = max(number, CAST(unixepoch('subsec') * 1e6 AS INTEGER))";

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
    missing_from(&tx)?;
    let applied = applied(&tx)?;
    let is_missing = |version: i64| applied.iter().all(|(there, _)| *there != version);
    tx.execute_batch(NOTES).map_err(error::storage)?;
    for migration in MIGRATIONS.iter().filter(|migration| is_missing(migration.version)) {
        apply_one(&tx, migration).map_err(error::storage)?;
    }
    begin_anew(&tx).map_err(error::storage)?;
    tx.commit().map_err(error::storage)
}

/// Says in the database that it is a copy.
pub(crate) fn mark_as_copy(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "user_version", COPY)
}

/// Whether it is a copy that was not used so far.
pub(crate) fn is_copy(connection: &Connection) -> rusqlite::Result<bool> {
    connection.pragma_query_value(None, "user_version", |row| Ok(row.get::<_, i64>(0)? == COPY))
}

fn begin_anew(connection: &Connection) -> rusqlite::Result<()> {
    if is_copy(connection)? {
        connection.execute_batch(BEGIN_ANEW)?;
        connection.pragma_update(None, "user_version", 0)?;
    }
    Ok(())
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

/// What [`apply`] would do: the migrations that are missing, and what belongs to a copy.
pub(crate) fn pending(connection: &mut Connection) -> Result<Vec<String>, StorageError> {
    let mut pending = missing_from(connection)?;
    if is_copy(connection).map_err(error::storage)? {
        pending.push("a backup was put in place: its streams begin anew".to_owned());
    }
    Ok(pending)
}

/// The migrations that are missing.
pub(crate) fn missing_from(connection: &Connection) -> Result<Vec<String>, StorageError> {
    let namesake = namesake(connection).map_err(error::storage)?;
    let applied = applied(connection)?;
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
    migrations::pending(&ours.collect::<Vec<_>>(), &applied.collect::<Vec<_>>(), namesake)
}

/// A table of a name of ours.
fn namesake(connection: &Connection) -> rusqlite::Result<Option<Table>> {
    for table in Table::stored() {
        if connection.table_exists(None, table.name())? {
            return Ok(Some(table));
        }
    }
    Ok(None)
}

/// What the database has, by number and checksum.
fn applied(connection: &Connection) -> Result<Vec<(i64, Vec<u8>)>, StorageError> {
    let read = || {
        if !connection.table_exists(None, NOTED_IN)? {
            return Ok(Vec::new());
        }
        let mut all = connection.prepare("SELECT version, checksum FROM _sqlx_migrations")?;
        all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    };
    read().map_err(error::storage)
}
