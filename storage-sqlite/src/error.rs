//! SQLite's errors in the storage contract's words.

use guildhall_storage_sql::Violation;
use guildhall_storage_sql::core::storage::{Source, StorageError};
use rusqlite::{Error, ErrorCode, ffi};

use crate::call::{Rows, cells};

pub(crate) fn is_busy(error: &Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(code, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

pub(crate) fn storage(error: Error) -> StorageError {
    let is_away = is_busy(&error) || error.sqlite_error_code() == Some(ErrorCode::CannotOpen);
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StorageError::Corrupt(said(error))
        }
        _ if is_away => StorageError::Busy(said(error)),
        _ => StorageError::Backend(said(error)),
    }
}

/// What a person can make something of: no number where there are words, and no statement of a hundred lines.
fn said(error: Error) -> Source {
    match error {
        Error::SqliteFailure(failure, _)
            if failure.extended_code == ffi::SQLITE_READONLY_DIRECTORY =>
        {
            "its folder cannot be written to, where SQLite has files beside it".into()
        }
        Error::SqliteFailure(failure, Some(words)) if failure.code == ErrorCode::CannotOpen => {
            words.into()
        }
        Error::SqlInputError { msg, .. } => msg.into(),
        error => error.into(),
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
