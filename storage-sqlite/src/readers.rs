//! The connections that read, and the calls that reads which wait share.
//!
//! A call to SQLite costs more than a look at a row (sqlx hands each to a thread), so reads that wait at the same
//! time and ask the same question of other rows go in one call, one statement after the other. Each sees what was
//! committed when it was run, which is after it was asked for.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use guildhall_storage_sql::core::storage::StorageError;
use sea_query::Values;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection};
use tokio::sync::{Mutex, mpsc, oneshot};

use crate::call::fetch_each;
use crate::error;

/// How many connections there are at most.
const MOST: usize = 4;
/// How many reads may wait for one of them.
const WAITING: usize = 4096;
/// How many go in one call at most: so many that the call costs little, so few that others get their part.
const FOLDED: usize = 16;

struct Read {
    text: Arc<str>,
    values: Values,
    reply: oneshot::Sender<Result<Vec<String>, StorageError>>,
}

/// A handle on the connections that read.
#[derive(Clone)]
pub(crate) struct Readers {
    queue: mpsc::Sender<Read>,
    crew: Arc<Crew>,
}

impl Readers {
    /// Nothing is connected before something is read.
    pub(crate) fn new(options: SqliteConnectOptions) -> Self {
        let (queue, arriving) = mpsc::channel(WAITING);
        let queued = Mutex::new(Queued { arriving, groups: VecDeque::new() });
        let crew =
            Crew { options, queued, at_work: AtomicUsize::new(0), idle: AtomicUsize::new(0) };
        Self { queue, crew: Arc::new(crew) }
    }

    pub(crate) async fn read(
        &self,
        text: Arc<str>,
        values: Values,
    ) -> Result<Vec<String>, StorageError> {
        let (reply, replied) = oneshot::channel();
        let gone = || StorageError::Busy("the readers have ended".into());
        self.queue.send(Read { text, values, reply }).await.map_err(|_| gone())?;
        if self.crew.idle.load(Ordering::SeqCst) == 0 {
            self.crew.call_another();
        }
        replied.await.map_err(|_| gone())?
    }
}

/// Those who read: a task for each connection.
struct Crew {
    options: SqliteConnectOptions,
    queued: Mutex<Queued>,
    at_work: AtomicUsize,
    /// How many of those wait for something to do.
    idle: AtomicUsize,
}

/// What waits to be read.
struct Queued {
    arriving: mpsc::Receiver<Read>,
    /// Reads of one text each, which one call can do.
    groups: VecDeque<Vec<Read>>,
}

impl Queued {
    fn sort_in(&mut self, read: Read) {
        let fits = |group: &&mut Vec<Read>| group.len() < FOLDED && group[0].text == read.text;
        match self.groups.iter_mut().find(fits) {
            Some(group) => group.push(read),
            None => self.groups.push_back(vec![read]),
        }
    }
}

impl Crew {
    /// Another connection, unless there are enough.
    fn call_another(self: &Arc<Self>) {
        let more = |at_work| (at_work < MOST).then_some(at_work + 1);
        if self.at_work.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok() {
            tokio::spawn(work(Arc::clone(self)));
        }
    }

    /// What is to be done next in one call; `None` once nobody is left who could ask for anything.
    async fn next(self: &Arc<Self>) -> Option<Vec<Read>> {
        self.idle.fetch_add(1, Ordering::SeqCst);
        let mut queued = self.queued.lock().await;
        if queued.groups.is_empty() {
            let read = queued.arriving.recv().await?;
            queued.sort_in(read);
        }
        self.idle.fetch_sub(1, Ordering::SeqCst);
        while let Ok(read) = queued.arriving.try_recv() {
            queued.sort_in(read);
        }
        let group = queued.groups.pop_front();
        if !queued.groups.is_empty() {
            self.call_another();
        }
        group
    }
}

async fn work(crew: Arc<Crew>) {
    let mut reader = Reader { connection: None, texts: HashMap::new() };
    while let Some(mut group) = crew.next().await {
        group.retain(|read| !read.reply.is_closed());
        reader.run(&crew.options, group.into()).await;
    }
}

