//! Guildhall's storage on SQLite: a file in WAL mode, where what was acknowledged is on the disk; or in
//! memory, for tests.
//!
//! SQLite answers in the thread that asks, and waits for the disk in it: so each connection has a thread of its
//! own. Some read (`readers.rs`). All writers share one, and writers that wait at the same time share one commit
//! (`writer.rs`). docs/decisions/0004-shared-commits.md says why.

mod backup;
mod call;
mod connect;
mod dialect;
mod error;
mod inspect;
mod location;
mod old;
mod readers;
mod schema;
mod transfer;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use guildhall_storage_sql::core::storage::{
    Pool, Reads, Steps, Storage, StorageError, Transaction,
};
use guildhall_storage_sql::core::transfer::{Restore, Snapshot, Table, Transfer};
use guildhall_storage_sql::{Connection, Sql, SqlSteps, Statement, Statements, Stepping, Tables};
use sea_query::Values;
use serde::de::DeserializeOwned;

pub use backup::{BackupError, backup};
use call::{Rows, cells, page};
use connect::Connect;
pub use dialect::SqliteDialect;
pub use inspect::{Inspection, inspect};
pub use location::Location;
pub use old::OldSqlite;
use readers::Readers;
use transfer::View;
use writer::{SqliteTransaction, Writer};

/// How long may be waited for the next rows where they come from elsewhere.
const ROWS_FROM_ELSEWHERE: Duration = Duration::from_secs(600);

/// A SQLite database.
pub struct SqliteStorage {
    connect: Connect,
    writer: Writer,
    /// None in memory, where the writer's connection is all there is.
    readers: Option<Readers>,
    steps: SqlSteps<Writer>,
    statements: Arc<Statements>,
    file: Option<PathBuf>,
}

impl Stepping for Writer {
    type Connection = SqliteTransaction;

    async fn connection(&self) -> Result<SqliteTransaction, StorageError> {
        Ok(self.steps())
    }
}

impl SqliteStorage {
    /// Opens the database, and makes it if it is not there. It is not migrated yet.
    ///
    /// # Errors
    /// [`StorageError::Busy`] or [`StorageError::Backend`] where the file cannot be opened.
    pub async fn open(location: &Location) -> Result<Self, StorageError> {
        let file = match location {
            Location::Memory => None,
            Location::File(path) => Some(path.clone()),
        };
        let connect = Connect::to(file.clone());
        let writer = Writer::start(connect.clone()).await?;
        let readers = file.is_some().then(|| Readers::start(&connect, writer.progress()));
        let readers = readers.transpose()?;
        let statements = Arc::new(Statements::new::<SqliteDialect>());
        let steps = SqlSteps::new(writer.clone(), Arc::clone(&statements));
        Ok(Self { connect, writer, readers, steps, statements, file })
    }

    /// The file; `None` in memory.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// How SQLite would run each of the statements behind lists: name, and a line a step.
    ///
    /// # Errors
    /// As any read.
    pub async fn explain_lists(&self) -> Result<Vec<(&'static str, Vec<String>)>, StorageError> {
        let mut plans = Vec::new();
        for (name, list) in self.statements.lists() {
            plans.push((name, self.writer.explain(list.text()).await?));
        }
        Ok(plans)
    }
}

/// What reads: the readers, the writer's connection in memory, or one that sees one moment.
enum Reader {
    File(Readers),
    Memory(Writer),
    Moment(View),
}

impl Reader {
    async fn read(&mut self, statement: &Statement, values: Values) -> Result<Rows, StorageError> {
        match self {
            Self::File(readers) => readers.read(statement.text(), values).await,
            Self::Memory(writer) => writer.read(statement.text(), values).await,
            Self::Moment(view) => view.read(statement, values).await,
        }
    }
}

impl Connection for Reader {
    async fn rows(
        &mut self,
        statement: &Statement,
        values: Values,
    ) -> Result<Vec<String>, StorageError> {
        cells(self.read(statement, values).await?)
    }

    async fn page<T: DeserializeOwned + Send>(
        &mut self,
        statement: &Statement,
        values: Values,
    ) -> Result<Vec<T>, StorageError> {
        page(self.read(statement, values).await?)
    }
}

#[async_trait]
impl Storage for SqliteStorage {
    async fn read(&self) -> Result<Box<dyn Reads>, StorageError> {
        let reader = match &self.readers {
            Some(readers) => Reader::File(readers.clone()),
            None => Reader::Memory(self.writer.clone()),
        };
        Ok(Box::new(Sql::new(reader, Arc::clone(&self.statements))))
    }

    async fn write(&self) -> Result<Box<dyn Transaction>, StorageError> {
        Ok(Box::new(Sql::new(self.writer.transaction(), Arc::clone(&self.statements))))
    }

    async fn write_at_length(&self) -> Result<Box<dyn Transaction>, StorageError> {
        let transaction = self.writer.transaction_within(ROWS_FROM_ELSEWHERE);
        Ok(Box::new(Sql::new(transaction, Arc::clone(&self.statements))))
    }

    fn steps(&self) -> &dyn Steps {
        &self.steps
    }

    async fn ping(&self) -> Result<(), StorageError> {
        self.writer.read(Arc::from("SELECT '1'"), Values(Vec::new())).await.map(drop)
    }

    fn pools(&self) -> Vec<Pool> {
        self.readers.iter().map(Readers::pool).chain([self.writer.pool()]).collect()
    }

    async fn migrate(&self) -> Result<(), StorageError> {
        self.writer.alone(schema::apply).await?
    }

    async fn pending_migrations(&self) -> Result<Vec<String>, StorageError> {
        self.writer.alone(schema::pending).await?
    }
}

#[async_trait]
impl Transfer for SqliteStorage {
    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StorageError> {
        let view = match self.file {
            Some(_) => View::of_file(self.connect.clone()).await?,
            None => View::of_memory(&self.writer).await?,
        };
        Ok(Box::new(Tables::new::<SqliteDialect>(Reader::Moment(view))))
    }

    async fn restore(&self) -> Result<Box<dyn Restore>, StorageError> {
        let transaction = self.writer.transaction_within(ROWS_FROM_ELSEWHERE);
        Ok(Box::new(Tables::filling::<SqliteDialect>(transaction).await?))
    }

    async fn filled(&self) -> Result<Option<Table>, StorageError> {
        let filled = |connection: &mut _| transfer::filled(connection).map_err(error::storage);
        self.writer.alone(filled).await?
    }

    async fn settle(&self) -> Result<(), StorageError> {
        self.writer.alone(transfer::settle).await?
    }
}
