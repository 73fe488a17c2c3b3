//! The one connection that writes, and the commits that its users share.
//!
//! A commit costs an fsync; everything else costs little. So transactions that wait at the same
//! time run one after the other as savepoints inside one outer transaction, and are all answered
//! when that one is on the disk. None sees another half done, each can fail alone, and none is
//! acknowledged before its data is safe.
//!
//! A thread owns the connection (`outer.rs`). Because a statement is never abandoned half-way when its caller
//! goes away, the connection's state is always known. Single steps need no word from their callers before they
//! are done, and so no savepoint: a statement undoes itself.

mod outer;
mod sync;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc as std_mpsc};
use std::thread;
use std::time::Duration;

use guildhall_storage_sql::core::storage::{Pool, StorageError};
use guildhall_storage_sql::{Connection, Statement, Violation, Writing};
use sea_query::Values;
use serde::de::DeserializeOwned;
use tokio::sync::{mpsc, oneshot};

use crate::call::{Rows, cells, fetch_all, page};
use crate::connect::Connect;
use crate::error;
use outer::Outer;
pub(crate) use sync::Progress;
use sync::Syncer;

/// How many transactions may wait for their turn.
const WAITING: usize = 4096;
/// How long a transaction may keep the others waiting between two of its statements.
const PATIENCE: Duration = Duration::from_secs(5);

enum Work {
    /// A transaction's turn: its first statement, where the others come from, and how long each of those may keep
    /// all others waiting.
    Transaction(Run, std_mpsc::Receiver<Command>, Duration),
    /// A transaction of one step.
    Step(Step),
    /// Something that wants the connection between two commits.
    Alone(Box<dyn FnOnce(&mut rusqlite::Connection) + Send>),
    /// What was committed is on the disk, or the disk failed.
    Synced { is_safe: bool },
}

/// What SQLite says to a statement.
type Answer = rusqlite::Result<Rows>;

struct Run {
    texts: Arc<[Arc<str>]>,
    values: Values,
    reply: oneshot::Sender<Answer>,
}

impl Run {
    fn new(texts: Arc<[Arc<str>]>, values: Values) -> (Self, oneshot::Receiver<Answer>) {
        let (reply, replied) = oneshot::channel();
        (Self { texts, values, reply }, replied)
    }
}

/// Statements that are a transaction; it is answered when it is on the disk.
struct Step {
    texts: Arc<[Arc<str>]>,
    values: Values,
    reply: oneshot::Sender<Result<Answer, StorageError>>,
}

enum Command {
    Run(Run),
    Commit(oneshot::Sender<Result<(), StorageError>>),
}

/// A handle on the connection that writes; its thread ends with the last one.
#[derive(Clone)]
pub(crate) struct Writer {
    queue: mpsc::Sender<Work>,
    progress: Progress,
    is_busy: Arc<AtomicBool>,
}

impl Writer {
    /// Connects, and starts the threads.
    pub(crate) async fn start(connect: Connect) -> Result<Self, StorageError> {
        let (queue, arriving) = mpsc::channel(WAITING);
        let (reply, replied) = oneshot::channel::<Result<(), StorageError>>();
        let progress = Progress::new();
        let (noting, writer) = (progress.clone(), queue.downgrade());
        let is_busy = Arc::<AtomicBool>::default();
        let saying = Arc::clone(&is_busy);
        let work = move || {
            let start = || {
                let (connection, wal) = connect.writer()?;
                let syncer = wal.map(|wal| Syncer::start(wal, noting, writer)).transpose();
                let syncer = syncer.map_err(|error| StorageError::Busy(error.into()))?;
                Ok(Outer::new(connection, syncer, saying))
            };
            match start() {
                Ok(outer) => {
                    reply.send(Ok(())).ok();
                    outer.work(arriving);
                }
                Err(error) => drop(reply.send(Err(error))),
            }
        };
        let started = thread::Builder::new().name("sqlite-writer".into()).spawn(work);
        started.map_err(|error| StorageError::Busy(error.into()))?;
        replied.await.map_err(|_| gone())??;
        Ok(Self { queue, progress, is_busy })
    }

    /// How busy it is.
    pub(crate) fn pool(&self) -> Pool {
        let busy = usize::from(self.is_busy.load(Ordering::Relaxed));
        let waiting = self.queue.max_capacity() - self.queue.capacity();
        Pool { name: "writer", busy, idle: 1 - busy, waiting }
    }

    /// How far the disk is.
    pub(crate) fn progress(&self) -> Progress {
        self.progress.clone()
    }

