//! Direct messages and conversations.

use futures_util::TryStreamExt as _;
use futures_util::future::{join, join_all};
use guildhall_client::{Call, Error, List, Page};
use guildhall_core::{Directory, Policy};
use guildhall_openapi::accounts::UserDeletion;
use guildhall_openapi::messages::{ConversationQuery, ReceivedQuery, SendMessage};
use guildhall_openapi::page::{Limit, Recent, Skip};
use guildhall_openapi::{
    Conversation, Correspondent, Endpoint, ErrorCode, Message, MessageId, NewMessage, UserId,
};
use serde_json::{Value, json};

use crate::support::{Api, Refused as _, World, on_both};

on_both! {
    /// A message that a third person reads, is counted wrongly, or is lost.
    async fn messages_are_between_two(world) {
        sending(world).await;
        reading(world).await;
        lists(world).await;
        conversations(world).await;
        deleted_people(world).await;
        private_directory(world).await;
        oneself(world).await;
        asked_again(world).await;
    }
}

/// What sends this text.
pub(crate) fn new_message(to: UserId, content: &str) -> NewMessage {
    NewMessage { content: content.into(), receiver_id: to }
}

pub(crate) async fn send(from: &Api, to: UserId, content: &str) -> Message {
    from.messages().send(&new_message(to, content)).await.unwrap()
}

/// What the messages of a page say.
fn texts(page: Result<Page<Message>, Error>) -> Vec<String> {
    page.unwrap().into_iter().map(|message| message.content.into_string()).collect()
}

async fn received(api: &Api, unread: Option<bool>) -> Vec<String> {
    let query = ReceivedQuery { unread, ..ReceivedQuery::default() };
    texts(api.messages().received(&query).await)
}

async fn sent(api: &Api) -> Vec<String> {
    texts(api.messages().sent(&Recent::default()).await)
}

async fn between(api: &Api, other: UserId) -> Vec<String> {
    texts(api.messages().conversation(other, &Recent::default()).await)
}

async fn sending(world: &World) {
    let ((alice, api), (bob, _)) = (world.someone().await, world.someone().await);
    let body = json!({ "content": " Ça va ? 👩‍👩‍👧 \n", "receiver_id": bob.id, "is_read": true });
    let sent: Value = api.post("/messages", &body).await.json();
    let (id, created_at) = (&sent["id"], &sent["created_at"]);
    let expected = json!({
        "id": id, "content": "Ça va ? 👩‍👩‍👧", "created_at": created_at, "sender_id": alice.id,
        "receiver_id": bob.id, "is_read": false, "read_at": null,
    });
    assert_eq!(sent, expected);
    assert_eq!(api.get(&format!("/messages/{id}")).await.json::<Value>(), expected);

    let nobody = UserId::new(999_999).unwrap();
    api.messages().send(&new_message(nobody, "x")).await.refused(ErrorCode::UserNotFound);
    for (content, fits) in [
        ("x".repeat(10_000), true),
        ("x".repeat(10_001), false),
        (" ".into(), false),
        ("\0".into(), false),
    ] {
        if fits {
            assert_eq!(send(&api, bob.id, &content).await.content.as_str(), content);
        }
        let reply = api.post("/messages", &new_message(bob.id, &content)).await;
        if fits {
            assert_eq!(reply.json::<Message>().content.as_str(), content);
        } else {
            reply.names("content");
        }
    }
    api.post("/messages", &json!({ "content": "x", "receiver_id": 0 })).await.names("receiver_id");
    api.post("/messages", &json!({ "content": "x" })).await.names("receiver_id");
}

async fn reading(world: &World) {
    let ((_, alice), (bob, bobs)) = (world.someone().await, world.someone().await);
    let ((_, carol), (_, admin)) = (world.someone().await, world.admin().await);
    let message = send(&alice, bob.id, "x").await;
    let id = message.id;
    for stranger in [&carol, &admin] {
        stranger.messages().get(id).await.refused(ErrorCode::MessageNotFound);
        stranger.messages().read(id).await.refused(ErrorCode::MessageNotFound);
    }
    alice.messages().read(id).await.refused(ErrorCode::Forbidden);
    let bobs = bobs.messages();
    assert_eq!(bobs.get(id).await.unwrap(), message);
    // Two devices at once get one answer.
    let (first, second) = join(bobs.read(id), bobs.read(id)).await;
    let first = first.unwrap();
    assert!(first.is_read && first.read_at >= Some(message.created_at), "{first:?}");
    assert_eq!(second.unwrap(), first);
    assert_eq!(bobs.read(id).await.unwrap(), first);
    assert_eq!(alice.messages().get(id).await.unwrap(), first);
    for unknown in [999_999, i64::MAX] {
        let unknown = MessageId::new(unknown).unwrap();
        alice.messages().get(unknown).await.refused(ErrorCode::MessageNotFound);
        alice.messages().read(unknown).await.refused(ErrorCode::MessageNotFound);
    }
    alice.ask("PUT", "/messages/0/read", &json!({})).await.names("message_id");
}

