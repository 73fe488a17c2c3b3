//! What is taken over from old rows, and what is not.

mod accounts;
mod sessions;

use std::collections::VecDeque;
use std::time::Duration;

use async_trait::async_trait;
use guildhall_core::openapi::page::Recent;
use guildhall_core::openapi::sessions::SessionQuery;
use guildhall_core::openapi::{Message, Session, Timestamp, User, UserId};
use guildhall_core::storage::{Source as Fault, Storage, StorageError};
use guildhall_core::takeover::{
    Hearer, How, Kind, Note, OldRow, OldTable, Reference, Source, Summary, TakeOverError, take_over,
};
use guildhall_storage_sqlite::{Location, SqliteStorage};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);
const BCRYPT: &str = "$2b$04$w0x1qS3kk0QjWsvbR6RbOu9RBYO4wvAXWWnUEYAJu2T8i2Xr/hCG2";

/// Tables with their rows.
struct Old {
    tables: Vec<OldTable>,
    rows: Vec<Vec<OldRow>>,
    /// What comes next, a few rows at a time.
    coming: VecDeque<OldRow>,
    /// How long it takes to read the last table.
    delay: Duration,
}

impl Old {
    /// Of each table its name and its rows; `crowd` refers to users and sessions.
    fn new(tables: &[(&str, Value)]) -> Self {
        let rows: Vec<Vec<OldRow>> =
            tables.iter().map(|(_, rows)| serde_json::from_value(rows.clone()).unwrap()).collect();
        let table = |((name, _), rows): (&(&str, Value), &Vec<OldRow>)| {
            let reference = |(column, table): (&str, &str)| Reference {
                column: column.into(),
                table: table.into(),
            };
            let references = [("user", "users"), ("session", "sessions")].map(reference);
            OldTable {
                name: (*name).into(),
                columns: rows.iter().flat_map(|row| row.keys().cloned()).collect(),
                references: if *name == "crowd" { references.into() } else { Vec::new() },
            }
        };
        let tables = tables.iter().zip(&rows).map(table).collect();
        Self { tables, rows, coming: VecDeque::new(), delay: Duration::ZERO }
    }
}

#[async_trait]
impl Source for Old {
    fn tables(&self) -> &[OldTable] {
        &self.tables
    }

    async fn open(&mut self, table: &str, _: &[&str]) -> Result<(), StorageError> {
        let place = self.tables.iter().position(|other| other.name == table).unwrap();
        self.coming = self.rows[place].clone().into();
        if place + 1 == self.tables.len() {
            tokio::time::sleep(self.delay).await;
        }
        Ok(())
    }

    async fn next(&mut self) -> Result<Vec<OldRow>, StorageError> {
        let some = self.coming.len().min(2);
        Ok(self.coming.drain(..some).collect())
    }
}

/// What was heard.
#[derive(Default)]
struct Heard {
    notes: Vec<Note>,
    numbered: Vec<(String, i64)>,
    /// Whether it can keep nothing of it.
    is_deaf: bool,
}

impl Hearer for Heard {
    fn note(&mut self, note: Note) {
        self.notes.push(note);
    }

    fn numbered(&mut self, old: &str, new: UserId) {
        self.numbered.push((old.to_owned(), new.get()));
    }

    fn before_commit(&mut self) -> Result<(), Fault> {
        if self.is_deaf { Err("the disk is full".into()) } else { Ok(()) }
    }
}

impl Heard {
    /// The notes of this kind, in alphabetical order.
    fn of(&self, kind: Kind) -> Vec<String> {
        let notes = self.notes.iter().filter(|note| note.kind == kind);
        let mut notes: Vec<_> = notes
            .map(|Note { table, id, field, code, .. }| format!("{table} {id}: {field}: {code}"))
            .collect();
        notes.sort();
        notes
    }
}

async fn empty() -> SqliteStorage {
    let storage = SqliteStorage::open(&Location::Memory).await.unwrap();
    storage.migrate().await.unwrap();
    storage
}

const HOW: How<'_> = How { now: NOW, dry_run: false, known: None };

async fn take(storage: &SqliteStorage, tables: &[(&str, Value)]) -> (Summary, Heard) {
    take_with(storage, tables, HOW).await
}

