//! How our scalar types show in the OpenAPI document.
//!
//! A scalar's JSON is what serde makes of it: the poem-openapi traits only hand it on.

use std::borrow::Cow;

use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::{ParseError, ParseFromJSON, ParseResult, ToJSON, Type};
use serde_json::{Value, json};

use crate::change::Change;
use crate::ids::UserId;
use crate::text::Rule;
use crate::time::Timestamp;

/// Implements poem-openapi's traits for a type that serde and `FromStr` know already.
macro_rules! scalar {
    ($type:ty, $schema:expr) => {
        impl poem_openapi::types::Type for $type {
            const IS_REQUIRED: bool = true;
            type RawValueType = Self;
            type RawElementValueType = Self;

            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn schema_ref() -> poem_openapi::registry::MetaSchemaRef {
                poem_openapi::registry::MetaSchemaRef::Inline(Box::new($schema))
            }

            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }

            fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
                Box::new(std::iter::once(self))
            }
        }

        impl poem_openapi::types::ParseFromJSON for $type {
            fn parse_from_json(
                value: Option<serde_json::Value>,
            ) -> poem_openapi::types::ParseResult<Self> {
                serde_json::from_value(value.unwrap_or_default())
                    .map_err(poem_openapi::types::ParseError::custom)
            }
        }

        impl poem_openapi::types::ToJSON for $type {
            fn to_json(&self) -> Option<serde_json::Value> {
                serde_json::to_value(self).ok()
            }
        }

        impl poem_openapi::types::ParseFromParameter for $type {
            fn parse_from_parameter(text: &str) -> poem_openapi::types::ParseResult<Self> {
                <$type as $crate::schema::FromParameter>::try_from_parameter(text)
                    .map_err(poem_openapi::types::ParseError::custom)
            }
        }
    };
}
pub(crate) use scalar;

/// How a value is read from a path or query parameter.
pub(crate) trait FromParameter: Sized {
    /// Reads it, or says what is wrong.
    fn try_from_parameter(text: &str) -> Result<Self, crate::Fault>;
}

impl<T: std::str::FromStr<Err = crate::Fault>> FromParameter for T {
    fn try_from_parameter(text: &str) -> Result<Self, crate::Fault> {
        text.parse()
    }
}

impl<T: Type> Type for Change<T> {
    const IS_REQUIRED: bool = false;
    type RawValueType = T::RawValueType;
    type RawElementValueType = T::RawElementValueType;

    fn name() -> Cow<'static, str> {
        format!("change_{}", T::name()).into()
    }

    fn schema_ref() -> MetaSchemaRef {
        T::schema_ref().merge(MetaSchema { nullable: true, ..MetaSchema::ANY })
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn as_raw_value(&self) -> Option<&Self::RawValueType> {
        match self {
            Self::Set(value) => value.as_raw_value(),
            Self::Keep | Self::Clear => None,
        }
    }

    fn raw_element_iter<'a>(
        &'a self,
    ) -> Box<dyn Iterator<Item = &'a Self::RawElementValueType> + 'a> {
        match self {
            Self::Set(value) => value.raw_element_iter(),
            Self::Keep | Self::Clear => Box::new(std::iter::empty()),
        }
    }
}

impl<T: ParseFromJSON> ParseFromJSON for Change<T> {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        match value {
            None => Ok(Self::Keep),
            Some(Value::Null) => Ok(Self::Clear),
            value => T::parse_from_json(value).map(Self::Set).map_err(ParseError::propagate),
        }
    }
}

impl<T: ToJSON> ToJSON for Change<T> {
    fn to_json(&self) -> Option<Value> {
        match self {
            Self::Keep => None,
            Self::Clear => Some(Value::Null),
            Self::Set(value) => value.to_json(),
        }
    }
}

pub(crate) fn id() -> MetaSchema {
    MetaSchema {
        minimum: Some(1.0),
        example: Some(json!(UserId::FIRST)),
        ..MetaSchema::new_with_format("integer", "int64")
    }
}

pub(crate) fn text<R: Rule>() -> MetaSchema {
    MetaSchema {
        format: R::FORMAT,
        min_length: (R::MIN > 0).then_some(R::MIN),
        max_length: Some(R::MAX),
        pattern: R::CHARACTERS.map(|(pattern, _)| pattern.to_owned()),
        example: Some(json!(R::EXAMPLE)),
        ..MetaSchema::new("string")
    }
}

pub(crate) fn timestamp() -> MetaSchema {
    MetaSchema {
        example: Some(json!(Timestamp::from_micros(1_795_340_096_123_456))),
        ..MetaSchema::new_with_format("string", "date-time")
    }
}

pub(crate) fn range(min: u64, max: u64, default: u64) -> MetaSchema {
    #[expect(clippy::cast_precision_loss, reason = "limits of ours are far below 2^52")]
    MetaSchema {
        minimum: Some(min as f64),
        maximum: Some(max as f64),
        default: Some(json!(default)),
        ..MetaSchema::new_with_format("integer", "int64")
    }
}