async fn lists(world: &World) {
    let ((alice, a), (bob, b)) = (world.someone().await, world.someone().await);
    let (_, carol) = world.someone().await;
    let mut messages = Vec::new();
    for number in 0..5 {
        messages.push(send(&a, bob.id, &number.to_string()).await);
    }
    send(&b, alice.id, "back").await;
    send(&carol, bob.id, "other").await;
    assert_eq!(received(&b, None).await, ["other", "4", "3", "2", "1", "0"]);
    assert_eq!(sent(&a).await, ["4", "3", "2", "1", "0"]);
    assert_eq!(received(&a, None).await, ["back"]);
    b.messages().read(messages[3].id).await.unwrap();
    assert_eq!(received(&b, Some(true)).await, ["other", "4", "2", "1", "0"]);
    assert_eq!(received(&b, Some(false)).await, ["3"]);
    let page = |limit: u64| Recent { limit: limit.try_into().unwrap(), ..Recent::default() };
    let skipping = Recent { skip: Skip::try_from(1).unwrap(), ..page(2) };
    let query = ReceivedQuery { unread: Some(true), page: skipping };
    assert_eq!(texts(b.messages().received(&query).await), ["4", "2"]);
    assert_eq!(between(&b, alice.id).await, ["back", "4", "3", "2", "1", "0"]);
    let by_twos = ReceivedQuery { unread: None, page: page(2) };
    assert_eq!(walk(b.messages().received(&by_twos)).await, received(&b, None).await);
    let conversation = b.messages().conversation(alice.id, &page(2));
    assert_eq!(walk(conversation).await, between(&b, alice.id).await);
    assert_eq!(walk(a.messages().sent(&page(3))).await, ["4", "3", "2", "1", "0"]);
    let before = Recent { before: Some(messages[2].id), ..page(1) };
    assert_eq!(texts(a.messages().sent(&before).await), ["1"]);
    for (query, field) in [
        ("unread=perhaps", "unread"),
        ("before=0", "before"),
        ("skip=-1", "skip"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
    ] {
        a.get(&format!("/messages/received?{query}")).await.names(field);
    }
}

/// All pages of a list together.
async fn walk<E: Endpoint<Response = Vec<Message>> + 'static>(
    list: List<Message, E>,
) -> Vec<String> {
    list.rows().map_ok(|message| message.content.into_string()).try_collect().await.unwrap()
}

/// Who, the last message, and how many are unread.
async fn shown(api: &Api, query: ConversationQuery) -> Vec<(UserId, String, u64)> {
    let conversations = api.messages().conversations(&query).await.unwrap();
    let one = |c: Conversation| (c.user.id, c.last_message.content.into_string(), c.unread_count);
    conversations.into_iter().map(one).collect()
}

