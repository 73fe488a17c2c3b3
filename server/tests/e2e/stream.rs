//! The stream, by `/sync`: what is told to whom, in which order, and from where.

use std::time::{Duration, Instant};

use guildhall_openapi::stream::SyncAnswer;
use guildhall_openapi::{ErrorCode, Event, Message, Push, Session};
use serde_json::{Value, json};

use crate::events::event;
use crate::messages::send;
use crate::support::{Api, Reply, World, on_both};

mod sockets;

on_both! {
    /// A change that someone does not hear of, hears of twice or too early, or should not hear of.
    async fn everyone_is_told_what_concerns_them(world) {
        messages(world).await;
        sessions(world).await;
        events(world).await;
        a_cursor_is_a_place(world).await;
        bad_cursors(world).await;
        waiting(world).await;
    }
}

async fn sync(api: &Api, cursor: &str, rest: &str) -> SyncAnswer {
    api.get(&format!("/sync?cursor={cursor}{rest}")).await.json()
}

/// A reader who asks again and again.
struct Reader<'a> {
    api: &'a Api,
    cursor: String,
}

impl<'a> Reader<'a> {
    async fn of(api: &'a Api) -> Self {
        let now: SyncAnswer = api.get("/sync").await.json();
        assert_eq!(now.frames, []);
        Self { api, cursor: now.cursor.into_string() }
    }

    /// What is new, by its type and what it is about.
    async fn told(&mut self) -> Vec<(String, Value)> {
        let answer = sync(self.api, &self.cursor, "").await;
        self.cursor = answer.cursor.into_string();
        let tell = |push: Push| {
            let json = serde_json::to_value(push).unwrap();
            let about = json.as_object().unwrap().iter().find(|(name, _)| *name != "type");
            let about = about.map_or(Value::Null, |(_, about)| about.clone());
            (json["type"].as_str().unwrap().to_owned(), about)
        };
        answer.frames.into_iter().map(|frame| tell(frame.push)).collect()
    }
}

fn told(kind: &str, about: impl serde::Serialize) -> (String, Value) {
    (kind.to_owned(), serde_json::to_value(about).unwrap())
}

async fn messages(world: &World) {
    let ((alice, a), (bob, b)) = (world.someone().await, world.someone().await);
    let (_, c) = world.someone().await;
    let (mut alices, mut bobs, mut carols) =
        (Reader::of(&a).await, Reader::of(&b).await, Reader::of(&c).await);
    let one = send(&a, bob.id, "1").await;
    let two = send(&b, alice.id, "2").await;
    let both = [told("new_message", &one), told("new_message", &two)];
    assert_eq!(alices.told().await, both);
    assert_eq!(bobs.told().await, both);
    let read: Message =
        Reply::to(b.request("PUT", &format!("/messages/{}/read", one.id))).await.json();
    Reply::to(b.request("PUT", &format!("/messages/{}/read", one.id))).await.json::<Message>();
    assert_eq!(alices.told().await, [told("message_read", &read)], "once, to the sender");
    assert_eq!(bobs.told().await, []);

    let three = send(&a, bob.id, "3").await;
    Reply::to(b.request("POST", &format!("/conversations/{}/read", alice.id))).await.done();
    let heard = alices.told().await;
    assert_eq!(heard.len(), 2);
    assert_eq!((&*heard[1].0, &heard[1].1["id"]), ("message_read", &json!(three.id)));

    bobs.told().await;
    let note = send(&b, bob.id, "note").await;
    assert_eq!(bobs.told().await, [told("new_message", &note)], "to oneself once");
    assert_eq!(carols.told().await, []);
}

async fn sessions(world: &World) {
    let ((_, owner), (bob, b)) = (world.someone().await, world.someone().await);
    let ((_, admin), (_, stranger)) = (world.admin().await, world.someone().await);
    let mut readers = [Reader::of(&owner).await, Reader::of(&b).await];
    let mut others = [Reader::of(&admin).await, Reader::of(&stranger).await];
    let session: Session = owner.post("/sessions", &json!({ "name": "x" })).await.json();
    let path = format!("/sessions/{}", session.id);
    let (join, leave) = (format!("{path}/add_user/{}", bob.id), format!("{path}/users/{}", bob.id));
    let mut expected = Vec::new();
    for (method, call, changes) in [
        ("POST", &join, true),
        ("POST", &join, false),
        ("POST", &format!("{path}/start"), true),
        ("DELETE", &leave, true),
        ("DELETE", &leave, false),
        ("POST", &join, true),
        ("POST", &format!("{path}/stop"), true),
        ("POST", &format!("{path}/stop"), false),
    ] {
        let after: Session = Reply::to(admin.request(method, call)).await.json();
        if changes {
            expected.push(told("session_updated", after));
        }
    }
    admin.delete(&path).await.done();
    expected.push(told("session_deleted", session.id));
    for reader in &mut readers {
        assert_eq!(reader.told().await, expected, "to the owner and to those in it");
    }
    for other in &mut others {
        assert_eq!(other.told().await, []);
    }

    // Whoever deletes their account leaves, and the others are told.
    let session: Session = owner.post("/sessions", &json!({ "name": "y" })).await.json();
    let join = format!("/sessions/{}/add_user/{}", session.id, bob.id);
    Reply::to(owner.request("POST", &join)).await.json::<Session>();
    b.delete(&format!("/users/{}", bob.id)).await.done();
    let heard = readers[0].told().await;
    assert_eq!(
        (heard.len(), &*heard[1].0, &heard[1].1["users"]),
        (2, "session_updated", &json!([]))
    );
}

