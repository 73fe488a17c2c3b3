//! The one connection that writes, and the commits that its users share.
//!
//! A commit costs an fsync; everything else costs little. So transactions that wait at the same
//! time run one after the other as savepoints inside one outer transaction, and are all answered
//! when that one is on the disk. None sees another half done, each can fail alone, and none is
//! acknowledged before its data is safe.
//!
//! A task owns the connection (`outer.rs`). Because a statement is never abandoned half-way when its caller
//! goes away, the connection's state is always known. And because a call to SQLite costs more
//! than most statements (sqlx hands each to a thread), a transaction's opening words travel with
//! its first statement: one that makes a single change costs a single call. Of single steps, which
//! need no word from their callers before they are done, many that wait cost one call together.

mod outer;

use std::sync::Arc;

use guildhall_storage_sql::core::storage::StorageError;
use guildhall_storage_sql::{Connection, Statement, Violation, Writing};
use sea_query::Values;
use sqlx::SqliteConnection;
use tokio::sync::{mpsc, oneshot};

use crate::call::Rows;
use crate::error;
use outer::Outer;

/// How many transactions may wait for their turn.
const WAITING: usize = 4096;

enum Work {
    /// A transaction's turn: its first statement, and where the others come from.
    Transaction(Run, mpsc::UnboundedReceiver<Command>),
    /// A transaction of one statement.
    Step(Step),
    /// A read, between transactions.
    Read(Run),
    /// The steps of a statement.
    Explain(String, oneshot::Sender<Rows>),
    /// All migrations.
    Migrate(oneshot::Sender<Result<(), StorageError>>),
    /// The migrations that are not applied yet.
    Pending(oneshot::Sender<Result<Vec<String>, StorageError>>),
}

struct Run {
    text: Arc<str>,
    values: Values,
    reply: oneshot::Sender<Rows>,
}

/// A text that is a transaction, of one statement or several; it is answered when it is on the disk.
struct Step {
    text: Arc<str>,
    /// How many statements it has.
    parts: usize,
    values: Values,
    reply: oneshot::Sender<Result<Rows, StorageError>>,
}

enum Command {
    Run(Run),
    Commit(oneshot::Sender<Result<(), StorageError>>),
}

/// A handle on the connection that writes.
#[derive(Clone)]
pub(crate) struct Writer(mpsc::Sender<Work>);

impl Writer {
    pub(crate) fn start(connection: SqliteConnection) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        tokio::spawn(Outer::new(connection).work(receiver));
        Self(sender)
    }

    pub(crate) fn transaction(&self) -> SqliteTransaction {
        SqliteTransaction(State::New(self.clone()))
    }

    /// A way to run single statements, each a transaction.
    pub(crate) fn steps(&self) -> SqliteSteps {
        SqliteSteps(self.clone())
    }

    pub(crate) async fn read(
        &self,
        text: Arc<str>,
        values: Values,
    ) -> Result<Vec<String>, StorageError> {
        self.ask(|reply| Work::Read(Run { text, values, reply })).await?.map_err(error::storage)
    }

    pub(crate) async fn explain(&self, text: String) -> Result<Vec<String>, StorageError> {
        self.ask(|reply| Work::Explain(text, reply)).await?.map_err(error::storage)
    }

    pub(crate) async fn migrate(&self) -> Result<(), StorageError> {
        self.ask(Work::Migrate).await?
    }

    pub(crate) async fn pending_migrations(&self) -> Result<Vec<String>, StorageError> {
        self.ask(Work::Pending).await?
    }

    async fn ask<T>(
        &self,
        work: impl FnOnce(oneshot::Sender<T>) -> Work,
    ) -> Result<T, StorageError> {
        let (reply, replied) = oneshot::channel();
        self.0.send(work(reply)).await.map_err(|_| gone())?;
        replied.await.map_err(|_| gone())
    }
}

fn gone() -> StorageError {
    StorageError::Busy("the writer has ended".into())
}

/// A transaction on the shared connection. Its turn comes with its first statement.
pub(crate) struct SqliteTransaction(State);

enum State {
    New(Writer),
    Open(mpsc::UnboundedSender<Command>),
}

impl SqliteTransaction {
    async fn run(&mut self, statement: &Statement, values: Values) -> Result<Rows, StorageError> {
        let (reply, replied) = oneshot::channel();
        let run = Run { text: statement.text(), values, reply };
        match &self.0 {
            State::New(writer) => {
                let (commands, receiver) = mpsc::unbounded_channel();
                let work = Work::Transaction(run, receiver);
                writer.0.send(work).await.map_err(|_| gone())?;
                self.0 = State::Open(commands);
            }
            State::Open(commands) => commands.send(Command::Run(run)).map_err(|_| too_slow())?,
        }
        replied.await.map_err(|_| too_slow())
    }
}

fn too_slow() -> StorageError {
    StorageError::Busy("the transaction kept the others waiting for too long".into())
}

impl Connection for SqliteTransaction {
    async fn rows(
        &mut self,
        statement: &Statement,
        values: Values,
    ) -> Result<Vec<String>, StorageError> {
        self.run(statement, values).await?.map_err(error::storage)
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
            State::New(_) => Ok(()),
            State::Open(commands) => {
                let (reply, replied) = oneshot::channel();
                commands.send(Command::Commit(reply)).map_err(|_| too_slow())?;
                replied.await.map_err(|_| too_slow())?
            }
        }
    }
}

/// Runs single statements, each a transaction of its own.
pub(crate) struct SqliteSteps(Writer);

impl SqliteSteps {
    async fn run(&self, statement: &Statement, values: Values) -> Result<Rows, StorageError> {
        let (text, parts) = (statement.text(), statement.parts());
        self.0.ask(|reply| Work::Step(Step { text, parts, values, reply })).await?
    }
}

impl Connection for SqliteSteps {
    async fn rows(
        &mut self,
        statement: &Statement,
        values: Values,
    ) -> Result<Vec<String>, StorageError> {
        self.run(statement, values).await?.map_err(error::storage)
    }
}

impl Writing for SqliteSteps {
    async fn try_rows(
        &mut self,
        statement: &Statement,
        values: Values,
    ) -> Result<Result<Vec<String>, Violation>, StorageError> {
        error::tried(self.run(statement, values).await?)
    }

    async fn commit(self) -> Result<(), StorageError> {
        Ok(())
    }
}
