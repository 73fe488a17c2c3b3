//! Guildhall's storage on PostgreSQL.

mod address;
#[cfg(feature = "testing")]
pub mod cluster;
mod dialect;
mod error;
mod inspect;
mod listen;
mod old;
mod pool;
mod row;
mod schema;
mod steps;

use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use guildhall_storage_sql::core::storage::{self, Reads, Storage, StorageError, Transaction};
use guildhall_storage_sql::core::transfer::{Restore, Snapshot, Table, Transfer};
use guildhall_storage_sql::{
    Connection, Sql, SqlSteps, Statement, Statements, Tables, Violation, Writing,
};
use sea_query::Values;
use sea_query_sqlx::SqlxValues;
use serde::de::DeserializeOwned;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Executor, PgConnection, Postgres, Row};
use tracing::Dispatch;
use tracing::instrument::WithSubscriber as _;

pub use address::Address;
pub use dialect::PostgresDialect;
pub use inspect::Inspection;
pub use listen::PostgresRelay;
pub use old::OldPostgres;
use pool::{Commits, Pool};
use steps::Steps;

/// A PostgreSQL database.
pub struct PostgresStorage {
    options: PgConnectOptions,
    pool: Arc<Pool>,
    /// The same as behind `steps`.
    waiting: Steps,
    steps: SqlSteps<Steps>,
    statements: Arc<Statements>,
}

/// How long a free connection is waited for before the database counts as away.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// Left to itself PostgreSQL plans each statement with a `LIMIT $1` anew each time, because the plan for a limit that it knows
/// looks cheaper than one for any: to plan a page takes twice as long as to read it. None of our statements wants
/// another plan for other values. It is said once there is a connection: as an option of the connection's, a pooler between
/// may refuse it.
const PLANNED_ONCE: &str = "SET plan_cache_mode = force_generic_plan";

impl PostgresStorage {
    /// A database by its URL, with at most so many connections. Nothing is connected yet.
    ///
    /// # Errors
    /// [`StorageError::Backend`] where the URL cannot be read.
    pub fn open(url: &str, connections: u32) -> Result<Self, StorageError> {
        let options = PgConnectOptions::from_str(url)
            .map_err(error::storage)?
            .application_name("guildhall")
            .statement_cache_capacity(512)
            .disable_statement_logging();
        let connections = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            // A look at a connection before each use is a round trip more; sqlx looks when one is
            // given back.
            .test_before_acquire(false)
            .after_connect(|connection, _| {
                Box::pin(async move { connection.execute(PLANNED_ONCE).await.map(drop) })
            })
            .connect_lazy_with(options.clone());
        let pool = Arc::new(Pool::of(connections));
        let statements = Arc::new(Statements::new::<PostgresDialect>());
        let waiting = Steps::new(Arc::clone(&pool));
        let steps = SqlSteps::new(waiting.clone(), Arc::clone(&statements));
        Ok(Self { options, pool, waiting, steps, statements })
    }

    /// A connection for what is done before there is work: not of the pool, which says no more of a database that is away
    /// than that it waited.
    async fn connect(&self) -> Result<PgConnection, StorageError> {
        self.options.connect().await.map_err(error::storage)
    }

    /// What carries hints between the replicas that share this database.
    #[must_use]
    pub fn relay(&self) -> PostgresRelay {
        PostgresRelay::to(self.options.clone())
    }

    /// How PostgreSQL would run each of the statements behind lists, told not to read a table from
    /// end to end and not to sort while there is another way: name, and a line a step.
    ///
    /// # Errors
    /// As any read.
    pub async fn explain_lists(&self) -> Result<Vec<(&'static str, Vec<String>)>, StorageError> {
        let mut plans = Vec::new();
        // What is set here ends with the transaction.
        let mut connection = self.pool.begin().await.map_err(error::storage)?;
        for (name, list) in self.statements.lists() {
            let explain = async {
                connection.execute(EXPLAINING).await?;
                let prepare = format!("PREPARE list AS {}", list.text());
                connection.execute(AssertSqlSafe(prepare)).await?;
                let holes = list.text().matches('$').count();
                let values = vec!["NULL"; holes].join(", ");
                let text = format!("EXPLAIN EXECUTE list ({values})");
                let rows = connection.fetch_all(sqlx::raw_sql(AssertSqlSafe(text))).await?;
                connection.execute("DEALLOCATE list").await?;
                rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()
            };
            plans.push((name, explain.await.map_err(error::storage)?));
        }
        Ok(plans)
    }
}

/// A bitmap of a table's rows loses the order of its index, so it is out as well.
const EXPLAINING: &str = "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; \
    SET LOCAL enable_bitmapscan = off";

/// A connection outside a transaction, which reads.
struct Single(PoolConnection<Postgres>);

impl Connection for Single {
    async fn rows(
        &mut self,
        statement: &Statement,
        values: Values,
    ) -> Result<Vec<String>, StorageError> {
        fetch(&mut self.0, statement, values).await.map_err(error::storage)
    }

    async fn page<T: DeserializeOwned + Send>(
        &mut self,
        statement: &Statement,
        values: Values,
    ) -> Result<Vec<T>, StorageError> {
        page(&mut self.0, statement, values).await
    }
}

