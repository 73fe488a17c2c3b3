//! The stream, by `/sync`: what is told to whom, in which order, and from where.

use std::time::{Duration, Instant};

use guildhall_openapi::accounts::UserDeletion;
use guildhall_openapi::stream::{SyncAnswer, SyncQuery};
use guildhall_openapi::{ErrorCode, EventPatch, Push};

use crate::events::event;
use crate::messages::send;
use crate::sessions::new_session;
use crate::support::{Api, Refused as _, World, on_both};

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

/// What happened since a cursor, or happens within so many seconds.
async fn sync(api: &Api, cursor: &str, wait: u64) -> SyncAnswer {
    let query = SyncQuery { cursor: Some(cursor.into()), wait: wait.try_into().unwrap() };
    api.sync(&query).await.unwrap()
}

/// A reader who asks again and again.
struct Reader<'a> {
    api: &'a Api,
    cursor: String,
}

impl<'a> Reader<'a> {
    async fn of(api: &'a Api) -> Self {
        let now = api.sync(&SyncQuery::default()).await.unwrap();
        assert_eq!(now.frames, []);
        Self { api, cursor: now.cursor.into_string() }
    }

    /// What is new.
    async fn told(&mut self) -> Vec<Push> {
        let answer = sync(self.api, &self.cursor, 0).await;
        self.cursor = answer.cursor.into_string();
        answer.frames.into_iter().map(|frame| frame.push).collect()
    }
}

async fn messages(world: &World) {
    let ((alice, a), (bob, b), (_, c)) =
        (world.someone().await, world.someone().await, world.someone().await);
    let (mut alices, mut bobs, mut carols) =
        (Reader::of(&a).await, Reader::of(&b).await, Reader::of(&c).await);
    let one = send(&a, bob.id, "1").await;
    let two = send(&b, alice.id, "2").await;
    let both = [one.clone(), two].map(|message| Push::NewMessage { message });
    assert_eq!(alices.told().await, both);
    assert_eq!(bobs.told().await, both);
    let message = b.messages().read(one.id).await.unwrap();
    b.messages().read(one.id).await.unwrap();
    assert_eq!(alices.told().await, [Push::MessageRead { message }], "once, to the sender");
    assert_eq!(bobs.told().await, []);

    let three = send(&a, bob.id, "3").await;
    b.messages().read_conversation(alice.id).await.unwrap();
    let message = a.messages().get(three.id).await.unwrap();
    assert!(message.is_read);
    // Who asks late hears of a message as it is by then.
    let expected = [Push::NewMessage { message: message.clone() }, Push::MessageRead { message }];
    assert_eq!(alices.told().await, expected);

    bobs.told().await;
    let message = send(&b, bob.id, "note").await;
    assert_eq!(bobs.told().await, [Push::NewMessage { message }], "to oneself once");
    assert_eq!(carols.told().await, []);
}

async fn sessions(world: &World) {
    let ((_, owner), (bob, b)) = (world.someone().await, world.someone().await);
    let ((_, admin), (_, stranger)) = (world.admin().await, world.someone().await);
    let mut readers = [Reader::of(&owner).await, Reader::of(&b).await];
    let mut others = [Reader::of(&admin).await, Reader::of(&stranger).await];
    let id = owner.sessions().create(&new_session("x")).await.unwrap().id;
    let sessions = admin.sessions();
    let mut expected = Vec::new();
    for (after, changes) in [
        (sessions.add_user(id, bob.id).await, true),
        (sessions.add_user(id, bob.id).await, false),
        (sessions.start(id).await, true),
        (sessions.remove_user(id, bob.id).await, true),
        (sessions.remove_user(id, bob.id).await, false),
        (sessions.add_user(id, bob.id).await, true),
        (sessions.stop(id).await, true),
        (sessions.stop(id).await, false),
    ] {
        let session = after.unwrap();
        if changes {
            expected.push(Push::SessionUpdated { session });
        }
    }
    sessions.delete(id).await.unwrap();
    expected.push(Push::SessionDeleted { session_id: id });
    for reader in &mut readers {
        assert_eq!(reader.told().await, expected, "to the owner and to those in it");
    }
    for other in &mut others {
        assert_eq!(other.told().await, []);
    }

    // Whoever deletes their account leaves, and the others are told.
    let sessions = owner.sessions();
    let id = sessions.create(&new_session("y")).await.unwrap().id;
    let joined = sessions.add_user(id, bob.id).await.unwrap();
    b.accounts().delete(bob.id, &UserDeletion::default()).await.unwrap();
    let left = sessions.get(id).await.unwrap();
    assert_eq!(left.users, []);
    let expected = [joined, left].map(|session| Push::SessionUpdated { session });
    assert_eq!(readers[0].told().await, expected);
}

