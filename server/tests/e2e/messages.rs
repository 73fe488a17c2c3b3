//! Direct messages and conversations.

use futures_util::future::join_all;
use guildhall_core::{Directory, Policy};
use guildhall_openapi::{Conversation, ErrorCode, Message, User, UserId};
use serde_json::{Value, json};

use crate::support::{Api, Reply, World, on_both};

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

pub(crate) async fn send(from: &Api, to: UserId, content: &str) -> Message {
    from.post("/messages", &json!({ "content": content, "receiver_id": to })).await.json()
}

async fn read(api: &Api, id: impl std::fmt::Display) -> Reply {
    Reply::to(api.request("PUT", &format!("/messages/{id}/read"))).await
}

async fn list(api: &Api, path: &str) -> Vec<String> {
    let messages: Vec<Message> = api.get(path).await.json();
    messages.into_iter().map(|message| message.content.into_string()).collect()
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

    let to = |id: i64| json!({ "content": "x", "receiver_id": id });
    api.post("/messages", &to(999_999)).await.refused(ErrorCode::UserNotFound);
    api.post("/messages", &to(0)).await.names("receiver_id");
    for (content, fits) in [
        ("x".repeat(10_000), true),
        ("x".repeat(10_001), false),
        (" ".into(), false),
        ("\0".into(), false),
    ] {
        let reply =
            api.post("/messages", &json!({ "content": content, "receiver_id": bob.id })).await;
        if fits {
            assert_eq!(reply.json::<Message>().content.as_str(), content);
        } else {
            reply.names("content");
        }
    }
    api.post("/messages", &json!({ "content": "x" })).await.names("receiver_id");
}

async fn reading(world: &World) {
    let ((_, alice), (bob, bobs)) = (world.someone().await, world.someone().await);
    let ((_, carol), (_, admin)) = (world.someone().await, world.admin().await);
    let message = send(&alice, bob.id, "x").await;
    let path = format!("/messages/{}", message.id);
    for stranger in [&carol, &admin] {
        stranger.get(&path).await.refused(ErrorCode::MessageNotFound);
        read(stranger, message.id).await.refused(ErrorCode::MessageNotFound);
    }
    read(&alice, message.id).await.refused(ErrorCode::Forbidden);
    assert_eq!(bobs.get(&path).await.json::<Message>(), message);
    // Two devices at once get one answer.
    let devices = join_all([read(&bobs, message.id), read(&bobs, message.id)]).await;
    let first: Message = devices[0].json();
    assert!(first.is_read && first.read_at >= Some(message.created_at), "{first:?}");
    assert_eq!(devices[1].json::<Message>(), first);
    assert_eq!(read(&bobs, message.id).await.json::<Message>(), first);
    assert_eq!(alice.get(&path).await.json::<Message>(), first);
    for unknown in ["999999", "9223372036854775807"] {
        alice.get(&format!("/messages/{unknown}")).await.refused(ErrorCode::MessageNotFound);
        read(&alice, unknown).await.refused(ErrorCode::MessageNotFound);
    }
    read(&alice, "0").await.names("message_id");
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
    assert_eq!(list(&b, "/messages/received").await, ["other", "4", "3", "2", "1", "0"]);
    assert_eq!(list(&a, "/messages/sent").await, ["4", "3", "2", "1", "0"]);
    assert_eq!(list(&a, "/messages/received").await, ["back"]);
    read(&b, messages[3].id).await.json::<Message>();
    assert_eq!(list(&b, "/messages/received?unread=true").await, ["other", "4", "2", "1", "0"]);
    assert_eq!(list(&b, "/messages/received?unread=false").await, ["3"]);
    assert_eq!(list(&b, "/messages/received?unread=true&skip=1&limit=2").await, ["4", "2"]);
    let between = format!("/conversations/{}/messages", alice.id);
    assert_eq!(list(&b, &between).await, ["back", "4", "3", "2", "1", "0"]);
    for path in ["/messages/received?limit=2", &format!("{between}?limit=2")] {
        assert_eq!(walk(&b, path).await.len(), 6, "{path}");
    }
    assert_eq!(walk(&a, "/messages/sent?limit=3").await, ["4", "3", "2", "1", "0"]);
    let before = format!("/messages/sent?before={}&limit=1", messages[2].id);
    assert_eq!(list(&a, &before).await, ["1"]);
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

/// Follows `Link` to the end.
async fn walk(api: &Api, path: &str) -> Vec<String> {
    let (base, _) = path.split_once('?').unwrap();
    let (mut seen, mut path) = (Vec::new(), path.to_owned());
    loop {
        let reply = api.get(&path).await;
        let page: Vec<Message> = reply.json();
        seen.extend(page.into_iter().map(|message| message.content.into_string()));
        let link = reply.header("link");
        if link.is_empty() {
            return seen;
        }
        let next = link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\""));
        path = format!("{base}{}", next.unwrap());
    }
}

/// Who, the last message, and how many are unread.
async fn shown(api: &Api, query: &str) -> Vec<(UserId, String, u64)> {
    let conversations: Vec<Conversation> = api.get(&format!("/conversations{query}")).await.json();
    let one = |c: Conversation| (c.user.id, c.last_message.content.into_string(), c.unread_count);
    conversations.into_iter().map(one).collect()
}

