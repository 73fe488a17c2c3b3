//! What the thread does that owns the writing connection.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc as std_mpsc};
use std::thread;
use std::time::{Duration, Instant};

use guildhall_storage_sql::core::storage::StorageError;
use metrics::{Histogram, histogram};
use rusqlite::{Connection, ffi};
use tokio::sync::{mpsc, oneshot};

use super::sync::{Batch, Syncer};
use super::{Answer, Command, Run, Step, Work};
use crate::call::{Rows, fetch_all, say};
use crate::error;

/// How many turns are taken before it is asked whether to commit.
const MOST: usize = 256;
/// For how long they are.
const LONGEST: Duration = Duration::from_millis(20);
/// Pages of the WAL after which it is worked into the database where commits are shared. Rows that fall all over an index
/// change the same pages again and again; the longer they wait, the fewer are written.
const CHECKPOINT: i64 = 32_768;
/// The same where each has a commit of their own. It is then the disk that they wait for, which takes half as long to write over
/// a file as to let it grow.
const CHECKPOINT_ALONE: i64 = 2_048;
/// How many commits there are between two looks at how long the WAL is.
const COMMITS: usize = 16;

/// Those who are answered when the outer transaction is on the disk.
pub(super) enum Waiter {
    Transaction(oneshot::Sender<Result<(), StorageError>>),
    Step(oneshot::Sender<Result<Answer, StorageError>>, Rows),
}

impl Waiter {
    pub(super) fn answer(self, outcome: Result<(), StorageError>) {
        // Whoever waited may have gone.
        match self {
            Self::Transaction(reply) => reply.send(outcome).ok(),
            Self::Step(reply, rows) => reply.send(outcome.map(|()| Ok(rows))).map_err(drop).ok(),
        };
    }
}

/// The connection and its outer transaction.
pub(super) struct Outer {
    connection: Connection,
    /// For the outer transaction.
    waiting: Vec<Waiter>,
    /// Nobody where a commit itself is as safe as can be.
    syncer: Option<Syncer>,
    /// How many batches are not on the disk yet.
    in_flight: usize,
    /// Whether anything has its turn, for those who ask.
    is_busy: Arc<AtomicBool>,
    has_failed: bool,
    /// Another process has the lock, and did not let go for as long as one waits.
    is_locked_out: bool,
    /// Commits since the last look at how long the WAL is, and how many shared them.
    commits: usize,
    sharing: usize,
    together: Histogram,
    took: Histogram,
}

impl Outer {
    pub(super) fn new(
        connection: Connection,
        syncer: Option<Syncer>,
        is_busy: Arc<AtomicBool>,
    ) -> Self {
        Self {
            connection,
            waiting: Vec::new(),
            syncer,
            in_flight: 0,
            is_busy,
            has_failed: false,
            is_locked_out: false,
            commits: 0,
            sharing: 0,
            together: histogram!("guildhall_commit_transactions"),
            took: histogram!("guildhall_commit_seconds"),
        }
    }

    /// Works until nobody is left who could ask for anything, or the disk has failed.
    pub(super) fn work(mut self, mut queue: mpsc::Receiver<Work>) {
        while let Some(work) = queue.blocking_recv() {
            self.is_busy.store(true, Ordering::Relaxed);
            let (mut turns, began) = (1, Instant::now());
            self.take(work);
            // Turns that end without a commit count as well, or those who wait could wait for ever.
            while turns < MOST
                && !self.is_locked_out
                && began.elapsed() < LONGEST
                && let Some(work) = arriving(&mut queue)
            {
                turns += 1;
                self.take(work);
            }
            if self.has_failed {
                return;
            }
            if std::mem::take(&mut self.is_locked_out) {
                // They waited as well. Whoever comes from now on tries again.
                while let Ok(work) = queue.try_recv() {
                    self.refuse(work);
                }
            }
            // While the disk is busy the next ones gather: a commit for each would write the same pages
            // again and again.
            if self.in_flight == 0 {
                self.finish();
            }
            self.is_busy.store(false, Ordering::Relaxed);
        }
        self.finish();
    }

    fn take(&mut self, work: Work) {
        match work {
            Work::Transaction(first, rest, patience) if !first.reply.is_closed() => {
                self.transaction(first, &rest, patience);
            }
            Work::Step(step) if !step.reply.is_closed() => self.step(step),
            Work::Alone(work) => {
                // What may still be undone is not to be seen; what is seen may not be on the disk yet.
                self.finish();
                work(&mut self.connection);
            }
            Work::Synced { is_safe } => {
                self.in_flight -= 1;
                self.has_failed |= !is_safe;
            }
            Work::Transaction(..) | Work::Step(_) => {}
        }
    }

    /// Opens the outer transaction, unless it is.
    fn begin(&mut self) -> rusqlite::Result<()> {
        if !self.connection.is_autocommit() {
            return Ok(());
        }
        let begun = say(&self.connection, "BEGIN IMMEDIATE");
        self.is_locked_out = begun.as_ref().err().is_some_and(error::is_busy);
        begun
    }

