//! The calls of messages and of the stream.

use guildhall_client::Client;
use guildhall_openapi::messages::{ConversationQuery, ReceivedQuery};
use guildhall_openapi::page::Recent;
use guildhall_openapi::stream::SyncQuery;
use guildhall_openapi::{Correspondent, Message, Push};

use crate::messages::new_message;
use crate::support::Listener;

/// Makes each once, with messages to oneself.
pub(super) async fn make_calls(client: &Client) {
    let (messages, me) = (client.messages(), client.accounts().me().await.unwrap());
    let sent = messages.send(&new_message(me.id, "Remember the milk")).await.unwrap();
    assert_eq!(messages.get(sent.id).await.unwrap(), sent);
    let received = messages.received(&ReceivedQuery::default()).await.unwrap();
    let listed = messages.sent(&Recent::default()).await.unwrap();
    let between = messages.conversation(me.id, &Recent::default()).await.unwrap();
    for list in [received, listed, between] {
        assert_eq!(list.rows, std::slice::from_ref(&sent));
    }
    let conversations = messages.conversations(&ConversationQuery::default()).await.unwrap();
    let (username, full_name) = (Some(me.username), me.full_name);
    let user = Correspondent { id: me.id, username, full_name, deleted: false };
    assert_eq!((&conversations[0].user, conversations[0].unread_count), (&user, 1));
    let read = messages.read(sent.id).await.unwrap();
    assert_eq!(read, Message { is_read: true, read_at: read.read_at, ..sent });
    messages.read_conversation(me.id).await.unwrap();
}

/// Reads the stream in each way in which this client can.
pub(super) async fn listen(client: &Client) {
    let now = client.sync(&SyncQuery::default()).await.unwrap();
    assert_eq!(now.frames, []);
    let mut listener = Listener::of(client).await;
    let me = client.accounts().me().await.unwrap();
    let message = client.messages().send(&new_message(me.id, "Now")).await.unwrap();
    assert_eq!(listener.push().await, Push::NewMessage { message });
}
