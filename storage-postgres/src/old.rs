//! The database of another application, read row by row.

use std::str::FromStr;

use async_trait::async_trait;
use guildhall_storage_sql::core::storage::StorageError;
use guildhall_storage_sql::core::takeover::{OldRow, OldTable, Reference, Source};
use guildhall_storage_sql::quoted;
use serde::Deserialize;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _, PgConnection, Row as _};

use crate::error;

/// One state of the database, from the first table to the last row; times without a zone stay as they are,
/// others come in UTC.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL TimeZone = 'UTC'; \
    SET LOCAL DateStyle = 'ISO'";

/// The tables of the schema in which unqualified names are found.
const TABLES: &str = "\
    SELECT json_build_object('name', c.relname, 'columns', (
        SELECT coalesce(json_agg(a.attname ORDER BY a.attnum), '[]') FROM pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    ), 'references', (
        SELECT coalesce(json_agg(json_build_array(a.attname, f.relname) ORDER BY a.attnum), '[]')
        FROM pg_constraint AS k
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
        JOIN pg_class AS f ON f.oid = k.confrelid
        WHERE k.conrelid = c.oid AND k.contype = 'f' AND array_length(k.conkey, 1) = 1
    ))::text
    FROM pg_class AS c
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
    ORDER BY c.relname";

/// A PostgreSQL database that is read.
pub struct OldPostgres {
    connection: PgConnection,
    tables: Vec<OldTable>,
}

#[derive(Deserialize)]
struct TableRow {
    name: String,
    columns: Vec<String>,
    references: Vec<(String, String)>,
}

impl From<TableRow> for OldTable {
    fn from(TableRow { name, columns, references }: TableRow) -> Self {
        let references = references.into_iter();
        let references = references.map(|(column, table)| Reference { column, table }).collect();
        Self { name, columns, references }
    }
}

impl OldPostgres {
    /// Connects to the database of a URL. It is not written to.
    ///
    /// # Errors
    /// [`StorageError::Backend`] where the URL cannot be read, [`StorageError::Busy`] where the database
    /// cannot be reached.
    pub async fn open(url: &str) -> Result<Self, StorageError> {
        let options = PgConnectOptions::from_str(url).map_err(error::storage)?;
        let options = options.application_name("guildhall import").disable_statement_logging();
        let mut connection = options.connect().await.map_err(error::storage)?;
        connection.execute(BEGIN).await.map_err(error::storage)?;
        let rows = connection.fetch_all(TABLES).await.map_err(error::storage)?;
        let table = |text: String| serde_json::from_str::<TableRow>(&text).map(OldTable::from);
        let texts = rows.iter().map(|row| row.try_get(0));
        let texts = texts.collect::<Result<Vec<String>, _>>().map_err(error::storage)?;
        let tables = texts.into_iter().map(table).collect::<Result<_, _>>();
        let tables = tables.map_err(|error| StorageError::Corrupt(error.into()))?;
        Ok(Self { connection, tables })
    }
}

#[async_trait]
impl Source for OldPostgres {
    fn tables(&self) -> &[OldTable] {
        &self.tables
    }

    async fn open(&mut self, table: &str, order: &[&str]) -> Result<(), StorageError> {
        let order: Vec<_> = order.iter().map(|column| quoted(column)).collect();
        let (table, order) = (quoted(table), order.join(", "));
        let text = format!(
            "CLOSE ALL; DECLARE old NO SCROLL CURSOR FOR \
             SELECT to_jsonb(t)::text FROM {table} AS t ORDER BY {order}"
        );
        self.connection.execute(AssertSqlSafe(text)).await.map(drop).map_err(error::storage)
    }

    async fn next(&mut self) -> Result<Vec<OldRow>, StorageError> {
        let rows = self.connection.fetch_all("FETCH 500 FROM old").await.map_err(error::storage)?;
        let row = |text: String| {
            serde_json::from_str(&text).map_err(|error| StorageError::Corrupt(error.into()))
        };
        rows.iter().map(|one| one.try_get(0).map_err(error::storage).and_then(row)).collect()
    }
}
