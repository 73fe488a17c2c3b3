//! What a database is like, found out without a change to it.

use std::time::Duration;

use guildhall_storage_sql::core::openapi::Timestamp;
use guildhall_storage_sql::core::storage::StorageError;
use guildhall_storage_sql::core::tokens::random_text;
use sqlx::Row as _;
use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::time::timeout;

use crate::{PostgresStorage, error, schema};

/// How long a notification may take.
const HEARING: Duration = Duration::from_secs(2);

/// What a database is like.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// PostgreSQL's version: `15.14 (Debian 15.14-0+deb12u1)`.
    pub version: String,
    /// The same as a number: 150014.
    pub version_number: i32,
    /// How many connections it grants to all.
    pub max_connections: u32,
    /// How many there are, as far as we may see them.
    pub connections: u32,
    /// Whether it takes no writes.
    pub is_standby: bool,
    /// Whether it waits for its disk.
    pub fsync: bool,
    /// Whether a commit does.
    pub synchronous_commit: bool,
    /// What time it has.
    pub now: Timestamp,
    /// The migrations that are missing.
    pub pending: Vec<String>,
}

const LOOK: &str = "SELECT current_setting('server_version'), \
    current_setting('server_version_num')::int, \
    current_setting('max_connections')::int, \
    (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend'), \
    pg_is_in_recovery(), \
    current_setting('fsync') = 'on', \
    current_setting('synchronous_commit') <> 'off', \
    (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

impl PostgresStorage {
    /// Looks at the database.
    ///
    /// # Errors
    /// Where it cannot be reached, or was changed by other hands or by a newer program.
    pub async fn inspect(&self) -> Result<Inspection, StorageError> {
        let mut connection = self.connect().await?;
        let row = sqlx::query(LOOK).fetch_one(&mut connection).await.map_err(error::storage)?;
        let count = |column| row.try_get::<i32, _>(column).map(i32::unsigned_abs);
        let read = || {
            Ok(Inspection {
                version: row.try_get(0)?,
                version_number: row.try_get(1)?,
                max_connections: count(2)?,
                connections: count(3)?,
                is_standby: row.try_get(4)?,
                fsync: row.try_get(5)?,
                synchronous_commit: row.try_get(6)?,
                now: Timestamp::from_micros(row.try_get(7)?),
                pending: Vec::new(),
            })
        };
        let seen = read().map_err(error::storage)?;
        Ok(Inspection { pending: schema::pending(&mut connection).await?, ..seen })
    }

    /// Whether what one connection notifies reaches another. Replicas tell each other so.
    ///
    /// # Errors
    /// Where the database cannot be reached, or refuses.
    pub async fn hears(&self) -> Result<bool, StorageError> {
        let pool = PgPoolOptions::new().max_connections(2).connect_with(self.options.clone());
        let pool = pool.await.map_err(error::storage)?;
        let mut listener = PgListener::connect_with(&pool).await.map_err(error::storage)?;
        // Of its own, so that replicas that run hear nothing of it.
        let channel = format!("guildhall_doctor_{}", random_text::<6>());
        listener.listen(&channel).await.map_err(error::storage)?;
        let notify = sqlx::query("SELECT pg_notify($1, '')").bind(&channel);
        notify.execute(&pool).await.map_err(error::storage)?;
        Ok(timeout(HEARING, listener.recv()).await.is_ok_and(|heard| heard.is_ok()))
    }
}
