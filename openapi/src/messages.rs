//! Direct messages: what one person writes to another, and the conversations that come of it.

use serde::{Deserialize, Serialize};

use crate::endpoint::endpoints;
use crate::ids::{MessageId, UserId};
use crate::page::{Limit, Recent, Skip};
use crate::text::{FullName, MessageText, Username};
use crate::time::Timestamp;

/// A message from one person to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Message {
    /// The message's id.
    pub id: MessageId,
    /// What it says.
    pub content: MessageText,
    /// When it was sent.
    pub created_at: Timestamp,
    /// Who sent it; the id stays when the account is deleted.
    pub sender_id: UserId,
    /// To whom; the id stays when the account is deleted.
    pub receiver_id: UserId,
    /// Whether the receiver has read it.
    pub is_read: bool,
    /// When the receiver read it first.
    pub read_at: Option<Timestamp>,
}

/// The body of `POST /messages`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct NewMessage {
    /// What it says.
    pub content: MessageText,
    /// To whom. Writing to oneself is fine.
    pub receiver_id: UserId,
}

/// The other side of a conversation: what is needed to show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Correspondent {
    /// The account's id.
    pub id: UserId,
    /// The name under which others know the account; nothing where the directory is private and they
    /// have not written back, so that nobody learns who is here by writing to everyone.
    pub username: Option<Username>,
    /// The person's name, if they gave one; nothing in that same case.
    pub full_name: Option<FullName>,
    /// Whether the account is deleted: what was written stays, and nothing more can be sent.
    pub deleted: bool,
}

/// All that two people wrote to each other, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Conversation {
    /// The other side; oneself, where one writes to oneself.
    pub user: Correspondent,
    /// The last message, whoever sent it.
    pub last_message: Message,
    /// How many messages from the other side are unread.
    pub unread_count: u64,
}

/// The query of `GET /messages/received`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ReceivedQuery {
    /// Only messages that are unread (`true`), or read (`false`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread: Option<bool>,
    /// Which part of the list.
    #[serde(flatten)]
    pub page: Recent<MessageId>,
}

/// The query of `GET /conversations`. What was written to last comes first, so a place in the list
/// is no fixed point to page on from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ConversationQuery {
    /// How many conversations to leave out at the beginning.
    pub skip: Skip,
    /// How many conversations at most.
    pub limit: Limit,
}

endpoints! {
    /// Sends a message.
    SendMessage = "send_message" Post "/messages", Member,
        (NewMessage, ()) -> Message, [UserNotFound, IdempotencyKeyReused];
    /// Lists the messages that the caller received, newest first.
    ListReceived = "list_received_messages" Get "/messages/received", Member,
        ((), ReceivedQuery) -> Vec<Message>, [ValidationFailed];
    /// Lists the messages that the caller sent, newest first.
    ListSent = "list_sent_messages" Get "/messages/sent", Member,
        ((), Recent<MessageId>) -> Vec<Message>, [ValidationFailed];
    /// Reads one message that the caller sent or received.
    GetMessage = "get_message" Get "/messages/{message_id}", Correspondents,
        ((), ()) -> Message, [MessageNotFound];
    /// Notes that the caller, who received it, has read a message.
    ReadMessage = "read_message" Put "/messages/{message_id}/read", Receiver,
        ((), ()) -> Message, [MessageNotFound];
    /// Lists the caller's conversations, the one with the newest message first.
    ListConversations = "list_conversations" Get "/conversations", Member,
        ((), ConversationQuery) -> Vec<Conversation>, [ValidationFailed];
    /// Lists what the caller and another wrote to each other, newest first.
    ListConversation = "list_conversation" Get "/conversations/{user_id}/messages", Member,
        ((), Recent<MessageId>) -> Vec<Message>, [UserNotFound];
    /// Notes that the caller has read all that another sent them.
    ReadConversation = "read_conversation" Post "/conversations/{user_id}/read", Member,
        ((), ()) -> (), [UserNotFound];
}