async fn events(world: &World) {
    let ((_, a), (_, b)) = (world.someone().await, world.someone().await);
    let mut readers = [Reader::of(&a).await, Reader::of(&b).await];
    let created = event(&a, "Party").await;
    let id = created.id;
    let patch = EventPatch { location: Some("Garden".into()), ..EventPatch::default() };
    let updated = a.events().update(id, &patch).await.unwrap();
    a.events().delete(id).await.unwrap();
    let expected = [
        Push::EventCreated { event: created },
        Push::EventUpdated { event: updated },
        Push::EventDeleted { event_id: id },
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
    let all = sync(&a, &start, 0).await;
    let kinds: Vec<_> =
        all.frames.iter().map(|frame| matches!(frame.push, Push::NewMessage { .. })).collect();
    assert_eq!(kinds, [true, false].repeat(10), "in the order in which it was done");
    for (index, frame) in all.frames.iter().enumerate() {
        let rest = sync(&a, &frame.cursor, 0).await;
        assert_eq!(rest.frames, all.frames[index + 1..]);
        assert_eq!(rest.cursor, all.cursor);
    }

    for number in 0..120 {
        send(&b, alice.id, &number.to_string()).await;
    }
    let first = sync(&a, &all.cursor, 0).await;
    let second = sync(&a, &first.cursor, 0).await;
    assert_eq!((first.frames.len(), second.frames.len()), (100, 20));
    assert_eq!(first.frames[99].cursor, first.cursor);
}

async fn bad_cursors(world: &World) {
    let ((alice, a), (_, b)) = (world.someone().await, world.someone().await);
    let (alices, bobs) = (Reader::of(&a).await.cursor, Reader::of(&b).await.cursor);
    let mark = alices.rsplit_once('.').unwrap().1;
    let too_far = format!("gc1.7fffffffffffffff.0.{mark}");
    for bad in ["", " ", "x", "gc1.0.0.AAAAAAAAAAAA", &bobs, &too_far, &"x".repeat(500)] {
        let answer = sync(&a, bad, 5).await;
        assert_eq!(answer.frames.len(), 1, "{bad}");
        assert_eq!(answer.frames[0].push, Push::ResyncRequired, "{bad}");
        assert_eq!(answer.cursor, answer.frames[0].cursor);
        let message = send(&b, alice.id, "x").await;
        let next = sync(&a, &answer.cursor, 0).await;
        assert_eq!(next.frames.len(), 1, "it goes on from there");
        assert_eq!(next.frames[0].push, Push::NewMessage { message });
    }
    for text in ["\0", &"x".repeat(501)] {
        let query = SyncQuery { cursor: Some(text.into()), ..SyncQuery::default() };
        a.sync(&query).await.refused(ErrorCode::ValidationFailed);
    }
}

async fn waiting(world: &World) {
    let ((alice, a), (_, b)) = (world.someone().await, world.someone().await);
    let cursor = Reader::of(&a).await.cursor;
    let waits = tokio::spawn({
        let (a, cursor) = (a.clone(), cursor.clone());
        async move { sync(&a, &cursor, 30).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let (sent, began) = (send(&b, alice.id, "now").await, Instant::now());
    let answer = waits.await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(20), "it came before the wait was over");
    assert_eq!(answer.frames[0].push, Push::NewMessage { message: sent });
    let nothing = sync(&a, &answer.cursor, 1).await;
    assert_eq!((nothing.frames.as_slice(), &nothing.cursor), (&[][..], &answer.cursor));
    for bad in ["31", "-1", "x", ""] {
        a.get(&format!("/sync?wait={bad}")).await.names("wait");
    }
    world.api.sync(&SyncQuery::default()).await.refused(ErrorCode::NotAuthenticated);

    // Whoever is signed out while they wait is told so.
    let query = SyncQuery { cursor: Some(answer.cursor), wait: 30.try_into().unwrap() };
    let waits = tokio::spawn({
        let a = a.clone();
        async move { a.sync(&query).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    a.auth().sign_out().await.unwrap();
    waits.await.unwrap().refused(ErrorCode::NotAuthenticated);
}
