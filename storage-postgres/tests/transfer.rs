//! All of a database, out and into another, of this kind and of the other.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicU32, Ordering};

use guildhall_core::conformance::transfer;
use guildhall_core::transfer::{Transfer, copy};
use guildhall_storage_postgres::PostgresStorage;
use guildhall_storage_postgres::cluster::Cluster;
use guildhall_storage_sqlite::{Location, SqliteStorage};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgConnection};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn databases_are_moved() {
    let (cluster, number) = (Cluster::start().unwrap(), AtomicU32::new(0));
    transfer::run(async |_| {
        let name = format!("case{}", number.fetch_add(1, Ordering::Relaxed));
        PostgresStorage::open(&cluster.database(&name).unwrap(), 8).unwrap()
    })
    .await;
}

/// Every trigger, and whether it works.
async fn triggers(connection: &mut PgConnection) -> Vec<(String, String)> {
    let all = "SELECT pg_get_triggerdef(oid), tgenabled::text FROM pg_trigger \
        WHERE NOT tgisinternal ORDER BY tgrelid, tgname";
    sqlx::query_as(all).fetch_all(connection).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_sqlite_and_back_with_the_triggers_as_they_were() {
    let (cluster, folder) = (Cluster::start().unwrap(), tempfile::tempdir().unwrap());
    let url = cluster.database("middle").unwrap();
    let postgres = PostgresStorage::open(&url, 4).unwrap();
    let sqlite =
        async |name| SqliteStorage::open(&Location::File(folder.path().join(name))).await.unwrap();
    let (first, last) = (sqlite("first.db").await, sqlite("last.db").await);
    for storage in [&first as &dyn Transfer, &postgres, &last] {
        storage.migrate().await.unwrap();
    }
    let mut connection = url.parse::<PgConnectOptions>().unwrap().connect().await.unwrap();
    let before = triggers(&mut connection).await;
    assert!(
        before.iter().any(|(trigger, _)| trigger.contains("audit_is_append_only")),
        "{before:?}"
    );
    transfer::fill(&first).await;
    let mut all = Vec::new();
    for (from, to) in [(&first as &dyn Transfer, &postgres as &dyn Transfer), (&postgres, &last)] {
        let mut snapshot = from.snapshot().await.unwrap();
        let mut target = to.restore().await.unwrap();
        let moved = copy(&mut *snapshot, &mut *target, &mut |_, _, _| {}).await.unwrap();
        target.commit().await.unwrap();
        all.push(moved);
    }
    assert_eq!(all[0], all[1]);
    assert_eq!(triggers(&mut connection).await, before);
}
