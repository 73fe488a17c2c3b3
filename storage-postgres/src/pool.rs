//! The connections that reads and writes share, and how busy they are.

use std::sync::Arc;
use std::time::Instant;

use guildhall_storage_sql::core::storage;
use metrics::{Histogram, histogram};
use sqlx::pool::PoolConnection;
use sqlx::{Error, PgPool, Postgres, Transaction};

/// The connections.
pub(crate) struct Pool {
    connections: PgPool,
    /// Whoever waits for one holds a clone.
    waiting: Arc<()>,
    pub(crate) commits: Commits,
}

/// What is measured of commits; looked up in the recorder once.
#[derive(Clone)]
pub(crate) struct Commits {
    together: Histogram,
    took: Histogram,
}

impl Commits {
    /// So many transactions went to the disk in one commit, which began then.
    pub(crate) fn record(&self, transactions: usize, began: Instant) {
        self.together.record(u32::try_from(transactions).unwrap_or(u32::MAX));
        self.took.record(began.elapsed());
    }
}

impl Pool {
    pub(crate) fn of(connections: PgPool) -> Self {
        let commits = Commits {
            together: histogram!("guildhall_commit_transactions"),
            took: histogram!("guildhall_commit_seconds"),
        };
        Self { connections, waiting: Arc::default(), commits }
    }

    pub(crate) async fn acquire(&self) -> Result<PoolConnection<Postgres>, Error> {
        let _waiting = self.waits();
        self.connections.acquire().await
    }

    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Postgres>, Error> {
        let _waiting = self.waits();
        self.connections.begin().await
    }

    /// Counts the caller among those who wait, unless there is a connection at once.
    fn waits(&self) -> Option<Arc<()>> {
        (self.connections.num_idle() == 0).then(|| Arc::clone(&self.waiting))
    }

    /// How busy they are, with so many more that wait to ask for one.
    pub(crate) fn load(&self, more: usize) -> storage::Pool {
        let (open, idle) = (self.connections.size() as usize, self.connections.num_idle());
        let waiting = Arc::strong_count(&self.waiting) - 1;
        let busy = open.saturating_sub(idle);
        storage::Pool { name: "shared", busy, idle, waiting: waiting + more }
    }
}
