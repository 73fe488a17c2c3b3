//! Rows straight into a database, thousands to a statement: what is measured is not how long that
//! takes.

use anyhow::{Context as _, Result};
use guildhall_core::events::search_key;
use guildhall_core::identity::Keys;
use guildhall_core::openapi::{Event, Timestamp, UserId};
use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, SqliteConnection};

use crate::rows;

/// Rows to a statement.
const AT_ONCE: usize = 1000;

/// A database that is filled.
pub(crate) enum Database {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Database {
    /// Opens it; a file that is not there is made. What is written is not on the disk before
    /// [`Database::settle`].
    pub(crate) async fn open(url: &str) -> Result<Self> {
        if !url.starts_with("sqlite:") {
            return Ok(Self::Postgres(PgConnection::connect(url).await?));
        }
        let options = url
            .parse::<SqliteConnectOptions>()?
            .create_if_missing(true)
            .foreign_keys(false)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Off)
            // 256 MiB, so that indexes whose rows come in no order stay in memory.
            .pragma("cache_size", "-262144");
        Ok(Self::Sqlite(options.connect().await?))
    }

    /// Runs a statement without values.
    pub(crate) async fn run(&mut self, text: &str) -> Result<()> {
        let statement = sqlx::raw_sql(AssertSqlSafe(text));
        match self {
            Self::Sqlite(connection) => statement.execute(connection).await.map(drop),
            Self::Postgres(connection) => statement.execute(connection).await.map(drop),
        }
        .with_context(|| text.to_owned())
    }

    /// The number that a query gives.
    pub(crate) async fn number(&mut self, query: &str) -> Result<i64> {
        let text = AssertSqlSafe(query);
        Ok(match self {
            Self::Sqlite(connection) => sqlx::query_scalar(text).fetch_one(connection).await?,
            Self::Postgres(connection) => sqlx::query_scalar(text).fetch_one(connection).await?,
        })
    }

    /// Inserts rows, in their order. Columns come with their types; a row is a JSON array of them.
    pub(crate) async fn insert(
        &mut self,
        table: &str,
        columns: &[(&str, &str)],
        rows: impl Iterator<Item = Value>,
    ) -> Result<()> {
        let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
        let values = columns.iter().enumerate();
        let values: Vec<_> =
            values.map(|(at, (_, kind))| format!("CAST(value ->> {at} AS {kind})")).collect();
        let from = match self {
            Self::Sqlite(_) => "json_each($1)",
            Self::Postgres(_) => "json_array_elements($1::json) AS rows (value)",
        };
        let (names, values) = (names.join(", "), values.join(", "));
        let text = format!("INSERT INTO {table} ({names}) SELECT {values} FROM {from}");
        let mut rows = rows.peekable();
        while rows.peek().is_some() {
            let some = Value::Array(rows.by_ref().take(AT_ONCE).collect()).to_string();
            let text = AssertSqlSafe(text.as_str());
            match self {
                Self::Sqlite(connection) => {
                    sqlx::query(text).bind(some).execute(connection).await.map(drop)
                }
                Self::Postgres(connection) => {
                    sqlx::query(text).bind(some).execute(connection).await.map(drop)
                }
            }
            .with_context(|| table.to_owned())?;
        }
        Ok(())
    }

    /// Does what a database does by itself within a few minutes of such a load, before anything is
    /// measured.
    pub(crate) async fn settle(mut self) -> Result<()> {
        let text = match self {
            Self::Sqlite(_) => "PRAGMA wal_checkpoint(TRUNCATE)",
            Self::Postgres(_) => "VACUUM (ANALYZE)",
        };
        self.run(text).await?;
        match self {
            Self::Sqlite(connection) => connection.close().await?,
            Self::Postgres(connection) => connection.close().await?,
        }
        Ok(())
    }
}

/// Events of these organizers, numbered from 1 on.
pub(crate) async fn events(to: &mut Database, organizers: &[UserId], count: u64) -> Result<()> {
    const COLUMNS: [(&str, &str); 8] = [
        ("title", "TEXT"),
        ("date", "BIGINT"),
        ("organizer_id", "BIGINT"),
        ("created_at", "BIGINT"),
        ("updated_at", "BIGINT"),
        ("location", "TEXT"),
        ("description", "TEXT"),
        ("search_key", "TEXT"),
    ];
    let row = |number| {
        let event = rows::event(number, organizers, false);
        let [date, created] = [event.date, event.created_at].map(Timestamp::as_micros);
        let Event { title, location, description, .. } = &event;
        let key = search_key(&event);
        json!([title, date, event.organizer_id, created, created, location, description, key])
    };
    to.insert("events", &COLUMNS, (1..=count).map(row)).await
}

/// The name of the user of this number; one is not near the next in an index.
pub(crate) fn username(number: u64) -> String {
    format!("user-{:016x}", rows::spread(number))
}

/// Users with whose accounts nobody can sign in, numbered from 1 on.
pub(crate) async fn users(to: &mut Database, count: u64) -> Result<()> {
    const COLUMNS: [(&str, &str); 12] = [
        ("username", "TEXT"),
        ("username_key", "TEXT"),
        ("email", "TEXT"),
        ("email_key", "TEXT"),
        ("search_key", "TEXT"),
        ("full_name", "TEXT"),
        ("email_verified", "BOOLEAN"),
        ("disabled", "BOOLEAN"),
        ("role", "TEXT"),
        ("password_hash", "TEXT"),
        ("created_at", "BIGINT"),
        ("updated_at", "BIGINT"),
    ];
    let row = |number| {
        let draft = rows::account(&username(number), &format!("User Number {number}"));
        let created = draft.created_at.as_micros();
        let account = draft.with_id(UserId::FIRST);
        let (user, hash) = (&account.user, &account.password_hash);
        let Keys { username, email, search } = Keys::of(user);
        json!([
            user.username,
            username,
            user.email,
            email,
            search,
            user.full_name,
            false,
            false,
            user.role,
            hash,
            created,
            created,
        ])
    };
    to.insert("users", &COLUMNS, (1..=count).map(row)).await
}