async fn take_with(
    storage: &SqliteStorage,
    tables: &[(&str, Value)],
    how: How<'_>,
) -> (Summary, Heard) {
    let mut heard = Heard::default();
    let summary = take_over(&mut Old::new(tables), storage, how, &mut heard).await.unwrap();
    (summary, heard)
}

async fn users(storage: &SqliteStorage) -> Vec<User> {
    let filter =
        guildhall_core::accounts::UserFilter { include_deleted: true, ..Default::default() };
    storage.read().await.unwrap().accounts().list(&filter).await.unwrap().0
}

async fn sessions(storage: &SqliteStorage) -> Vec<Session> {
    let query = SessionQuery::default();
    storage.read().await.unwrap().sessions().list(&query).await.unwrap().0
}

async fn sent(storage: &SqliteStorage, user: i64) -> Vec<Message> {
    let user = UserId::new(user).unwrap();
    let page = Recent::default();
    storage.read().await.unwrap().messages().sent(user, &page).await.unwrap().0
}

fn message(id: i64, sender: i64, receiver: i64) -> Value {
    json!({"id": id, "content": "Hello", "sender_id": sender, "receiver_id": receiver})
}

fn user(id: i64, name: &str) -> Value {
    json!({"id": id, "username": name, "email": format!("{name}@example.org"), "hashed_password": BCRYPT})
}

/// What has come since is taken, also into what stood there; what something else stands for is named.
#[tokio::test]
async fn again_it_takes_what_has_come_since() {
    let storage = empty().await;
    let event = |id: i64, title: &str| json!({"id": id, "title": title, "date": "2024-03-14T12:00:00", "organizer_id": 1});
    let first = [
        ("users", json!([user(1, "alice"), user(2, "bob")])),
        ("sessions", json!([{"id": 1, "name": "open", "owner_id": 1}])),
        ("crowd", json!([{"session": 1, "user": 1}])),
        ("events", json!([event(1, "Party")])),
        ("messages", json!([message(1, 1, 2)])),
    ];
    let (summary, heard) = take(&storage, &first).await;
    assert_eq!((summary.left_out(), heard.notes.len()), (0, 0));
    let mut renamed = user(2, "bob");
    renamed["email"] = json!("robert@example.org");
    let edited = message(1, 1, 1);
    let second = [
        ("users", json!([user(1, "alice"), renamed, user(3, "carol")])),
        ("sessions", json!([{"id": 1, "name": "open", "owner_id": 1}])),
        ("crowd", json!([{"session": 1, "user": 1}, {"session": 1, "user": 3}])),
        ("events", json!([event(1, "Wake"), event(2, "Party"), event(3, "New")])),
        ("messages", json!([edited, message(2, 1, 3)])),
    ];
    let (summary, heard) = take(&storage, &second).await;
    assert_eq!(
        heard.of(Kind::LeftOut),
        [
            "events 1: id: id_taken",
            "events 2: title: event_title_taken",
            "messages 1: id: id_taken",
            "users 2: id: id_taken"
        ]
    );
    let count = |table: &str| {
        let count = summary.tables[table];
        (count.read, count.taken, count.already_taken, count.left_out)
    };
    assert_eq!(count("users"), (3, 1, 1, 1));
    assert_eq!(count("crowd"), (2, 1, 1, 0));
    assert_eq!(count("events"), (3, 1, 0, 2));
    assert_eq!(count("messages"), (2, 1, 0, 1));
    assert_eq!(sessions(&storage).await[0].users.len(), 2);
    let (again, heard) = take(&storage, &second).await;
    assert!(again.tables.values().all(|count| count.taken == 0), "{again:?}");
    assert_eq!(again.left_out(), summary.left_out());
    assert_eq!(heard.of(Kind::Changed), Vec::<String>::new());
}

#[tokio::test]
async fn a_dry_run_says_the_same_and_keeps_nothing() {
    let storage = empty().await;
    let tables = [
        ("users", json!([user(1, "alice"), user(1_000, "bob")])),
        ("messages", json!([message(1, 1, 1)])),
    ];
    let mut heard = Heard::default();
    let how = How { dry_run: true, ..HOW };
    let dry = take_over(&mut Old::new(&tables), &storage, how, &mut heard).await.unwrap();
    assert_eq!(users(&storage).await, []);
    let (done, _) = take(&storage, &tables).await;
    assert_eq!(Summary { dry_run: false, ..dry }, done);
    assert_eq!(users(&storage).await.len(), 2);
}

