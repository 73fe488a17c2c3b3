//! Calls about direct messages.

use guildhall_openapi::messages::{
    ConversationQuery, GetMessage, ListConversation, ListConversations, ListReceived, ListSent,
    ReadConversation, ReadMessage, ReceivedQuery, SendMessage,
};
use guildhall_openapi::page::Recent;
use guildhall_openapi::{Conversation, Message, MessageId, NewMessage, UserId};

use super::calls;
use crate::client::Client;

/// Direct messages, and the conversations that come of them.
///
/// ```no_run
/// # use guildhall_client::{Client, contract::{NewMessage, UserId, page::Recent}};
/// # async fn run(client: Client, grace: UserId) -> Result<(), guildhall_client::Error> {
/// let new = NewMessage { content: "Tea?".into(), receiver_id: grace };
/// let message = client.messages().send(&new).await?;
/// for message in client.messages().conversation(grace, &Recent::default()).await? {
///     println!("{}", &*message.content);
/// }
/// client.messages().read_conversation(grace).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Messages<'c>(pub(crate) &'c Client);

impl Client {
    /// Direct messages.
    #[must_use]
    pub fn messages(&self) -> Messages<'_> {
        Messages(self)
    }
}

calls! { Messages of "messages";
    /// Sends a message.
    call send() body(new: &NewMessage) -> Message = SendMessage;
    /// Lists the messages that were received, newest first.
    list received() query(query: &ReceivedQuery) -> Message = ListReceived;
    /// Lists the messages that were sent, newest first.
    list sent() query(page: &Recent<MessageId>) -> Message = ListSent;
    /// Reads one message that was sent or received.
    call get(id: MessageId) -> Message = GetMessage;
    /// Notes that a received message was read.
    call read(id: MessageId) -> Message = ReadMessage;
    /// Lists conversations, the one with the newest message first.
    list conversations() query(query: &ConversationQuery) -> Conversation = ListConversations;
    /// Lists what was written to and by someone, newest first.
    list conversation(with: UserId) query(page: &Recent<MessageId>) -> Message = ListConversation;
    /// Notes that all that someone sent was read.
    call read_conversation(with: UserId) -> () = ReadConversation;
}