async fn events(world: &World) {
    let ((_, a), (_, b)) = (world.someone().await, world.someone().await);
    let mut readers = [Reader::of(&a).await, Reader::of(&b).await];
    let created = event(&a, "Party").await;
    let path = format!("/events/{}", created.id);
    let updated: Event = a.send("PUT", &path, &json!({ "location": "Garden" })).await.json();
    a.delete(&path).await.done();
    let expected = [
        told("event_created", &created),
        told("event_updated", updated),
        told("event_deleted", created.id),
    ];
    for reader in &mut readers {
        assert_eq!(reader.told().await, expected);
    }
}

/// Each frame's cursor leads to the rest, and what is told comes in the order in which it was done.
async fn a_cursor_is_a_place(world: &World) {
    let ((alice, a), (bob, b)) = (world.someone().await, world.someone().await);
    let start = Reader::of(&a).await.cursor;
    for number in 0..10 {
        send(&b, alice.id, &number.to_string()).await;
        event(&b, &format!("{number} by {}", bob.username.as_str())).await;
    }
    let all = sync(&a, &start, "").await;
    let kinds: Vec<_> =
        all.frames.iter().map(|frame| matches!(frame.push, Push::NewMessage { .. })).collect();
    assert_eq!(kinds, [true, false].repeat(10), "in the order in which it was done");
    for (index, frame) in all.frames.iter().enumerate() {
        let rest = sync(&a, &frame.cursor, "").await;
        assert_eq!(rest.frames, all.frames[index + 1..]);
        assert_eq!(rest.cursor, all.cursor);
    }

    for number in 0..120 {
        send(&b, alice.id, &number.to_string()).await;
    }
    let first = sync(&a, &all.cursor, "").await;
    let second = sync(&a, &first.cursor, "").await;
    assert_eq!((first.frames.len(), second.frames.len()), (100, 20));
    assert_eq!(first.frames[99].cursor, first.cursor);
}

async fn bad_cursors(world: &World) {
    let ((alice, a), (_, b)) = (world.someone().await, world.someone().await);
    let (alices, bobs) = (Reader::of(&a).await.cursor, Reader::of(&b).await.cursor);
    let mark = alices.rsplit_once('.').unwrap().1;
    let too_far = format!("gc1.7fffffffffffffff.0.{mark}");
    for bad in ["x", "gc1.0.0.AAAAAAAAAAAA", "%00", &bobs, &too_far, &"x".repeat(5000)] {
        let answer = sync(&a, bad, "&wait=5").await;
        assert_eq!(answer.frames.len(), 1, "{bad}");
        assert_eq!(answer.frames[0].push, Push::ResyncRequired, "{bad}");
        assert_eq!(answer.cursor, answer.frames[0].cursor);
        let message = send(&b, alice.id, "x").await;
        let next = sync(&a, &answer.cursor, "").await;
        assert_eq!(next.frames.len(), 1, "it goes on from there");
        assert_eq!(next.frames[0].push, Push::NewMessage { message });
    }
}

async fn waiting(world: &World) {
    let ((alice, a), (_, b)) = (world.someone().await, world.someone().await);
    let cursor = Reader::of(&a).await.cursor;
    let waits = tokio::spawn({
        let (a, cursor) = (a.clone(), cursor.clone());
        async move { sync(&a, &cursor, "&wait=30").await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let (sent, began) = (send(&b, alice.id, "now").await, Instant::now());
    let answer = waits.await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(20), "it came before the wait was over");
    assert_eq!(answer.frames[0].push, Push::NewMessage { message: sent });
    let nothing = sync(&a, &answer.cursor, "&wait=1").await;
    assert_eq!((nothing.frames.as_slice(), &nothing.cursor), (&[][..], &answer.cursor));
    for bad in ["31", "-1", "x", ""] {
        a.get(&format!("/sync?wait={bad}")).await.names("wait");
    }
    world.api.get("/sync").await.refused(ErrorCode::NotAuthenticated);

    // Whoever is signed out while they wait is told so.
    let waits = tokio::spawn({
        let a = a.clone();
        async move { a.get(&format!("/sync?cursor={}&wait=30", answer.cursor.as_str())).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    Reply::to(a.request("POST", "/auth/logout")).await.done();
    waits.await.unwrap().refused(ErrorCode::NotAuthenticated);
}
