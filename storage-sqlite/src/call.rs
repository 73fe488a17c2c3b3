//! A call to SQLite: a statement, or several that are one step.

use std::sync::Arc;

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension as _};
use sea_query::{Value, Values};

/// The first column of a statement's rows.
pub(crate) type Rows = rusqlite::Result<Vec<String>>;

/// Runs statements one after the other, which share out the values: the first column of their rows. An
/// error says how many of them were done before.
pub(crate) fn fetch_all(
    connection: &Connection,
    texts: &[Arc<str>],
    values: &Values,
) -> Result<Vec<String>, (usize, rusqlite::Error)> {
    let mut values = values.0.iter();
    let mut cells = Vec::new();
    for (done, text) in texts.iter().enumerate() {
        fetch(connection, text, &mut values, &mut cells).map_err(|error| (done, error))?;
    }
    Ok(cells)
}

fn fetch<'v>(
    connection: &Connection,
    text: &str,
    values: &mut impl Iterator<Item = &'v Value>,
    cells: &mut Vec<String>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(text)?;
    for (hole, value) in (1..=statement.parameter_count()).zip(values) {
        statement.raw_bind_parameter(hole, Bound(value))?;
    }
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        cells.push(row.get(0)?);
    }
    Ok(())
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