struct Reader {
    connection: Option<SqliteConnection>,
    /// Statements by how often they stand one after the other, so that each text is prepared once.
    texts: HashMap<(usize, Arc<str>), Arc<str>>,
}

impl Reader {
    /// Runs and answers reads of one text.
    async fn run(&mut self, options: &SqliteConnectOptions, mut reads: VecDeque<Read>) {
        while !reads.is_empty() {
            // Of few lengths, so that few texts are prepared.
            let count = 1 << reads.len().ilog2();
            let text = self.repeated(&reads[0].text, count);
            let values = reads.iter().take(count).flat_map(|read| read.values.0.iter().cloned());
            let values = Values(values.collect());
            let (done, error) = match self.connected(options).await {
                Ok(connection) => fetch_each(connection, text, values, 0).await,
                Err(error) => (Vec::new(), Some(error)),
            };
            // Whoever waited may have gone.
            for (read, rows) in reads.drain(..done.len()).zip(done) {
                read.reply.send(Ok(rows)).ok();
            }
            if let Some(error) = error {
                // It may be the connection's fault: the next read gets another.
                self.connection = None;
                reads.pop_front().map(|read| read.reply.send(Err(error::storage(error))));
            }
        }
    }

    async fn connected(
        &mut self,
        options: &SqliteConnectOptions,
    ) -> Result<&mut SqliteConnection, sqlx::Error> {
        match &mut self.connection {
            Some(connection) => Ok(connection),
            none => Ok(none.insert(options.connect().await?)),
        }
    }

    fn repeated(&mut self, text: &Arc<str>, count: usize) -> Arc<str> {
        let repeated = self.texts.entry((count, Arc::clone(text)));
        let repeated =
            repeated.or_insert_with_key(|(count, text)| vec![&**text; *count].join("; ").into());
        Arc::clone(repeated)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sqlx::{Connection as _, Executor as _};

    use super::*;

    async fn readers(folder: &tempfile::TempDir) -> Readers {
        let options = SqliteConnectOptions::new().filename(folder.path().join("test.db"));
        let mut connection = options.clone().create_if_missing(true).connect().await.unwrap();
        connection.execute("CREATE TABLE numbers (number INTEGER PRIMARY KEY)").await.unwrap();
        connection.execute("INSERT INTO numbers VALUES (1), (2), (3)").await.unwrap();
        connection.close().await.unwrap();
        Readers::new(options.read_only(true))
    }

    fn one(number: i64) -> Values {
        Values(vec![number.into()])
    }

    /// An answer that goes to another than whoever asked.
    #[tokio::test]
    async fn of_many_that_wait_each_gets_its_own_rows() {
        let folder = tempfile::tempdir().unwrap();
        let readers = readers(&folder).await;
        let lookup: Arc<str> = "SELECT CAST(number AS TEXT) FROM numbers WHERE number = ?".into();
        let list: Arc<str> = "SELECT CAST(number AS TEXT) FROM numbers WHERE number >= ?".into();
        let asked = (0..500_i64).map(|asked| {
            let (readers, number) = (readers.clone(), asked % 5);
            let text = Arc::clone(if asked % 3 == 0 { &list } else { &lookup });
            async move {
                let rows = readers.read(text, one(number)).await.unwrap();
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
        let readers = readers(&folder).await;
        // SQLite finds out only when it comes to the row.
        let text: Arc<str> =
            "SELECT json_extract(CASE ? WHEN 2 THEN '{' ELSE '[\"ok\"]' END, '$[0]')".into();
        let asked = (0..8).map(|number| readers.read(Arc::clone(&text), one(number)));
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
        let readers = readers(&folder).await;
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
            assert_eq!(readers.read(Arc::clone(&lookup), one(3)).await.unwrap(), ["3"]);
        }
        assert!(!slow.is_finished());
        slow.abort();
    }
}
