//! A call to SQLite: a statement, or several that are one step.

use std::sync::Arc;

use guildhall_storage_sql::core::storage::StorageError;
use guildhall_storage_sql::row::{Cell, read};
use rusqlite::types::{ToSql, ToSqlOutput, Value as Owned, ValueRef};
use rusqlite::{Connection, OptionalExtension as _};
use sea_query::{Value, Values};
use serde::de::DeserializeOwned;

/// Rows, each as its columns.
pub(crate) type Rows = Vec<Vec<Owned>>;

/// Runs statements one after the other, which share out the values: their rows. An error says how many of
/// them were done before.
pub(crate) fn fetch_all(
    connection: &Connection,
    texts: &[Arc<str>],
    values: &Values,
) -> Result<Rows, (usize, rusqlite::Error)> {
    let mut values = values.0.iter();
    let mut all = Rows::new();
    for (done, text) in texts.iter().enumerate() {
        fetch(connection, text, &mut values, &mut all).map_err(|error| (done, error))?;
    }
    Ok(all)
}

fn fetch<'v>(
    connection: &Connection,
    text: &str,
    values: &mut impl Iterator<Item = &'v Value>,
    all: &mut Rows,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(text)?;
    for (hole, value) in (1..=statement.parameter_count()).zip(values) {
        statement.raw_bind_parameter(hole, Bound(value))?;
    }
    let columns = statement.column_count();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        all.push((0..columns).map(|column| row.get(column)).collect::<Result<_, _>>()?);
    }
    Ok(())
}

/// The first column of each row.
pub(crate) fn cells(rows: Rows) -> Result<Vec<String>, StorageError> {
    let first = |row: Vec<Owned>| match row.into_iter().next() {
        Some(Owned::Text(cell)) => Ok(cell),
        other => Err(StorageError::Corrupt(format!("not a text: {other:?}").into())),
    };
    rows.into_iter().map(first).collect()
}

/// The rows of a page.
pub(crate) fn page<T: DeserializeOwned>(rows: Rows) -> Result<Vec<T>, StorageError> {
    let cell = |value| match value {
        Owned::Null => Ok(Cell::Null),
        Owned::Integer(number) => Ok(Cell::Number(number)),
        Owned::Text(text) => Ok(Cell::Text(text.into())),
        other => Err(StorageError::Corrupt(format!("a column is {other:?}").into())),
    };
    rows.into_iter().map(|row| read(row.into_iter().map(cell))).collect()
}

/// Says a word that has neither values nor rows.
pub(crate) fn say(connection: &Connection, word: &str) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(word)?;
    statement.query_row([], |_| Ok(())).optional().map(drop)
}

/// A value as SQLite takes it.
struct Bound<'v>(&'v Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self.0 {
            Value::Bool(value) => value.map(|value| ValueRef::Integer(value.into())),
            Value::BigInt(value) => value.map(ValueRef::Integer),
            Value::String(value) => value.as_ref().map(|text| ValueRef::Text(text.as_bytes())),
            other => {
                let unknown = format!("no statement has a value like {other:?}");
                return Err(rusqlite::Error::ToSqlConversionFailure(unknown.into()));
            }
        };
        Ok(ToSqlOutput::Borrowed(value.unwrap_or(ValueRef::Null)))
    }
}
