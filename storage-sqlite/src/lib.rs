//! Guildhall's storage on SQLite: a file in WAL mode with `synchronous=FULL`, so that what was
//! acknowledged is on the disk; or in memory, for tests.
//!
//! Readers have connections of their own (`readers.rs`). All writers share one, and writers that wait at the
//! same time share one commit (`writer.rs`).

mod call;
mod error;
mod location;
mod readers;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use guildhall_storage_sql::core::storage::{Reads, Steps, Storage, StorageError, Transaction};
use guildhall_storage_sql::migrations::{self, Migration};
use guildhall_storage_sql::{Connection, Dialect, Sql, SqlSteps, Statement, Statements, Stepping};
use sea_query::{
    Expr, ExprTrait, Func, InsertStatement, Query, SelectStatement, SqliteQueryBuilder, Values,
};
use sqlx::migrate::{Migrate, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection as _, SqliteConnection};

pub use location::Location;
use readers::Readers;
use writer::{SqliteSteps, Writer};

static MIGRATIONS: Migrator = sqlx::migrate!();

/// What SQLite calls things.
pub enum SqliteDialect {}

impl Dialect for SqliteDialect {
    type Builder = SqliteQueryBuilder;
    const JSON_ARRAY: &'static str = "json_array";
    const JSON_ARRAY_OF_ROWS: &'static str = "json_group_array";

    fn numbers(array: Expr) -> SelectStatement {
        let numbers = Func::cust("json_each").arg(array);
        Query::select().column("value").from_function(numbers, "numbers").take()
    }

    fn create_event(
        mut event: InsertStatement,
        tell: impl FnOnce(SelectStatement) -> InsertStatement,
        told: Expr,
    ) -> Statement {
        let made = Query::select()
            .expr_as(Expr::cust("last_insert_rowid()"), "id")
            .and_where(Expr::cust("changes() > 0"))
            .take();
        let mut telling = tell(made);
        event.returning(Query::returning().expr(Expr::col("id").cast_as("text")));
        telling.returning(Query::returning().expr(told));
        let text = |insert: InsertStatement| insert.build(SqliteQueryBuilder).0;
        Statement::of_parts(format!("{}; {}", text(event), text(telling)), 2)
    }

    /// SQLite plans by the value of a bare `LIMIT ?`, and so prepares the statement anew for each
    /// (`sqlite3ExprIsInteger`).
    fn worded(text: String) -> String {
        text.replace("LIMIT ?", "LIMIT ? + 0").replace("OFFSET ?", "OFFSET ? + 0")
    }
}

/// A SQLite database.
pub struct SqliteStorage {
    options: SqliteConnectOptions,
    writer: Writer,
    /// None in memory, where the writer's connection is all there is.
    readers: Option<Readers>,
    steps: SqlSteps<Writer>,
    statements: Arc<Statements>,
    file: Option<PathBuf>,
}

impl Stepping for Writer {
    type Connection = SqliteSteps;

    async fn connection(&self) -> Result<SqliteSteps, StorageError> {
        Ok(self.steps())
    }
}

/// How long a writer of another process is waited for.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Pages that the writer keeps, at most, in KiB (SQLite takes a negative number for that): enough
/// for the inner pages of indexes over millions of rows.
const WRITER_CACHE: &str = "-32768";
/// Pages of the WAL after which it is worked into the database. Rows that fall all over an index
/// change the same pages again and again; the longer they wait, the fewer are written.
const CHECKPOINT: &str = "32768";

