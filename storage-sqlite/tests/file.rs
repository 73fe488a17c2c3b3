//! What matters of a file only: commits that are shared, other processes, plans.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::{Permissions, metadata, set_permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use guildhall_core::conformance::fixtures::{add, draft, insert, named};
use guildhall_core::storage::{Storage, StorageError};
use guildhall_storage_sqlite::{Location, SqliteStorage, inspect};
use rusqlite::Connection;
use tokio::time::sleep;

async fn open(path: &Path) -> SqliteStorage {
    let location = Location::File(path.to_owned());
    let storage = SqliteStorage::open(&location).await.unwrap();
    storage.migrate().await.unwrap();
    storage
}

fn file(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("guildhall.db")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there_for_other_processes_and_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Arc::new(open(&file(&folder)).await);
    let other = Arc::new(open(&file(&folder)).await);
    let writers: Vec<_> = (0..200)
        .map(|number| {
            let (storage, other) = (Arc::clone(&storage), Arc::clone(&other));
            tokio::spawn(async move {
                let name = format!("writer{number}");
                add(&*storage, &draft(&name)).await;
                assert!(named(&*other, &name).await.is_some(), "{name} was acknowledged");
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    drop((storage, other));
    let again = open(&file(&folder)).await;
    for number in 0..200 {
        let name = format!("writer{number}");
        assert!(named(&again, &name).await.is_some(), "{name}");
    }
}

/// Another process in the middle of a write.
fn other_process(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    connection
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_waits_for_another_process_and_readers_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(&file(&folder)).await;
    add(&storage, &draft("alice")).await;
    let other = other_process(&file(&folder));
    let release = async {
        let started = Instant::now();
        assert!(named(&storage, "alice").await.is_some());
        assert!(started.elapsed() < Duration::from_millis(200), "a reader waited");
        tokio::time::sleep(Duration::from_millis(300)).await;
        other.execute_batch("COMMIT").unwrap();
    };
    let bob = draft("bob");
    tokio::join!(add(&storage, &bob), release);
    assert!(named(&storage, "bob").await.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_does_not_let_go_makes_writers_busy_and_breaks_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(&file(&folder)).await;
    let other = other_process(&file(&folder));
    let started = Instant::now();
    let refused = futures_util::future::join_all((0..5).map(|number| {
        let storage = &storage;
        async move {
            let mut tx = storage.write().await.unwrap();
            let refused = insert(&mut *tx, &draft(&format!("writer{number}"))).await;
            assert!(tx.commit().await.is_err(), "nothing was written");
            refused
        }
    }))
    .await;
    for refused in refused {
        assert!(matches!(refused, Err(StorageError::Busy(_))), "{refused:?}");
    }
    // They wait together, not one after the other.
    let waited = started.elapsed();
    assert!((4..8).contains(&waited.as_secs()), "{waited:?}");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(named(&storage, "alice").await, None);
    add(&storage, &draft("alice")).await;
}

/// It is written over again and again: beyond its first length nobody waits for it to grow.
#[tokio::test]
async fn the_wal_stays_short_where_nobody_shares_a_commit() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    let storage = open(&file).await;
    for number in 0..800 {
        add(&storage, &draft(&format!("u{number}"))).await;
    }
    let wal = metadata(file.with_file_name("guildhall.db-wal")).unwrap().len();
    // They write 30 MiB to it.
    assert!(wal < 12 << 20, "{wal}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_read_in_the_order_of_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(&file(&folder)).await;
    let mut from_end_to_end = 0;
    for (name, steps) in storage.explain_lists().await.unwrap() {
        let plan = steps.join("\n");
        assert!(!plan.contains("TEMP B-TREE"), "{name} is sorted:\n{plan}");
        for scan in steps.iter().filter(|step| step.starts_with("SCAN")) {
            match scan.as_str() {
                // The rows that were found, what needs no table, and the table in the order of its
                // ids.
                "SCAN page" | "SCAN CONSTANT ROW" => {}
                // The names that were asked for.
                "SCAN numbers VIRTUAL TABLE INDEX 1:" => {}
                "SCAN users" => from_end_to_end += 1,
                other => panic!("{name}: {other}\n{plan}"),
            }
        }
    }
    // Users without a group and without a place to go on from: all, searched, with deleted ones.
    assert_eq!(from_end_to_end, 4);
}

#[tokio::test]
async fn a_look_makes_nothing_and_knows_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a # b?.db");
    let files = || std::fs::read_dir(folder.path()).unwrap().count();
    assert!(inspect(&file).is_err());
    assert_eq!(files(), 0);
    let storage = SqliteStorage::open(&Location::File(file.clone())).await.unwrap();
    // Beside a program that has it open.
    let seen = inspect(&file).unwrap();
    assert!(seen.is_wal && seen.pending.len() > 10 && seen.version.starts_with("3."), "{seen:?}");
    storage.migrate().await.unwrap();
    assert!(inspect(&file).unwrap().pending.is_empty());
    drop(storage);
    // Once its threads have ended, all is in the one file.
    while files() > 1 {
        sleep(Duration::from_millis(5)).await;
    }
    let seen = inspect(&file).unwrap();
    assert!(seen.is_wal && seen.pending.is_empty(), "{seen:?}");
    assert_eq!(files(), 1);
    std::fs::write(&file, "this is no database, and long enough to look like none at all\n")
        .unwrap();
    assert!(inspect(&file).is_err());
}

#[tokio::test]
async fn a_new_file_is_its_owners_alone_and_one_that_is_there_keeps_its_mode() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(&folder);
    let modes = || {
        ["guildhall.db", "guildhall.db-wal", "guildhall.db-shm"]
            .map(|name| metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777)
    };
    let storage = open(&file).await;
    assert_eq!(modes(), [0o600; 3]);
    drop(storage);
    while file.with_file_name("guildhall.db-wal").exists() {
        sleep(Duration::from_millis(5)).await;
    }
    set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
    let _storage = open(&file).await;
    assert_eq!(modes(), [0o640; 3]);
}

#[tokio::test]
async fn what_cannot_be_opened_is_said_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let refused = async |path: &Path| {
        let opened = SqliteStorage::open(&Location::File(path.to_owned())).await;
        opened.err().unwrap().to_string()
    };
    let nowhere = folder.path().join("none/guildhall.db");
    let said = refused(&nowhere).await;
    assert!(said.contains("none/guildhall.db: No such file or directory"), "{said}");
    let said = refused(folder.path()).await;
    assert!(said.ends_with(&*folder.path().to_string_lossy()), "{said}");
}
