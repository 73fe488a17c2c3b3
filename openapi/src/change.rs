//! A field of a `PUT` or `PATCH` that can be left alone, cleared, or set.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a body asks of one field: nothing (it does not name it), `null`, or a new value.
///
/// Fields of this type carry `#[serde(default, skip_serializing_if = "Change::is_keep")]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// The body does not name the field: it stays as it is.
    #[default]
    Keep,
    /// The body says `null`.
    Clear,
    /// The body gives a value.
    Set(T),
}

impl<T> Change<T> {
    /// Whether the field is left alone.
    #[must_use]
    pub fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// The new content of the field, where the body names it.
    #[must_use]
    pub fn into_new(self) -> Option<Option<T>> {
        match self {
            Self::Keep => None,
            Self::Clear => Some(None),
            Self::Set(value) => Some(Some(value)),
        }
    }
}

impl<T: Serialize> Serialize for Change<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Set(value) => serializer.serialize_some(value),
            Self::Keep | Self::Clear => serializer.serialize_none(),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(|value| value.map_or(Self::Clear, Self::Set))
    }
}

#[cfg(test)]
mod tests {
    use super::Change;

    #[derive(serde::Serialize, serde::Deserialize)]
    struct Body {
        #[serde(default, skip_serializing_if = "Change::is_keep")]
        group: Change<i64>,
    }

    #[test]
    fn absent_null_and_a_value_are_three_things() {
        for (json, change) in [
            ("{}", Change::Keep),
            (r#"{"group":null}"#, Change::Clear),
            (r#"{"group":5}"#, Change::Set(5)),
        ] {
            let body: Body = serde_json::from_str(json).unwrap();
            assert_eq!(body.group, change);
            assert_eq!(serde_json::to_string(&body).unwrap(), json);
        }
    }
}
