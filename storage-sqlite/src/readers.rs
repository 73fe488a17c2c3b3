//! The connections that read, each with a thread of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crossbeam_channel::{Receiver, Sender};
use guildhall_storage_sql::core::storage::{Pool, StorageError};
use rusqlite::Connection;
use sea_query::Values;
use tokio::sync::oneshot;

use crate::call::{Rows, fetch_all};
use crate::connect::Connect;
use crate::error;
use crate::writer::Progress;

/// How many reads are under way at most; a slow one keeps nobody waiting while there is another thread.
const READERS: usize = 4;

struct Read {
    text: Arc<str>,
    values: Values,
    /// With the last commit of which it may have seen something.
    reply: oneshot::Sender<(Result<Rows, StorageError>, u64)>,
}

/// A handle on the threads; they end with the last one.
#[derive(Clone)]
pub(crate) struct Readers {
    queue: Sender<Read>,
    progress: Progress,
    busy: Arc<AtomicUsize>,
}

impl Readers {
    /// Nothing is connected before something is read.
    pub(crate) fn start(connect: &Connect, progress: Progress) -> Result<Self, StorageError> {
        // Without a bound: each that waits is a caller who does nothing else.
        let (queue, arriving) = crossbeam_channel::unbounded();
        let busy = Arc::<AtomicUsize>::default();
        for number in 0..READERS {
            let (connect, arriving) = (connect.clone(), arriving.clone());
            let (progress, busy) = (progress.clone(), Arc::clone(&busy));
            let thread = thread::Builder::new().name(format!("sqlite-reader-{number}"));
            let started = thread.spawn(move || work(&connect, &arriving, &progress, &busy));
            started.map_err(|error| StorageError::Busy(error.into()))?;
        }
        Ok(Self { queue, progress, busy })
    }

    /// How busy they are.
    pub(crate) fn pool(&self) -> Pool {
        let busy = self.busy.load(Ordering::Relaxed).min(READERS);
        Pool { name: "readers", busy, idle: READERS - busy, waiting: self.queue.len() }
    }

    /// What is committed, once it is on the disk.
    pub(crate) async fn read(&self, text: Arc<str>, values: Values) -> Result<Rows, StorageError> {
        let (reply, replied) = oneshot::channel();
        let gone = || StorageError::Busy("the readers have ended".into());
        self.queue.send(Read { text, values, reply }).map_err(|_| gone())?;
        let (rows, seen) = replied.await.map_err(|_| gone())?;
        self.progress.is_safe(seen).await?;
        rows
    }
}

fn work(connect: &Connect, queue: &Receiver<Read>, progress: &Progress, busy: &AtomicUsize) {
    let mut connection = None;
    while let Ok(Read { text, values, reply }) = queue.recv() {
        if reply.is_closed() {
            continue;
        }
        busy.fetch_add(1, Ordering::Relaxed);
        let rows = connected(&mut connection, connect)
            .map_err(|error| (0, error))
            .and_then(|connection| fetch_all(connection, &[text], &values));
        busy.fetch_sub(1, Ordering::Relaxed);
        if rows.is_err() {
            // It may be the connection's fault: the next read gets another.
            connection = None;
        }
        // Whoever waited may have gone.
        let rows = rows.map_err(|(_, error)| error::storage(error));
        reply.send((rows, progress.made())).ok();
    }
}

fn connected<'c>(
    connection: &'c mut Option<Connection>,
    connect: &Connect,
) -> rusqlite::Result<&'c Connection> {
    match connection {
        Some(connection) => Ok(connection),
        none => Ok(none.insert(connect.reader()?)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::call::cells;

    fn readers(folder: &tempfile::TempDir) -> Readers {
        let connect = Connect::to(Some(folder.path().join("test.db")));
        let (writer, _) = connect.writer().unwrap();
        let table = "CREATE TABLE numbers (number INTEGER PRIMARY KEY); \
            INSERT INTO numbers VALUES (1), (2), (3)";
        writer.execute_batch(table).unwrap();
        Readers::start(&connect, Progress::new()).unwrap()
    }

    async fn cells_of(
        readers: &Readers,
        text: &Arc<str>,
        number: i64,
    ) -> Result<Vec<String>, StorageError> {
        readers.read(Arc::clone(text), one(number)).await.and_then(cells)
    }

    fn one(number: i64) -> Values {
        Values(vec![number.into()])
    }

    /// An answer that goes to another than whoever asked.
    #[tokio::test]
    async fn of_many_that_wait_each_gets_its_own_rows() {
        let folder = tempfile::tempdir().unwrap();
        let readers = readers(&folder);
        let lookup: Arc<str> = "SELECT CAST(number AS TEXT) FROM numbers WHERE number = ?".into();
        let list: Arc<str> = "SELECT CAST(number AS TEXT) FROM numbers WHERE number >= ?".into();
        let asked = (0..500_i64).map(|asked| {
            let (readers, number) = (readers.clone(), asked % 5);
            let text = Arc::clone(if asked % 3 == 0 { &list } else { &lookup });
            async move {
                let rows = cells_of(&readers, &text, number).await.unwrap();
                let last = if asked % 3 == 0 { 3 } else { number.min(3) };
                let all = (number.max(1)..=last).filter(|n| asked % 3 == 0 || *n == number);
                assert_eq!(rows, all.map(|n| n.to_string()).collect::<Vec<_>>(), "{asked}");
            }
        });
        futures_util::future::join_all(asked).await;
    }

    #[tokio::test]
    async fn a_read_that_fails_takes_no_other_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let readers = readers(&folder);
        // SQLite finds out only when it comes to the row.
        let text: Arc<str> =
            "SELECT json_extract(CASE ? WHEN 2 THEN '{' ELSE '[\"ok\"]' END, '$[0]')".into();
        let asked = (0..8).map(|number| cells_of(&readers, &text, number));
        for (number, read) in futures_util::future::join_all(asked).await.into_iter().enumerate() {
            match number {
                2 => assert!(matches!(read, Err(StorageError::Backend(_))), "{read:?}"),
                _ => assert_eq!(read.unwrap(), ["ok"], "{number}"),
            }
        }
    }

    /// A search through everything must not keep look-ups waiting while there are connections.
    #[tokio::test]
    async fn a_slow_read_holds_up_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let readers = readers(&folder);
        // Some seconds.
        let slow: Arc<str> = "WITH RECURSIVE n(i) AS \
            (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT 30000000) SELECT CAST(sum(i) AS TEXT) FROM n WHERE ?"
            .into();
        let slow = tokio::spawn({
            let readers = readers.clone();
            async move { readers.read(slow, one(1)).await }
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
        let lookup: Arc<str> = "SELECT CAST(number AS TEXT) FROM numbers WHERE number = ?".into();
        for _ in 0..20 {
            assert_eq!(cells_of(&readers, &lookup, 3).await.unwrap(), ["3"]);
        }
        assert!(!slow.is_finished());
        slow.abort();
    }
}
