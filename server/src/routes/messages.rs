//! Direct messages.

use guildhall_core::Guildhall;
use guildhall_openapi::messages::{ConversationQuery, ReceivedQuery};
use guildhall_openapi::page::{Limit, Skip};
use guildhall_openapi::text::IdempotencyKey;
use guildhall_openapi::{Conversation, Message, MessageId, NewMessage, UserId};
use poem::http::Uri;
use poem::web::Data;
use poem_openapi::OpenApi;

use super::Tag;
use crate::answer::{Answer, Done, Json, Listing};
use crate::extract::{Body, SignedIn};
use crate::parameter::{Header, Path, Query, recent};

pub(crate) struct Routes;

#[OpenApi(tag = "Tag::Messages")]
impl Routes {
    /// Send a message
    ///
    /// Both sides are told of it by the stream.
    #[oai(path = "/messages", method = "post", operation_id = "send_message")]
    async fn send_message(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        /// Asked again with the same key, the call gives its first answer and sends nothing.
        #[oai(name = "Idempotency-Key")]
        key: Header<IdempotencyKey>,
        body: Body<NewMessage>,
    ) -> Answer<Json<Message>> {
        Ok(Json(guildhall.messages().send(&caller.0, body.0, key.0.as_ref()).await?))
    }

    /// List received messages
    ///
    /// Newest first. For depth, `before` costs the same on every page.
    #[oai(path = "/messages/received", method = "get", operation_id = "list_received_messages")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn list_received_messages(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        uri: &Uri,
        /// Only messages that are unread (`true`), or read (`false`).
        unread: Query<bool>,
        /// Only messages before the one with this id.
        before: Query<MessageId>,
        /// How many messages to leave out at the beginning.
        skip: Query<Skip>,
        /// How many messages at most.
        limit: Query<Limit>,
    ) -> Answer<Listing<Message>> {
        let query = ReceivedQuery { unread: unread.0, page: recent(before, skip, limit) };
        let (messages, more) = guildhall.messages().received(&caller.0, &query).await?;
        Ok(listing(uri, messages, more))
    }

    /// List sent messages
    ///
    /// Newest first. For depth, `before` costs the same on every page.
    #[oai(path = "/messages/sent", method = "get", operation_id = "list_sent_messages")]
    async fn list_sent_messages(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        uri: &Uri,
        /// Only messages before the one with this id.
        before: Query<MessageId>,
        /// How many messages to leave out at the beginning.
        skip: Query<Skip>,
        /// How many messages at most.
        limit: Query<Limit>,
    ) -> Answer<Listing<Message>> {
        let page = recent(before, skip, limit);
        let (messages, more) = guildhall.messages().sent(&caller.0, &page).await?;
        Ok(listing(uri, messages, more))
    }

    /// Read a message
    ///
    /// For its sender and its receiver.
    #[oai(path = "/messages/:message_id", method = "get", operation_id = "get_message")]
    async fn get_message(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        /// The message.
        message_id: Path<MessageId>,
    ) -> Answer<Json<Message>> {
        Ok(Json(guildhall.messages().get(&caller.0, message_id.0).await?))
    }

    /// Mark a message as read
    ///
    /// For its receiver. The sender is told of it by the stream.
    #[oai(path = "/messages/:message_id/read", method = "put", operation_id = "read_message")]
    async fn read_message(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        /// The message.
        message_id: Path<MessageId>,
    ) -> Answer<Json<Message>> {
        Ok(Json(guildhall.messages().read(&caller.0, message_id.0).await?))
    }

    /// List conversations
    ///
    /// The one with the newest message first.
    #[oai(path = "/conversations", method = "get", operation_id = "list_conversations")]
    async fn list_conversations(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        uri: &Uri,
        /// How many conversations to leave out at the beginning.
        skip: Query<Skip>,
        /// How many conversations at most.
        limit: Query<Limit>,
    ) -> Answer<Listing<Conversation>> {
        let (skip, limit) = (skip.0.unwrap_or_default(), limit.0.unwrap_or_default());
        let query = ConversationQuery { skip, limit };
        let (conversations, more) = guildhall.messages().conversations(&caller.0, &query).await?;
        Ok(Listing::counted(uri, conversations, more, skip))
    }

    /// List the messages of a conversation
    ///
    /// What the two wrote to each other, newest first. For depth, `before` costs the same on every
    /// page.
    #[oai(
        path = "/conversations/:user_id/messages",
        method = "get",
        operation_id = "list_conversation"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn list_conversation(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        uri: &Uri,
        /// The other side.
        user_id: Path<UserId>,
        /// Only messages before the one with this id.
        before: Query<MessageId>,
        /// How many messages to leave out at the beginning.
        skip: Query<Skip>,
        /// How many messages at most.
        limit: Query<Limit>,
    ) -> Answer<Listing<Message>> {
        let page = recent(before, skip, limit);
        let (messages, more) = guildhall.messages().between(&caller.0, user_id.0, &page).await?;
        Ok(listing(uri, messages, more))
    }

    /// Mark a conversation as read
    ///
    /// All that the other side sent. They are told of each message by the stream.
    #[oai(
        path = "/conversations/:user_id/read",
        method = "post",
        operation_id = "read_conversation"
    )]
    async fn read_conversation(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        /// The other side.
        user_id: Path<UserId>,
    ) -> Answer<Done> {
        guildhall.messages().read_all(&caller.0, user_id.0).await?;
        Ok(Done)
    }
}

fn listing(uri: &Uri, messages: Vec<Message>, more: bool) -> Listing<Message> {
    Listing::recent(uri, messages, more, |message| message.id.get())
}
