//! Direct messages: what one person writes to another, and the conversations that come of it.
//!
//! What was written stays with both when one of them is deleted; nothing more can be sent to whoever
//! is. A conversation is kept for each of the two with its last message and the number of those that
//! are unread, so that a list of them costs the same whatever was written.

use std::sync::Arc;

use async_trait::async_trait;
use guildhall_openapi::messages::{ConversationQuery, ReceivedQuery};
use guildhall_openapi::page::Recent;
use guildhall_openapi::text::{IdempotencyKey, MessageText};
use guildhall_openapi::{
    Conversation, ErrorCode, Message, MessageId, NewMessage, Push, Timestamp, UserId,
};

use crate::caller::Caller;
use crate::error::{Result, check};
use crate::guildhall::Guildhall;
use crate::idempotency::Begun;
use crate::storage::StorageError;
use crate::stream::{Aftermath, Told};

/// A message to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// What it says, checked.
    pub content: MessageText,
    /// Who sends it.
    pub sender: UserId,
    /// To whom.
    pub receiver: UserId,
    /// When.
    pub now: Timestamp,
}

impl Draft {
    /// The message under its id, not read yet.
    #[must_use]
    pub fn with_id(self, id: MessageId) -> Message {
        let Self { content, sender, receiver, now } = self;
        Message {
            id,
            content,
            created_at: now,
            sender_id: sender,
            receiver_id: receiver,
            is_read: false,
            read_at: None,
        }
    }
}

/// A message that was written, and told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The message's id.
    pub id: MessageId,
    /// The rows of the stream that tell of it: one in the receiver's log and one in the sender's, or
    /// one where they are the same.
    pub told: Vec<Told>,
}

/// How many messages are read in one transaction.
const READ_AT_ONCE: u32 = 200;

/// Which messages are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// This one.
    One(MessageId),
    /// The oldest from this sender, at most so many.
    From(UserId, u32),
}

/// A conversation as one side knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The conversation.
    pub conversation: Conversation,
    /// Whether the other side has ever written; of a conversation with oneself, yes.
    pub other_wrote: bool,
}

/// What a storage can tell of messages. Lists are newest first, and say whether there is more.
#[async_trait]
pub trait MessageReads: Send {
    /// The message with this id.
    async fn by_id(&mut self, id: MessageId) -> Result<Option<Message>, StorageError>;

    /// What the user received.
    async fn received(
        &mut self,
        user: UserId,
        query: &ReceivedQuery,
    ) -> Result<(Vec<Message>, bool), StorageError>;

    /// What the user sent.
    async fn sent(
        &mut self,
        user: UserId,
        page: &Recent<MessageId>,
    ) -> Result<(Vec<Message>, bool), StorageError>;

    /// What the two wrote to each other.
    async fn between(
        &mut self,
        user: UserId,
        other: UserId,
        page: &Recent<MessageId>,
    ) -> Result<(Vec<Message>, bool), StorageError>;

    /// The user's conversations, the one with the newest message first. Those with deleted accounts
    /// are among them, and the one with oneself. The other side's names are always told: who may see
    /// them is the core's to say.
    async fn conversations(
        &mut self,
        user: UserId,
        query: &ConversationQuery,
    ) -> Result<(Vec<Known>, bool), StorageError>;
}

/// What a storage can do to messages.
#[async_trait]
pub trait MessageWrites: MessageReads {
    /// Adds a message, sets both sides' conversations, and tells both: `Push::NewMessage`, as
    /// [`StreamWrites::publish`](crate::stream::StreamWrites) tells. `None`, and no change, where
    /// the receiver is not there or deleted. In each log the ids of new messages rise, so that
    /// whoever looks at a list of theirs again finds what is new before what they know.
    async fn insert(&mut self, draft: &Draft) -> Result<Option<Sent>, StorageError>;

    /// Notes that the receiver has read what was unread of these, in id order, and tells each
    /// message's sender: `Push::MessageRead`. The messages as they then are, and the rows that tell
    /// of each. What was sent to another, or is read already, is left as it is and not told.
    async fn read(
        &mut self,
        receiver: UserId,
        which: Unread,
        now: Timestamp,
    ) -> Result<Vec<(Message, Told)>, StorageError>;
}

/// The service: [`Guildhall::messages`].
#[derive(Clone, Copy)]
pub struct Messages<'a>(pub(crate) &'a Guildhall);

