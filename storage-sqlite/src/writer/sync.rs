//! Waiting for the disk, beside the thread that writes.
//!
//! A commit writes to the WAL and does not wait for the disk (`synchronous=NORMAL`). Here the WAL is synced, while
//! the next transactions run already; and only then is anybody answered, whether they wrote or read what was
//! written. That is what `synchronous=FULL` promises, without its pauses.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc as std_mpsc};
use std::thread;
use std::time::Instant;

use guildhall_storage_sql::core::storage::StorageError;
use metrics::histogram;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, watch};

use super::Work;
use super::outer::Waiter;

/// Commits that were made and are not on the disk yet.
pub(super) struct Batch {
    /// The number of the last of them.
    pub(super) commit: u64,
    pub(super) waiting: Vec<Waiter>,
}

/// A handle on the thread that syncs, which ends with it.
pub(super) struct Syncer {
    batches: std_mpsc::Sender<Batch>,
    progress: Progress,
}

impl Syncer {
    /// Starts the thread. The writer hears from it when the disk is done.
    pub(super) fn start(
        wal: PathBuf,
        progress: Progress,
        writer: mpsc::WeakSender<Work>,
    ) -> io::Result<Self> {
        let (batches, queue) = std_mpsc::channel();
        let noting = progress.clone();
        let thread = thread::Builder::new().name("sqlite-syncer".into());
        thread.spawn(move || work(&wal, &queue, &noting, &writer))?;
        Ok(Self { batches, progress })
    }

    /// One whose batches the test answers.
    #[cfg(test)]
    pub(super) fn by_hand() -> (Self, std_mpsc::Receiver<Batch>) {
        let (batches, queue) = std_mpsc::channel();
        (Self { batches, progress: Progress::new() }, queue)
    }

    /// The number of a commit that is about to be made: nobody can have seen anything of it yet.
    pub(super) fn next(&self) -> u64 {
        self.progress.made.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Syncs what was committed, and then answers.
    pub(super) fn sync(&self, batch: Batch) {
        // Where the thread has ended, the disk has failed: those who wait hear that nobody answers.
        self.batches.send(batch).ok();
    }
}

/// How many commits were made, and which of them are on the disk.
#[derive(Clone)]
pub(crate) struct Progress {
    made: Arc<AtomicU64>,
    /// Up to which commit all are; nothing once the disk has failed.
    safe: Arc<watch::Sender<Option<u64>>>,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self { made: Arc::default(), safe: Arc::new(watch::Sender::new(Some(0))) }
    }

    /// The last commit of which anybody can have seen something.
    pub(crate) fn made(&self) -> u64 {
        self.made.load(Ordering::SeqCst)
    }

    /// Waits until all commits up to this one are on the disk.
    ///
    /// # Errors
    /// Where the disk failed, nobody knows whether they ever will be.
    pub(crate) async fn is_safe(&self, made: u64) -> Result<(), StorageError> {
        let is_decided = |safe: &Option<u64>| safe.is_none_or(|safe| safe >= made);
        let mut safe = *self.safe.borrow();
        if !is_decided(&safe) {
            let decided = self.safe.subscribe().wait_for(is_decided).await.map(|safe| *safe);
            safe = decided.unwrap_or(None);
        }
        safe.map(drop).ok_or_else(|| StorageError::Busy("the disk failed".into()))
    }
}

fn work(
    wal: &Path,
    queue: &std_mpsc::Receiver<Batch>,
    progress: &Progress,
    writer: &mpsc::WeakSender<Work>,
) {
    let mut file = None;
    let took = histogram!("guildhall_commit_seconds");
    while let Ok(Batch { commit, waiting }) = queue.recv() {
        let began = Instant::now();
        let synced = synced(&mut file, wal);
        took.record(began.elapsed());
        progress.safe.send_replace(synced.is_ok().then_some(commit));
        let writer = writer.upgrade();
        let news = Work::Synced { is_safe: synced.is_ok() };
        // First the writer, who has the disk's next work, unless its queue is full.
        let told = writer.as_ref().map_or(Ok(()), |writer| writer.try_send(news));
        for waiter in waiting {
            waiter.answer(synced.as_ref().copied().map_err(busy));
        }
        if let (Some(writer), Err(TrySendError::Full(news))) = (writer, told) {
            writer.blocking_send(news).ok();
        }
        if let Err(error) = synced {
            tracing::error!(%error, "the disk failed; nothing more is written");
            return;
        }
    }
}

/// The WAL is there after the first commit, and stays while there is a connection.
fn synced(file: &mut Option<File>, wal: &Path) -> io::Result<()> {
    let file = match file {
        Some(file) => file,
        none => none.insert(OpenOptions::new().read(true).write(true).open(wal)?),
    };
    file.sync_data()
}

fn busy(error: &io::Error) -> StorageError {
    StorageError::Busy(error.to_string().into())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::oneshot;
    use tokio::time::timeout;

    use super::*;

    const SOON: Duration = Duration::from_millis(50);

    /// A stream's number that was read, and is given to something else after a loss of power.
    #[tokio::test]
    async fn a_reader_waits_for_what_it_may_have_seen_and_for_no_more() {
        let (syncer, _queue) = Syncer::by_hand();
        let progress = syncer.progress.clone();
        progress.is_safe(progress.made()).await.unwrap();
        assert_eq!([syncer.next(), syncer.next()], [1, 2]);
        let reader = tokio::spawn({
            let progress = progress.clone();
            async move { progress.is_safe(progress.made()).await }
        });
        assert!(timeout(SOON, progress.is_safe(1)).await.is_err(), "nothing is on the disk");
        progress.safe.send_replace(Some(1));
        tokio::time::sleep(SOON).await;
        assert!(!reader.is_finished(), "the second is not");
        syncer.next();
        progress.safe.send_replace(Some(2));
        timeout(SOON, reader).await.expect("the third came later").unwrap().unwrap();
        progress.safe.send_replace(None);
        assert!(matches!(progress.is_safe(1).await, Err(StorageError::Busy(_))));
    }

    #[tokio::test]
    async fn where_the_disk_fails_all_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, mut told) = mpsc::channel(1);
        let progress = Progress::new();
        let missing = folder.path().join("test.db-wal");
        let syncer = Syncer::start(missing, progress.clone(), writer.downgrade()).unwrap();
        let (reply, answered) = oneshot::channel();
        let commit = syncer.next();
        syncer.sync(Batch { commit, waiting: vec![Waiter::Transaction(reply)] });
        assert!(matches!(answered.await, Ok(Err(StorageError::Busy(_)))));
        assert!(matches!(told.recv().await, Some(Work::Synced { is_safe: false })));
        assert!(progress.is_safe(commit).await.is_err());
        // Those who come later hear that nobody answers.
        let (reply, answered) = oneshot::channel();
        syncer.sync(Batch { commit: syncer.next(), waiting: vec![Waiter::Transaction(reply)] });
        assert!(answered.await.is_err());
    }
}
