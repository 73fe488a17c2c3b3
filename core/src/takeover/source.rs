//! The old database, as it is read.

use std::fmt;

use async_trait::async_trait;
use serde_json::{Map, Value};
use uuid::Uuid;

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

/// An id of the old database. A UUID is the same with and without its hyphens, in any case (RFC 9562, 4): databases
/// that know no UUIDs hold it as a text of either form. Any other text is only itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OldId {
    /// A number.
    Number(i64),
    /// A text; a UUID in lower case, without its hyphens.
    Text(String),
}

impl OldId {
    /// `None` for what is neither.
    #[must_use]
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => number.as_i64().map(Self::Number),
            Value::String(text) if text.trim().is_empty() => None,
            Value::String(text) => Some(Self::Text(match Uuid::try_parse(text) {
                Ok(uuid) => uuid.simple().to_string(),
                Err(_) => text.clone(),
            })),
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_forms_of_a_uuid_are_the_same() {
        let id = |text: &str| OldId::of(&json!(text));
        let uuid = "0b9f7c12000040008000000000000001";
        assert_eq!(id("0B9F7C12-0000-4000-8000-000000000001"), id(uuid));
        assert_ne!(id("0B9F7C12-0000-4000-8000-000000000002"), id(uuid));
        for (one, other) in [("ab-1", "ab1"), ("AB1", "ab1"), ("a-b1", "ab-1"), (" 7", "7")] {
            assert_ne!(id(one), id(other));
        }
        assert_eq!(id("7"), Some(OldId::Text("7".into())));
        assert_eq!(OldId::of(&json!(7)), Some(OldId::Number(7)));
        assert_eq!([id(""), id(" "), OldId::of(&json!(1.5))], [None, None, None]);
    }
}
