//! All of a file, or of memory, out and into another.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use guildhall_core::conformance::transfer;
use guildhall_core::storage::{Storage, StorageError};
use guildhall_core::transfer::{Transfer, copy};
use guildhall_storage_sqlite::{Location, SqliteStorage};
use rusqlite::Connection;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_moved() {
    let folder = tempfile::tempdir().unwrap();
    transfer::run(async |name| {
        SqliteStorage::open(&Location::File(folder.path().join(name))).await.unwrap()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_is_moved() {
    transfer::run(async |_| SqliteStorage::open(&Location::Memory).await.unwrap()).await;
}

/// All that SQLite knows of tables, indexes and triggers.
fn schema(file: &std::path::Path) -> Vec<(String, String, Option<String>)> {
    let connection = Connection::open(file).unwrap();
    let text = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name";
    let mut all = connection.prepare(text).unwrap();
    let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_schema_is_afterwards_what_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let open = async |name| {
        let file = folder.path().join(name);
        let storage = SqliteStorage::open(&Location::File(file.clone())).await.unwrap();
        storage.migrate().await.unwrap();
        (storage, file)
    };
    let ((from, _), (to, file)) = (open("from.db").await, open("to.db").await);
    transfer::fill(&from).await;
    let before = schema(&file);
    assert!(before.iter().any(|(_, name, _)| name == "messages_are_told"), "{before:?}");
    let mut target = to.restore().await.unwrap();
    let mut snapshot = from.snapshot().await.unwrap();
    copy(&mut *snapshot, &mut *target, &mut |_, _, _| {}).await.unwrap();
    target.commit().await.unwrap();
    assert_eq!(schema(&file), before);
}

/// Somebody who reads keeps part of it out of the file; what was committed is there all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_is_in_the_file_once_nobody_reads() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("to.db");
    let to = SqliteStorage::open(&Location::File(file.clone())).await.unwrap();
    to.migrate().await.unwrap();
    let reading = to.snapshot().await.unwrap();
    transfer::fill(&to).await;
    let busy = to.settle().await.unwrap_err();
    assert!(matches!(busy, StorageError::Busy(_)), "{busy}");
    drop(reading);
    to.settle().await.unwrap();
    let wal = file.with_file_name("to.db-wal");
    assert_eq!(wal.metadata().unwrap().len(), 0);
}
