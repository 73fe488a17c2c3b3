//! SQLite's errors in the storage contract's words.

use guildhall_storage_sql::Violation;
use guildhall_storage_sql::core::storage::StorageError;
use sqlx::Error;
use sqlx::error::DatabaseError;
use sqlx::migrate::MigrateError;

/// The primary result codes (<https://www.sqlite.org/rescode.html>); extended ones carry them in
/// their low byte.
const BUSY: i64 = 5;
const LOCKED: i64 = 6;
const CORRUPT: i64 = 11;
const CANNOT_OPEN: i64 = 14;
const NOT_A_DATABASE: i64 = 26;

fn primary_code(error: &dyn DatabaseError) -> Option<i64> {
    error.code()?.parse::<i64>().ok().map(|code| code & 0xff)
}

pub(crate) fn is_busy(error: &Error) -> bool {
    let code = error.as_database_error().and_then(primary_code);
    matches!(code, Some(BUSY | LOCKED)) || matches!(error, Error::PoolTimedOut)
}

pub(crate) fn storage(error: Error) -> StorageError {
    let code = error.as_database_error().and_then(primary_code);
    match code {
        Some(CORRUPT | NOT_A_DATABASE) => StorageError::Corrupt(error.into()),
        Some(CANNOT_OPEN) => StorageError::Busy(error.into()),
        _ if is_busy(&error) => StorageError::Busy(error.into()),
        _ => StorageError::Backend(error.into()),
    }
}

pub(crate) fn migrate(error: MigrateError) -> StorageError {
    match error {
        MigrateError::Execute(error) => storage(error),
        other => StorageError::Corrupt(other.into()),
    }
}

/// The key that a statement violated, if that is what was wrong with it.
pub(crate) fn violation(error: &Error) -> Option<Violation> {
    let error = error.as_database_error()?;
    if error.is_foreign_key_violation() {
        return Some(Violation::Reference);
    }
    let key = error.message().strip_prefix("UNIQUE constraint failed: ")?;
    Some(Violation::Unique(key.to_owned()))
}

/// What became of a statement that might violate a key.
pub(crate) fn tried(
    rows: Result<Vec<String>, Error>,
) -> Result<Result<Vec<String>, Violation>, StorageError> {
    match rows {
        Ok(rows) => Ok(Ok(rows)),
        Err(error) => violation(&error).map(Err).ok_or_else(|| storage(error)),
    }
}
