//! The database of another application, as it is read.

use guildhall_core::conformance::fixtures::old_rows;
use guildhall_core::storage::StorageError;
use guildhall_core::takeover::{Reference, Source as _};
use guildhall_storage_sqlite::OldSqlite;
use rusqlite::Connection;
use serde_json::{Value, json};

#[tokio::test]
async fn tables_and_their_keys_are_known() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("old.db");
    let tables = r#"CREATE TABLE "user" (id INTEGER PRIMARY KEY, "order" TEXT);
        CREATE TABLE pairs (a INTEGER, b INTEGER, PRIMARY KEY (a, b));
        CREATE TABLE crowd (who INTEGER REFERENCES "user" (id), a INTEGER, b INTEGER,
            FOREIGN KEY (a, b) REFERENCES pairs (a, b))"#;
    Connection::open(&file).unwrap().execute_batch(tables).unwrap();
    let old = OldSqlite::open(&file).await.unwrap();
    let names: Vec<_> = old.tables().iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["crowd", "pairs", "user"]);
    assert_eq!(old.tables()[2].columns, ["id", "order"]);
    let who = Reference { column: "who".into(), table: "user".into() };
    assert_eq!(old.tables()[0].references, [who], "a key of two columns is none of one");
}

#[tokio::test]
async fn cells_come_as_json_and_what_is_no_text_as_what_no_field_takes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("old.db");
    let table = r#"CREATE TABLE "odd ""table" (id INTEGER PRIMARY KEY, cell);
        INSERT INTO "odd ""table" VALUES (3, NULL), (1, 9007199254740993), (2, 1.5), (4, 'Zoë ☃'),
            (5, x'00ff'), (6, CAST(x'ff' AS TEXT))"#;
    Connection::open(&file).unwrap().execute_batch(table).unwrap();
    let mut old = OldSqlite::open(&file).await.unwrap();
    let cells: Vec<Value> = old_rows(&mut old, "odd \"table", &["id"])
        .await
        .into_iter()
        .map(|mut row| row.remove("cell").unwrap())
        .collect();
    let octets = |octets: usize| json!({ "octets": octets });
    let number = json!(9_007_199_254_740_993_i64);
    assert_eq!(cells, [number, json!(1.5), Value::Null, json!("Zoë ☃"), octets(2), octets(1)]);
}

/// Many heaps, of one state, while the application goes on; and it is not written to.
#[tokio::test]
async fn one_state_is_read_whatever_is_written_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("old.db");
    let writer = Connection::open(&file).unwrap();
    let table =
        "PRAGMA journal_mode = WAL; CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT);
        WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT 1501)
        INSERT INTO users SELECT i, 'user' || i FROM n";
    writer.execute_batch(table).unwrap();
    let mut old = OldSqlite::open(&file).await.unwrap();
    writer.execute_batch("DELETE FROM users WHERE id > 10").unwrap();
    for _ in 0..2 {
        let ids = old_rows(&mut old, "users", &["id"]).await;
        let ids: Vec<_> = ids.iter().map(|row| row["id"].as_i64().unwrap()).collect();
        assert_eq!(ids, (1..=1501).collect::<Vec<_>>());
    }
    // One that is given up half way does not hold up the next.
    old.open("users", &["id"]).await.unwrap();
    old.next().await.unwrap();
    assert_eq!(old_rows(&mut old, "users", &["email", "id"]).await.len(), 1501);
}

#[tokio::test]
async fn what_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("old.db");
    let gone = OldSqlite::open(&file).await;
    assert!(matches!(gone, Err(StorageError::Busy(_))));
    assert!(!file.exists(), "nothing is made");
    std::fs::write(&file, "This is no database. ".repeat(100)).unwrap();
    assert!(matches!(OldSqlite::open(&file).await, Err(StorageError::Corrupt(_))));
}
