//! The stream over WebSockets: what is told by the client, how they open and close by hand.

use std::time::Duration;

use futures_util::future::join_all;
use guildhall_core::Policy;
use guildhall_openapi::accounts::UserDeletion;
use guildhall_openapi::logins::PasswordChange;
use guildhall_openapi::{CloseReason, ErrorCode, Message, Push};
use serde_json::json;

use crate::events::event;
use crate::messages::{new_message, send};
use crate::support::{Database, Listener, PASSWORD, Refused as _, Socket, World, on_both};
use crate::users::into_disabled;

on_both! {
    /// A socket that misses something, stays open for one who was signed out, or cannot say why not.
    async fn sockets_tell_what_happens_until_they_are_told_to_end(world) {
        frames(world).await;
        many_at_once(world).await;
        tickets(world).await;
        bad_tokens(world).await;
        revoked(world).await;
        expired(world).await;
        no_socket(world).await;
        goodbyes(world).await;
        talkers(world).await;
    }
}

/// A reader who is cut off without a word, or with another's frames missing before it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_is_too_slow_is_told_so() {
    let world = World::on(Database::sqlite()).await;
    let ((alice, a), senders) =
        (world.someone().await, join_all((0..8).map(|_| world.someone())).await);
    let mut socket = Socket::of(&a).await;
    // More than all the buffers on the way hold.
    let content = "👩".repeat(10_000);
    let sending = senders.iter().map(|(_, api)| async {
        for _ in 0..60 {
            send(api, alice.id, &content).await;
        }
    });
    join_all(sending).await;
    tokio::time::sleep(Duration::from_secs(12)).await;
    let mut told = 0;
    while socket.has_frame().await {
        told += 1;
    }
    assert!(told < 8 * 60, "the rest is behind the last cursor");
    socket.ends(CloseReason::TooSlow).await;
}

async fn frames(world: &World) {
    let ((alice, a), (bob, b)) = (world.someone().await, world.someone().await);
    let (mut phone, mut laptop, mut bobs) =
        (Listener::of(&a).await, Listener::of(&a).await, Listener::of(&b).await);
    let message = send(&b, alice.id, "hello").await;
    let event = event(&b, &format!("by {}", bob.username.as_str())).await;
    let expected = [Push::NewMessage { message }, Push::EventCreated { event }];
    let mut cursors = Vec::new();
    for listener in [&mut phone, &mut laptop, &mut bobs] {
        for push in &expected {
            let frame = listener.frame().await;
            assert_eq!(frame.push, *push);
            cursors.push(frame.cursor);
        }
    }
    assert_eq!(cursors[..2], cursors[2..4], "one place on all devices");
    drop(phone);

    let message = send(&b, alice.id, "missed").await;
    let mut again = Socket::with_token(&a, &format!("/ws?cursor={}", cursors[1].as_str())).await;
    let ready = again.frame().await;
    assert_eq!((ready.push, &ready.cursor), (Push::Ready, &cursors[1]), "it skips nothing");
    let missed = Push::NewMessage { message };
    assert_eq!(again.push().await, missed);
    assert_eq!(Listener::to(a.stream_from(cursors[1].as_str())).push().await, missed);

    let mut lost = Listener::to(a.stream_from("nonsense"));
    assert_eq!(lost.push().await, Push::ResyncRequired);
    let mut socket = Socket::with_token(&a, "/ws?cursor=nonsense").await;
    assert_eq!(socket.push().await, Push::ResyncRequired);
    assert_eq!(socket.push().await, Push::Ready);
    let message = send(&b, alice.id, "after").await;
    assert_eq!(lost.push().await, Push::NewMessage { message: message.clone() });
    assert_eq!(socket.push().await, Push::NewMessage { message });
}

/// Senders at once, whose messages are committed together and heard of in any order.
async fn many_at_once(world: &World) {
    let (alice, a) = world.someone().await;
    let senders = join_all((0..8).map(|_| world.someone())).await;
    let mut listener = Listener::of(&a).await;
    let sending = senders.iter().enumerate().map(|(index, (_, api))| async move {
        for number in 0..25 {
            let content = number.to_string();
            if index % 2 == 0 {
                send(api, alice.id, &content).await;
            } else {
                // Without a key they go another way.
                api.post("/messages", &new_message(alice.id, &content)).await.json::<Message>();
            }
        }
    });
    let reading = async {
        let mut last = std::collections::HashMap::new();
        for _ in 0..8 * 25 {
            let Push::NewMessage { message } = listener.push().await else { panic!("a message") };
            let next = last.entry(message.sender_id).or_insert(0);
            assert_eq!(message.content.as_str(), next.to_string(), "in order, none twice");
            *next += 1;
        }
    };
    tokio::join!(join_all(sending), reading);
}

