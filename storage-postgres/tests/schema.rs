//! The schema: the same on both databases, and with an index behind every list.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use guildhall_core::storage::Storage;
use guildhall_core::transfer::Table;
use guildhall_storage_postgres::PostgresStorage;
use guildhall_storage_postgres::cluster::Cluster;
use guildhall_storage_sqlite::{Location, SqliteStorage};
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Executor as _};

/// Table, column, type and whether it may be null.
type Column = (String, String, String, bool);
/// Table, columns in order, whether it is unique and whether it is partial.
type Index = (String, String, bool, bool);

async fn postgres(url: &str) -> (BTreeSet<Column>, BTreeSet<Index>) {
    PostgresStorage::open(url, 1).unwrap().migrate().await.unwrap();
    let options: PgConnectOptions = url.parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    let columns = sqlx::query_as(
        "SELECT table_name::text, column_name::text, data_type::text, is_nullable = 'YES'
         FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations'",
    );
    let indexes = sqlx::query_as(
        "SELECT t.relname::text, string_agg(a.attname, ' ' ORDER BY k.place)::text,
             bool_and(i.indisunique), bool_and(i.indpred IS NOT NULL)
         FROM pg_index i
         JOIN pg_class t ON t.oid = i.indrelid AND t.relname <> '_sqlx_migrations'
         JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = 'public'
         CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS k (attribute, place)
         JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attribute
         GROUP BY i.indexrelid, t.relname",
    );
    let columns: Vec<Column> = columns.fetch_all(&mut connection).await.unwrap();
    let indexes: Vec<Index> = indexes.fetch_all(&mut connection).await.unwrap();
    (columns.into_iter().collect(), indexes.into_iter().collect())
}

async fn sqlite() -> (BTreeSet<Column>, BTreeSet<Index>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("schema.db");
    let storage = SqliteStorage::open(&Location::File(file.clone())).await.unwrap();
    storage.migrate().await.unwrap();
    let options = SqliteConnectOptions::new().filename(&file);
    let mut connection = options.connect().await.unwrap();
    let columns = sqlx::query_as(
        "SELECT t.name, c.name, c.type, NOT c.\"notnull\" AND c.pk = 0
         FROM sqlite_master t JOIN pragma_table_info(t.name) c
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name <> '_sqlx_migrations'",
    );
    // The key by which rows are stored is no index of its own.
    let indexes = sqlx::query_as(
        "SELECT name, columns, is_unique, is_partial FROM (
             SELECT t.name, i.\"unique\" AS is_unique, i.partial AS is_partial,
                 (SELECT group_concat(c.name, ' ') FROM pragma_index_info(i.name) c) AS columns
             FROM sqlite_master t JOIN pragma_index_list(t.name) i
             WHERE t.type = 'table'
             UNION ALL
             SELECT t.name, 1, 0, c.name
             FROM sqlite_master t JOIN pragma_table_info(t.name) c
             WHERE t.type = 'table' AND c.pk = 1 AND c.type = 'INTEGER'
         ) WHERE name NOT LIKE 'sqlite%' AND name <> '_sqlx_migrations'",
    );
    let columns: Vec<Column> = columns.fetch_all(&mut connection).await.unwrap();
    let indexes: Vec<Index> = indexes.fetch_all(&mut connection).await.unwrap();
    let of_postgres = |(table, column, kind, null): Column| {
        let kind = match &*kind {
            "INTEGER" | "BIGINT" => "bigint",
            "TEXT" => "text",
            "BOOLEAN" => "boolean",
            other => panic!("{table}.{column} is of the type {other}"),
        };
        (table, column, kind.to_owned(), null)
    };
    let columns = columns.into_iter().map(of_postgres);
    (columns.collect(), indexes.into_iter().collect())
}

#[tokio::test]
async fn both_databases_have_one_schema() {
    let cluster = Cluster::start().unwrap();
    let url = cluster.database("schema").unwrap();
    let (postgres, sqlite) = (postgres(&url).await, sqlite().await);
    assert!(postgres.0.len() > 20, "{postgres:?}");
    assert_eq!(postgres.0, sqlite.0);
    assert_eq!(postgres.1, sqlite.1);
}

/// Everything that is stored travels: a new table or column has to be among those of `core/src/transfer/rows.rs`.
#[tokio::test]
async fn every_column_travels() {
    let cluster = Cluster::start().unwrap();
    let (columns, _) = postgres(&cluster.database("columns").unwrap()).await;
    let stored: BTreeSet<_> =
        columns.iter().map(|(table, column, ..)| (&**table, &**column)).collect();
    let tables = Table::ALL.iter().filter(|table| **table != Table::Ids);
    let travel: BTreeSet<_> = tables
        .flat_map(|table| table.columns().iter().map(|column| (table.name(), *column)))
        .collect();
    assert_eq!(stored, travel);
}