/// A transaction that serves a request would be ended: SQLite gives those 5 seconds between two statements.
#[tokio::test]
async fn the_old_database_may_be_slow() {
    let storage = empty().await;
    let tables = [("users", json!([user(1, "alice")])), ("messages", json!([message(1, 1, 1)]))];
    let mut old = Old { delay: Duration::from_secs(6), ..Old::new(&tables) };
    let summary = take_over(&mut old, &storage, HOW, &mut Heard::default()).await.unwrap();
    assert_eq!(summary.tables["messages"].taken, 1);
}

#[tokio::test]
async fn what_cannot_be_heard_keeps_nothing() {
    let storage = empty().await;
    let tables = [("users", json!([user(1, "alice")]))];
    let mut deaf = Heard { is_deaf: true, ..Heard::default() };
    let refused = take_over(&mut Old::new(&tables), &storage, HOW, &mut deaf).await;
    let Err(TakeOverError::Hearer(fault)) = refused else { panic!("{refused:?}") };
    assert_eq!(fault.to_string(), "the disk is full");
    assert_eq!(users(&storage).await, []);
    let dry = How { dry_run: true, ..HOW };
    take_over(&mut Old::new(&tables), &storage, dry, &mut deaf).await.unwrap();
}

/// Nothing but a primary key keeps a table from such.
#[tokio::test]
async fn the_first_of_two_rows_with_one_id_is_taken() {
    let storage = empty().await;
    let event = |id: i64, title: &str| json!({"id": id, "title": title, "date": "2024-03-14T12:00:00", "organizer_id": 1});
    let uuid = |id: &str, name: &str| json!({"id": id, "email": format!("{name}@example.org")});
    let tables = [
        ("groups", json!([{"id": 1, "name": "Chess"}, {"id": 1, "name": "Go"}])),
        ("users", json!([user(1, "alice"), user(1, "bob")])),
        ("sessions", json!([{"id": 1, "name": "one"}, {"id": 1, "name": "two"}])),
        ("crowd", json!([{"id": 1, "session": 1, "user": 1}, {"id": 1, "session": 1, "user": 1}])),
        ("events", json!([event(1, "Party"), event(1, "Wake")])),
        ("messages", json!([message(1, 1, 1), message(1, 1, 1)])),
    ];
    let (summary, heard) = take(&storage, &tables).await;
    let same = |table: &str| format!("{table} 1: id: same_id");
    let mut expected = ["events", "groups", "messages", "users"].map(same).to_vec();
    expected.push(same("sessions"));
    expected.sort();
    assert_eq!(heard.of(Kind::LeftOut), expected);
    assert!(summary.tables.values().all(|count| count.taken == 1), "{summary:?}");

    let storage = empty().await;
    let rows = [
        "1B9F7C12-0000-4000-8000-00000000000F",
        "2b9f",
        "2B-9f",
        "1b9f7c1200004000800000000000000f",
        "2b9f",
    ];
    let rows = rows
        .iter()
        .zip(["ann", "ben", "cid", "dora", "eve"])
        .map(|(id, name)| uuid(id, name))
        .collect::<Vec<_>>();
    let (_, heard) = take(&storage, &[("users", json!(rows))]).await;
    let same = ["1b9f7c1200004000800000000000000f", "2b9f"]
        .map(|id| format!("users \"{id}\": id: same_id"));
    assert_eq!(heard.of(Kind::LeftOut), same);
    assert_eq!(users(&storage).await.len(), 3);
}

#[tokio::test]
async fn what_is_no_old_back_end_is_refused() {
    let storage = empty().await;
    let foreign = [("wp_posts", json!([{"id": 1}])), ("events", json!([{"id": 1, "name": "x"}]))];
    let refused = take_over(&mut Old::new(&foreign), &storage, HOW, &mut Heard::default()).await;
    let Err(error @ TakeOverError::NoTables(_)) = refused else { panic!("{refused:?}") };
    assert!(error.to_string().contains("wp_posts, events"), "{error}");
}
