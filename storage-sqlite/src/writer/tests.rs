//! What the threads promise: an answer is on the disk, and the disk keeps up.

use std::time::Duration;

use super::*;

/// An answer before the disk has it, and a commit for each of those that wait for a slow disk.
#[tokio::test]
async fn nobody_is_answered_before_the_disk_and_meanwhile_the_next_gather() {
    let folder = tempfile::tempdir().unwrap();
    let connect = Connect::to(Some(folder.path().join("test.db")));
    let (connection, wal) = connect.writer().unwrap();
    assert!(wal.is_some(), "it is for us to sync");
    connection.execute_batch("CREATE TABLE numbers (number INTEGER PRIMARY KEY)").unwrap();
    let (syncer, disk) = Syncer::by_hand();
    let (queue, arriving) = mpsc::channel(WAITING);
    let writing =
        thread::spawn(|| Outer::new(connection, Some(syncer), Arc::default()).work(arriving));
    let insert = |number: i64| {
        let (reply, replied) = oneshot::channel();
        let text = "INSERT INTO numbers VALUES (?) RETURNING CAST(number AS TEXT)";
        let (texts, values) = (Arc::new([text.into()]), Values(vec![number.into()]));
        queue.try_send(Work::Step(Step { texts, values, reply })).ok().unwrap();
        replied
    };
    let mut first = insert(1);
    let batch = disk.recv().unwrap();
    let others: Vec<_> = (2..5).map(&insert).collect();
    thread::sleep(Duration::from_millis(50));
    assert!(first.try_recv().is_err(), "answered before its time");
    assert!(disk.try_recv().is_err(), "committed while the disk was busy");
    let (reader, _) = connect.writer().unwrap();
    let count = || reader.query_row("SELECT count(*) FROM numbers", [], |row| row.get(0));
    assert_eq!(count(), Ok(1));

    batch.waiting.into_iter().for_each(|waiter| waiter.answer(Ok(())));
    let rows = first.await.unwrap().unwrap().unwrap();
    assert_eq!(cells(rows).unwrap(), ["1"]);
    queue.send(Work::Synced { is_safe: true }).await.ok().unwrap();
    let batch = disk.recv().unwrap();
    assert_eq!(batch.waiting.len(), 3, "one commit for all");
    assert_eq!(count(), Ok(4));
    queue.send(Work::Synced { is_safe: false }).await.ok().unwrap();
    writing.join().unwrap();
    drop(batch);
    for other in others {
        assert!(other.await.is_err(), "answered after the disk failed");
    }
}

/// A WAL that grows for ever.
#[tokio::test]
async fn what_was_committed_is_worked_into_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    let writer = Writer::start(Connect::to(Some(path.clone()))).await.unwrap();
    let table = |connection: &mut rusqlite::Connection| {
        connection.execute_batch("CREATE TABLE texts (text TEXT)")
    };
    writer.alone(table).await.unwrap().unwrap();
    let four_mib = "INSERT INTO texts VALUES (hex(zeroblob(2097152))) RETURNING 'ok'";
    let four_mib = Statement::of_texts([four_mib.into()]);
    for _ in 0..48 {
        writer.steps().rows(&four_mib, Values(Vec::new())).await.unwrap();
    }
    let size = std::fs::metadata(&path).unwrap().len();
    assert!(size > 64 << 20, "{size} bytes of 192 MiB");
}
