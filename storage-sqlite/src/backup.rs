//! A copy of a database that others go on writing, made by SQLite itself (<https://sqlite.org/backup.html>).
//!
//! The pages are read in one transaction, so the copy is the database of one moment, and writers are not held up: it
//! takes as long as it takes, while the WAL grows. (Without the transaction SQLite begins anew after every write. With
//! `VACUUM INTO` nobody could say how far it is, and rows would be sorted in for nothing.)

use std::fs::remove_file;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use guildhall_storage_sql::core::storage::StorageError;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::schema;

/// Pages of 4 KiB that are copied between two looks at whether to go on.
const STEP: i32 = 1_024;
/// How long to wait where the database is locked, as it is for a moment when its last user goes.
const PAUSE: Duration = Duration::from_millis(50);
/// How often.
const TRIES: usize = 100;

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database cannot be read, or the copy not written.
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
    /// Others do not let go of the database.
    #[error("{0}")]
    Locked(#[from] io::Error),
    /// The database is newer than the program, or was changed by other hands.
    #[error("{0}")]
    Schema(#[from] StorageError),
    /// It is some other database.
    #[error("it holds no Guildhall")]
    Foreign,
    /// What SQLite found wrong with the copy, and so with the database.
    #[error("the copy is damaged, and so is the database: {0}")]
    Damaged(String),
    /// Whoever asked gave up.
    #[error("it was given up")]
    GivenUp,
}

/// Copies the database in the file `from` into the empty file `to`, and checks the copy; whoever made that file puts it
/// on the disk and in its place, or removes it. `progress` is told how many of how many pages are copied, and says
/// whether to go on.
///
/// The copy is marked: once it is migrated, its streams go on behind all numbers that were ever given, so that no cursor
/// of the time after the copy fits it.
///
/// # Errors
/// [`BackupError`]; what the file holds then is none.
pub fn backup(
    from: &Path,
    to: &Path,
    progress: impl FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<(), BackupError> {
    let done = copy(from, to, progress);
    for end in ["-journal", "-wal", "-shm"] {
        let mut rest = to.as_os_str().to_owned();
        rest.push(end);
        remove_file(rest).ok();
    }
    done
}

fn copy(
    from: &Path,
    to: &Path,
    mut progress: impl FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<(), BackupError> {
    let mut from = open(from)?;
    if !from.table_exists(None, schema::NOTED_IN)? {
        return Err(BackupError::Foreign);
    }
    schema::missing_from(&from)?;
    let mut copy = open(to)?;
    let moment = from.transaction()?;
    // Only now does it begin.
    moment.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    let steps = Backup::new(&moment, &mut copy)?;
    let mut tries = TRIES;
    loop {
        match steps.step(STEP)? {
            StepResult::Done => break,
            StepResult::Busy | StepResult::Locked if tries > 0 => {
                tries -= 1;
                sleep(PAUSE);
            }
            StepResult::More => {}
            stuck => return Err(io::Error::other(format!("the database is {stuck:?}")).into()),
        }
        let pages = steps.progress();
        let number = |pages: i32| u64::try_from(pages).unwrap_or(0);
        if progress(number(pages.pagecount - pages.remaining), number(pages.pagecount)).is_break() {
            return Err(BackupError::GivenUp);
        }
    }
    drop(steps);
    moment.finish()?;
    // One file, without a WAL beside it.
    copy.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?;
    schema::mark_as_copy(&copy)?;
    check(&copy)
}

/// One that is there, and that may have a WAL to be worked in.
fn open(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(PAUSE * u32::try_from(TRIES).unwrap_or(1))?;
    Ok(connection)
}

fn check(copy: &Connection) -> Result<(), BackupError> {
    let found: String = copy.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        return Err(BackupError::Damaged(found));
    }
    let strays = copy.prepare("PRAGMA foreign_key_check")?.exists([])?;
    if strays { Err(BackupError::Damaged("a row refers to none".to_owned())) } else { Ok(()) }
}
