//! The old database, as it is read.

use std::fmt;

use async_trait::async_trait;
use serde_json::{Map, Value};

use crate::storage::StorageError;

/// A row, by its columns. Times are texts, as ISO 8601 has them, with a `T` or a space, and in UTC where
/// they name no offset. What JSON has nothing for, octets that are no UTF-8 say, is an object, which no
/// field takes.
pub type OldRow = Map<String, Value>;

/// A table of the old database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldTable {
    /// Its name.
    pub name: String,
    /// The names of its columns.
    pub columns: Vec<String>,
    /// Its foreign keys, those of one column.
    pub references: Vec<Reference>,
}

/// A foreign key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The column that refers.
    pub column: String,
    /// The table that it refers to.
    pub table: String,
}

impl OldTable {
    /// Whether it has this column.
    #[must_use]
    pub fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|name| name == column)
    }
}

/// A database that is read, and not written: one state of it, from the first table to the last row.
#[async_trait]
pub trait Source: Send {
    /// Its tables, by name.
    fn tables(&self) -> &[OldTable];

    /// Begins to read a table, in the order of these columns.
    ///
    /// # Errors
    /// Those of the database.
    async fn open(&mut self, table: &str, order: &[&str]) -> Result<(), StorageError>;

    /// The next rows of it, some hundred at most; none once all were read.
    ///
    /// # Errors
    /// Those of the database.
    async fn next(&mut self) -> Result<Vec<OldRow>, StorageError>;
}

/// An id of the old database: a number, or a text such as a UUID, which is the same with and without its
/// hyphens, in any case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OldId {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

impl OldId {
    /// `None` for what is neither.
    #[must_use]
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => number.as_i64().map(Self::Number),
            Value::String(text) => {
                let text = text.trim().replace('-', "").to_ascii_lowercase();
                (!text.is_empty()).then_some(Self::Text(text))
            }
            _ => None,
        }
    }
}

impl fmt::Display for OldId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}