/// What another application has stays as it is; in a schema beside it there is room.
#[tokio::test]
async fn another_applications_tables_are_refused_and_left_alone() {
    let cluster = Cluster::start().unwrap();
    for (number, (theirs, why)) in [
        ("CREATE TABLE mails (id int)", "a table mails of another application"),
        (
            "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, checksum BYTEA);
             INSERT INTO _sqlx_migrations VALUES (20260101000000, '')",
            "migrations of another application",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let url = cluster.database(&format!("theirs{number}")).unwrap();
        let options: PgConnectOptions = url.parse().unwrap();
        let mut connection = options.connect().await.unwrap();
        connection.execute(theirs).await.unwrap();
        let storage = PostgresStorage::open(&url, 1).unwrap();
        for refused in [storage.migrate().await, storage.pending_migrations().await.map(drop)] {
            let refused = refused.unwrap_err().to_string();
            assert!(refused.contains(why), "{refused}");
        }
        let count = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'";
        let tables: i64 = sqlx::query_scalar(count).fetch_one(&mut connection).await.unwrap();
        assert_eq!(tables, 1);
        connection.execute("CREATE SCHEMA ours").await.unwrap();
        let ours = format!("{url}&options=-csearch_path%3Dours");
        let storage = PostgresStorage::open(&ours, 1).unwrap();
        storage.migrate().await.unwrap();
        assert!(storage.pending_migrations().await.unwrap().is_empty());
    }
}

/// A row of a table, as far as its id and what must not be null go.
fn row(columns: &BTreeSet<Column>, table: &str, id: i64) -> String {
    let filled = columns.iter().filter(|(of, name, _, null)| of == table && name != "id" && !null);
    let value = |name: &str| match name {
        "role" => "'user'",
        "state" => "'inactive'",
        _ => "'1'",
    };
    let (names, values): (Vec<_>, Vec<_>) =
        filled.map(|(_, name, ..)| (&**name, value(name))).unzip();
    let (names, values) = (names.join(", "), values.join(", "));
    format!("INSERT INTO {table} (id, {names}) VALUES ({id}, {values})")
}

/// Whether a database refuses a row because of its id; it may have more against it.
fn is_too_large(answer: &Result<(), sqlx::Error>, table: &str) -> bool {
    let key = format!("{table}_id_is_exact");
    answer.as_ref().is_err_and(|error| error.to_string().contains(&key))
}

#[tokio::test]
async fn no_id_is_larger_than_javascript_counts() {
    const LAST: i64 = (1 << 53) - 1;
    let cluster = Cluster::start().unwrap();
    let url = cluster.database("ids").unwrap();
    let (columns, _) = postgres(&url).await;
    let mut on_postgres = url.parse::<PgConnectOptions>().unwrap().connect().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ids.db");
    let storage = SqliteStorage::open(&Location::File(file.clone())).await.unwrap();
    storage.migrate().await.unwrap();
    let mut on_sqlite = SqliteConnectOptions::new().filename(&file).connect().await.unwrap();

    // Changes are the service's own affair.
    let tables = columns.iter().filter(|(table, name, ..)| name == "id" && table != "changes");
    for (table, ..) in tables {
        for (id, too_large) in [(LAST + 1, true), (LAST, false)] {
            let row = row(&columns, table, id);
            // Where PostgreSQL's messages get theirs.
            let next = AssertSqlSafe(format!("SELECT setval('messages_id', {})", id - 1));
            on_postgres.execute(next).await.unwrap();
            for answer in [
                on_postgres.execute(AssertSqlSafe(row.clone())).await.map(drop),
                on_sqlite.execute(AssertSqlSafe(row.clone())).await.map(drop),
            ] {
                assert_eq!(is_too_large(&answer, table), too_large, "{row}: {answer:?}");
            }
        }
    }
}

#[tokio::test]
async fn lists_are_read_in_the_order_of_an_index() {
    let cluster = Cluster::start().unwrap();
    let url = cluster.database("plans").unwrap();
    let storage = PostgresStorage::open(&url, 1).unwrap();
    storage.migrate().await.unwrap();
    let plans = storage.explain_lists().await.unwrap();
    assert!(!plans.is_empty());
    for (name, steps) in plans {
        let plan = steps.join("\n");
        let has_index = plan.contains("Index Scan") || plan.contains("Index Only Scan");
        assert!(has_index, "{name} uses no index:\n{plan}");
        // A merge of what is sorted has a sort key as well.
        assert!(!plan.contains("Sort  ("), "{name} is sorted:\n{plan}");
        assert!(!plan.contains("Seq Scan"), "{name} reads the table:\n{plan}");
    }
}

#[tokio::test]
async fn the_audit_log_is_only_added_to() {
    let cluster = Cluster::start().unwrap();
    let url = cluster.database("audit").unwrap();
    PostgresStorage::open(&url, 1).unwrap().migrate().await.unwrap();
    let mut on_postgres = url.parse::<PgConnectOptions>().unwrap().connect().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.db");
    let storage = SqliteStorage::open(&Location::File(file.clone())).await.unwrap();
    storage.migrate().await.unwrap();
    let mut on_sqlite = SqliteConnectOptions::new().filename(&file).connect().await.unwrap();
    let entry = "INSERT INTO audit (action, at, ip) VALUES ('signed_in', 1, '192.0.2.7')";
    on_postgres.execute(entry).await.unwrap();
    on_sqlite.execute(entry).await.unwrap();
    for (change, may_be) in [
        ("ip = '192.0.2.8'", false),
        ("action = 'signed_out'", false),
        ("ip = NULL, at = 2", false),
        ("ip = NULL, actor_id = 1", false),
        ("ip = NULL, subject_id = 1", false),
        ("ip = NULL, detail = '{}'", false),
        ("ip = NULL, id = 7", false),
        ("ip = NULL", true),
        ("ip = '192.0.2.7'", false),
    ] {
        let update = format!("UPDATE audit SET {change}");
        for answer in [
            on_postgres.execute(AssertSqlSafe(update.clone())).await.map(drop),
            on_sqlite.execute(AssertSqlSafe(update.clone())).await.map(drop),
        ] {
            assert_eq!(answer.is_ok(), may_be, "{update}: {answer:?}");
        }
    }
}
