//! The one connection that writes, and the commits that its users share.
//!
//! A commit costs an fsync; everything else costs little. So transactions that wait at the same
//! time run one after the other as savepoints inside one outer transaction, and are all answered
//! when that one is on the disk. None sees another half done, each can fail alone, and none is
//! acknowledged before its data is safe.
//!
//! A task owns the connection. Because a statement is never abandoned half-way when its caller
//! goes away, the connection's state is always known. And because a call to SQLite costs more
//! than most statements (sqlx hands each to a thread), a transaction's opening words travel with
//! its first statement: one that makes a single change costs a single call.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use guildhall_storage_sql::core::storage::StorageError;
use guildhall_storage_sql::{Connection, Statement, Violation, Writing};
use sea_query::Values;
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, Row, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use crate::error;

/// How many transactions share a commit at most.
const MOST: usize = 256;
/// How many transactions may wait for their turn.
const WAITING: usize = 4096;
/// How long a transaction may keep the others waiting between two of its statements.
const PATIENCE: Duration = Duration::from_secs(5);

type Rows = Result<Vec<String>, sqlx::Error>;

enum Work {
    /// A transaction's turn: its first statement, and where the others come from.
    Transaction(Run, mpsc::UnboundedReceiver<Command>),
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
        let outer = Outer { connection, words: Words::Begin, texts: HashMap::new() };
        tokio::spawn(outer.work(receiver));
        Self(sender)
    }

    pub(crate) fn transaction(&self) -> SqliteTransaction {
        SqliteTransaction(State::New(self.clone()))
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
        match self.run(statement, values).await? {
            Ok(rows) => Ok(Ok(rows)),
            Err(error) => error::violation(&error).map(Err).ok_or_else(|| error::storage(error)),
        }
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

/// What has to be said before a transaction's first statement, by where the connection stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Words {
    /// There is no outer transaction.
    Begin,
    /// There is one, and the savepoint of a transaction that was committed.
    Next,
    /// There is one, and the savepoint of a transaction that was not: it is undone and used again.
    Undo,
}

impl Words {
    fn text(self) -> &'static str {
        match self {
            Self::Begin => "BEGIN IMMEDIATE; SAVEPOINT turn; ",
            Self::Next => "RELEASE turn; SAVEPOINT turn; ",
            Self::Undo => "ROLLBACK TO turn; ",
        }
    }
}

type Waiting = Vec<oneshot::Sender<Result<(), StorageError>>>;

/// The connection and its outer transaction.
struct Outer {
    connection: SqliteConnection,
    words: Words,
    /// Statements with the words before them, so that each is prepared once.
    texts: HashMap<(Words, Arc<str>), Arc<str>>,
}

impl Outer {
    async fn work(mut self, mut queue: mpsc::Receiver<Work>) {
        while let Some(work) = queue.recv().await {
            let mut waiting = Waiting::new();
            self.take(work, &mut waiting).await;
            while waiting.len() < MOST
                && let Ok(work) = queue.try_recv()
            {
                self.take(work, &mut waiting).await;
            }
            self.finish(waiting).await;
        }
    }

    async fn take(&mut self, work: Work, waiting: &mut Waiting) {
        match work {
            Work::Transaction(first, rest) => self.transaction(first, rest, waiting).await,
            Work::Read(Run { text, values, reply }) => {
                // What is undone or not on the disk yet is not to be seen.
                self.finish(std::mem::take(waiting)).await;
                let rows = fetch(&mut self.connection, text, values).await;
                reply.send(rows).ok();
            }
            Work::Explain(text, reply) => {
                let steps = sqlx::query(AssertSqlSafe(text)).fetch_all(&mut self.connection).await;
                let detail = |rows: Vec<_>| {
                    rows.iter().map(|row: &sqlx::sqlite::SqliteRow| row.try_get("detail")).collect()
                };
                reply.send(steps.and_then(detail)).ok();
            }
            Work::Migrate(reply) => {
                self.finish(std::mem::take(waiting)).await;
                reply.send(crate::apply(&mut self.connection).await).ok();
            }
            Work::Pending(reply) => {
                self.finish(std::mem::take(waiting)).await;
                reply.send(crate::pending(&mut self.connection).await).ok();
            }
        }
    }

