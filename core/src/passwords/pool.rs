//! A few threads that do nothing but hash, each with memory that it uses again and again.
//!
//! Without a bound 64 sign-ins at once would want 64 times 19 MiB; without reuse the allocator
//! would keep what it was given.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use argon2::Block;
use metrics::{Histogram, histogram};
use tokio::sync::oneshot;

use crate::error::{Error, Result};

/// How many threads there are and how much work may wait for them.
#[derive(Clone, Copy, Debug)]
pub struct PoolSize {
    /// Threads; each holds the memory of one hash while there is work.
    pub threads: NonZeroUsize,
    /// Jobs that may wait; one more is [`Error::Overloaded`].
    pub waiting: usize,
}

impl Default for PoolSize {
    /// As many threads as the process has processors, and 1024 waiting jobs.
    fn default() -> Self {
        Self {
            threads: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            waiting: 1024,
        }
    }
}

/// Memory is given back when there was no work for this long.
const IDLE: Duration = Duration::from_secs(5);

type Job = Box<dyn FnOnce(&mut Vec<Block>) + Send>;

/// The threads. They end when the pool is dropped.
pub struct Pool {
    queue: SyncSender<Job>,
    /// Each job that has not ended holds a clone of the first, and each that has not begun one of the second.
    all: Arc<()>,
    waiting: Arc<()>,
    waited: Histogram,
}

impl Pool {
    /// Starts the threads.
    ///
    /// # Errors
    /// Where the system gives no threads.
    pub fn start(size: PoolSize) -> std::io::Result<Self> {
        let (sender, receiver) = sync_channel(size.waiting);
        let receiver = Arc::new(Mutex::new(receiver));
        for number in 0..size.threads.get() {
            let receiver = Arc::clone(&receiver);
            thread::Builder::new()
                .name(format!("passwords-{number}"))
                .spawn(move || work(&receiver))?;
        }
        let waited = histogram!("guildhall_password_wait_seconds");
        Ok(Self { queue: sender, all: Arc::default(), waiting: Arc::default(), waited })
    }

    /// How many jobs wait, and how many run.
    pub(super) fn in_flight(&self) -> (usize, usize) {
        let (all, waiting) = (Arc::strong_count(&self.all), Arc::strong_count(&self.waiting));
        (waiting - 1, all.saturating_sub(waiting))
    }

    /// Runs `job` on one of the threads. If the caller goes away while it waits, it is not run.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let (all, waiting) = (Arc::clone(&self.all), Arc::clone(&self.waiting));
        let (began, waited) = (Instant::now(), self.waited.clone());
        let job: Job = Box::new(move |memory| {
            drop(waiting);
            if !answer.is_closed() {
                waited.record(began.elapsed());
                let done = job(memory);
                drop(all);
                // The caller may go away at any time.
                answer.send(done).ok();
            }
        });
        match self.queue.try_send(job) {
            Ok(()) => answered.await.map_err(|gone| Error::Internal(gone.into())),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => Err(Error::Overloaded),
        }
    }
}

fn work(jobs: &Mutex<Receiver<Job>>) {
    yield_to_others();
    let mut memory = Vec::new();
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(IDLE);
        match next {
            // A job that panics answers nobody, and takes its memory with it and not the thread.
            Ok(job) => {
                let mut own = std::mem::take(&mut memory);
                let run = AssertUnwindSafe(move || {
                    job(&mut own);
                    own
                });
                memory = catch_unwind(run).unwrap_or_default();
            }
            Err(RecvTimeoutError::Timeout) => memory = Vec::new(),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Takes the thread back behind those that answer requests: a hash can wait some milliseconds.
fn yield_to_others() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(Some(rustix::thread::gettid()), 10) {
        tracing::debug!(%error, "the hashing threads keep their normal priority");
    }
}
