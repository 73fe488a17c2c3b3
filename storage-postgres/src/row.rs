//! The columns of PostgreSQL's rows.

use guildhall_storage_sql::core::storage::StorageError;
use guildhall_storage_sql::row::{Cell, read};
use serde::de::DeserializeOwned;
use sqlx::postgres::{PgColumn, PgRow, PgValueRef};
use sqlx::{Column, Decode, Postgres, Row, TypeInfo, ValueRef, error::BoxDynError};

/// What a column holds, which is the same in all rows of a page.
#[derive(Clone, Copy)]
enum Kind {
    Int8,
    Int4,
    Text,
    Bool,
}

impl Kind {
    fn of(column: &PgColumn) -> Result<Self, StorageError> {
        match column.type_info().name() {
            "INT8" => Ok(Self::Int8),
            "INT4" => Ok(Self::Int4),
            "TEXT" => Ok(Self::Text),
            "BOOL" => Ok(Self::Bool),
            other => Err(StorageError::Corrupt(format!("a column is of type {other}").into())),
        }
    }
}

/// Reads a page.
pub(crate) fn read_all<T: DeserializeOwned>(rows: &[PgRow]) -> Result<Vec<T>, StorageError> {
    let Some(first) = rows.first() else { return Ok(Vec::new()) };
    let kinds = first.columns().iter().map(Kind::of).collect::<Result<Vec<_>, _>>()?;
    let row = |row| {
        read(
            kinds
                .iter()
                .enumerate()
                .map(|(number, kind)| column(row, number, *kind).map_err(StorageError::Corrupt)),
        )
    };
    rows.iter().map(row).collect()
}

fn column(row: &PgRow, number: usize, kind: Kind) -> Result<Cell<'_>, BoxDynError> {
    let value = row.try_get_raw(number)?;
    if value.is_null() {
        return Ok(Cell::Null);
    }
    Ok(match kind {
        Kind::Int8 => Cell::Number(decode(value)?),
        Kind::Int4 => Cell::Number(decode::<i32>(value)?.into()),
        Kind::Text => Cell::Text(decode::<&str>(value)?.into()),
        Kind::Bool => Cell::Flag(decode(value)?),
    })
}

fn decode<'r, T: Decode<'r, Postgres>>(value: PgValueRef<'r>) -> Result<T, BoxDynError> {
    T::decode(value)
}
