//! The stream: one line a frame.

use std::future::pending;

use futures_util::StreamExt as _;
use guildhall_client::contract::stream::SyncQuery;
use guildhall_client::contract::{Frame, Message, Push};
use guildhall_client::{Client, Connection, Frames};
use tokio::sync::watch::Receiver;

use crate::events;
use crate::failure::Failure;
use crate::output::Output;
use crate::people::Names;
use crate::sessions;

pub(crate) async fn watch(client: &Client, output: Output) -> Result<(), Failure> {
    // A stream tries for ever; what cannot even begin is said at once.
    let place = output.wait(client.sync(&SyncQuery::default())).await?.cursor;
    let mut frames = client.stream_from(place.into_string());
    let mut contact = Contact::of(&frames);
    let mut names = Names::default();
    output.note("watching; Ctrl-C ends it");
    loop {
        tokio::select! {
            frame = frames.next() => {
                let frame = frame.ok_or_else(Failure::signed_out)?;
                // Names are asked for, and programs have ids.
                let text = match output.json {
                    true => String::new(),
                    false => line(client, &mut names, &frame).await,
                };
                output.show(&frame, || text)?;
            }
            news = contact.news() => output.note(news),
        }
    }
}

/// Hears how a stream is lost and found again.
pub(crate) struct Contact {
    connection: Receiver<Connection>,
    is_lost: bool,
}

impl Contact {
    pub(crate) fn of(frames: &Frames) -> Self {
        Self { connection: frames.connection(), is_lost: false }
    }

    /// What to tell next. Nothing is lost where the future is dropped.
    pub(crate) async fn news(&mut self) -> &'static str {
        while self.connection.changed().await.is_ok() {
            match (*self.connection.borrow_and_update(), self.is_lost) {
                (Connection::Reconnecting, false) => {
                    self.is_lost = true;
                    return "reconnecting…";
                }
                (Connection::Connected, true) => {
                    self.is_lost = false;
                    return "connected again";
                }
                _ => {}
            }
        }
        // It is over; the stream itself says so.
        pending().await
    }
}

async fn line(client: &Client, names: &mut Names, frame: &Frame) -> String {
    match &frame.push {
        Push::Ready => "Connected".to_owned(),
        Push::ResyncRequired => "Something may have been missed".to_owned(),
        Push::NewMessage { message } => {
            format!("{}: {}", way(client, names, message).await, &*message.content)
        }
        Push::MessageRead { message } => {
            format!("{}: read: {}", way(client, names, message).await, &*message.content)
        }
        Push::SessionUpdated { session } => sessions::line(session),
        Push::SessionDeleted { session_id } => format!("Session {session_id} is deleted"),
        Push::EventCreated { event } => format!("Event {}, new: {}", event.id, events::line(event)),
        Push::EventUpdated { event } => {
            format!("Event {}, changed: {}", event.id, events::line(event))
        }
        Push::EventDeleted { event_id } => format!("Event {event_id} is deleted"),
    }
}

/// From whom a message goes to whom.
async fn way(client: &Client, names: &mut Names, message: &Message) -> String {
    let from = names.of(client, message.sender_id).await;
    format!("{from} → {}", names.of(client, message.receiver_id).await)
}