    pub(crate) fn transaction(&self) -> SqliteTransaction {
        self.transaction_within(PATIENCE)
    }

    /// A transaction that may keep the others waiting for so long between two of its statements.
    pub(crate) fn transaction_within(&self, patience: Duration) -> SqliteTransaction {
        SqliteTransaction(State::New(self.clone(), patience))
    }

    /// A way to run single steps, each a transaction.
    pub(crate) fn steps(&self) -> SqliteTransaction {
        SqliteTransaction(State::Steps(self.clone()))
    }

    /// Reads what is committed.
    pub(crate) async fn read(&self, text: Arc<str>, values: Values) -> Result<Rows, StorageError> {
        let read = move |connection: &mut _| fetch_all(connection, &[text], &values);
        self.alone(read).await?.map_err(|(_, error)| error::storage(error))
    }

    /// How SQLite would run a statement: a line a step.
    pub(crate) async fn explain(&self, text: Arc<str>) -> Result<Vec<String>, StorageError> {
        let explain = move |connection: &mut rusqlite::Connection| {
            let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {text}"))?;
            plan.raw_query().mapped(|row| row.get("detail")).collect::<rusqlite::Result<Vec<_>>>()
        };
        self.alone(explain).await?.map_err(error::storage)
    }

    /// Does something with the connection while no transaction is open.
    pub(crate) async fn alone<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut rusqlite::Connection) -> T + Send + 'static,
    ) -> Result<T, StorageError> {
        let answering = |reply: oneshot::Sender<T>| {
            // Whoever asked may have gone.
            let work = move |connection: &mut _| drop(reply.send(work(connection)));
            Work::Alone(Box::new(work))
        };
        self.ask(answering).await
    }

    async fn ask<T>(
        &self,
        work: impl FnOnce(oneshot::Sender<T>) -> Work,
    ) -> Result<T, StorageError> {
        let (reply, replied) = oneshot::channel();
        self.queue.send(work(reply)).await.map_err(|_| gone())?;
        replied.await.map_err(|_| gone())
    }
}

fn gone() -> StorageError {
    StorageError::Busy("the writer has ended".into())
}

/// A transaction on the shared connection, whose turn comes with its first statement; or one for each
/// statement.
pub(crate) struct SqliteTransaction(State);

enum State {
    New(Writer, Duration),
    Open(std_mpsc::Sender<Command>),
    Steps(Writer),
}

impl SqliteTransaction {
    async fn run(&mut self, statement: &Statement, values: Values) -> Result<Answer, StorageError> {
        let texts = statement.texts();
        let replied = match &self.0 {
            State::Steps(writer) => {
                return writer.ask(|reply| Work::Step(Step { texts, values, reply })).await?;
            }
            State::New(writer, patience) => {
                let (run, replied) = Run::new(texts, values);
                let (commands, receiver) = std_mpsc::channel();
                let work = Work::Transaction(run, receiver, *patience);
                writer.queue.send(work).await.map_err(|_| gone())?;
                self.0 = State::Open(commands);
                replied
            }
            State::Open(commands) => {
                let (run, replied) = Run::new(texts, values);
                commands.send(Command::Run(run)).map_err(|_| too_slow())?;
                replied
            }
        };
        replied.await.map_err(|_| too_slow())
    }
}

fn too_slow() -> StorageError {
    StorageError::Busy("the transaction was ended: it took too long, or the writer has".into())
}

impl Connection for SqliteTransaction {
    async fn rows(
        &mut self,
        statement: &Statement,
        values: Values,
    ) -> Result<Vec<String>, StorageError> {
        cells(self.run(statement, values).await?.map_err(error::storage)?)
    }

    async fn page<T: DeserializeOwned + Send>(
        &mut self,
        statement: &Statement,
        values: Values,
    ) -> Result<Vec<T>, StorageError> {
        page(self.run(statement, values).await?.map_err(error::storage)?)
    }
}

impl Writing for SqliteTransaction {
    async fn try_rows(
        &mut self,
        statement: &Statement,
        values: Values,
    ) -> Result<Result<Vec<String>, Violation>, StorageError> {
        error::tried(self.run(statement, values).await?)
    }

    async fn commit(self) -> Result<(), StorageError> {
        match self.0 {
            State::New(..) | State::Steps(_) => Ok(()),
            State::Open(commands) => {
                let (reply, replied) = oneshot::channel();
                commands.send(Command::Commit(reply)).map_err(|_| too_slow())?;
                replied.await.map_err(|_| too_slow())?
            }
        }
    }
}
