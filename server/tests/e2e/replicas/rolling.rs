//! Replicas behind HAProxy that are restarted one after the other, under load.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use guildhall_openapi::stream::SyncQuery;
use guildhall_openapi::{CloseReason, Frame, Push, UserId};
use reqwest::Client;
use serde_json::json;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use super::Fleet;
use super::delivery::{parts, read_again};
use crate::support::haproxy::hosts;
use crate::support::socket::{Connected, PATIENCE, connect};
use crate::support::{Api, Haproxy};

/// Half of them keep a connection, half of them open one for each request.
const WRITERS: usize = 32;
const READERS: usize = 4;
const ROUNDS: usize = 2;
/// More than the seconds in which HAProxy finds out.
const DRAIN_SECONDS: &str = "3";
/// The sender of the message behind all others.
const LAST: usize = WRITERS;

/// A message as it is known here: its sender, and which of the sender's messages.
type Told = (usize, usize);

/// A request that is cut off or refused because a replica stops; a message that is lost, or sent twice by a proxy that
/// tries again; a socket that ends without a word, or whose reader misses something.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_restart_loses_nothing() {
    let hosts = hosts();
    let mut fleet = Fleet::of(hosts[1..].iter().map(variables).collect()).await;
    let proxy = Arc::new(Haproxy::start(hosts));
    let front = Api::at(proxy.address);
    let (reader, reading) = fleet.person("reader").await;
    let names: Vec<_> = (0..=WRITERS).map(|writer| format!("writer{writer}")).collect();
    let people = join_all(names.iter().map(|name| fleet.person(name))).await;
    let mut people: Vec<_> = people.into_iter().map(|(_, api)| api.moved_to(&front)).collect();
    let last = people.pop().unwrap();
    let begin = reading.sync(&SyncQuery::default()).await.unwrap().cursor.into_string();

    let is_over = Arc::new(AtomicBool::new(false));
    let listening: Vec<_> = (0..READERS)
        .map(|_| tokio::spawn(listen(reading.moved_to(&front), begin.clone())))
        .collect();
    let writing: Vec<_> = (0..)
        .zip(people)
        .map(|(writer, api)| tokio::spawn(write(writer, api, reader.id, Arc::clone(&is_over))))
        .collect();
    for round in 1..=ROUNDS {
        for replica in 0..fleet.count() {
            restart(&mut fleet, replica).await;
            let proxy = Arc::clone(&proxy);
            spawn_blocking(move || proxy.finds_again(replica, round)).await.unwrap();
        }
    }
    is_over.store(true, Ordering::Relaxed);
    let written = join_all(writing).await.into_iter().map(Result::unwrap);
    let counts: Result<Vec<_>, _> = written.collect();
    let counts = counts.unwrap_or_else(|failure| panic!("{failure}\n{}", proxy.log()));
    send(&Client::new(), &last, reader.id, (LAST, 0)).await.unwrap();

    let reading = reading.moved_to(&fleet.api(0));
    let told = read_again(&reading, begin).await;
    for (writer, count) in counts.into_iter().enumerate() {
        let of_writer = told.iter().filter(|told| told.0 == writer).map(|told| told.1);
        assert!(count > 0 && of_writer.eq(0..count), "of {writer}, who sent {count}: {told:?}");
    }
    for listening in listening {
        let (heard, ends) = listening.await.unwrap();
        assert!(heard == told && ends > 0, "{ends} ends: {heard:?}");
    }
}

fn variables(host: &Ipv4Addr) -> Vec<(&'static str, String)> {
    let drain = DRAIN_SECONDS.to_owned();
    vec![("HOST", host.to_string()), ("PORT", "8000".to_owned()), ("DRAIN_SECONDS", drain)]
}

async fn restart(fleet: &mut Fleet, replica: usize) {
    let running = fleet.take(replica);
    running.terminate();
    let ended = spawn_blocking(|| running.ended()).await.unwrap();
    assert!(ended.status.success(), "{ended:?}");
    fleet.start(replica).await;
}

/// Writes and reads until it is over; how many messages were sent, or what was not answered as it should be.
async fn write(
    writer: usize,
    api: Api,
    to: UserId,
    is_over: Arc<AtomicBool>,
) -> Result<usize, String> {
    let kept = if writer.is_multiple_of(2) { usize::MAX } else { 0 };
    // It does not ask again by itself either.
    let client = Client::builder().pool_max_idle_per_host(kept).retry(reqwest::retry::never());
    let client = client.build().unwrap();
    let mut count = 0;
    while !is_over.load(Ordering::Relaxed) {
        send(&client, &api, to, (writer, count)).await?;
        count += 1;
        let me = client.get(format!("http://{}/auth/me", api.address));
        answered(me, &api).await?;
    }
    Ok(count)
}

async fn send(client: &Client, api: &Api, to: UserId, message: Told) -> Result<(), String> {
    let content = format!("{} {}", message.0, message.1);
    let request = client.post(format!("http://{}/messages", api.address));
    answered(request.json(&json!({ "receiver_id": to, "content": content })), api).await
}

async fn answered(request: reqwest::RequestBuilder, api: &Api) -> Result<(), String> {
    let answer = request.bearer_auth(api.token().unwrap()).send().await;
    let answer = answer.map_err(|error| format!("{error:?}"))?;
    let (status, url) = (answer.status(), answer.url().clone());
    let body = answer.text().await.map_err(|error| format!("{error:?}"))?;
    if status.is_success() { Ok(()) } else { Err(format!("{url}: {status} {body}")) }
}

/// Listens to the last message, through as many sockets as it takes; what was told, and how often a server said that
/// it stops.
async fn listen(api: Api, mut cursor: String) -> (Vec<Told>, usize) {
    let (mut told, mut ends) = (Vec::new(), 0);
    loop {
        let mut socket = connect(&api, &format!("/ws?cursor={cursor}")).await;
        while let Some(frame) = next(&mut socket).await {
            cursor = frame.cursor.into_string();
            match frame.push {
                Push::Ready => {}
                Push::NewMessage { message } => told.push(parts(message.content.as_str())),
                other => panic!("{other:?}"),
            }
            if told.last() == Some(&(LAST, 0)) {
                return (told, ends);
            }
        }
        ends += 1;
        // The goodbye is answered.
        while let Some(Ok(_)) = socket.next().await {}
    }
}

/// The next frame; `None` where the server stops. There is no other end.
async fn next(socket: &mut Connected) -> Option<Frame> {
    loop {
        let message = timeout(PATIENCE, socket.next()).await.expect("something in time");
        match message.expect("an open socket").unwrap() {
            Message::Text(json) => return Some(serde_json::from_str(&json).unwrap()),
            Message::Ping(_) => {}
            Message::Close(Some(end)) if u16::from(end.code) == CloseReason::Stopping.status() => {
                return None;
            }
            other => panic!("{other:?}"),
        }
    }
}
