//! The stream inside a program: what is told without being read, between replicas, and after the end.

mod replicas;

use std::sync::atomic::Ordering;
use std::time::Duration;

use guildhall_core::clock::Clock as _;
use guildhall_core::openapi::stream::SyncQuery;
use guildhall_core::openapi::text::Cursor;
use guildhall_core::openapi::{CloseReason, ErrorCode, Message, NewMessage, Push, UserId};
use guildhall_core::storage::Storage as _;
use guildhall_core::stream::{Delivery, End, MOST, Stream};
use guildhall_core::{Caller, Guildhall};

use crate::house::{House, code};
use crate::watched;

/// Two people who are signed in.
struct Pair {
    house: House,
    alice: Caller,
    bob: Caller,
}

impl Pair {
    async fn new() -> Self {
        let house = House::new().await;
        house.member("alice").await;
        house.member("bob").await;
        let (alice, bob) = (house.caller("alice").await, house.caller("bob").await);
        Self { house, alice, bob }
    }
}

async fn send(guildhall: &Guildhall, from: &Caller, to: UserId, content: &str) -> Message {
    let new = NewMessage { content: content.into(), receiver_id: to };
    guildhall.messages().send(from, new, None).await.unwrap()
}

/// The next frame, which comes soon.
async fn next(stream: &mut Stream) -> Delivery {
    tokio::time::timeout(Duration::from_secs(10), stream.next()).await.unwrap().unwrap()
}

async fn open(guildhall: &Guildhall, caller: &Caller, cursor: Option<&Cursor>) -> Stream {
    let mut stream = guildhall.streams().open(caller, cursor).await.unwrap();
    assert_eq!(*next(&mut stream).await.push(), Push::Ready);
    stream
}

async fn ends(stream: &mut Stream) -> End {
    let end = tokio::time::timeout(Duration::from_secs(10), stream.next()).await.unwrap();
    end.map(|delivery| delivery.frame()).unwrap_err()
}

#[tokio::test]
async fn a_message_between_two_in_one_process_is_told_without_being_read() {
    let Pair { house, alice, bob } = Pair::new().await;
    let (guildhall, counts) = watched::on(&house);
    let mut alices = open(&guildhall, &alice, None).await;
    let mut bobs = open(&guildhall, &bob, None).await;
    let before = counts.reads.get();
    for number in 0..100 {
        let message = send(&guildhall, &alice, bob.id(), &number.to_string()).await;
        for stream in [&mut alices, &mut bobs] {
            assert_eq!(*next(stream).await.push(), Push::NewMessage { message: message.clone() });
        }
    }
    assert_eq!(counts.reads.get(), before);
}

#[tokio::test]
async fn a_frame_s_json_is_the_frame() {
    let Pair { house, alice, bob } = Pair::new().await;
    let mut stream = open(&house, &bob, None).await;
    send(&house, &alice, bob.id(), "\"quoted\", \\ and 👩‍👩‍👧").await;
    let delivery = next(&mut stream).await;
    let json: serde_json::Value = serde_json::from_str(&delivery.json()).unwrap();
    assert_eq!(json, serde_json::to_value(delivery.frame()).unwrap());
}

#[tokio::test]
async fn more_than_an_inbox_holds_is_read() {
    let Pair { house, alice, bob } = Pair::new().await;
    let mut stream = open(&house, &bob, None).await;
    for number in 0..300 {
        send(&house, &alice, bob.id(), &number.to_string()).await;
    }
    for number in 0..300 {
        let delivery = next(&mut stream).await;
        let Push::NewMessage { message } = delivery.push() else { panic!("{delivery:?}") };
        assert_eq!(message.content.as_str(), number.to_string());
    }
}

/// A sender that goes away once the message is written, before it was told.
#[tokio::test]
async fn what_is_written_is_told_although_the_sender_goes_away() {
    let Pair { house, alice, bob } = Pair::new().await;
    let mut stream = open(&house, &bob, None).await;
    for number in 0..50 {
        let guildhall = Guildhall::clone(&house);
        let (alice, to) = (alice.clone(), bob.id());
        let sends =
            tokio::spawn(async move { send(&guildhall, &alice, to, &number.to_string()).await });
        tokio::time::sleep(Duration::from_micros(number * 20)).await;
        sends.abort();
    }
    // What is on its way is written meanwhile.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let (mut written, _) = house.messages().sent(&alice, &Default::default()).await.unwrap();
    assert!(!written.is_empty());
    written.reverse();
    for message in written {
        assert_eq!(*next(&mut stream).await.push(), Push::NewMessage { message });
    }
}

