//! What is taken over from old rows, and what is not.

use std::collections::VecDeque;

use async_trait::async_trait;
use guildhall_core::openapi::page::{Page, Recent};
use guildhall_core::openapi::sessions::SessionQuery;
use guildhall_core::openapi::{Message, Role, Session, SessionState, Timestamp, User, UserId};
use guildhall_core::storage::{Storage, StorageError};
use guildhall_core::takeover::{
    Hearer, How, Kind, Note, OldId, OldRow, OldTable, Reference, Source, Summary, TakeOverError,
    take_over,
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
        Self { tables, rows, coming: VecDeque::new() }
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
}

impl Hearer for Heard {
    fn note(&mut self, note: Note) {
        self.notes.push(note);
    }

    fn numbered(&mut self, old: &OldId, new: UserId) {
        self.numbered.push((old.to_string(), new.get()));
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

async fn take(storage: &SqliteStorage, tables: &[(&str, Value)]) -> (Summary, Heard) {
    let mut heard = Heard::default();
    let how = How { now: NOW, dry_run: false };
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

#[tokio::test]
async fn an_account_is_taken_with_all_that_is_known_of_it() {
    let storage = empty().await;
    let alice = json!({
        "id": 7, "username": " alice ", "email": "Alice@Example.org", "full_name": "Alice Liddell",
        "hashed_password": BCRYPT, "disabled": 1, "role": "Role.ADMIN", "group": 3,
        "is_verified": true, "created_at": "2024-03-14 12:00:00", "updated_at": "2024-03-15 12:00:00.5",
        "deleted_at": null, "last_login": "2024-03-16T12:00:00+02:00", "shoe_size": 38,
    });
    let tables = [("groups", json!([{"id": 3, "name": "Croquet"}])), ("users", json!([alice]))];
    let (summary, heard) = take(&storage, &tables).await;
    assert_eq!(heard.of(Kind::Changed), ["users 7: username: trimmed"]);
    assert_eq!((summary.left_out(), summary.passwords), (0, 0));
    let account = storage.read().await.unwrap().accounts().by_id(UserId::new(7).unwrap()).await;
    let account = account.unwrap().unwrap();
    assert_eq!(account.password_hash, BCRYPT);
    let user = account.user;
    assert_eq!((&*user.username, &*user.email), ("alice", "Alice@Example.org"));
    assert_eq!(user.full_name.as_deref(), Some("Alice Liddell"));
    assert_eq!((user.disabled, user.role, user.email_verified), (true, Role::Admin, true));
    assert_eq!(user.group.map(i64::from), Some(3));
    let times = [user.created_at, user.updated_at, user.last_login.unwrap()];
    let expected = ["2024-03-14T12:00:00Z", "2024-03-15T12:00:00.500Z", "2024-03-16T10:00:00Z"];
    assert_eq!(times.map(|time| time.to_string()), expected);
}

/// Whoever cannot be told apart by an email is left out, with what hangs on them.
#[tokio::test]
async fn accounts_that_cannot_be_taken_are_named_with_what_hangs_on_them() {
    let storage = empty().await;
    let without = |field: &str, value: Value| {
        let mut row = user(20, "nobody");
        row[field] = value;
        row
    };
    let mut rows = vec![user(1, "alice"), without("email", json!("ALICE@example.org"))];
    for (id, field, value) in [
        (21, "email", Value::Null),
        (22, "email", json!("nobody")),
        (23, "email", json!(7)),
        (24, "email", json!("a\0b@example.org")),
        (25, "created_at", json!("yesterday")),
        (26, "disabled", json!("maybe")),
    ] {
        let mut row = without(field, value);
        row["id"] = json!(id);
        rows.push(row);
    }
    rows.push(json!({"id": -3, "email": "minus@example.org"}));
    let tables = [
        ("users", json!(rows)),
        ("events", json!([{"id": 1, "title": "Party", "date": "2024-03-14", "organizer_id": 20}])),
        ("messages", json!([message(1, 20, 1), message(2, 1, 99), message(3, 1, 1)])),
    ];
    let (summary, heard) = take(&storage, &tables).await;
    assert_eq!(
        heard.of(Kind::LeftOut),
        [
            "events 1: organizer_id: not_taken",
            "messages 1: sender_id: not_taken",
            "messages 2: receiver_id: not_taken",
            "users -3: id: no_id",
            "users 20: email: email_taken",
            "users 21: email: missing",
            "users 22: email: does_not_fit",
            "users 23: email: wrong_type",
            "users 24: email: does_not_fit",
            "users 25: created_at: no_time",
            "users 26: disabled: wrong_type",
        ]
    );
    assert_eq!(summary.left_out(), 11);
    assert_eq!(users(&storage).await.len(), 1);
    let ids: Vec<_> = sent(&storage, 1).await.iter().map(|message| message.id.get()).collect();
    assert_eq!(ids, [3]);
}

/// People sign in by their email, so an account with a name that does not fit is not given up.
#[tokio::test]
async fn a_name_that_does_not_fit_is_replaced_and_kept_where_it_can_be_read() {
    let storage = empty().await;
    let mut known = user(3, "ALICE");
    known["email"] = json!("other@example.org");
    known["full_name"] = json!("The other Alice");
    let mut spaced = user(4, "x");
    spaced["username"] = json!("Zoë Smith");
    let mut none = user(5, "y");
    none["username"] = Value::Null;
    let mut long = user(6, "long");
    long["full_name"] = json!("x".repeat(201));
    let rows = json!([user(1, "alice"), known, spaced, none, long]);
    let (summary, heard) = take(&storage, &[("users", rows)]).await;
    assert_eq!(summary.left_out(), 0);
    assert_eq!(
        heard.of(Kind::Changed),
        [
            "users 3: username: username_taken",
            "users 4: username: does_not_fit",
            "users 6: full_name: does_not_fit"
        ]
    );
    let named = users(&storage)
        .await
        .into_iter()
        .map(|user| (user.username.into_string(), user.full_name.map(|name| name.into_string())));
    let name = |name: &str, full: Option<&str>| (name.to_owned(), full.map(str::to_owned));
    assert_eq!(
        named.collect::<Vec<_>>(),
        [
            name("alice", None),
            name("user-3", Some("The other Alice")),
            name("user-4", Some("Zoë Smith")),
            name("user-5", None),
            name("long", None)
        ]
    );
}

#[tokio::test]
async fn a_hash_that_cannot_be_verified_fits_no_password_and_is_never_shown() {
    let storage = empty().await;
    let with = |id: i64, hash: Value| {
        let mut row = user(id, &format!("user{id}"));
        row["hashed_password"] = hash;
        row
    };
    let secrets =
        ["hunter2-hunter2", "5f4dcc3b5aa765d61d8327deb882cf99", "$5$rounds=535000$N$Ap21"];
    let rows = json!([
        with(1, json!(secrets[0])),
        with(2, json!(secrets[1])),
        with(3, json!(secrets[2])),
        with(4, Value::Null),
        with(5, json!(BCRYPT))
    ]);
    let (summary, heard) = take(&storage, &[("users", rows)]).await;
    assert_eq!((summary.left_out(), summary.passwords), (0, 4));
    let expected: Vec<_> = (1..5).map(|id| format!("users {id}: password: new_password")).collect();
    assert_eq!(heard.of(Kind::Password), expected);
    for note in &heard.notes {
        let said = format!("{note} {note:?} {}", serde_json::to_string(note).unwrap());
        assert!(secrets.iter().all(|secret| !said.contains(secret)), "{said}");
    }
    let passwords = guildhall_core::passwords::Passwords::start(
        guildhall_core::passwords::Cost::new(8, 1, 1).unwrap(),
        Default::default(),
    );
    let passwords = passwords.unwrap();
    for (id, guess) in [(1, secrets[0]), (2, "password"), (4, "None")] {
        let id = UserId::new(id).unwrap();
        let account = storage.read().await.unwrap().accounts().by_id(id).await.unwrap().unwrap();
        let verdict = passwords.verify(&guess.into(), Some(&account.password_hash)).await;
        assert_eq!(verdict.unwrap(), guildhall_core::passwords::Verdict::Wrong);
    }
}

#[tokio::test]
async fn sessions_get_the_states_and_the_people_that_they_had() {
    let storage = empty().await;
    let session = |id: i64, state: &str| json!({"id": id, "name": format!("s{id}"), "state": state, "created_at": "2024-03-14 12:00:00"});
    let mut over = session(4, "inactive");
    over["ended_at"] = json!("2024-03-14 13:00:00");
    let mut gone = user(3, "carol");
    gone["deleted_at"] = json!("2024-03-14 12:00:00");
    let part = |session: i64, user: i64| json!({"session": session, "user": user});
    let tables = [
        ("users", json!([user(1, "alice"), user(2, "bob"), gone])),
        (
            "sessions",
            json!([
                session(1, "SessionState.ACTIVE"),
                session(2, "stopped"),
                session(3, "paused"),
                over,
                session(5, "inactive")
            ]),
        ),
        (
            "crowd",
            json!([
                part(1, 2),
                part(1, 1),
                part(1, 2),
                part(1, 3),
                part(2, 9),
                part(2, 1),
                part(3, 1),
                part(4, 3),
                part(77, 1)
            ]),
        ),
    ];
    let (summary, heard) = take(&storage, &tables).await;
    let left_out = [
        "crowd \"1/3\": user_id: user_deleted",
        "crowd \"2/9\": user_id: not_taken",
        "crowd \"3/1\": session_id: not_taken",
        "crowd \"77/1\": session_id: not_taken",
        "sessions 3: state: unknown_word",
        "sessions 5: owner_id: no_owner",
    ];
    assert_eq!(heard.of(Kind::LeftOut), left_out);
    assert_eq!(heard.of(Kind::Changed), ["sessions 2: ended_at: end_unknown"]);
    let count = summary.tables["crowd"];
    assert_eq!((count.read, count.taken, count.already_taken, count.left_out), (9, 4, 1, 4));
    let shown = sessions(&storage).await.into_iter().map(|session| {
        let users: Vec<_> = session.users.iter().map(|user| user.id.get()).collect();
        (session.id.get(), session.state, session.ended_at.is_some(), session.owner_id.get(), users)
    });
    assert_eq!(
        shown.collect::<Vec<_>>(),
        [
            (1, SessionState::Active, false, 2, vec![2, 1]),
            (2, SessionState::Ended, true, 1, vec![1]),
            (4, SessionState::Ended, true, 3, vec![3]),
        ]
    );
}

#[tokio::test]
async fn sessions_without_an_owner_are_the_first_admins() {
    let storage = empty().await;
    let mut admin = user(2, "bob");
    admin["is_superuser"] = json!(1);
    let tables = [
        ("users", json!([user(1, "alice"), admin])),
        ("sessions", json!([{"id": 1, "name": "free"}, {"id": 2, "name": "owned", "owner_id": 1}])),
        ("crowd", json!([{"session": 1, "user": 1}])),
    ];
    take(&storage, &tables).await;
    let owners: Vec<_> =
        sessions(&storage).await.iter().map(|session| session.owner_id.get()).collect();
    assert_eq!(owners, [2, 1]);
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

/// Whoever has a UUID is known by their email when they come again.
#[tokio::test]
async fn people_with_uuids_are_numbered_once() {
    let storage = empty().await;
    let row = |id: &str, email: &str| json!({"id": id, "email": email, "hashed_password": BCRYPT, "is_active": true});
    let (ann, ben, cid) = (
        row("0B9F7C12-0000-4000-8000-000000000001", "ann@example.org"),
        row("1b9f7c1200004000800000000000000f", "ben@example.org"),
        row("0a000000-0000-4000-8000-000000000000", "cid@example.org"),
    );
    let event = json!({
        "id": 1, "title": "Party", "date": "2024-03-14", "user_id": "0b9f7c12000040008000000000000001",
    });
    let tables = [("user", json!([ann, ben])), ("event", json!([event]))];
    let (summary, heard) = take(&storage, &tables).await;
    assert_eq!(summary.left_out(), 0);
    let numbers = |heard: &Heard| heard.numbered.iter().map(|(_, id)| *id).collect::<Vec<_>>();
    assert_eq!(numbers(&heard), [1, 2]);
    let (summary, heard) =
        take(&storage, &[("user", json!([cid, ann, ben])), ("event", json!([event]))]).await;
    assert_eq!(numbers(&heard), [1, 2, 3], "who is there, then who is new");
    assert_eq!(summary.tables["user"].taken, 1);
    assert_eq!(summary.tables["event"].already_taken, 1);
    let usernames: Vec<_> =
        users(&storage).await.into_iter().map(|user| user.username.into_string()).collect();
    assert_eq!(usernames, ["user-1", "user-2", "user-3"]);
}

#[tokio::test]
async fn a_dry_run_says_the_same_and_keeps_nothing() {
    let storage = empty().await;
    let tables = [
        ("users", json!([user(1, "alice"), user(1_000, "bob")])),
        ("messages", json!([message(1, 1, 1)])),
    ];
    let mut heard = Heard::default();
    let how = How { now: NOW, dry_run: true };
    let dry = take_over(&mut Old::new(&tables), &storage, how, &mut heard).await.unwrap();
    assert_eq!(users(&storage).await, []);
    let (done, _) = take(&storage, &tables).await;
    assert_eq!(Summary { dry_run: false, ..dry }, done);
    assert_eq!(users(&storage).await.len(), 2);
}

#[tokio::test]
async fn what_is_no_old_back_end_is_refused() {
    let storage = empty().await;
    let how = How { now: NOW, dry_run: false };
    let foreign = [("wp_posts", json!([{"id": 1}])), ("events", json!([{"id": 1, "name": "x"}]))];
    let refused = take_over(&mut Old::new(&foreign), &storage, how, &mut Heard::default()).await;
    let Err(error @ TakeOverError::NoTables(_)) = refused else { panic!("{refused:?}") };
    assert!(error.to_string().contains("wp_posts, events"), "{error}");
}
