//! Tables and columns by name, and how a column is read where that is not plain.

use std::fmt;

use guildhall_core::openapi::Timestamp;
use sea_query::Iden;
use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// The accounts.
#[derive(Clone, Copy, Iden)]
pub(crate) enum Users {
    Table,
    Id,
    Username,
    UsernameKey,
    Email,
    EmailKey,
    SearchKey,
    FullName,
    EmailVerified,
    Disabled,
    Role,
    GroupId,
    PasswordHash,
    CreatedAt,
    UpdatedAt,
    DeletedAt,
    LastLogin,
}

/// The groups.
#[derive(Clone, Copy, Iden)]
pub(crate) enum Groups {
    Table,
    Id,
    Name,
    NameKey,
    CreatedAt,
}

/// The logins.
#[derive(Clone, Copy, Iden)]
pub(crate) enum Logins {
    Table,
    Id,
    UserId,
    Seed,
    Generation,
    Spent,
    CreatedAt,
    LastSeenAt,
    UserAgent,
    Ip,
}

/// The events.
#[derive(Clone, Copy, Iden)]
pub(crate) enum Events {
    Table,
    Id,
    Title,
    Description,
    Date,
    Location,
    OrganizerId,
    SearchKey,
    CreatedAt,
    UpdatedAt,
}

/// Who attends which event.
#[derive(Clone, Copy, Iden)]
pub(crate) enum Attendance {
    Table,
    EventId,
    UserId,
    CreatedAt,
}

/// The live sessions.
#[derive(Clone, Copy, Iden)]
pub(crate) enum Sessions {
    Table,
    Id,
    Name,
    State,
    OwnerId,
    CreatedAt,
    EndedAt,
    /// Not a column of the table: those who take part, from [`SessionUsers`].
    Users,
}

/// Who takes part in a session.
#[derive(Clone, Copy, Iden)]
pub(crate) enum SessionUsers {
    Table,
    UserId,
    SessionId,
    Place,
}

/// The direct messages.
#[derive(Clone, Copy, Iden)]
pub(crate) enum Messages {
    Table,
    Id,
    Content,
    CreatedAt,
    SenderId,
    ReceiverId,
    ReadAt,
    /// The smaller of the two accounts' ids.
    LowerId,
    /// The greater one.
    HigherId,
    SenderNumber,
    ReceiverNumber,
    Behind,
}

/// What each of two sees of what they wrote to each other.
#[derive(Clone, Copy, Iden)]
pub(crate) enum Conversations {
    Table,
    UserId,
    OtherId,
    LastMessageId,
    /// Their order, newest last.
    NewestSince,
    UnreadCount,
    OtherWrote,
    /// Not a column of the table: the other one, from [`Users`].
    Other,
    /// Not a column of the table: the last message, from [`Messages`].
    LastMessage,
}

/// How many rows each log has had.
#[derive(Clone, Copy, Iden)]
pub(crate) enum Logs {
    Table,
    Log,
    Number,
}

/// The rows of all logs.
#[derive(Clone, Copy, Iden)]
pub(crate) enum Stream {
    Table,
    Log,
    Number,
    Behind,
    Kind,
    Subject,
    WrittenAt,
    /// Not a column of the table: the subject's row.
    Told,
}

/// What is told of all but messages.
#[derive(Clone, Copy, Iden)]
pub(crate) enum Changes {
    Table,
    Id,
    Body,
    Behind,
    Told,
    WrittenAt,
}

/// Tickets that were used.
#[derive(Clone, Copy, Iden)]
pub(crate) enum Tickets {
    Table,
    Name,
    Until,
}

/// Wrong tries at passwords, by what they are counted under.
#[derive(Clone, Copy, Iden)]
pub(crate) enum Guesses {
    Table,
    Key,
    Count,
    Since,
    Last,
}

/// The addresses from which users signed in.
#[derive(Clone, Copy, Iden)]
pub(crate) enum Devices {
    Table,
    UserId,
    Ip,
    SeenAt,
}

/// Mails that are to be sent, and the tokens of those that were.
#[derive(Clone, Copy, Iden)]
pub(crate) enum Mails {
    Table,
    Id,
    UserId,
    Kind,
    Email,
    EmailKey,
    Language,
    Nonce,
    ExpiresAt,
    DueAt,
    Tries,
    Guesses,
}

/// What was done, by whom and from where.
#[derive(Clone, Copy, Iden)]
pub(crate) enum Audit {
    Table,
    Id,
    Action,
    ActorId,
    SubjectId,
    At,
    Ip,
    Detail,
}

/// The keys of creating calls, and their answers.
#[derive(Clone, Copy, Iden)]
pub(crate) enum IdempotencyKeys {
    Table,
    UserId,
    Key,
    Fingerprint,
    Answer,
    CreatedAt,
}

/// A truth value: `true` or `false` on Postgres, 1 or 0 on SQLite.
pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    struct Flag;
    impl Visitor<'_> for Flag {
        type Value = bool;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a truth value")
        }

        fn visit_bool<E: Error>(self, value: bool) -> Result<bool, E> {
            Ok(value)
        }

        fn visit_u64<E: Error>(self, value: u64) -> Result<bool, E> {
            Ok(value != 0)
        }

        fn visit_i64<E: Error>(self, value: i64) -> Result<bool, E> {
            Ok(value != 0)
        }
    }
    deserializer.deserialize_any(Flag)
}

/// A time, stored as microseconds since 1970.
pub(crate) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    i64::deserialize(deserializer).map(Timestamp::from_micros)
}

/// A time that may be missing.
pub(crate) fn maybe_time<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    Ok(Option::<i64>::deserialize(deserializer)?.map(Timestamp::from_micros))
}
