//! Where the database is, and what each kind of connection to it is told at first.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use guildhall_storage_sql::core::storage::StorageError;
use rusqlite::{Connection, OpenFlags};

use crate::{error, schema};

/// How long a writer of another process is waited for.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// As many statements as there are texts, so that each is prepared once.
const STATEMENTS: usize = 512;
/// `temp_store`: a savepoint keeps what was overwritten since; beyond 64 KiB that would go through a
/// file, a write for each page.
/// `cache_size`: pages that the writer keeps, at most, in KiB (SQLite takes a negative number for that):
/// enough for the inner pages of indexes over millions of rows.
/// `wal_autocheckpoint`: the writer sees to that (`writer/outer.rs`).
const WRITING: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
    PRAGMA temp_store = memory; PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 0";

/// Makes a file that is not there, for its owner alone: it is to hold hashes of passwords. SQLite gives what it keeps beside
/// a file the mode of that. (One that is there is not opened: to close it would end the locks that this process has on it.)
fn make(file: &Path) -> Result<(), StorageError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(StorageError::Busy(format!("{}: {error}", file.display()).into()))
        }
        _ => Ok(()),
    }
}

/// Where the database is.
#[derive(Clone, Debug)]
pub(crate) struct Connect {
    /// None in memory, where each connection has a database of its own.
    file: Option<PathBuf>,
}

impl Connect {
    pub(crate) fn to(file: Option<PathBuf>) -> Self {
        Self { file }
    }

    /// A connection that may write, and its WAL where it is for the caller to sync that before anybody is
    /// answered. It makes the file if it is not there, and changes nothing in the database of another application.
    pub(crate) fn writer(&self) -> Result<(Connection, Option<PathBuf>), StorageError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        self.file.as_deref().map_or(Ok(()), make)?;
        let connection = self.open(flags).map_err(error::storage)?;
        schema::missing_from(&connection)?;
        self.log(connection).map_err(error::storage)
    }

    /// Has what is written go to a WAL.
    fn log(&self, connection: Connection) -> rusqlite::Result<(Connection, Option<PathBuf>)> {
        if self.file.is_none() {
            return Ok((connection, None));
        }
        connection.execute_batch(WRITING)?;
        // Some file systems cannot have one.
        let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
        let path = connection.path().filter(|_| mode == "wal");
        let wal = path.map(|path| PathBuf::from(format!("{path}-wal")));
        if wal.is_some() {
            connection.pragma_update(None, "synchronous", "NORMAL")?;
        }
        Ok((connection, wal))
    }

    /// A connection that reads what is committed.
    pub(crate) fn reader(&self) -> rusqlite::Result<Connection> {
        self.open(OpenFlags::SQLITE_OPEN_READ_ONLY)
    }

    fn open(&self, flags: OpenFlags) -> rusqlite::Result<Connection> {
        // A connection stays with one thread, so SQLite need not lock it.
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = match &self.file {
            Some(path) => Connection::open_with_flags(path, flags)?,
            None => Connection::open_in_memory_with_flags(flags)?,
        };
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.pragma_update(None, "foreign_keys", true)?;
        Ok(connection)
    }
}
