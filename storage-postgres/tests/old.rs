//! The database of another application, as it is read.

use guildhall_core::conformance::fixtures::old_rows;
use guildhall_core::storage::StorageError;
use guildhall_core::takeover::{Reference, Source as _};
use guildhall_storage_postgres::OldPostgres;
use guildhall_storage_postgres::cluster::Cluster;
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _, PgConnection};

#[tokio::test]
async fn tables_and_rows_are_of_one_state_and_in_utc() {
    let cluster = Cluster::start().unwrap();
    let url = cluster.database("old").unwrap();
    let mut writer = PgConnection::connect(&url).await.unwrap();
    let tables = r#"ALTER DATABASE old SET TimeZone = 'Asia/Tokyo';
        CREATE TYPE word AS ENUM ('ACTIVE');
        CREATE TABLE pairs (a INTEGER, b INTEGER, PRIMARY KEY (a, b));
        CREATE TABLE "user ""x" (id BIGINT PRIMARY KEY, gone TEXT, naive TIMESTAMP, zoned TIMESTAMPTZ,
            day DATE, flag BOOLEAN, state word, uuid UUID, octets BYTEA);
        ALTER TABLE "user ""x" DROP COLUMN gone;
        CREATE TABLE crowd (who BIGINT REFERENCES "user ""x", a INTEGER, b INTEGER,
            FOREIGN KEY (a, b) REFERENCES pairs);
        CREATE SCHEMA other; CREATE TABLE other.elsewhere (id INTEGER);
        INSERT INTO "user ""x" SELECT n, '2024-03-14 12:00:00.5', '2024-03-14 12:00:00+02', '2024-03-14', TRUE,
            'ACTIVE', '0b9f7c12-0000-4000-8000-000000000001', '\x00ff'
        FROM generate_series(1, 1201) AS n ORDER BY n DESC"#;
    writer.execute(tables).await.unwrap();
    let mut old = OldPostgres::open(&url).await.unwrap();
    let names: Vec<_> = old.tables().iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["crowd", "pairs", "user \"x"]);
    let who = Reference { column: "who".into(), table: "user \"x".into() };
    assert_eq!(old.tables()[0].references, [who], "a key of two columns is none of one");
    assert!(!old.tables()[2].has("gone"));

    writer.execute("DELETE FROM crowd; DELETE FROM \"user \"\"x\" WHERE id > 10").await.unwrap();
    let rows = old_rows(&mut old, "user \"x", &["id"]).await;
    let ids: Vec<_> = rows.iter().map(|row| row["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, (1..=1201).collect::<Vec<_>>());
    let expected = json!({
        "id": 1, "naive": "2024-03-14T12:00:00.5", "zoned": "2024-03-14T10:00:00+00:00", "day": "2024-03-14",
        "flag": true, "state": "ACTIVE", "uuid": "0b9f7c12-0000-4000-8000-000000000001", "octets": "\\x00ff",
    });
    assert_eq!(Value::Object(rows[0].clone()), expected);
    assert_eq!(old_rows(&mut old, "pairs", &["a", "b"]).await, [], "one table after the other");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_from_a_url_that_is_none() {
    let away = OldPostgres::open("postgresql://nobody@localhost/x?host=/nowhere").await;
    assert!(matches!(away, Err(StorageError::Busy(_))));
    let broken = OldPostgres::open("postgresql://nobody@localhost:port/x").await;
    assert!(matches!(broken, Err(StorageError::Backend(_))));
}
