//! Databases of every released schema are brought to this one, and nothing is lost.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../storage-sql/tests/upgrade/mod.rs"]
mod upgrade;

use guildhall_core::storage::Storage as _;
use guildhall_storage_sqlite::{Location, SqliteStorage};
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, raw_sql};

use upgrade::{FIXTURES, Of, SHOWN, are_landed, shown};

static MIGRATIONS: Migrator = sqlx::migrate!();

#[test]
fn no_migration_that_landed_was_changed() {
    are_landed(&MIGRATIONS, Of::Sqlite);
}

#[tokio::test]
async fn what_was_written_with_any_schema_is_read_with_this_one() {
    let folder = tempfile::tempdir().unwrap();
    for (count, last) in (1..).zip(MIGRATIONS.iter()) {
        let file = folder.path().join(format!("{count}.db"));
        let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true);
        let mut connection = options.connect().await.unwrap();
        MIGRATIONS.run_to(last.version, &mut connection).await.unwrap();
        let (older, newer) = FIXTURES.split_at(count);
        for fixture in older {
            raw_sql(fixture.rows).execute(&mut connection).await.unwrap();
        }
        let storage = SqliteStorage::open(&Location::File(file)).await.unwrap();
        assert_eq!(storage.pending_migrations().await.unwrap().len(), newer.len());
        storage.migrate().await.unwrap();
        for fixture in newer {
            raw_sql(fixture.rows).execute(&mut connection).await.unwrap();
        }
        assert_eq!(shown(&storage).await, SHOWN, "from {}", last.description);
    }
}
