//! Hints between replicas, by PostgreSQL's own `LISTEN` and `NOTIFY`.

use std::time::Duration;

use async_trait::async_trait;
use guildhall_storage_sql::core::stream::relay::{Failure, Relay};
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{Executor as _, PgPool};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::ACQUIRE_TIMEOUT;

/// The channel on which replicas tell each other.
const CHANNEL: &str = "guildhall";

/// After how long without a word the server is asked whether it is still there: a connection whose
/// other side vanished looks like a quiet one.
const QUIET: Duration = Duration::from_secs(30);

/// Carries hints through the database that the replicas share, over two connections beside the
/// storage's: one tells, one listens.
pub struct PostgresRelay {
    options: PgConnectOptions,
    /// Never a connection of the storage: at its commit a transaction that notifies takes a lock
    /// that all databases of the server share.
    teller: PgPool,
    listener: Mutex<Option<PgListener>>,
}

impl PostgresRelay {
    /// Through this database. Nothing is connected yet.
    pub(crate) fn to(options: PgConnectOptions) -> Self {
        let teller = one_connection().connect_lazy_with(options.clone());
        Self { options, teller, listener: Mutex::default() }
    }

    async fn listen(&self) -> Result<PgListener, sqlx::Error> {
        let connection = one_connection().connect_with(self.options.clone()).await?;
        let mut listener = PgListener::connect_with(&connection).await?;
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await?;
        Ok(listener)
    }
}

fn one_connection() -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
}

/// The next text; `None` where the connection is lost.
async fn next(listener: &mut PgListener) -> Option<String> {
    loop {
        match timeout(QUIET, listener.try_recv()).await {
            Ok(heard) => return Some(heard.ok()??.payload().to_owned()),
            Err(_) => timeout(ACQUIRE_TIMEOUT, listener.execute("SELECT 1")).await.ok()?.ok()?,
        };
    }
}

#[async_trait]
impl Relay for PostgresRelay {
    async fn tell(&self, hint: &str) -> Result<(), Failure> {
        let notify = sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(hint);
        notify.execute(&self.teller).await?;
        Ok(())
    }

    async fn hear(&self) -> Result<Option<String>, Failure> {
        let mut listener = self.listener.lock().await;
        if let Some(listener) = &mut *listener
            && let Some(text) = next(listener).await
        {
            return Ok(Some(text));
        }
        // sqlx connects anew by itself after some failures, and after others never.
        *listener = None;
        *listener = Some(self.listen().await?);
        // What was told until now was not heard.
        Ok(None)
    }
}