impl SqliteStorage {
    /// Opens the database, and makes it if it is not there. It is not migrated yet.
    ///
    /// # Errors
    /// [`StorageError::Busy`] or [`StorageError::Backend`] where the file cannot be opened.
    pub async fn open(location: &Location) -> Result<Self, StorageError> {
        let options = SqliteConnectOptions::new()
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true)
            .statement_cache_capacity(512)
            .disable_statement_logging();
        let (options, readers, file) = match location {
            Location::Memory => (options.in_memory(true), None, None),
            Location::File(path) => {
                let options = options
                    .filename(path)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full);
                let readers = Readers::new(options.clone().read_only(true));
                (
                    options
                        .create_if_missing(true)
                        .pragma("cache_size", WRITER_CACHE)
                        .pragma("wal_autocheckpoint", CHECKPOINT)
                        // A savepoint keeps what was overwritten since; beyond 64 KiB that would
                        // go through a file, a write for each page.
                        .pragma("temp_store", "memory"),
                    Some(readers),
                    Some(path.clone()),
                )
            }
        };
        let connection = options.connect().await.map_err(error::storage)?;
        let writer = Writer::start(connection);
        let statements = Arc::new(Statements::new::<SqliteDialect>());
        let steps = SqlSteps::new(writer.clone(), Arc::clone(&statements));
        Ok(Self { options, writer, readers, steps, statements, file })
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
            let explain = format!("EXPLAIN QUERY PLAN {}", list.text());
            plans.push((name, self.writer.explain(explain).await?));
        }
        Ok(plans)
    }
}

/// What reads: the readers, or the writer's connection in memory.
enum Reader {
    OfFile(Readers),
    OfMemory(Writer),
}

impl Connection for Reader {
    async fn rows(
        &mut self,
        statement: &Statement,
        values: Values,
    ) -> Result<Vec<String>, StorageError> {
        match self {
            Self::OfFile(readers) => readers.read(statement.text(), values).await,
            Self::OfMemory(writer) => writer.read(statement.text(), values).await,
        }
    }
}

#[async_trait]
impl Storage for SqliteStorage {
    async fn read(&self) -> Result<Box<dyn Reads>, StorageError> {
        let reader = match &self.readers {
            Some(readers) => Reader::OfFile(readers.clone()),
            None => Reader::OfMemory(self.writer.clone()),
        };
        Ok(Box::new(Sql::new(reader, Arc::clone(&self.statements))))
    }

    async fn write(&self) -> Result<Box<dyn Transaction>, StorageError> {
        Ok(Box::new(Sql::new(self.writer.transaction(), Arc::clone(&self.statements))))
    }

    fn steps(&self) -> &dyn Steps {
        &self.steps
    }

    async fn ping(&self) -> Result<(), StorageError> {
        self.writer.read(Arc::from("SELECT '1'"), Values(Vec::new())).await.map(drop)
    }

    async fn migrate(&self) -> Result<(), StorageError> {
        if self.file.is_none() {
            // A second connection to memory would be another database.
            return self.writer.migrate().await;
        }
        let mut connection = self.options.connect().await.map_err(error::storage)?;
        apply(&mut connection).await
    }

    async fn pending_migrations(&self) -> Result<Vec<String>, StorageError> {
        if self.file.is_none() {
            return self.writer.pending_migrations().await;
        }
        let mut connection = self.options.connect().await.map_err(error::storage)?;
        pending(&mut connection).await
    }
}

/// Applies all migrations in one transaction, so that of several processes at once one does. (sqlx
/// has no lock for that on SQLite. `Migrator::run` asks for more general lifetimes than a spawned
/// task has; `run_direct` is what it calls.)
async fn apply(connection: &mut SqliteConnection) -> Result<(), StorageError> {
    let mut tx = connection.begin_with("BEGIN IMMEDIATE").await.map_err(error::storage)?;
    MIGRATIONS.run_direct(None, &mut *tx, false).await.map_err(error::migrate)?;
    tx.commit().await.map_err(error::storage)
}

async fn pending(connection: &mut SqliteConnection) -> Result<Vec<String>, StorageError> {
    let table = &MIGRATIONS.table_name;
    let applied = async {
        connection.ensure_migrations_table(table).await?;
        connection.list_applied_migrations(table).await
    };
    let applied = applied.await.map_err(error::migrate)?;
    let ours: Vec<_> = MIGRATIONS
        .iter()
        .map(|m| Migration { version: m.version, name: &m.description, checksum: &m.checksum })
        .collect();
    let applied: Vec<_> = applied
        .iter()
        .map(|m| Migration { version: m.version, name: "", checksum: &m.checksum })
        .collect();
    migrations::pending(&ours, &applied)
}
