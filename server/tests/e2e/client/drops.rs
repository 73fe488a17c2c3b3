//! The stream through connections that break.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use guildhall_client::driver::Signal;
use guildhall_client::transport::InProcess;
use guildhall_client::{Client, Connection, Frames};
use guildhall_core::Guildhall;
use guildhall_openapi::stream::SyncQuery;
use guildhall_openapi::{Push, UserId};
use tokio::sync::watch;
use tokio::time::timeout;

use super::wire::Wire;
use crate::messages::{new_message, send};
use crate::support::{Api, Listener, PASSWORD, Proxy, World, on_both};

const WRITERS: usize = 4;

on_both! {
    /// A frame that is lost, told twice or out of order where connections break in the midst of it.
    async fn ten_thousand_frames_come_once_and_in_order_through_two_hundred_drops(world) {
        let (reader, api) = world.someone().await;
        let now = api.sync(&SyncQuery::default()).await.unwrap();
        let proxy = Proxy::to(world.api.address).await;
        // About half of what is told goes through connections that break.
        proxy.drop_at_random(200, 10_000);
        let client = api.moved_to(&Api::at(proxy.address));
        let frames = client.stream_from(now.cursor.as_str());
        // Else it would wait longer from drop to drop, as for a server that is overburdened.
        let waking = tokio::spawn(wake(frames.connection(), frames.signal()));
        is_told_in_order(world, reader.id, frames, 10_000).await;
        assert_eq!(proxy.drops_left(), 0);
        waking.abort();
    }

    /// The same without sockets, where one answer in three is lost.
    async fn frames_that_are_asked_for_come_once_and_in_order(world) {
        let (reader, api) = world.someone().await;
        let now = api.sync(&SyncQuery::default()).await.unwrap();
        let app = InProcess::new(guildhall_server::app(&world.guildhall));
        let wire = Wire::over(app, Some(3));
        let client = Client::over(Arc::clone(&wire)).build().unwrap();
        client.auth().sign_in(&reader.username, PASSWORD).await.unwrap();
        let frames = client.stream_from(now.cursor.as_str());
        is_told_in_order(world, reader.id, frames, 2_000).await;
        assert!(wire.count("GET /sync") >= 20);
    }
}

/// Says after each drop that the network is back, and again where that was not enough.
async fn wake(mut connection: watch::Receiver<Connection>, signal: Arc<Signal>) {
    while connection.wait_for(|now| *now == Connection::Reconnecting).await.is_ok() {
        signal.wake();
        let connected = connection.wait_for(|now| *now == Connection::Connected);
        timeout(Duration::from_millis(500), connected).await.map(drop).ok();
    }
}

/// Writes so many messages, and asserts that the reader is told each once and in order.
async fn is_told_in_order(world: &World, reader: UserId, frames: Frames, count: usize) {
    let writers = join_all((0..WRITERS).map(|_| world.someone())).await;
    let writing = writers
        .iter()
        .map(|(writer, _)| write(&world.guildhall, writer.id, reader, count / WRITERS));
    let mut listener = Listener::to(frames);
    let reading = async {
        let mut next = HashMap::new();
        for told in 0..count {
            let Push::NewMessage { message } = listener.push().await else { panic!("a message") };
            let next = next.entry(message.sender_id).or_insert(0);
            assert_eq!(message.content.as_str(), next.to_string(), "after {told} frames");
            *next += 1;
        }
    };
    tokio::join!(join_all(writing), reading);
    let message = send(&writers[0].1, reader, "the end").await;
    assert_eq!(listener.push().await, Push::NewMessage { message });
}

async fn write(guildhall: &Guildhall, from: UserId, to: UserId, count: usize) {
    let writer = guildhall.accounts().acting_as(from).await.unwrap();
    for number in 0..count {
        let new = new_message(to, &number.to_string());
        guildhall.messages().send(&writer, new, None).await.unwrap();
    }
}
