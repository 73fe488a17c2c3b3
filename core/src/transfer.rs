//! All that a database holds, on its way out, in, and from one database to another. docs/TRANSFER.md describes
//! the file.
//!
//! Rows travel table by table, in the order of their keys, a batch at a time; as many are in memory as two
//! batches hold. A batch of a file ends with some MiB, too. Of each table the rows are counted, and the lines
//! that they are in a file are hashed (SHA-256). What was written is read back, from the transaction that wrote
//! it, and has to come to the same; only then is there something to commit.

mod copy;
pub(crate) mod file;
mod format;
pub mod rows;

use async_trait::async_trait;

pub use copy::{Moved, Phase, Progress, copy, export, import};
pub use format::{FORMAT, Tally};
pub use rows::{Row, Table};

use crate::storage::{Storage, StorageError};

/// How many rows are in a batch. A text has up to 10,000 characters.
const BATCH: u32 = 500;

/// A storage of which all can be read, and which can be filled.
#[async_trait]
pub trait Transfer: Storage {
    /// All there is, as it is at one moment: what is written from now on is not seen, and nobody who writes
    /// waits for it.
    ///
    /// # Errors
    /// [`StorageError::Busy`] where the database cannot be reached.
    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StorageError>;

    /// A transaction that takes rows as they are: nothing follows from an insert, nobody is told. Until it has
    /// ended others write nothing. Dropped, it leaves nothing.
    ///
    /// # Errors
    /// [`StorageError::Busy`] where the database cannot be reached, or another does not let go of it.
    async fn restore(&self) -> Result<Box<dyn Restore>, StorageError>;

    /// A table that holds rows, whatever version the schema is of; `None` where there is no schema either.
    ///
    /// # Errors
    /// As any read.
    async fn filled(&self) -> Result<Option<Table>, StorageError>;

    /// Brings what a restore has committed to where it is to stay. All of it is kept, whatever comes of this.
    ///
    /// # Errors
    /// [`StorageError::Busy`] where others stand in the way.
    async fn settle(&self) -> Result<(), StorageError>;
}

/// Reads tables from end to end.
#[async_trait]
pub trait Snapshot: Send {
    /// At most so many of a table's rows, in the order of its key and behind the row that is given.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`] where a row is none that this program writes.
    async fn rows(
        &mut self,
        table: Table,
        after: Option<&Row>,
        limit: u32,
    ) -> Result<Vec<Row>, StorageError>;

    /// How many rows a table has.
    ///
    /// # Errors
    /// As any read.
    async fn count(&mut self, table: Table) -> Result<u64, StorageError>;
}

/// Fills tables. What it has written it reads itself.
#[async_trait]
pub trait Restore: Snapshot {
    /// Adds rows of one table; those of [`Table::Ids`] take the place of those that are there, and come last. The
    /// inner error is a row that the database cannot take beside those that it has; the transaction can then
    /// only be dropped.
    ///
    /// # Errors
    /// As any write.
    async fn insert(&mut self, rows: &[Row]) -> Result<Result<(), Misfit>, StorageError>;

    /// How many rows of a table hold in this column an id that no row of the other has.
    ///
    /// # Errors
    /// As any read.
    async fn astray(
        &mut self,
        table: Table,
        column: &'static str,
        to: Table,
    ) -> Result<u64, StorageError>;

    /// Makes it last: `Ok` means that it is on the disk.
    ///
    /// # Errors
    /// After an error it may have been made or not.
    async fn commit(self: Box<Self>) -> Result<(), StorageError>;
}

/// A row that cannot stand beside the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// Which of those that were handed in.
    pub index: usize,
    /// What it violates.
    pub key: Violated,
}

/// What a row violates.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violated {
    /// A unique key, as the database calls it.
    #[error("another row has its {0}")]
    Unique(String),
    /// A reference.
    #[error("it refers to a row that is not there")]
    Reference,
}

/// Which of the two it is that fails, or does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What is read: a file or a database.
    Source,
    /// The database that is filled.
    Target,
}

/// Why nothing was moved.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// A database failed over a table.
    #[error("{}{}: {source}", .table.name(), place(*.line))]
    Table {
        /// Which database.
        side: Side,
        /// The table.
        table: Table,
        /// The first line of the batch.
        line: Option<u64>,
        /// What it said.
        source: StorageError,
    },
    /// The file could not be read or written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A line is not what it has to be.
    #[error("line {number}: {what}")]
    Line {
        /// Its number, from 1.
        number: u64,
        /// What is wrong with it.
        what: String,
    },
    /// The file ends too early.
    #[error("it ends behind line {0} without its last line: it was cut off")]
    CutOff(u64),
    /// The target holds something.
    #[error("the database is not empty: it has rows in {}", .0.name())]
    NotEmpty(Table),
    /// A row cannot stand beside the others.
    #[error("{row}{}: {what}", place(*.line))]
    Misfit {
        /// The row's table and key.
        row: String,
        /// Where it stands in the file.
        line: Option<u64>,
        /// What it violates.
        what: String,
    },
    /// Rows refer to what is not there.
    #[error("{}: {rows} rows have a {column} that is not among the {}", .table.name(), .to.name())]
    Astray {
        /// Their table.
        table: Table,
        /// The column.
        column: &'static str,
        /// The table of what is not there.
        to: Table,
        /// How many they are.
        rows: u64,
    },
    /// What was read back is not what was written, or what was read is not what the file says of itself.
    #[error("{}: {one}, but {other}", .table.name())]
    Differs {
        /// Whose fault it is.
        side: Side,
        /// The table.
        table: Table,
        /// What was to be expected.
        one: String,
        /// What is there.
        other: String,
    },
}

impl TransferError {
    /// Where to look for the fault.
    #[must_use]
    pub const fn side(&self) -> Side {
        match self {
            Self::Table { side, .. } | Self::Differs { side, .. } => *side,
            Self::NotEmpty(_) => Side::Target,
            Self::Io(_)
            | Self::Line { .. }
            | Self::CutOff(_)
            | Self::Misfit { .. }
            | Self::Astray { .. } => Side::Source,
        }
    }
}

fn place(line: Option<u64>) -> String {
    line.map_or_else(String::new, |line| format!(" (line {line})"))
}