impl Messages<'_> {
    /// Sends a message. Called again with the same key, it gives the first answer and sends nothing.
    ///
    /// # Errors
    /// `validation_failed`, `user_not_found`, `idempotency_key_reused`.
    pub async fn send(
        &self,
        caller: &Caller,
        new: NewMessage,
        key: Option<&IdempotencyKey>,
    ) -> Result<Message> {
        let once = self.0.once(caller, key, "send_message", &new)?;
        let content = check("content", &new.content)?;
        let (sender, receiver, now) = (caller.id(), new.receiver_id, self.0.now());
        let draft = Draft { content, sender, receiver, now };
        if !once.has_key() {
            return self.send_at_once(draft).await;
        }
        let mut tx = match once.begin(self.0).await? {
            Begun::Before(message) => return Ok(message),
            Begun::Now(tx) => tx,
        };
        let sent = tx.messages().insert(&draft).await?;
        let Sent { id, told } = sent.ok_or(ErrorCode::UserNotFound)?;
        let message = draft.with_id(id);
        let push = Push::NewMessage { message: message.clone() };
        once.end(self.0, tx, message, Aftermath::told(push, now, told)).await
    }

    /// The same in one step.
    async fn send_at_once(&self, draft: Draft) -> Result<Message> {
        let storage = Arc::clone(&self.0.storage);
        let step = async move {
            let sent = storage.steps().send_message(&draft).await?;
            let Sent { id, told } = sent.ok_or(ErrorCode::UserNotFound)?;
            let now = draft.now;
            let message = draft.with_id(id);
            let push = Push::NewMessage { message: message.clone() };
            Ok((message, Aftermath::told(push, now, told)))
        };
        self.0.step(step).await
    }

    /// A page of what the caller received, newest first, and whether there is more.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn received(
        &self,
        caller: &Caller,
        query: &ReceivedQuery,
    ) -> Result<(Vec<Message>, bool)> {
        Ok(self.0.storage.read().await?.messages().received(caller.id(), query).await?)
    }

    /// A page of what the caller sent, newest first, and whether there is more.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn sent(
        &self,
        caller: &Caller,
        page: &Recent<MessageId>,
    ) -> Result<(Vec<Message>, bool)> {
        Ok(self.0.storage.read().await?.messages().sent(caller.id(), page).await?)
    }

    /// A message that the caller sent or received.
    ///
    /// # Errors
    /// `message_not_found`.
    pub async fn get(&self, caller: &Caller, id: MessageId) -> Result<Message> {
        let message = self.0.storage.read().await?.messages().by_id(id).await?;
        let is_theirs = |m: &Message| m.sender_id == caller.id() || m.receiver_id == caller.id();
        message.filter(is_theirs).ok_or_else(|| ErrorCode::MessageNotFound.into())
    }

    /// Notes that the caller has read a message; again, it changes nothing.
    ///
    /// # Errors
    /// `message_not_found`; `forbidden` where the caller sent it to someone else.
    pub async fn read(&self, caller: &Caller, id: MessageId) -> Result<Message> {
        let message = self.get(caller, id).await?;
        if message.receiver_id != caller.id() {
            return Err(ErrorCode::Forbidden.into());
        }
        if message.is_read {
            return Ok(message);
        }
        let read = self.note(caller, Unread::One(id)).await?;
        match read.into_iter().next() {
            Some(message) => Ok(message),
            // Another device was quicker.
            None => self.get(caller, id).await,
        }
    }

    /// A page of the caller's conversations, the one with the newest message first, and whether there
    /// is more. Where the directory is private, whoever has not written back has no name, but to admins.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn conversations(
        &self,
        caller: &Caller,
        query: &ConversationQuery,
    ) -> Result<(Vec<Conversation>, bool)> {
        let mut reads = self.0.storage.read().await?;
        let (known, more) = reads.messages().conversations(caller.id(), query).await?;
        let sees_all = self.0.accounts().view(Some(caller)).is_ok();
        let shown = |Known { mut conversation, other_wrote }: Known| {
            let other = &mut conversation.user;
            if !sees_all && !other_wrote {
                (other.username, other.full_name) = (None, None);
            }
            conversation
        };
        Ok((known.into_iter().map(shown).collect(), more))
    }

    /// A page of what the caller and another wrote to each other, newest first, and whether there is
    /// more.
    ///
    /// # Errors
    /// `user_not_found` where nobody ever had this id.
    pub async fn between(
        &self,
        caller: &Caller,
        other: UserId,
        page: &Recent<MessageId>,
    ) -> Result<(Vec<Message>, bool)> {
        let mut reads = self.0.storage.read().await?;
        let (messages, more) = reads.messages().between(caller.id(), other, page).await?;
        if messages.is_empty() {
            reads.accounts().by_id(other).await?.ok_or(ErrorCode::UserNotFound)?;
        }
        Ok((messages, more))
    }

    /// Notes that the caller has read all that another sent them.
    ///
    /// # Errors
    /// `user_not_found` where nobody ever had this id.
    pub async fn read_all(&self, caller: &Caller, other: UserId) -> Result<()> {
        let oldest = Unread::From(other, READ_AT_ONCE);
        if self.note(caller, oldest).await?.is_empty() {
            let other = self.0.storage.read().await?.accounts().by_id(other).await?;
            return other.map(drop).ok_or_else(|| ErrorCode::UserNotFound.into());
        }
        // One after the other, so that nobody waits for a log until thousands are read.
        while !self.note(caller, oldest).await?.is_empty() {}
        Ok(())
    }

    /// Notes what the caller has read; the messages that were unread before.
    async fn note(&self, caller: &Caller, which: Unread) -> Result<Vec<Message>> {
        let mut tx = self.0.storage.write().await?;
        let now = self.0.now();
        let read = tx.messages().read(caller.id(), which, now).await?;
        let mut aftermath = Aftermath::default();
        for (message, told) in &read {
            let push = Push::MessageRead { message: message.clone() };
            aftermath.told.extend(Aftermath::told(push, now, vec![*told]).told);
        }
        self.0.commit(tx, aftermath).await?;
        Ok(read.into_iter().map(|(message, _)| message).collect())
    }
}
