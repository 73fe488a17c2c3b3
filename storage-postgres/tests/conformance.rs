//! The storage contract, on a cluster of the test's own.

use std::sync::atomic::{AtomicU32, Ordering};

use guildhall_core::conformance;
use guildhall_storage_postgres::PostgresStorage;
use guildhall_storage_postgres::cluster::Cluster;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_keeps_the_contract() {
    let (cluster, number) = (Cluster::start().unwrap(), AtomicU32::new(0));
    conformance::run(async |_| {
        let name = format!("case{}", number.fetch_add(1, Ordering::Relaxed));
        PostgresStorage::open(&cluster.database(&name).unwrap(), 8).unwrap()
    })
    .await;
}
