//! The task that owns the writing connection.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use guildhall_storage_sql::core::storage::StorageError;
use sea_query::Values;
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::{Command, Run, Step, Work};
use crate::call::{Rows, fetch, fetch_each};
use crate::error;

/// How many transactions share a commit at most.
const MOST: usize = 256;
/// How long the first of them waits for the others.
const LONGEST: Duration = Duration::from_millis(20);
/// How many single steps go in one call at most.
const FOLDED: usize = 64;
/// How long a transaction may keep the others waiting between two of its statements.
const PATIENCE: Duration = Duration::from_secs(5);

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

    /// Before single steps: they need no savepoint, and stand in the one of a transaction that was
    /// committed.
    fn before_steps(self) -> &'static str {
        match self {
            Self::Next => "",
            other => other.text(),
        }
    }
}

/// Those who are answered when the outer transaction is on the disk.
enum Waiter {
    Transaction(oneshot::Sender<Result<(), StorageError>>),
    Step(oneshot::Sender<Result<Rows, StorageError>>, Vec<String>),
}

impl Waiter {
    fn answer(self, outcome: Result<(), StorageError>) {
        // Whoever waited may have gone.
        match self {
            Self::Transaction(reply) => reply.send(outcome).ok(),
            Self::Step(reply, rows) => reply.send(outcome.map(|()| Ok(rows))).map_err(drop).ok(),
        };
    }
}

type Waiting = Vec<Waiter>;

/// The connection and its outer transaction.
pub(super) struct Outer {
    connection: SqliteConnection,
    words: Words,
    /// Statements with the words before them, and how often they stand there, so that each text is
    /// prepared once.
    texts: HashMap<(Words, usize, Arc<str>), Arc<str>>,
}

impl Outer {
    pub(super) fn new(connection: SqliteConnection) -> Self {
        Self { connection, words: Words::Begin, texts: HashMap::new() }
    }

    /// Works until nobody is left who could ask for anything.
    pub(super) async fn work(mut self, mut queue: mpsc::Receiver<Work>) {
        let mut next = VecDeque::new();
        loop {
            if next.is_empty() {
                let Some(work) = queue.recv().await else { return };
                next.push_back(work);
            }
            let (mut waiting, mut turns, began) = (Waiting::new(), 0, Instant::now());
            // Turns that end without a commit count as well, or those who wait could wait for ever.
            while turns < MOST && (waiting.is_empty() || began.elapsed() < LONGEST) {
                turns += 1;
                while next.len() < FOLDED
                    && let Ok(work) = queue.try_recv()
                {
                    next.push_back(work);
                }
                let Some(work) = next.pop_front() else { break };
                self.take(work, &mut next, &mut waiting).await;
            }
            self.finish(waiting).await;
        }
    }

    async fn take(&mut self, work: Work, next: &mut VecDeque<Work>, waiting: &mut Waiting) {
        match work {
            Work::Transaction(first, rest) => self.transaction(first, rest, waiting).await,
            Work::Step(first) => {
                let mut steps = VecDeque::from([first]);
                while steps.len() < FOLDED
                    && let Some(Work::Step(step)) = next.front()
                    && step.text == steps[0].text
                    && let Some(Work::Step(step)) = next.pop_front()
                {
                    steps.push_back(step);
                }
                self.steps(steps, waiting).await;
            }
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
                    waiting.push(Waiter::Transaction(reply));
                    return;
                }
            }
        }
    }

    /// Runs single statements of one text, many in one call.
    async fn steps(&mut self, mut steps: VecDeque<Step>, waiting: &mut Waiting) {
        steps.retain(|step| !step.reply.is_closed());
        while !steps.is_empty() {
            // Of few lengths, so that few texts are prepared.
            let count = 1 << steps.len().ilog2();
            let text = self.repeated(&steps[0].text, count);
            let values = steps.iter().take(count).flat_map(|step| step.values.0.iter().cloned());
            let values = Values(values.collect());
            let words = self.words.before_steps().matches(';').count();
            let (done, error) = fetch_each(&mut self.connection, text, values, words).await;
            if !done.is_empty() {
                self.words = Words::Next;
            }
            let parts = steps[0].parts;
            let whole: Vec<_> = done.chunks_exact(parts).map(<[_]>::concat).collect();
            let is_half_done = done.len() % parts > 0;
            for (step, rows) in steps.drain(..whole.len()).zip(whole) {
                waiting.push(Waiter::Step(step.reply, rows));
            }
            match error {
                // Only with all others can that half be undone.
                Some(error) if is_half_done => {
                    self.give_up(std::mem::take(waiting), &error).await;
                    steps.pop_front().map(|step| step.reply.send(Ok(Err(error))));
                }
                Some(error) => self.step_failed(&mut steps, error, waiting).await,
                None => {}
            }
        }
    }

    /// Answers the step that failed. Those before it are done, those after it are still to be run.
    async fn step_failed(
        &mut self,
        steps: &mut VecDeque<Step>,
        error: sqlx::Error,
        waiting: &mut Waiting,
    ) {
        if self.words == Words::Begin && error::is_busy(&error) {
            for step in steps.drain(..) {
                let busy = StorageError::Busy(error.to_string().into());
                step.reply.send(Err(busy)).ok();
            }
            return;
        }
        if self.has_turn(&error, waiting).await {
            self.words = Words::Next;
        }
        if let Some(step) = steps.pop_front() {
            step.reply.send(Ok(Err(error))).ok();
        }
    }

    fn with_words(&mut self, text: Arc<str>) -> Arc<str> {
        let words = self.words;
        let joined = self
            .texts
            .entry((words, 0, text))
            .or_insert_with_key(|(words, _, text)| format!("{}{text}", words.text()).into());
        Arc::clone(joined)
    }

    fn repeated(&mut self, text: &Arc<str>, count: usize) -> Arc<str> {
        let words = self.words;
        let joined = self.texts.entry((words, count, Arc::clone(text)));
        let joined = joined.or_insert_with_key(|(words, count, text)| {
            let steps = vec![text.as_ref(); *count].join("; ");
            format!("{}{steps}", words.before_steps()).into()
        });
        Arc::clone(joined)
    }

    /// Whether, after this error in a first statement, the transaction's savepoint stands. If the
    /// outer transaction is lost, all that wait for it are told so.
    async fn has_turn(&mut self, error: &sqlx::Error, waiting: &mut Waiting) -> bool {
        if self.words == Words::Begin && error::is_busy(error) {
            return false;
        }
        // A statement can violate a key only after the words before it did their work.
        let probe = match self.words {
            Words::Undo => "ROLLBACK TO turn; RELEASE turn; SAVEPOINT turn",
            Words::Begin | Words::Next => "RELEASE turn; SAVEPOINT turn",
        };
        let stands = error::violation(error).is_some()
            || fetch(&mut self.connection, probe.into(), no_values()).await.is_ok();
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
                for waiter in waiting {
                    waiter.answer(Ok(()));
                }
            }
            Err(error) => self.give_up(waiting, &error).await,
        }
    }

    async fn give_up(&mut self, waiting: Waiting, error: &sqlx::Error) {
        if !waiting.is_empty() {
            tracing::error!(%error, transactions = waiting.len(), "a shared commit failed");
        }
        // It may be gone already.
        fetch(&mut self.connection, "ROLLBACK".into(), no_values()).await.ok();
        self.words = Words::Begin;
        for waiter in waiting {
            waiter.answer(Err(StorageError::Busy(error.to_string().into())));
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
