//! What a database file is like, found out without a change to it.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use guildhall_storage_sql::core::storage::StorageError;
use rusqlite::{Connection, OpenFlags};

use crate::{error, schema};

/// Where a file says how it is written: 1 for a rollback journal, 2 for WAL
/// (<https://www.sqlite.org/fileformat.html>, 1.3).
const WRITE_VERSION: usize = 18;

/// What a database file is like.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// SQLite's own version: `3.51.1`.
    pub version: &'static str,
    /// Whether it has a write-ahead log, as it has once a server has opened it.
    pub is_wal: bool,
    /// The migrations that are missing.
    pub pending: Vec<String>,
    /// Whether it is a backup that was put in place, whose streams are to begin anew.
    pub is_copy: bool,
}

/// Looks at a file that is there.
///
/// # Errors
/// Where it is no database, or one that was changed by other hands or by a newer program.
pub fn inspect(file: &Path) -> Result<Inspection, StorageError> {
    let mut wal = file.as_os_str().to_owned();
    wal.push("-wal");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = if Path::new(&wal).exists() {
        Connection::open_with_flags(file, flags)
    } else {
        // All of it is in the one file; told so, SQLite makes none beside it.
        let path = file.display().to_string();
        let path = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
        let flags = flags | OpenFlags::SQLITE_OPEN_URI;
        Connection::open_with_flags(format!("file:{path}?immutable=1"), flags)
    };
    let connection = opened.map_err(error::storage)?;
    // A database that is told to be immutable has no journal: its header says what it has otherwise.
    let mut header = [0; WRITE_VERSION + 1];
    let read = File::open(file).and_then(|mut file| file.read_exact(&mut header));
    let is_wal = read.is_ok() && header[WRITE_VERSION] == 2;
    let pending = schema::missing_from(&connection)?;
    let is_copy = schema::is_copy(&connection).map_err(error::storage)?;
    Ok(Inspection { version: rusqlite::version(), is_wal, pending, is_copy })
}