async fn conversations(world: &World) {
    let ((alice, a), (bob, b)) = (world.someone().await, world.someone().await);
    let (carol, c) = world.someone().await;
    let all = ConversationQuery::default();
    assert_eq!(shown(&a, all).await, []);
    send(&b, alice.id, "1").await;
    let second = send(&b, alice.id, "2").await;
    send(&c, alice.id, "3").await;
    assert_eq!(shown(&a, all).await, [(carol.id, "3".into(), 1), (bob.id, "2".into(), 2)]);
    send(&a, bob.id, "4").await;
    assert_eq!(shown(&a, all).await, [(bob.id, "4".into(), 2), (carol.id, "3".into(), 1)]);
    let (skip, limit) = (Skip::try_from(1).unwrap(), Limit::try_from(1).unwrap());
    let last = ConversationQuery { skip, limit };
    assert_eq!(shown(&a, last).await, [(carol.id, "3".into(), 1)]);
    for (query, next) in [("?limit=1", "<?limit=1&skip=1>; rel=\"next\""), ("?skip=1&limit=1", "")]
    {
        assert_eq!(a.get(&format!("/conversations{query}")).await.header("link"), next);
    }
    assert_eq!(shown(&b, all).await, [(alice.id, "4".into(), 1)]);
    a.messages().read(second.id).await.unwrap();
    a.messages().read(second.id).await.unwrap();
    assert_eq!(shown(&a, all).await[0], (bob.id, "4".into(), 1), "counted once");
    for _ in 0..2 {
        a.messages().read_conversation(bob.id).await.unwrap();
        assert_eq!(shown(&a, all).await, [(bob.id, "4".into(), 0), (carol.id, "3".into(), 1)]);
    }
    assert_eq!(received(&a, Some(true)).await, ["3"]);
    assert_eq!(
        shown(&b, all).await,
        [(alice.id, "4".into(), 1)],
        "what they sent is theirs to read"
    );
    let nobody = UserId::new(999_999).unwrap();
    a.messages().read_conversation(nobody).await.refused(ErrorCode::UserNotFound);
    let with_nobody = a.messages().conversation(nobody, &Recent::default()).await;
    with_nobody.refused(ErrorCode::UserNotFound);
    assert_eq!(between(&b, carol.id).await, [""; 0]);
    a.get("/conversations?limit=0").await.names("limit");
}

/// What was written stays, and no more can be.
async fn deleted_people(world: &World) {
    let ((alice, a), (bob, b)) = (world.someone().await, world.someone().await);
    let message = send(&b, alice.id, "farewell").await;
    b.accounts().delete(bob.id, &UserDeletion::default()).await.unwrap();
    let to_bob = a.messages().send(&new_message(bob.id, "wait")).await;
    to_bob.refused(ErrorCode::UserNotFound);
    assert_eq!(received(&a, None).await, ["farewell"]);
    let conversations = a.messages().conversations(&ConversationQuery::default()).await.unwrap();
    let (username, full_name) = (Some(bob.username), bob.full_name);
    let user = Correspondent { id: bob.id, username, full_name, deleted: true };
    assert_eq!(conversations[0].user, user);
    assert!(a.messages().read(message.id).await.unwrap().is_read);
    let all = ConversationQuery::default();
    assert_eq!(shown(&a, all).await, [(bob.id, "farewell".into(), 0)]);
}

/// Nobody learns who is here by writing to everyone.
async fn private_directory(world: &World) {
    let private = Policy { directory: Directory::Private, ..Policy::default() };
    let server = world.under(private).await;
    let ((alice, a), (bob, b)) = (world.someone().await, world.someone().await);
    let (_, admin) = world.admin().await;
    let [a, b, admin] = [a, b, admin].map(|api| api.moved_to(&server));
    let name = async |api: &Api| {
        let all = api.messages().conversations(&ConversationQuery::default()).await.unwrap();
        all[0].user.username.clone()
    };
    send(&a, bob.id, "Who are you?").await;
    assert_eq!(name(&a).await, None);
    assert_eq!(name(&b).await, Some(alice.username.clone()), "whoever writes says who they are");
    send(&b, alice.id, "Bob.").await;
    assert_eq!(name(&a).await, Some(bob.username.clone()));
    send(&admin, bob.id, "x").await;
    assert_eq!(name(&admin).await, Some(bob.username));
}

async fn oneself(world: &World) {
    let (alice, api) = world.someone().await;
    let (note, all) = (send(&api, alice.id, "note").await, ConversationQuery::default());
    let lists = [received(&api, None).await, sent(&api).await, between(&api, alice.id).await];
    assert_eq!(lists, [["note"]; 3]);
    assert_eq!(shown(&api, all).await, [(alice.id, "note".into(), 1)]);
    assert!(api.messages().read(note.id).await.unwrap().is_read);
    assert_eq!(shown(&api, all).await, [(alice.id, "note".into(), 0)]);
}

async fn asked_again(world: &World) {
    let ((_, api), (bob, bobs)) = (world.someone().await, world.someone().await);
    let ask = |content: &str| {
        let new = new_message(bob.id, content);
        api.send(Call::<SendMessage>::to(&[]).idempotency_key("k").body(&new))
    };
    let answers = join_all((0..16).map(|_| ask("once"))).await;
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(received(&bobs, None).await, ["once"]);
    assert_eq!(shown(&bobs, ConversationQuery::default()).await[0].2, 1);
    ask("twice").await.refused(ErrorCode::IdempotencyKeyReused);
}
