//! What a storage does to take rows over.

use async_trait::async_trait;
use guildhall_openapi::{Event, Group, Message, Session, Timestamp, UserId};

use crate::accounts::Account;
use crate::storage::{Conflict, StorageError};

/// What became of a row that comes with its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Put<T> {
    /// It was added.
    Added,
    /// This one has the id already; nothing was changed.
    Stands(T),
    /// Another one has its key; nothing was changed.
    Refused(Conflict),
}

/// Adding rows under ids that they bring along. Each method answers for the rows in their order; of two in
/// one call that have the same key the first gets it. No two in a call have the same id. What rows refer
/// to is there. Ids that are given afterwards are above those once [`TakeOverWrites::close`] was called.
#[async_trait]
pub trait TakeOverWrites: Send {
    /// Adds groups, under the keys of their names. Conflict: `GroupNameTaken`.
    async fn groups(&mut self, groups: &[Group]) -> Result<Vec<Put<Group>>, StorageError>;

    /// Adds accounts as they are, under the keys of their names; no mail is written. Conflicts, the first of:
    /// `EmailTaken`, `UsernameTaken`.
    async fn accounts(&mut self, accounts: &[Account]) -> Result<Vec<Put<Account>>, StorageError>;

    /// The highest id of an account.
    async fn highest_account(&mut self) -> Result<Option<UserId>, StorageError>;

    /// Adds sessions with their users, in their order.
    async fn sessions(&mut self, sessions: &[Session]) -> Result<Vec<Put<Session>>, StorageError>;

    /// Adds events, and tells everyone at `now` that they were created. Conflict: `EventTitleTaken`.
    async fn events(
        &mut self,
        events: &[Event],
        now: Timestamp,
    ) -> Result<Vec<Put<Event>>, StorageError>;

    /// Adds messages, read or not, to the conversations of the two, and tells both at `now` as if they had
    /// just been sent.
    async fn messages(
        &mut self,
        messages: &[Message],
        now: Timestamp,
    ) -> Result<Vec<Put<Message>>, StorageError>;

    /// Sees to it that ids that are given from now on are above those that are there. It is the last call
    /// before the commit: it may outlast a transaction that is dropped.
    async fn close(&mut self) -> Result<(), StorageError>;
}
