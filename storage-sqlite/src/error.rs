//! SQLite's errors in the storage contract's words.

use guildhall_storage_sql::Violation;
use guildhall_storage_sql::core::storage::StorageError;
use rusqlite::{Error, ErrorCode, ffi};

use crate::call::{Rows, cells};

pub(crate) fn is_busy(error: &Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(code, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

pub(crate) fn storage(error: Error) -> StorageError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StorageError::Corrupt(error.into())
        }
        Some(ErrorCode::CannotOpen) => StorageError::Busy(error.into()),
        _ if is_busy(&error) => StorageError::Busy(error.into()),
        _ => StorageError::Backend(error.into()),
    }
}

/// The key that a statement violated, if that is what was wrong with it.
pub(crate) fn violation(error: &Error) -> Option<Violation> {
    let Error::SqliteFailure(failure, message) = error else { return None };
    if failure.extended_code == ffi::SQLITE_CONSTRAINT_FOREIGNKEY {
        return Some(Violation::Reference);
    }
    let key = message.as_deref()?.strip_prefix("UNIQUE constraint failed: ")?;
    Some(Violation::Unique(key.to_owned()))
}

/// What became of a statement that might violate a key.
pub(crate) fn tried(
    rows: Result<Rows, Error>,
) -> Result<Result<Vec<String>, Violation>, StorageError> {
    match rows {
        Ok(rows) => cells(rows).map(Ok),
        Err(error) => violation(&error).map(Err).ok_or_else(|| storage(error)),
    }
}
