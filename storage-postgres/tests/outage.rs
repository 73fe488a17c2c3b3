//! A database that goes away.

use std::time::{Duration, Instant};

use guildhall_core::conformance::fixtures::{add, draft, insert, named};
use guildhall_core::storage::{Storage, StorageError};
use guildhall_core::transfer::Transfer;
use guildhall_storage_postgres::PostgresStorage;
use guildhall_storage_postgres::cluster::Cluster;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_goes_away_is_busy_and_works_again_by_itself() {
    let mut cluster = Cluster::start().unwrap();
    let url = cluster.database("guildhall").unwrap();
    let storage = PostgresStorage::open(&url, 4).unwrap();
    storage.migrate().await.unwrap();
    add(&storage, &draft("alice")).await;
    let mut open = storage.write().await.unwrap();
    insert(&mut *open, &draft("bob")).await.unwrap();

    cluster.stop().unwrap();
    busy("a statement", &insert(&mut *open, &draft("carol")).await);
    busy("a commit", &open.commit().await);
    for _ in 0..6 {
        let started = Instant::now();
        busy("a ping", &storage.ping().await);
        busy("a read", &read(&storage).await);
        busy("a write", &write(&storage).await);
        assert!(started.elapsed() < Duration::from_secs(10), "it hangs");
    }

    cluster.restart().unwrap();
    let failures = async {
        let mut failures = 0;
        while let Err(error) = write(&storage).await {
            assert!(matches!(error, StorageError::Busy(_)), "{error:?}");
            failures += 1;
        }
        failures
    };
    let failures = tokio::time::timeout(Duration::from_secs(10), failures).await;
    assert!(failures.unwrap() <= 4, "more than it had connections");
    assert!(named(&storage, "alice").await.is_some());
    assert_eq!(named(&storage, "bob").await, None);
}

async fn read(storage: &dyn Storage) -> Result<(), StorageError> {
    let mut reads = storage.read().await?;
    reads.accounts().by_key("nobody", "alice").await.map(drop)
}

async fn write(storage: &dyn Storage) -> Result<(), StorageError> {
    let mut tx = storage.write().await?;
    tx.accounts().lock_admins().await?;
    tx.commit().await
}

fn busy<T: std::fmt::Debug>(what: &str, result: &Result<T, StorageError>) {
    assert!(matches!(result, Err(StorageError::Busy(_))), "{what}: {result:?}");
}

/// Whoever tries before there is anything to do hears why, in PostgreSQL's own words.
#[tokio::test]
async fn a_first_word_says_why_it_cannot_be_had() {
    let cluster = Cluster::start().unwrap();
    let missing = cluster.database("guildhall").unwrap().replace("/guildhall?", "/nothing?");
    let reasons = [
        ("postgresql://nobody@127.0.0.1:1/nothing", "Connection refused (os error 111)"),
        (&missing, "database \"nothing\" does not exist"),
    ];
    for (url, reason) in reasons {
        let storage = PostgresStorage::open(url, 1).unwrap();
        let failures = [
            storage.migrate().await.unwrap_err(),
            storage.pending_migrations().await.unwrap_err(),
            storage.filled().await.unwrap_err(),
        ];
        for failure in failures.map(|failure| failure.to_string()) {
            assert!(failure.ends_with(reason), "{failure}");
        }
    }
}
