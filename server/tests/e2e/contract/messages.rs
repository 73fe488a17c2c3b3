//! The calls of messages and of the stream.

use guildhall_openapi::accounts::Me;
use guildhall_openapi::messages::{
    GetMessage, ListConversation, ListConversations, ListReceived, ListSent, ReadConversation,
    ReadMessage, SendMessage,
};
use guildhall_openapi::stream::{CreateTicket, OpenStream, OpenStreamByToken, Sync};
use guildhall_openapi::{Correspondent, Endpoint as _, Message, NewMessage, Push};

use super::Walk;
use crate::support::{Api, Socket};

/// Makes each once, with messages to oneself.
pub(super) async fn make_calls(walk: &mut Walk<'_>, caller: &Api) {
    let me = walk.call::<Me>(caller, 0, &()).await;
    let new = NewMessage { content: "Remember the milk".into(), receiver_id: me.id };
    let sent = walk.call::<SendMessage>(caller, 0, &new).await;
    let id = sent.id.get();
    assert_eq!(walk.call::<GetMessage>(caller, id, &()).await, sent);
    let received = walk.call::<ListReceived>(caller, 0, &()).await;
    let listed = walk.call::<ListSent>(caller, 0, &()).await;
    let between = walk.call::<ListConversation>(caller, me.id.get(), &()).await;
    for list in [received, listed, between] {
        assert_eq!(list, std::slice::from_ref(&sent));
    }
    let conversations = walk.call::<ListConversations>(caller, 0, &()).await;
    let (username, full_name) = (Some(me.username), me.full_name);
    let user = Correspondent { id: me.id, username, full_name, deleted: false };
    assert_eq!((&conversations[0].user, conversations[0].unread_count), (&user, 1));
    let read = walk.call::<ReadMessage>(caller, id, &()).await;
    assert_eq!(read, Message { is_read: true, read_at: read.read_at, ..sent });
    walk.call::<ReadConversation>(caller, me.id.get(), &()).await;
    stream(walk, caller).await;
}

async fn stream(walk: &mut Walk<'_>, caller: &Api) {
    assert_eq!(walk.call::<Sync>(caller, 0, &()).await.frames, []);
    let ticket = walk.call::<CreateTicket>(caller, 0, &()).await.ticket;
    for (operation, path) in [
        (OpenStream::OPERATION, format!("/ws{}", walk.slash)),
        (OpenStreamByToken::OPERATION, format!("/ws/{}{}", ticket.as_str(), walk.slash)),
    ] {
        assert_eq!(Socket::with_token(caller, &path).await.push().await, Push::Ready);
        walk.made.insert(operation.id);
    }
}
