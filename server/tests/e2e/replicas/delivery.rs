//! What was sent is read once and in order, whatever breaks in between.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use guildhall_client::{Call, Error};
use guildhall_openapi::messages::SendMessage;
use guildhall_openapi::stream::SyncQuery;
use guildhall_openapi::{ErrorCode, Frame, Push, UserId};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::{self, Message};

use super::{Addresses, Fleet, on_each_fleet};
use crate::messages::new_message;
use crate::support::Api;
use crate::support::socket::{Connected, connect};

const SENDERS: usize = 20;
/// How many each sends.
const MESSAGES: usize = 50;
const ALL: usize = SENDERS * MESSAGES;

/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long nothing may be told while there is more to come.
const SILENCE: Duration = Duration::from_secs(20);

on_each_fleet! {
    /// A message that is lost, or told twice, or out of order, where readers come and go and
    /// replicas die.
    async fn every_message_is_told_once_and_in_order(fleet) {
        timeout(PATIENCE, deliver(fleet)).await.expect("in time");
    }
}

async fn deliver(fleet: &mut Fleet) {
    let (reader, reading) = fleet.person("reader").await;
    let names: Vec<_> = (0..SENDERS).map(|sender| format!("sender{sender}")).collect();
    let senders = join_all(names.iter().map(|name| fleet.person(name))).await;
    let now = reading.sync(&SyncQuery::default()).await.unwrap();
    let begin = now.cursor.into_string();
    let sending: Vec<_> = (0..)
        .zip(senders)
        .map(|(sender, (_, api))| tokio::spawn(send(sender, api, reader.id, fleet.addresses())))
        .collect();
    let mut reader = Reader { api: reading, cursor: begin.clone(), told: Vec::new() };
    reader.read_all(fleet).await;
    for sender in sending {
        sender.await.unwrap();
    }

    let expected: Vec<_> = (0..MESSAGES).collect();
    for sender in 0..SENDERS {
        let of_sender = reader.told.iter().filter(|told| told.0 == sender);
        assert_eq!(of_sender.map(|told| told.1).collect::<Vec<_>>(), expected, "of {sender}");
    }
    assert_eq!(reader.told.len(), ALL);
    for replica in 0..fleet.count() {
        let api = reader.api.moved_to(&fleet.api(replica));
        assert_eq!(read_again(&api, begin.clone()).await, reader.told, "on replica {replica}");
        assert_eq!(read_again(&api, reader.cursor.clone()).await, []);
    }
}

/// Sends to each replica in turn; where one does not answer, the same again to another.
async fn send(sender: usize, api: Api, to: UserId, addresses: Addresses) {
    let mut clients: HashMap<SocketAddr, Api> = HashMap::new();
    for number in 0..MESSAGES {
        let new = new_message(to, &format!("{sender} {number}"));
        let key = format!("{sender}-{number}");
        for attempt in number.. {
            if let Some(address) = addresses.any(sender + attempt) {
                let client =
                    clients.entry(address).or_insert_with(|| api.moved_to(&Api::at(address)));
                let call = Call::<SendMessage>::to(&[]).idempotency_key(&key).body(&new);
                match client.send(call).await {
                    Ok(_) => break,
                    Err(Error::Transport(_) | Error::Api { code: ErrorCode::Unavailable, .. }) => {}
                    Err(other) => panic!("{other}"),
                }
            }
            sleep(Duration::from_millis(20)).await;
        }
    }
}

/// A reader that keeps their last cursor.
struct Reader {
    api: Api,
    cursor: String,
    /// What they were told: the sender, and which of the sender's messages.
    told: Vec<(usize, usize)>,
}

impl Reader {
    /// Reads until all is told: now here, now there, going away without a word. After a while the
    /// replica is killed to which they listen; later it is there again.
    async fn read_all(&mut self, fleet: &mut Fleet) {
        let mut dice = fastrand::Rng::with_seed(1);
        let (mut killed, mut again) = (None, false);
        while self.told.len() < ALL {
            let live = (0..fleet.count()).filter(|replica| fleet.address(*replica).is_some());
            let live: Vec<_> = live.collect();
            let replica = live[dice.usize(..live.len())];
            let mut socket =
                Socket::open(&self.api.moved_to(&fleet.api(replica)), &self.cursor).await;
            for _ in 0..=dice.usize(..80) {
                let Some(frame) = socket.next(self.told.len()).await else { break };
                self.take(frame);
                if self.told.len() == ALL {
                    break;
                }
                if killed.is_none() && self.told.len() >= ALL / 3 {
                    fleet.kill(replica);
                    killed = Some(replica);
                }
            }
            if let Some(replica) = killed
                && !again
                && (fleet.count() == 1 || self.told.len() >= ALL * 2 / 3)
            {
                fleet.start(replica).await;
                again = true;
            }
        }
        assert!(again, "the replica that was killed is there again");
    }

    fn take(&mut self, frame: Frame) {
        match frame.push {
            Push::Ready => {}
            Push::NewMessage { message } => self.told.push(parts(message.content.as_str())),
            other => panic!("{other:?}"),
        }
        self.cursor = frame.cursor.into_string();
    }
}

pub(super) fn parts(content: &str) -> (usize, usize) {
    let (sender, number) = content.split_once(' ').unwrap();
    (sender.parse().unwrap(), number.parse().unwrap())
}

/// What was told behind a cursor, asked for without a socket.
pub(super) async fn read_again(api: &Api, mut cursor: String) -> Vec<(usize, usize)> {
    let mut told = Vec::new();
    loop {
        let query = SyncQuery { cursor: Some(cursor.as_str().into()), ..SyncQuery::default() };
        let answer = api.sync(&query).await.unwrap();
        if answer.frames.is_empty() {
            return told;
        }
        told.extend(answer.frames.into_iter().map(|frame| match frame.push {
            Push::NewMessage { message } => parts(message.content.as_str()),
            other => panic!("{other:?}"),
        }));
        cursor = answer.cursor.into_string();
    }
}

/// A socket whose server may die.
struct Socket(Connected);

impl Socket {
    async fn open(api: &Api, cursor: &str) -> Self {
        Self(connect(api, &format!("/ws?cursor={cursor}")).await)
    }

    /// The next frame, with so many messages told before; `None` once the server has died.
    async fn next(&mut self, told: usize) -> Option<Frame> {
        loop {
            let message = timeout(SILENCE, self.0.next()).await;
            let message = message.unwrap_or_else(|_| panic!("{told} of {ALL} were told"));
            match message? {
                Ok(Message::Text(json)) => return Some(serde_json::from_str(&json).unwrap()),
                Ok(Message::Ping(_)) => {}
                Err(tungstenite::Error::Io(_) | tungstenite::Error::Protocol(_)) => return None,
                other => panic!("{other:?}"),
            }
        }
    }
}
