//! A row as serde reads it: the sequence of its columns, as a JSON array of them would be. For a page of a hundred
//! rows of eight columns, to make that JSON costs a database more than all else about it.

use std::borrow::Cow;

use guildhall_core::storage::StorageError;
use serde::de::value::Error;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;

/// What a column holds.
#[derive(Debug)]
pub enum Cell<'r> {
    /// Nothing.
    Null,
    /// Yes or no; a database that knows no such thing gives 1 or 0.
    Flag(bool),
    /// An integer.
    Number(i64),
    /// A text.
    Text(Cow<'r, str>),
}

/// Reads a row from its columns.
///
/// # Errors
/// [`StorageError::Corrupt`] where they are not what was expected, or could not be had.
pub fn read<'r, T: DeserializeOwned>(
    mut columns: impl ExactSizeIterator<Item = Result<Cell<'r>, StorageError>>,
) -> Result<T, StorageError> {
    let row = T::deserialize(Columns(&mut columns));
    let row = row.map_err(|error| StorageError::Corrupt(error.into()))?;
    match columns.len() {
        0 => Ok(row),
        more => Err(StorageError::Corrupt(format!("{more} columns too many").into())),
    }
}

struct Columns<I>(I);

impl<'r, 'de, I> Deserializer<'de> for Columns<I>
where
    I: ExactSizeIterator<Item = Result<Cell<'r>, StorageError>>,
{
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

impl<'r, 'de, I> SeqAccess<'de> for Columns<I>
where
    I: ExactSizeIterator<Item = Result<Cell<'r>, StorageError>>,
{
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let cell = self.0.next().transpose().map_err(serde::de::Error::custom)?;
        cell.map(|cell| seed.deserialize(Column(cell))).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

struct Column<'r>(Cell<'r>);

impl<'de> Deserializer<'de> for Column<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Cell::Null => visitor.visit_unit(),
            Cell::Flag(flag) => visitor.visit_bool(flag),
            Cell::Number(number) => visitor.visit_i64(number),
            Cell::Text(Cow::Borrowed(text)) => visitor.visit_str(text),
            Cell::Text(Cow::Owned(text)) => visitor.visit_string(text),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Cell::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
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
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            Cell::Text(text) => text.into_deserializer().deserialize_enum(name, variants, visitor),
            _ => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