/// A connection inside a transaction, which is rolled back when this is dropped.
struct Writer(sqlx::Transaction<'static, Postgres>, Commits);

impl Connection for Writer {
    async fn rows(
        &mut self,
        statement: &Statement,
        values: Values,
    ) -> Result<Vec<String>, StorageError> {
        fetch(&mut self.0, statement, values).await.map_err(error::storage)
    }

    async fn page<T: DeserializeOwned + Send>(
        &mut self,
        statement: &Statement,
        values: Values,
    ) -> Result<Vec<T>, StorageError> {
        page(&mut self.0, statement, values).await
    }
}

impl Writing for Writer {
    async fn try_rows(
        &mut self,
        statement: &Statement,
        values: Values,
    ) -> Result<Result<Vec<String>, Violation>, StorageError> {
        // A violated key aborts a PostgreSQL transaction, but for what stands before a savepoint.
        self.0.execute("SAVEPOINT attempt").await.map_err(error::storage)?;
        let rows = fetch(&mut self.0, statement, values).await;
        let after = match &rows {
            Ok(_) => "RELEASE attempt",
            Err(_) => "ROLLBACK TO attempt; RELEASE attempt",
        };
        let violated = rows.as_ref().err().and_then(error::violation);
        if rows.is_ok() || violated.is_some() {
            self.0.execute(after).await.map_err(error::storage)?;
        }
        match (rows, violated) {
            (Ok(rows), _) => Ok(Ok(rows)),
            (Err(_), Some(violation)) => Ok(Err(violation)),
            (Err(error), None) => Err(error::storage(error)),
        }
    }

    async fn commit(self) -> Result<(), StorageError> {
        let began = Instant::now();
        self.0.commit().await.map_err(error::storage)?;
        self.1.record(1, began);
        Ok(())
    }
}

/// The first column of each row.
async fn fetch(
    connection: &mut PgConnection,
    statement: &Statement,
    values: Values,
) -> Result<Vec<String>, sqlx::Error> {
    if statement.takes_rows() {
        let answers = fetch_each(connection, statement.text(), values).await?;
        return answers.into_iter().next().ok_or(sqlx::Error::RowNotFound);
    }
    let rows = fetch_rows(connection, statement.text(), values).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

/// The answers to several rows.
async fn fetch_each(
    connection: &mut PgConnection,
    text: Arc<str>,
    values: Values,
) -> Result<Vec<Vec<String>>, sqlx::Error> {
    let rows = fetch_rows(connection, text, values).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

async fn page<T: DeserializeOwned>(
    connection: &mut PgConnection,
    statement: &Statement,
    values: Values,
) -> Result<Vec<T>, StorageError> {
    let rows = fetch_rows(connection, statement.text(), values).await.map_err(error::storage)?;
    row::read_all(&rows)
}

async fn fetch_rows(
    connection: &mut PgConnection,
    text: Arc<str>,
    values: Values,
) -> Result<Vec<PgRow>, sqlx::Error> {
    let query = sqlx::query_with(AssertSqlSafe(text), SqlxValues(values));
    // sqlx enters the span that it finds twice for each row: a twentieth of a page's cost, for lines that are off, and for
    // notices of PostgreSQL's, which none of our statements causes.
    query.fetch_all(connection).with_subscriber(Dispatch::none()).await
}

#[async_trait]
impl Storage for PostgresStorage {
    async fn read(&self) -> Result<Box<dyn Reads>, StorageError> {
        let reader = Single(self.pool.acquire().await.map_err(error::storage)?);
        Ok(Box::new(Sql::new(reader, Arc::clone(&self.statements))))
    }

    async fn write(&self) -> Result<Box<dyn Transaction>, StorageError> {
        let writer = self.pool.begin().await.map_err(error::storage)?;
        let writer = Writer(writer, self.pool.commits.clone());
        Ok(Box::new(Sql::new(writer, Arc::clone(&self.statements))))
    }

    /// Nobody is ended for keeping others waiting.
    async fn write_at_length(&self) -> Result<Box<dyn Transaction>, StorageError> {
        self.write().await
    }

    fn steps(&self) -> &dyn storage::Steps {
        &self.steps
    }

    async fn ping(&self) -> Result<(), StorageError> {
        let mut connection = self.pool.acquire().await.map_err(error::storage)?;
        connection.execute("SELECT 1").await.map(drop).map_err(error::storage)
    }

    fn pools(&self) -> Vec<storage::Pool> {
        vec![self.pool.load(self.waiting.waiting())]
    }

    async fn migrate(&self) -> Result<(), StorageError> {
        schema::apply(&mut self.connect().await?).await
    }

    async fn pending_migrations(&self) -> Result<Vec<String>, StorageError> {
        schema::pending(&mut self.connect().await?).await
    }
}

#[async_trait]
impl Transfer for PostgresStorage {
    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StorageError> {
        let mut view = self.pool.begin().await.map_err(error::storage)?;
        for word in SNAPSHOT {
            view.execute(word).await.map_err(error::storage)?;
        }
        Ok(Box::new(Tables::new::<PostgresDialect>(Writer(view, self.pool.commits.clone()))))
    }

    async fn restore(&self) -> Result<Box<dyn Restore>, StorageError> {
        let writer = self.pool.begin().await.map_err(error::storage)?;
        let writer = Writer(writer, self.pool.commits.clone());
        Ok(Box::new(Tables::filling::<PostgresDialect>(writer).await?))
    }

    async fn filled(&self) -> Result<Option<Table>, StorageError> {
        let mut connection = self.connect().await?;
        for table in Table::stored() {
            if !schema::is_there(&mut connection, table.name()).await? {
                continue;
            }
            let look = AssertSqlSafe(format!("SELECT 1 FROM {} LIMIT 1", table.name()));
            let row = sqlx::query(look).fetch_optional(&mut connection).await;
            if row.map_err(error::storage)?.is_some() {
                return Ok(Some(table));
            }
        }
        Ok(None)
    }

    /// What is committed is where it stays.
    async fn settle(&self) -> Result<(), StorageError> {
        Ok(())
    }
}

/// The moment of such a transaction is that of its first read.
const SNAPSHOT: [&str; 3] = [
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off",
    "SELECT 1",
];
