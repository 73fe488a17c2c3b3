//! The storage contract, on a file and in memory.

use guildhall_core::conformance;
use guildhall_storage_sqlite::{Location, SqliteStorage};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    conformance::run(async |name| {
        let file = folder.path().join(name.replace("::", "."));
        SqliteStorage::open(&Location::File(file)).await.unwrap()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_keeps_the_contract() {
    conformance::run(async |_| SqliteStorage::open(&Location::Memory).await.unwrap()).await;
}