async fn tickets(world: &World) {
    let ((alice, a), (_, b)) = (world.someone().await, world.someone().await);
    let ticket = a.create_ticket().await.unwrap();
    assert_eq!(ticket.expires_in, 30);
    let path = format!("/ws/{}", ticket.ticket.as_str());
    let mut socket = Socket::at(&a, &path).await;
    assert_eq!(socket.push().await, Push::Ready);
    let message = send(&b, alice.id, "x").await;
    assert_eq!(socket.push().await, Push::NewMessage { message });
    Socket::at(&a, &path).await.ends(CloseReason::InvalidToken).await;
    // The seed's way.
    let mut socket = Socket::at(&a, &format!("/ws/{}", a.token().unwrap())).await;
    assert_eq!(socket.push().await, Push::Ready);
    world.api.create_ticket().await.refused(ErrorCode::NotAuthenticated);
}

async fn bad_tokens(world: &World) {
    let (_, api) = world.someone().await;
    let ticket = api.create_ticket().await.unwrap().ticket.into_string();
    let forged = ticket.replacen("gt1.", "gt1.1", 1);
    for bad in ["x", "gt1.", "a.b.c", &forged, "%00", "%FF", &"x".repeat(5000)] {
        Socket::at(&api, &format!("/ws/{bad}")).await.ends(CloseReason::InvalidToken).await;
    }
    for nobody in [world.api.clone(), world.api.with_token("x")] {
        Socket::with_token(&nobody, "/ws").await.ends(CloseReason::InvalidToken).await;
    }
}

async fn revoked(world: &World) {
    let ((_, a), (_, admin)) = (world.someone().await, world.admin().await);
    let socket = Socket::of(&a).await;
    a.auth().sign_out().await.unwrap();
    socket.ends(CloseReason::TokenRevoked).await;

    let (bob, b) = world.someone().await;
    let other = world.sign_in(&bob.username).await;
    let (kept, ended) = (Socket::of(&b).await, Socket::of(&other).await);
    let (current_password, new_password) = (PASSWORD.into(), "another-plum-orbit".into());
    let change = PasswordChange { current_password, new_password };
    b.logins().change_password(&change).await.unwrap();
    ended.ends(CloseReason::TokenRevoked).await;
    admin.accounts().update(bob.id, &into_disabled(true)).await.unwrap();
    kept.ends(CloseReason::TokenRevoked).await;

    let (carol, c) = world.someone().await;
    let socket = Socket::of(&c).await;
    admin.accounts().delete(carol.id, &UserDeletion::default()).await.unwrap();
    socket.ends(CloseReason::TokenRevoked).await;
}

async fn expired(world: &World) {
    let (user, _) = world.someone().await;
    let short = Policy { access_lifetime: Duration::from_secs(2), ..Policy::default() };
    let api = world.under(short).await.sign_in(&user.username).await;
    let (socket, ticket) = (Socket::of(&api).await, api.create_ticket().await.unwrap());
    let mut by_ticket = Socket::at(&api, &format!("/ws/{}", ticket.ticket.as_str())).await;
    assert_eq!(by_ticket.push().await, Push::Ready);
    socket.ends(CloseReason::TokenExpired).await;
    by_ticket.ends(CloseReason::TokenExpired).await;
}

/// A request that asks for no socket.
async fn no_socket(world: &World) {
    let (_, api) = world.someone().await;
    for path in ["/ws", "/ws/x"] {
        api.get(path).await.names("Upgrade");
    }
    api.get("/ws/ticket").await.refused(ErrorCode::MethodNotAllowed);
    api.post("/ws", &json!({})).await.refused(ErrorCode::MethodNotAllowed);
}

/// A reader who says goodbye gets one back (RFC 6455, 5.5.1).
async fn goodbyes(world: &World) {
    let (_, api) = world.someone().await;
    Socket::of(&api).await.says_goodbye().await;
}

/// A reader who says more than a reader has to say.
async fn talkers(world: &World) {
    let ((alice, a), (_, b)) = (world.someone().await, world.someone().await);
    let mut brief = Socket::of(&a).await;
    brief.says(512).await;
    let message = send(&b, alice.id, "still here").await;
    assert_eq!(brief.push().await, Push::NewMessage { message });
    let mut verbose = Socket::of(&a).await;
    verbose.says(513).await;
    verbose.breaks().await;
}