    fn refuse(&mut self, work: Work) {
        let busy = || rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_BUSY), None);
        // Whoever waited may have gone.
        match work {
            Work::Step(Step { reply, .. }) => drop(reply.send(Ok(Err(busy())))),
            Work::Transaction(Run { reply, .. }, ..) => drop(reply.send(Err(busy()))),
            Work::Alone(_) | Work::Synced { .. } => self.take(work),
        }
    }

    fn step(&mut self, Step { texts, values, reply }: Step) {
        if let Err(error) = self.begin() {
            reply.send(Err(error::storage(error))).ok();
            return;
        }
        match fetch_all(&self.connection, &texts, &values) {
            Ok(rows) => self.waiting.push(Waiter::Step(reply, rows)),
            Err((done, error)) => {
                // What it has done already can only be undone with all others.
                if done > 0 || self.connection.is_autocommit() {
                    self.give_up(&error);
                }
                reply.send(Ok(Err(error))).ok();
            }
        }
    }

    /// Gives a transaction its turn, from its first statement until it commits or goes away.
    fn transaction(&mut self, first: Run, rest: &std_mpsc::Receiver<Command>, patience: Duration) {
        if let Err(error) = self.begin().and_then(|()| say(&self.connection, "SAVEPOINT turn")) {
            first.reply.send(Err(error)).ok();
            return;
        }
        let mut next = Some(Command::Run(first));
        while let Some(Command::Run(Run { texts, values, reply })) = next {
            let rows = fetch_all(&self.connection, &texts, &values);
            let goes_on = rows.as_ref().err().is_none_or(leaves_no_trace);
            reply.send(rows.map_err(|(_, error)| error)).ok();
            next = if goes_on { rest.recv_timeout(patience).ok() } else { None };
        }
        let ended = match next {
            Some(Command::Commit(reply)) => {
                self.waiting.push(Waiter::Transaction(reply));
                say(&self.connection, "RELEASE turn")
            }
            _ => say(&self.connection, "ROLLBACK TO turn")
                .and_then(|()| say(&self.connection, "RELEASE turn")),
        };
        if let Err(error) = ended {
            self.give_up(&error);
        }
    }

    /// Ends the outer transaction; those that wait for it are answered when it is on the disk.
    fn finish(&mut self) {
        if self.connection.is_autocommit() {
            return;
        }
        if self.waiting.is_empty() {
            if let Err(error) = say(&self.connection, "ROLLBACK") {
                self.give_up(&error);
            }
            return;
        }
        let commit = self.syncer.as_ref().map(Syncer::next);
        self.together.record(u32::try_from(self.waiting.len()).unwrap_or(u32::MAX));
        let began = Instant::now();
        if let Err(error) = say(&self.connection, "COMMIT") {
            self.give_up(&error);
        }
        let waiting = std::mem::take(&mut self.waiting);
        match (&self.syncer, commit) {
            (Some(syncer), Some(commit)) => {
                self.in_flight += 1;
                self.sharing += waiting.len();
                syncer.sync(Batch { commit, waiting });
                self.checkpoint();
            }
            _ => {
                self.took.record(began.elapsed());
                waiting.into_iter().for_each(|waiter| waiter.answer(Ok(())));
            }
        }
    }

    /// Works the WAL into the database once it is long. Not in the commit, as SQLite does it by itself: those
    /// who wait for the disk would wait for this too.
    fn checkpoint(&mut self) {
        self.commits += 1;
        if self.commits < COMMITS {
            return;
        }
        self.commits = 0;
        let is_shared = std::mem::take(&mut self.sharing) >= 2 * COMMITS;
        let most = if is_shared { CHECKPOINT } else { CHECKPOINT_ALONE };
        let behind = |row: &rusqlite::Row<'_>| Ok(row.get::<_, i64>(1)? - row.get::<_, i64>(2)?);
        let pages = self.connection.query_row("PRAGMA wal_checkpoint(NOOP)", [], behind);
        let done = match pages {
            Ok(pages) if pages < most => Ok(()),
            Ok(_) => say(&self.connection, "PRAGMA wal_checkpoint(PASSIVE)"),
            Err(error) => Err(error),
        };
        if let Err(error) = done {
            tracing::warn!(%error, "the WAL could not be worked into the database");
        }
    }

    fn give_up(&mut self, error: &rusqlite::Error) {
        if !self.waiting.is_empty() {
            tracing::error!(%error, transactions = self.waiting.len(), "a shared commit failed");
        }
        // It may be gone already.
        say(&self.connection, "ROLLBACK").ok();
        for waiter in self.waiting.drain(..) {
            waiter.answer(Err(StorageError::Busy(error.to_string().into())));
        }
    }
}

/// The next that waits, or comes while others have their turn of the processor: it may share the commit.
fn arriving(queue: &mut mpsc::Receiver<Work>) -> Option<Work> {
    queue.try_recv().ok().or_else(|| {
        thread::yield_now();
        queue.try_recv().ok()
    })
}

/// Whether a transaction can go on after this. Errors other than a violated key may have undone more than
/// the statement (<https://www.sqlite.org/lang_transaction.html>, 2.4).
fn leaves_no_trace((done, error): &(usize, rusqlite::Error)) -> bool {
    *done == 0 && error::violation(error).is_some()
}
