//! The stream: what users are told as it happens, each in order, nothing left out and nothing twice.
//!
//! A reader reads two *logs*: their own, and one that all share, so that what is news to everyone is
//! a row and not a row per member (`docs/decisions/0005-stream.md`). In each log rows are numbered
//! without gaps, in the order in which their transactions were committed: a number is taken by
//! updating the log's counter in the transaction that writes the row. A reader's [`Place`] is how far
//! they are in both; the cursor is that place written down. A row of one's own also says how far the
//! shared log was when it was written, so that what came first in life comes first in the stream.
//!
//! All that is told comes from these rows. What goes through memory (`hub.rs`) or between replicas
//! ([`relay`]) only saves the reading, or says when to read: where a number is missing, the rows are
//! read (`reader.rs`).

use std::sync::Arc;

use async_trait::async_trait;
use guildhall_openapi::{Push, SessionId, Timestamp, UserId};

use crate::storage::StorageError;

pub(crate) mod cursor;
pub(crate) mod hub;
mod open;
pub(crate) mod reader;
pub mod relay;
mod service;
pub(crate) mod ticket;
pub(crate) mod upkeep;

pub use hub::{MOST, News};
pub use open::{Delivery, End, Stream};
pub use reader::Slice;
pub use service::Streams;

/// A log of what is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Log {
    /// What all members are told.
    Everyone,
    /// What one user is told.
    User(UserId),
}

impl Log {
    /// How storages name it: the user's id, 0 for everyone's.
    #[must_use]
    pub fn get(self) -> i64 {
        match self {
            Self::Everyone => 0,
            Self::User(user) => user.get(),
        }
    }

    /// The log of this name.
    #[must_use]
    pub fn named(name: i64) -> Option<Self> {
        if name == 0 { Some(Self::Everyone) } else { UserId::new(name).map(Self::User) }
    }
}

/// How far a reader is: the numbers of the last rows they were told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// In their own log.
    pub own: i64,
    /// In everyone's.
    pub shared: i64,
}

/// To whom something is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// One user.
    User(UserId),
    /// All members.
    Everyone,
    /// A session's owner, those who take part, and one more, who has just left say; each once.
    Session(SessionId, Option<UserId>),
}

/// A row that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// In whose log it stands.
    pub log: Log,
    /// Its number there, from 1 up without gaps.
    pub number: i64,
    /// The number of the last row of everyone's log when it was written, 0 before the first; of a row of
    /// everyone's log it says nothing, and may be anything.
    pub behind: i64,
}

/// A row that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<T> {
    /// As in [`Told`].
    pub number: i64,
    /// As in [`Told`].
    pub behind: i64,
    /// The `now` of the call that wrote it.
    pub written_at: Timestamp,
    /// What it tells; nothing where what it told of is gone.
    pub push: T,
}

/// What a storage can tell of the stream.
#[async_trait]
pub trait StreamReads: Send {
    /// The place behind all that the user was told so far; rows that were pruned count.
    async fn head(&mut self, user: UserId) -> Result<Place, StorageError>;

    /// The numbers of the last rows of these logs, in any order; rows that were pruned count, and a log
    /// that never had one is left out. At most 1000 logs, no two of them the same.
    async fn heads(&mut self, logs: &[Log]) -> Result<Vec<(Log, i64)>, StorageError>;

    /// The number of the last row of this log, 0 before the first; rows that were pruned count. Whoever is
    /// told of number N reads from then on what was committed with every number up to N.
    async fn number(&mut self, log: Log) -> Result<i64, StorageError>;

    /// The first rows of everyone's log behind a number, at most `limit`, in order. No message is told
    /// to everyone, so each row has what it tells.
    async fn shared(&mut self, number: i64, limit: u32) -> Result<Vec<Row<Push>>, StorageError>;

    /// What the user is told behind a place: of each log the first rows, at most `limit`, in order,
    /// and how far the logs are, all seen at one moment. Of messages it tells the present state,
    /// of the rest what it was when it was told. The place may be anywhere, also behind the head.
    async fn after(
        &mut self,
        user: UserId,
        place: Place,
        limit: u32,
    ) -> Result<Slice<Option<Push>>, StorageError>;
}

/// What a storage can do to the stream. (What is told of messages it writes with the messages:
/// [`MessageWrites`](crate::messages::MessageWrites).)
#[async_trait]
pub trait StreamWrites: StreamReads {
    /// Writes what happened in the log of each of the audience, and where: of a session's as it then
    /// is, so before it is deleted; of one that is not there only the one more is told. Locks these
    /// logs, in the order of their names; a transaction takes no lock that others want after them. A
    /// message is not told by this.
    async fn publish(
        &mut self,
        audience: Audience,
        push: &Push,
        now: Timestamp,
    ) -> Result<Vec<Told>, StorageError>;

    /// Locks the logs of those who are told of these sessions, in the order of their names: for a
    /// transaction that publishes to several.
    async fn lock(&mut self, sessions: &[SessionId]) -> Result<(), StorageError>;

    /// Removes rows that were written before then (the `now` of their call), in any order, at most so
    /// many; how many. A storage that keeps what is told apart from the rows removes of that at most so
    /// many as well, after the rows, and counts it too. The numbers stay taken.
    async fn prune(&mut self, before: Timestamp, most: u32) -> Result<u64, StorageError>;

    /// Notes that a ticket, good until then, is used up; whether it was not before. Of many at once, one
    /// is the first.
    async fn spend_ticket(&mut self, ticket: &str, until: Timestamp) -> Result<bool, StorageError>;

    /// Removes used tickets that were good until before then, at most so many; how many.
    async fn forget_tickets(&mut self, before: Timestamp, most: u32) -> Result<u64, StorageError>;
}

/// What follows from a transaction once it is committed.
#[derive(Default)]
pub(crate) struct Aftermath {
    /// Accounts that, or whose logins, were changed.
    pub(crate) changed: Vec<UserId>,
    /// What is told.
    pub(crate) told: Vec<(Told, Arc<News>)>,
}

impl Aftermath {
    /// What was published then, and in which rows.
    pub(crate) fn told(push: Push, now: Timestamp, rows: Vec<Told>) -> Self {
        let news = Arc::new(News::new(push, Some(now)));
        let told = rows.into_iter().map(|told| (told, Arc::clone(&news))).collect();
        Self { changed: Vec::new(), told }
    }
}

impl<const N: usize> From<[UserId; N]> for Aftermath {
    fn from(changed: [UserId; N]) -> Self {
        Vec::from(changed).into()
    }
}

impl From<Vec<UserId>> for Aftermath {
    fn from(changed: Vec<UserId>) -> Self {
        Self { changed, told: Vec::new() }
    }
}
