//! Changes that are one step. Those that wait at the same time go to the database in one statement: it
//! takes the locks that all of them need once, and what is flushed is flushed once.
//!
//! A step that finds nobody waiting goes at once. While it is under way the next ones gather, and go
//! together when it is answered, or before, when they are as many as can. A task runs them, so a caller
//! that goes away takes nobody along.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use guildhall_storage_sql::core::storage::StorageError;
use guildhall_storage_sql::{Connection, Statement, Stepping, Violation, Writing, together};
use sea_query::Values;
use serde::de::DeserializeOwned;
use sqlx::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::pool::Pool;
use crate::{error, fetch, fetch_each, page};

/// How many go together at most.
const TOGETHER: usize = 64;
/// How many may wait for a statement.
const WAITING: usize = 4096;
/// How many calls of a statement are under way at most. Two smaller ones cost more than one, so the
/// second is for when more wait than can go together: it is worked on while the first is flushed.
const UNDER_WAY: usize = 2;

/// Runs single statements, each a transaction of its own.
#[derive(Clone)]
pub(crate) struct Steps(Arc<Shared>);

struct Shared {
    pool: Arc<Pool>,
    /// By the statement's text.
    queues: Mutex<HashMap<Arc<str>, Queue>>,
}

struct Queue {
    waiting: VecDeque<Step>,
    /// Taken and given back under the queues' lock, so that nobody waits whom no task sees.
    turns: Arc<Semaphore>,
}

impl Default for Queue {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), turns: Arc::new(Semaphore::new(UNDER_WAY)) }
    }
}

/// One that waits.
struct Step {
    values: Values,
    reply: oneshot::Sender<Result<Vec<String>, Error>>,
}

impl Queue {
    /// Whether there is work for one more call than are under way.
    fn has_work(&self) -> bool {
        let is_idle = self.turns.available_permits() == UNDER_WAY;
        self.waiting.len() >= if is_idle { 1 } else { TOGETHER }
    }
}

impl Steps {
    pub(crate) fn new(pool: Arc<Pool>) -> Self {
        Self(Arc::new(Shared { pool, queues: Mutex::default() }))
    }

    /// How many wait for their turn.
    pub(crate) fn waiting(&self) -> usize {
        self.0.lock().values().map(|queue| queue.waiting.len()).sum()
    }

    async fn run(&self, statement: &Statement, values: Values) -> Result<Vec<String>, Error> {
        if !statement.takes_rows() {
            let pool = &self.0.pool;
            let mut connection = pool.acquire().await?;
            let began = Instant::now();
            let rows = fetch(&mut connection, statement, values).await?;
            pool.commits.record(1, began);
            return Ok(rows);
        }
        let (reply, replied) = oneshot::channel();
        self.0.put(statement.text(), Step { values, reply });
        replied.await.unwrap_or_else(|_| Err(passing("too many wait for the database")))
    }
}

impl Shared {
    fn put(self: &Arc<Self>, text: Arc<str>, step: Step) {
        let mut queues = self.lock();
        let queue = queues.entry(Arc::clone(&text)).or_default();
        if queue.waiting.len() < WAITING {
            queue.waiting.push_back(step);
        }
        if queue.has_work()
            && let Ok(turn) = Arc::clone(&queue.turns).try_acquire_owned()
        {
            tokio::spawn(Arc::clone(self).work(text, turn));
        }
    }

    /// Works until nobody waits, or nobody whom another does not see to.
    async fn work(self: Arc<Self>, text: Arc<str>, mut turn: OwnedSemaphorePermit) {
        loop {
            self.gather(&text).await;
            let steps = match self.next(&text, turn) {
                Some((steps, kept)) => {
                    turn = kept;
                    steps
                }
                None => return,
            };
            self.run(&text, steps).await;
        }
    }

    /// Lets those come along who are about to ask: as long as there are more after each has had a turn.
    async fn gather(&self, text: &Arc<str>) {
        let mut before = 0;
        loop {
            let waiting = self.lock().get(text).map_or(0, |queue| queue.waiting.len());
            if waiting <= before || waiting >= TOGETHER {
                return;
            }
            before = waiting;
            tokio::task::yield_now().await;
        }
    }

    /// Those who go next. The turn is given back where there are none.
    fn next(
        &self,
        text: &Arc<str>,
        turn: OwnedSemaphorePermit,
    ) -> Option<(Vec<Step>, OwnedSemaphorePermit)> {
        let mut queues = self.lock();
        // As seen without this one.
        drop(turn);
        let queue = queues.get_mut(text)?;
        // Some have gone away meanwhile.
        queue.waiting.retain(|step| !step.reply.is_closed());
        if !queue.has_work() {
            return None;
        }
        let turn = Arc::clone(&queue.turns).try_acquire_owned().ok()?;
        let most = queue.waiting.len().min(TOGETHER);
        Some((queue.waiting.drain(..most).collect(), turn))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, Queue>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run(&self, text: &Arc<str>, steps: Vec<Step>) {
        let error = match self.call(text, &steps).await {
            Ok(answers) => {
                for (step, answer) in steps.into_iter().zip(answers) {
                    step.reply.send(Ok(answer)).ok();
                }
                return;
            }
            Err(error) => error,
        };
        if steps.len() > 1 && is_undone(&error) {
            // One of them may be the reason, and the others are not to suffer for it.
            for step in steps {
                let answer = self.call(text, std::slice::from_ref(&step)).await;
                step.reply.send(answer.map(|answers| answers.concat())).ok();
            }
            return;
        }
        let mut steps = steps.into_iter();
        let first = steps.next();
        for step in steps {
            step.reply.send(Err(passing(&error.to_string()))).ok();
        }
        first.map(|step| step.reply.send(Err(error)));
    }

    /// One statement for these; an answer to each.
    async fn call(&self, text: &Arc<str>, steps: &[Step]) -> Result<Vec<Vec<String>>, Error> {
        let values = together(steps.iter().map(|step| &step.values));
        let mut connection = self.pool.acquire().await?;
        let began = Instant::now();
        let answers = fetch_each(&mut connection, Arc::clone(text), values).await?;
        self.pool.commits.record(steps.len(), began);
        if answers.len() == steps.len() { Ok(answers) } else { Err(Error::RowNotFound) }
    }
}

/// Whether the database has said that it did not do it. Of one that went away nobody knows, so it is
/// not asked again.
fn is_undone(error: &Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| !code.starts_with("57P") && !code.starts_with("08"))
}

/// What may work a moment later.
fn passing(reason: &str) -> Error {
    Error::Protocol(reason.to_owned())
}

impl Stepping for Steps {
    type Connection = Self;

    async fn connection(&self) -> Result<Self, StorageError> {
        Ok(self.clone())
    }
}

impl Connection for Steps {
    async fn rows(
        &mut self,
        statement: &Statement,
        values: Values,
    ) -> Result<Vec<String>, StorageError> {
        self.run(statement, values).await.map_err(error::storage)
    }

    async fn page<T: DeserializeOwned + Send>(
        &mut self,
        statement: &Statement,
        values: Values,
    ) -> Result<Vec<T>, StorageError> {
        let mut connection = self.0.pool.acquire().await.map_err(error::storage)?;
        page(&mut connection, statement, values).await
    }
}

impl Writing for Steps {
    async fn try_rows(
        &mut self,
        statement: &Statement,
        values: Values,
    ) -> Result<Result<Vec<String>, Violation>, StorageError> {
        error::tried(self.run(statement, values).await)
    }

    async fn commit(self) -> Result<(), StorageError> {
        Ok(())
    }
}