#[tokio::test]
async fn pruned_rows_are_missed_and_said_to_be() {
    let Pair { house, alice, bob } = Pair::new().await;
    let streams = house.streams();
    let start = streams.sync(&bob, SyncQuery::default()).await.unwrap().cursor;
    send(&house, &alice, bob.id(), "old").await;
    house.wait(60);
    let now = house.clock.now();
    let kept = send(&house, &alice, bob.id(), "kept").await;
    let mut tx = house.storage.write().await.unwrap();
    assert!(tx.stream().prune(now, 100).await.unwrap() > 0);
    tx.commit().await.unwrap();

    // Which is told before the stream is open.
    let mut opened = streams.open(&bob, Some(&start)).await.unwrap();
    let head = streams.sync(&bob, SyncQuery::default()).await.unwrap().cursor;
    for push in [Push::ResyncRequired, Push::Ready] {
        let first = next(&mut opened).await;
        assert_eq!((first.push(), first.cursor()), (&push, &head));
    }
    let from = |cursor: Cursor| SyncQuery { cursor: Some(cursor), ..SyncQuery::default() };
    let lost = streams.sync(&bob, from(start)).await.unwrap();
    let pushes: Vec<_> = lost.frames.iter().map(|frame| &frame.push).collect();
    assert_eq!(pushes, [&Push::ResyncRequired]);
    let (messages, _) = house.messages().sent(&alice, &Default::default()).await.unwrap();
    assert_eq!(messages[0], kept, "what the rows told of is still there");
    let after = send(&house, &alice, bob.id(), "after").await;
    let next = streams.sync(&bob, from(lost.cursor)).await.unwrap();
    assert_eq!(next.frames[0].push, Push::NewMessage { message: after });
}

#[tokio::test]
async fn a_stream_ends_with_the_sign_in_and_with_the_program() {
    let Pair { house, alice, bob } = Pair::new().await;
    let (mut alices, mut bobs) = (open(&house, &alice, None).await, open(&house, &bob, None).await);
    house.logins().log_out(&alice).await.unwrap();
    assert_eq!(ends(&mut alices).await.close_reason(), Some(CloseReason::TokenRevoked));
    drop(alices);
    let ended = tokio::spawn({
        let guildhall = Guildhall::clone(&house);
        async move { guildhall.end_streams().await }
    });
    assert_eq!(ends(&mut bobs).await.close_reason(), Some(CloseReason::Stopping));
    assert!(!ended.is_finished(), "someone still has their stream");
    drop(bobs);
    tokio::time::timeout(Duration::from_secs(10), ended).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_ticket_is_good_once_and_while_its_login_stands() {
    let Pair { house, alice, bob } = Pair::new().await;
    let streams = house.streams();
    let ticket = streams.ticket(&alice).unwrap().ticket;
    let caller = streams.redeem(ticket.as_str(), None).await.unwrap();
    assert_eq!((caller.id(), caller.expires_at()), (alice.id(), alice.expires_at()));
    let again = streams.redeem(ticket.as_str(), None).await;
    assert_eq!(code(&again), Some(ErrorCode::NotAuthenticated));

    let ticket = streams.ticket(&bob).unwrap().ticket;
    house.logins().log_out(&bob).await.unwrap();
    let signed_out = streams.redeem(ticket.as_str(), None).await;
    assert_eq!(code(&signed_out), Some(ErrorCode::NotAuthenticated));

    let late = streams.ticket(&alice).unwrap().ticket;
    house.wait(31);
    let late = streams.redeem(late.as_str(), None).await;
    assert_eq!(code(&late), Some(ErrorCode::NotAuthenticated));
}

/// One whose sign-in cannot be looked up when it is revoked, and never is again.
#[tokio::test]
async fn a_stream_ends_although_the_storage_was_away_when_it_was_to() {
    let Pair { house, alice, .. } = Pair::new().await;
    let (guildhall, counts) = watched::on(&house);
    let mut stream = open(&guildhall, &alice, None).await;
    counts.away.store(true, Ordering::SeqCst);
    guildhall.logins().log_out(&alice).await.unwrap();
    let waits = tokio::time::timeout(Duration::from_millis(100), stream.next()).await;
    assert!(waits.is_err(), "nobody could know: {waits:?}");
    counts.away.store(false, Ordering::SeqCst);
    assert_eq!(ends(&mut stream).await.close_reason(), Some(CloseReason::TokenRevoked));
}

#[tokio::test]
async fn one_person_has_so_many_streams_and_no_more() {
    let Pair { house, alice, bob } = Pair::new().await;
    let mut streams = Vec::new();
    for _ in 0..MOST {
        streams.push(open(&house, &alice, None).await);
    }
    let one_more = house.streams().open(&alice, None).await.map(drop);
    assert_eq!(code(&one_more), Some(ErrorCode::TooManyRequests));
    let asked = house.streams().sync(&alice, SyncQuery::default()).await;
    assert_eq!(code(&asked), Some(ErrorCode::TooManyRequests));
    open(&house, &bob, None).await;
    streams.pop();
    open(&house, &alice, None).await;
}
