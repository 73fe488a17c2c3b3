//! A database of one size, and a server on it.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use guildhall_core::clock::{Clock as _, SystemClock};
use guildhall_core::messages::Draft;
use guildhall_core::openapi::UserId;
use guildhall_core::storage::Storage;

use crate::fill::{self, Database};
use crate::people::{self, Person};
use crate::server::{Launch, Server};

/// How much is in it.
#[derive(Clone, Copy)]
pub(super) struct Size {
    /// Events, and users.
    pub(super) rows: u64,
    /// Messages that one person received.
    pub(super) messages: u64,
    /// Rows of the stream of another.
    pub(super) stream: u64,
}

pub(super) struct Place {
    pub(super) size: Size,
    pub(super) server: Server,
    pub(super) url: String,
    /// The first of the users who are only there.
    pub(super) first_user: i64,
    /// Who received the messages.
    pub(super) receiver: Person,
    /// Who wrote half of them; of the rest each has a writer of its own, as far as there are users.
    pub(super) writer: Person,
    /// Whose stream it is.
    pub(super) reader: Person,
}

/// Messages that are sent at once.
const AT_ONCE: usize = 64;
/// Rows of the stream that are written in one transaction.
const PER_COMMIT: u64 = 1_000_000;
/// Messages of which the stream tells, over and over: as many everywhere.
const TOLD: u64 = 100;

impl Place {
    pub(super) async fn fill(size: Size, url: String, dir: &Path, binary: &Path) -> Result<Self> {
        let start = Instant::now();
        let three = people::sign_in(&url, 3).await?.try_into().ok();
        let [receiver, writer, reader]: [Person; 3] = three.context("not three people")?;
        let mut database = Database::open(&url).await?;
        let organizers: Vec<_> = UserId::new(writer.id).into_iter().collect();
        fill::users(&mut database, size.rows).await?;
        fill::events(&mut database, &organizers, size.rows).await?;
        let first_user = database.number("SELECT MIN(id) FROM users WHERE id > 3").await?;
        let storage = people::storage(&url).await?;
        send(&storage, &receiver, &writer, first_user, size).await?;
        drop(storage);
        tell(&mut database, &reader, size.stream).await?;
        database.settle().await?;

        let settings = [("DATABASE_URL", url.as_str())];
        let launch = Launch { binary, args: &[], dir, settings: &settings, core: Some(0) };
        let server = launch.start()?;
        eprintln!("{} rows filled in, in {} s", size.rows, start.elapsed().as_secs());
        Ok(Self { size, server, url, first_user, receiver, writer, reader })
    }

    /// So many ids of users, spread evenly.
    pub(super) fn some_users(&self, count: u64) -> impl Iterator<Item = i64> {
        let (first, step) = (self.first_user.unsigned_abs(), self.size.rows / count);
        (0..count).map(move |number| (first + number * step).cast_signed())
    }
}

/// Sends the messages as the server would.
async fn send(
    storage: &Arc<dyn Storage>,
    receiver: &Person,
    writer: &Person,
    first_user: i64,
    size: Size,
) -> Result<()> {
    let drafts = (0..size.messages).map(|number| {
        let other = first_user + (number % size.rows).cast_signed();
        let sender = if number % 2 == 0 { writer.id } else { other };
        let id = |id| UserId::new(id).context("no id");
        Ok(Draft {
            content: "Shall we meet at six?".into(),
            sender: id(sender)?,
            receiver: id(receiver.id)?,
            now: SystemClock.now(),
        })
    });
    let drafts: Vec<Draft> = drafts.collect::<Result<_>>()?;
    stream::iter(&drafts)
        .map(async |draft| {
            let sent = storage.steps().send_message(draft).await?;
            sent.context("nobody is there to receive it").map(drop)
        })
        .buffer_unordered(AT_ONCE)
        .try_collect::<()>()
        .await
}

/// Fills someone's log with news of the first messages.
async fn tell(database: &mut Database, reader: &Person, rows: u64) -> Result<()> {
    let (log, now) = (reader.id, SystemClock.now().as_micros());
    let first = database.number("SELECT MIN(id) FROM messages").await?;
    for begin in (0..rows).step_by(PER_COMMIT as usize) {
        let end = rows.min(begin + PER_COMMIT);
        let text = format!(
            "INSERT INTO stream (log, number, behind, kind, subject, written_at)
             WITH RECURSIVE numbers (i) AS (
                 SELECT {begin} + 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {end}
             )
             SELECT {log}, i, 0, 'new_message', {first} + i % {TOLD}, {now} + i FROM numbers"
        );
        database.run(&text).await?;
    }
    let head = format!("INSERT INTO logs (log, number) VALUES ({log}, {rows})");
    database.run(&head).await
}