    /// Gives a transaction its turn, from its first statement until it commits or goes away.
    async fn transaction(
        &mut self,
        first: Run,
        mut rest: mpsc::UnboundedReceiver<Command>,
        waiting: &mut Waiting,
    ) {
        let Run { text, values, reply } = first;
        if reply.is_closed() {
            return;
        }
        let text = self.with_words(text);
        let rows = fetch(&mut self.connection, text, values).await;
        if let Err(error) = &rows
            && !self.has_turn(error, waiting).await
        {
            reply.send(rows).ok();
            return;
        }
        self.words = Words::Undo;
        let mut usable = usable_after(&rows);
        reply.send(rows).ok();
        while usable && let Ok(Some(command)) = tokio::time::timeout(PATIENCE, rest.recv()).await {
            match command {
                Command::Run(Run { text, values, reply }) => {
                    let rows = fetch(&mut self.connection, text, values).await;
                    usable = usable_after(&rows);
                    reply.send(rows).ok();
                }
                Command::Commit(reply) => {
                    self.words = Words::Next;
                    waiting.push(reply);
                    return;
                }
            }
        }
    }

    fn with_words(&mut self, text: Arc<str>) -> Arc<str> {
        let words = self.words;
        let joined = self
            .texts
            .entry((words, text))
            .or_insert_with_key(|(words, text)| format!("{}{text}", words.text()).into());
        Arc::clone(joined)
    }

    /// Whether, after this error in a first statement, the transaction's savepoint stands. If the
    /// outer transaction is lost, all that wait for it are told so.
    async fn has_turn(&mut self, error: &sqlx::Error, waiting: &mut Waiting) -> bool {
        if self.words == Words::Begin && error::is_busy(error) {
            return false;
        }
        // A statement can violate a key only after the words before it did their work.
        let stands = error::violation(error).is_some()
            || fetch(&mut self.connection, Words::Next.text().into(), no_values()).await.is_ok();
        if !stands {
            self.give_up(std::mem::take(waiting), error).await;
        }
        stands
    }

    /// Ends the outer transaction and answers those that wait for it.
    async fn finish(&mut self, waiting: Waiting) {
        let text = match (self.words, waiting.is_empty()) {
            (Words::Begin, _) => return,
            (_, true) => "ROLLBACK",
            (Words::Next, false) => "COMMIT",
            (Words::Undo, false) => "ROLLBACK TO turn; COMMIT",
        };
        match fetch(&mut self.connection, text.into(), no_values()).await {
            Ok(_) => {
                self.words = Words::Begin;
                for reply in waiting {
                    reply.send(Ok(())).ok();
                }
            }
            Err(error) => self.give_up(waiting, &error).await,
        }
    }

    async fn give_up(&mut self, waiting: Waiting, error: &sqlx::Error) {
        tracing::error!(%error, transactions = waiting.len(), "a shared commit failed");
        // It may be gone already.
        fetch(&mut self.connection, "ROLLBACK".into(), no_values()).await.ok();
        self.words = Words::Begin;
        for reply in waiting {
            reply.send(Err(StorageError::Busy(error.to_string().into()))).ok();
        }
    }
}

/// Whether a transaction can go on after a statement. Errors other than a violated key may have
/// undone more than the statement (<https://www.sqlite.org/lang_transaction.html>, 2.4).
fn usable_after(rows: &Rows) -> bool {
    rows.as_ref().err().is_none_or(|error| error::violation(error).is_some())
}

fn no_values() -> Values {
    Values(Vec::new())
}

/// Runs a statement; the first column of its rows.
pub(crate) async fn fetch(
    connection: &mut SqliteConnection,
    text: Arc<str>,
    values: Values,
) -> Rows {
    let query = sqlx::query_with(AssertSqlSafe(text), SqlxValues(values));
    let rows = query.fetch_all(connection).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}