async fn conversations(world: &World) {
    let ((alice, a), (bob, b)) = (world.someone().await, world.someone().await);
    let (carol, c) = world.someone().await;
    assert_eq!(shown(&a, "").await, []);
    send(&b, alice.id, "1").await;
    let second = send(&b, alice.id, "2").await;
    send(&c, alice.id, "3").await;
    assert_eq!(shown(&a, "").await, [(carol.id, "3".into(), 1), (bob.id, "2".into(), 2)]);
    send(&a, bob.id, "4").await;
    assert_eq!(shown(&a, "").await, [(bob.id, "4".into(), 2), (carol.id, "3".into(), 1)]);
    assert_eq!(shown(&a, "?skip=1&limit=1").await, [(carol.id, "3".into(), 1)]);
    for (query, next) in [("?limit=1", "<?limit=1&skip=1>; rel=\"next\""), ("?skip=1&limit=1", "")]
    {
        assert_eq!(a.get(&format!("/conversations{query}")).await.header("link"), next);
    }
    assert_eq!(shown(&b, "").await, [(alice.id, "4".into(), 1)]);
    read(&a, second.id).await.json::<Message>();
    read(&a, second.id).await.json::<Message>();
    assert_eq!(shown(&a, "").await[0], (bob.id, "4".into(), 1), "counted once");
    let read_all = |id: UserId| a.request("POST", &format!("/conversations/{id}/read"));
    for _ in 0..2 {
        Reply::to(read_all(bob.id)).await.done();
        assert_eq!(shown(&a, "").await, [(bob.id, "4".into(), 0), (carol.id, "3".into(), 1)]);
    }
    assert_eq!(list(&a, "/messages/received?unread=true").await, ["3"]);
    assert_eq!(
        shown(&b, "").await,
        [(alice.id, "4".into(), 1)],
        "what they sent is theirs to read"
    );
    let nobody = UserId::new(999_999).unwrap();
    Reply::to(read_all(nobody)).await.refused(ErrorCode::UserNotFound);
    a.get("/conversations/999999/messages").await.refused(ErrorCode::UserNotFound);
    assert_eq!(list(&b, &format!("/conversations/{}/messages", carol.id)).await, [""; 0]);
    a.get("/conversations?limit=0").await.names("limit");
}

/// What was written stays, and no more can be.
async fn deleted_people(world: &World) {
    let ((_, a), (bob, b)) = (world.someone().await, world.someone().await);
    let (alice, _) = (a.get("/auth/me").await.json::<User>(), ());
    let message = send(&b, alice.id, "farewell").await;
    b.delete(&format!("/users/{}", bob.id)).await.done();
    let to_bob = json!({ "content": "wait", "receiver_id": bob.id });
    a.post("/messages", &to_bob).await.refused(ErrorCode::UserNotFound);
    assert_eq!(list(&a, "/messages/received").await, ["farewell"]);
    let conversations: Value = a.get("/conversations").await.json();
    let user = json!({
        "id": bob.id, "username": bob.username, "full_name": bob.full_name, "deleted": true,
    });
    assert_eq!(conversations[0]["user"], user);
    assert!(read(&a, message.id).await.json::<Message>().is_read);
    assert_eq!(shown(&a, "").await, [(bob.id, "farewell".into(), 0)]);
}

/// Nobody learns who is here by writing to everyone.
async fn private_directory(world: &World) {
    let private = Policy { directory: Directory::Private, ..Policy::default() };
    let server = world.under(private).await;
    let ((alice, a), (bob, b)) = (world.someone().await, world.someone().await);
    let (_, admin) = world.admin().await;
    let [a, b, admin] = [a, b, admin].map(|api| api.moved_to(&server));
    let name = async |api: &Api| {
        let conversations: Vec<Conversation> = api.get("/conversations").await.json();
        conversations[0].user.username.clone()
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
    let note = send(&api, alice.id, "note").await;
    for path in ["/messages/received", "/messages/sent"] {
        assert_eq!(list(&api, path).await, ["note"]);
    }
    assert_eq!(list(&api, &format!("/conversations/{}/messages", alice.id)).await, ["note"]);
    assert_eq!(shown(&api, "").await, [(alice.id, "note".into(), 1)]);
    assert!(read(&api, note.id).await.json::<Message>().is_read);
    assert_eq!(shown(&api, "").await, [(alice.id, "note".into(), 0)]);
}

async fn asked_again(world: &World) {
    let ((_, api), (bob, bobs)) = (world.someone().await, world.someone().await);
    let ask = |content: &str| {
        let body = json!({ "content": content, "receiver_id": bob.id });
        Reply::to(api.request("POST", "/messages").header("idempotency-key", "k").json(&body))
    };
    let answers = join_all((0..16).map(|_| ask("once"))).await;
    let first: Message = answers[0].json();
    assert!(answers.iter().all(|answer| answer.json::<Message>() == first));
    assert_eq!(list(&bobs, "/messages/received").await, ["once"]);
    assert_eq!(shown(&bobs, "").await[0].2, 1);
    ask("twice").await.refused(ErrorCode::IdempotencyKeyReused);
}
