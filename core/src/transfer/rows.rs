//! Every table, as it travels. What its columns hold stands in the migrations; times are whole microseconds
//! since 1970-01-01T00:00:00Z.

use std::fmt;

use guildhall_openapi::recovery::MailKind;
use guildhall_openapi::{AuditAction, Role, SessionState};
use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

macro_rules! tables {
    ($(
        $(#[doc = $doc:literal])*
        $record:ident = $name:literal by $($key:ident),+ {
            $($(#[$meta:meta])* $column:ident: $kind:ty,)*
        }
    )*) => {
        $(
            $(#[doc = $doc])*
            #[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
            #[serde(deny_unknown_fields)]
            pub struct $record {
                $(
                    #[doc = concat!("The column `", stringify!($column), "`.")]
                    $(#[$meta])*
                    pub $column: $kind,
                )*
            }
        )*

        /// A table. Those to whose rows others refer come before these.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Table {
            $($(#[doc = $doc])* #[serde(rename = $name)] $record,)*
        }

        impl Table {
            /// All, in the order in which they travel.
            pub const ALL: &[Self] = &[$(Self::$record),*];

            /// Its name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$record => $name),* }
            }

            /// Its columns, in the order in which [`Row::read`] takes them.
            #[must_use]
            pub const fn columns(self) -> &'static [&'static str] {
                match self { $(Self::$record => &[$(stringify!($column)),*]),* }
            }

            /// The columns by which its rows are told apart, and in whose order they travel.
            #[must_use]
            pub const fn key(self) -> &'static [&'static str] {
                match self { $(Self::$record => &[$(stringify!($key)),+]),* }
            }
        }

        /// A row. It may hold secrets, so `Debug` shows its table and key only.
        #[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "table", content = "row", deny_unknown_fields)]
        pub enum Row {
            $($(#[doc = $doc])* #[serde(rename = $name)] $record($record),)*
        }

        impl Row {
            /// The table that it is of.
            #[must_use]
            pub const fn table(&self) -> Table {
                match self { $(Self::$record(_) => Table::$record),* }
            }

            /// Reads a row from its columns, in the order of [`Table::columns`]. A truth value may be 1 or 0.
            ///
            /// # Errors
            /// Where they do not fit.
            pub fn read(table: Table, columns: Vec<Value>) -> serde_json::Result<Self> {
                let columns = Value::Array(columns);
                match table { $(Table::$record => serde_json::from_value(columns).map(Self::$record)),* }
            }

            /// What its [`Table::key`] holds.
            #[must_use]
            pub fn key(&self) -> Vec<Value> {
                match self { $(Self::$record(row) => vec![$(Value::from(row.$key.clone())),+]),* }
            }

            /// Its columns as a JSON object, put behind what is there.
            ///
            /// # Errors
            /// As serde's.
            pub fn write_columns(&self, to: &mut Vec<u8>) -> serde_json::Result<()> {
                match self { $(Self::$record(row) => serde_json::to_writer(to, row)),* }
            }
        }
    };
}

tables! {
    /// Groups.
    Groups = "groups" by id { id: i64, name: String, name_key: String, created_at: i64, }
    /// Accounts, deleted ones too.
    Users = "users" by id {
        id: i64, username: String, username_key: Option<String>, email: String, email_key: Option<String>,
        search_key: String, full_name: Option<String>,
        #[serde(deserialize_with = "flag")] email_verified: bool,
        #[serde(deserialize_with = "flag")] disabled: bool,
        role: Role, group_id: Option<i64>, password_hash: String, created_at: i64, updated_at: i64,
        deleted_at: Option<i64>, last_login: Option<i64>,
    }
    /// Logins.
    Logins = "logins" by id {
        id: i64, user_id: i64, seed: String, generation: i64, spent: String, created_at: i64,
        last_seen_at: i64, user_agent: Option<String>, ip: Option<String>,
    }
    /// Wrong tries at passwords.
    Guesses = "guesses" by key { key: String, count: i64, since: i64, last: i64, }
    /// The addresses from which users signed in.
    Devices = "devices" by user_id, ip { user_id: i64, ip: String, seen_at: i64, }
    /// The keys of creating calls, and their answers.
    IdempotencyKeys = "idempotency_keys" by user_id, key {
        user_id: i64, key: String, fingerprint: String, answer: String, created_at: i64,
    }
    /// Live sessions.
    Sessions = "sessions" by id {
        id: i64, name: String, state: SessionState, owner_id: i64, created_at: i64, ended_at: Option<i64>,
    }
    /// Who takes part in a session.
    SessionUsers = "session_users" by user_id, session_id { user_id: i64, session_id: i64, place: i64, }
    /// Events.
    Events = "events" by id {
        id: i64, title: String, date: i64, organizer_id: i64, created_at: i64, updated_at: i64,
        location: String, description: String, search_key: String,
    }
    /// Who attends an event.
    Attendance = "attendance" by event_id, user_id { event_id: i64, user_id: i64, created_at: i64, }
    /// How many rows each log of the stream has had.
    Logs = "logs" by log { log: i64, number: i64, }
    /// What was told of all but messages.
    Changes = "changes" by id { id: i64, body: String, behind: i64, told: String, written_at: i64, }
    /// Direct messages.
    Messages = "messages" by id {
        id: i64, content: String, created_at: i64, sender_id: i64, receiver_id: i64, read_at: Option<i64>,
        lower_id: i64, higher_id: i64, sender_number: i64, receiver_number: i64, behind: i64,
    }
    /// What each of two sees of what they wrote to each other.
    Conversations = "conversations" by user_id, other_id {
        user_id: i64, other_id: i64, last_message_id: i64, unread_count: i64,
        #[serde(deserialize_with = "flag")] other_wrote: bool,
        newest_since: i64,
    }
    /// The rows of all logs.
    Stream = "stream" by log, number {
        log: i64, number: i64, behind: i64, kind: Told, subject: i64, written_at: i64,
    }
    /// Tickets that were used.
    Tickets = "tickets" by name { name: String, until: i64, }
    /// Mails that are to be sent, and the tokens of those that were.
    Mails = "mails" by id {
        id: i64, user_id: Option<i64>, kind: MailKind, email: String, email_key: String, language: String,
        nonce: String, expires_at: i64, due_at: Option<i64>, tries: i64, guesses: i64,
    }
    /// What was done.
    Audit = "audit" by id {
        id: i64, action: AuditAction, actor_id: Option<i64>, subject_id: Option<i64>, at: i64,
        ip: Option<String>, detail: Option<String>,
    }
    /// Not a table of the database: the last id that was given to a row of each table that has ids, so that none
    /// is given again.
    Ids = "ids" by name { name: String, last: i64, }
}

/// What a row of the stream tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// A message was sent.
    NewMessage,
    /// A message was read.
    MessageRead,
    /// What a row of `changes` says.
    Change,
}

/// References that no key of the databases holds: table, column, and the table of the ids in it.
pub const REFERENCES: &[(Table, &str, Table)] = &[
    (Table::Messages, "sender_id", Table::Users),
    (Table::Messages, "receiver_id", Table::Users),
    (Table::Conversations, "user_id", Table::Users),
    (Table::Conversations, "other_id", Table::Users),
    (Table::Conversations, "last_message_id", Table::Messages),
    (Table::Mails, "user_id", Table::Users),
    (Table::Audit, "actor_id", Table::Users),
    (Table::Audit, "subject_id", Table::Users),
];

impl Table {
    /// Those that are tables of the database.
    pub fn stored() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|table| *table != Self::Ids)
    }

    /// Those whose rows have ids that the database gives.
    pub fn numbered() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|table| matches!(table.key(), ["id"]))
    }
}

impl Row {
    /// Its id, where it has one.
    #[must_use]
    pub fn id(&self) -> Option<i64> {
        matches!(self.table().key(), ["id"]).then(|| self.key().first()?.as_i64()).flatten()
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.table().name(), Value::Array(self.key()))
    }
}

/// A truth value: SQLite has 1 and 0.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected true or false")]
    enum Flag {
        Is(bool),
        Number(u64),
    }
    match Flag::deserialize(deserializer)? {
        Flag::Is(flag) => Ok(flag),
        Flag::Number(number @ 0..=1) => Ok(number == 1),
        Flag::Number(other) => {
            Err(Error::invalid_value(Unexpected::Unsigned(other), &"true or false"))
        }
    }
}
