//! PostgreSQL's errors in the storage contract's words.

use guildhall_storage_sql::Violation;
use guildhall_storage_sql::core::storage::StorageError;
use sqlx::Error;
use sqlx::error::DatabaseError;
use sqlx::migrate::MigrateError;

/// SQLSTATEs after which the same may work a moment later: serialization failure, deadlock, lock
/// not available, too many connections, the server going down or coming up
/// (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
const PASSING: [&str; 7] = ["40001", "40P01", "55P03", "53300", "57P01", "57P02", "57P03"];

pub(crate) fn storage(error: Error) -> StorageError {
    match error {
        Error::Database(error) => said(&*error),
        Error::Io(_) | Error::Tls(_) | Error::PoolTimedOut | Error::PoolClosed => {
            StorageError::Busy(error.into())
        }
        Error::Protocol(_) => StorageError::Busy(error.into()),
        _ => StorageError::Backend(error.into()),
    }
}

/// What PostgreSQL itself said, without the line of its source that said it.
fn said(error: &dyn DatabaseError) -> StorageError {
    let message = error.message().into();
    match error.code().as_deref() {
        Some(code) if PASSING.contains(&code) || code.starts_with("08") => {
            StorageError::Busy(message)
        }
        Some("XX001" | "XX002") => StorageError::Corrupt(message),
        _ => StorageError::Backend(message),
    }
}

pub(crate) fn migrate(error: MigrateError) -> StorageError {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => storage(error),
        other => StorageError::Corrupt(other.into()),
    }
}

/// The key that a statement violated, if that is what was wrong with it. Our unique keys are named
/// `table.column`.
pub(crate) fn violation(error: &Error) -> Option<Violation> {
    let error = error.as_database_error()?;
    if error.is_foreign_key_violation() {
        return Some(Violation::Reference);
    }
    let key = error.constraint().filter(|_| error.is_unique_violation())?;
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
