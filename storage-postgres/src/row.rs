//! A row as serde reads it: the sequence of its columns, as a JSON array of them would be. To make JSON of a page
//! of a hundred rows and of eight columns costs PostgreSQL more than all else about it.

use guildhall_storage_sql::core::storage::StorageError;
use serde::de::value::Error;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, SeqAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;
use sqlx::postgres::{PgRow, PgValueRef};
use sqlx::{Decode, Postgres, Row, TypeInfo, ValueRef};

/// Reads a row.
pub(crate) fn read<T: DeserializeOwned>(row: &PgRow) -> Result<T, StorageError> {
    T::deserialize(Columns { row, next: 0 }).map_err(|error| StorageError::Corrupt(error.into()))
}

struct Columns<'r> {
    row: &'r PgRow,
    next: usize,
}

impl<'de> Deserializer<'de> for Columns<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> SeqAccess<'de> for Columns<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        if self.next == self.row.len() {
            return Ok(None);
        }
        let value = self.row.try_get_raw(self.next).map_err(Error::custom)?;
        self.next += 1;
        seed.deserialize(Column(value)).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.row.len() - self.next)
    }
}

struct Column<'r>(PgValueRef<'r>);

impl<'de> Deserializer<'de> for Column<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() {
            return visitor.visit_unit();
        }
        let kind = self.0.type_info();
        match kind.name() {
            "INT8" => visitor.visit_i64(Decode::<Postgres>::decode(self.0).map_err(Error::custom)?),
            "TEXT" => visitor.visit_str(self.0.as_str().map_err(Error::custom)?),
            "BOOL" => {
                visitor.visit_bool(Decode::<Postgres>::decode(self.0).map_err(Error::custom)?)
            }
            "INT4" => visitor.visit_i32(Decode::<Postgres>::decode(self.0).map_err(Error::custom)?),
            other => Err(Error::custom(format_args!("a column is of type {other}"))),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(self.0.as_str().map_err(Error::custom)?.into_deserializer())
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
