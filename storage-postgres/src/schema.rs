//! Bringing the schema to this version, and what it is before that.

use std::collections::HashSet;

use guildhall_storage_sql::core::storage::StorageError;
use guildhall_storage_sql::core::transfer::Table;
use guildhall_storage_sql::migrations::{self, Migration};
use sqlx::PgConnection;
use sqlx::migrate::{Migrate, Migrator};

use crate::error;

static MIGRATIONS: Migrator = sqlx::migrate!();

/// Applies all migrations; of several processes at once one does. The database of another application stays as it is.
pub(crate) async fn apply(connection: &mut PgConnection) -> Result<(), StorageError> {
    pending(connection).await?;
    MIGRATIONS.run_direct(None, connection, false).await.map_err(error::migrate)
}

/// Whether a table is there.
pub(crate) async fn is_there(
    connection: &mut PgConnection,
    table: &str,
) -> Result<bool, StorageError> {
    let there = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL").bind(table);
    there.fetch_one(connection).await.map_err(error::storage)
}

/// A table of a name of ours, where new tables are made.
async fn namesake(connection: &mut PgConnection) -> Result<Option<Table>, StorageError> {
    let text = "SELECT c.relname::text FROM pg_class AS c \
        JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = current_schema()";
    let names = sqlx::query_scalar(text).fetch_all(connection).await;
    let names: HashSet<String> = names.map_err(error::storage)?.into_iter().collect();
    Ok(Table::stored().find(|table| names.contains(table.name())))
}

/// What [`apply`] would do.
pub(crate) async fn pending(connection: &mut PgConnection) -> Result<Vec<String>, StorageError> {
    let namesake = namesake(connection).await?;
    let table = &MIGRATIONS.table_name;
    // sqlx would make the table to look at it.
    let applied = match is_there(connection, table).await? {
        true => connection.list_applied_migrations(table).await.map_err(error::migrate)?,
        false => Vec::new(),
    };
    let ours: Vec<_> = MIGRATIONS
        .iter()
        .map(|m| Migration { version: m.version, name: &m.description, checksum: &m.checksum })
        .collect();
    let applied: Vec<_> = applied
        .iter()
        .map(|m| Migration { version: m.version, name: "", checksum: &m.checksum })
        .collect();
    migrations::pending(&ours, &applied, namesake)
}
