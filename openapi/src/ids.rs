//! Ids: positive 64-bit integers, one type per kind of row, so that a login's id cannot be passed
//! where a user's is wanted.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Fault;

/// The last id that a server gives: a JavaScript `number` holds it and all below it exactly.
pub const LAST_ID: i64 = (1 << 53) - 1;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident, $field:literal;)*) => {$(
        $(#[$doc])*
        ///
        /// A positive 64-bit integer. Servers number from 1 up and stay below 2^53, so that a
        /// JavaScript `number` holds every id; both databases refuse larger ones.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "i64", try_from = "i64")]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "number"))]
        pub struct $name(i64);

        impl $name {
            /// The name of the path parameter that carries this id.
            pub const PARAMETER: &str = $field;

            /// The first id there is.
            pub const FIRST: Self = Self(1);

            /// `None` unless `id` is positive.
            #[must_use]
            pub const fn new(id: i64) -> Option<Self> {
                if id > 0 { Some(Self(id)) } else { None }
            }

            /// The number itself.
            #[must_use]
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl From<$name> for i64 {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl TryFrom<i64> for $name {
            type Error = Fault;

            fn try_from(id: i64) -> Result<Self, Fault> {
                Self::new(id).ok_or(Fault::Id)
            }
        }

        impl FromStr for $name {
            type Err = Fault;

            fn from_str(text: &str) -> Result<Self, Fault> {
                text.parse::<i64>().ok().and_then(Self::new).ok_or(Fault::Id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        #[cfg(feature = "poem")]
        $crate::schema::scalar!($name, $crate::schema::id());
    )*

        /// The path parameters that carry ids, and what they are in TypeScript.
        #[cfg(feature = "typescript")]
        pub(crate) const PARAMETERS: &[(&str, &str)] = &[$(($field, stringify!($name))),*];
    };
}

ids! {
    /// The id of a user.
    UserId, "user_id";
    /// The id of a group.
    GroupId, "group_id";
    /// The id of a login: one signed-in device.
    LoginId, "login_id";
    /// The id of an event.
    EventId, "event_id";
    /// The id of a live session.
    SessionId, "session_id";
    /// The id of a message.
    MessageId, "message_id";
    /// The id of an entry of the audit log.
    AuditId, "audit_id";
}

#[cfg(test)]
mod tests {
    use super::UserId;

    #[test]
    fn only_positive_64_bit_numbers_are_ids() {
        assert_eq!("9223372036854775807".parse::<UserId>().unwrap().get(), i64::MAX);
        for bad in ["0", "-1", "9223372036854775808", "one", "", "1.0", " 1"] {
            assert!(bad.parse::<UserId>().is_err(), "{bad}");
        }
        assert!(serde_json::from_str::<UserId>("0").is_err());
        assert!(serde_json::from_str::<UserId>("18446744073709551615").is_err());
    }
}
