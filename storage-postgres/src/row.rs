//! The columns of PostgreSQL's rows.

use guildhall_storage_sql::core::storage::StorageError;
use guildhall_storage_sql::row::{Cell, read};
use serde::de::DeserializeOwned;
use sqlx::postgres::{PgRow, PgValueRef};
use sqlx::{Decode, Postgres, Row, TypeInfo, ValueRef, error::BoxDynError};

/// Reads a page.
pub(crate) fn read_all<T: DeserializeOwned>(rows: &[PgRow]) -> Result<Vec<T>, StorageError> {
    let column = |row, number| column(row, number).map_err(StorageError::Corrupt);
    rows.iter().map(|row| read((0..row.len()).map(|number| column(row, number)))).collect()
}

fn column(row: &PgRow, number: usize) -> Result<Cell<'_>, BoxDynError> {
    let value = row.try_get_raw(number)?;
    if value.is_null() {
        return Ok(Cell::Null);
    }
    let kind = value.type_info();
    match kind.name() {
        "INT8" => Ok(Cell::Number(decode(value)?)),
        "INT4" => Ok(Cell::Number(decode::<i32>(value)?.into())),
        "TEXT" => Ok(Cell::Text(decode::<&str>(value)?.into())),
        "BOOL" => Ok(Cell::Flag(decode(value)?)),
        other => Err(format!("a column is of type {other}").into()),
    }
}

fn decode<'r, T: Decode<'r, Postgres>>(value: PgValueRef<'r>) -> Result<T, BoxDynError> {
    T::decode(value)
}
