//! Taking over the database of another back end.

use rusqlite::Connection;
use serde_json::Value;

use crate::support::{Database, Folder, PASSWORD};

/// Of the usual password, as passlib's bcrypt writes it, at its lowest cost.
fn hash() -> String {
    bcrypt::hash(PASSWORD, 4).unwrap()
}

/// What an application with SQLAlchemy leaves in a file, some of it awkward.
fn fill(folder: &Folder) {
    let old = Connection::open(folder.path().join("old.db")).unwrap();
    let tables = "
        PRAGMA foreign_keys = OFF;
        CREATE TABLE users (id INTEGER PRIMARY KEY, username VARCHAR, email VARCHAR UNIQUE, hashed_password VARCHAR);
        CREATE TABLE messages (id INTEGER PRIMARY KEY, content TEXT, created_at DATETIME,
            sender_id INTEGER REFERENCES users (id), receiver_id INTEGER REFERENCES users (id), is_read BOOLEAN);
        CREATE TABLE invoices (id INTEGER PRIMARY KEY);
        INSERT INTO messages VALUES
            (1, 'Bonjour !', '2024-03-14 12:00:00.000000', 3, 7, 1),
            (2, 'Salut', '2024-03-14 12:00:01.500000', 7, 3, 0),
            (3, 'Who is that?', '2024-03-14 12:00:02.000000', 99, 3, 0),
            (4, x'00ff', '2024-03-14 12:00:02.000000', 3, 3, 0)";
    old.execute_batch(tables).unwrap();
    for (id, name, hash) in
        [(3, "alice", hash()), (7, "bob", hash()), (8, "carol", PASSWORD.into())]
    {
        let user = (id, name, format!("{name}@example.org"), hash);
        old.execute("INSERT INTO users VALUES (?1, ?2, ?3, ?4)", user).unwrap();
    }
}

const IMPORT: [&str; 3] = ["import", "--from", "sqlite+aiosqlite:///./old.db?timeout=5"];

async fn is_taken_over(database: Database) {
    let url = database.url();
    let settings =
        [("DATABASE_URL", url.as_str()), ("SECRET_KEY", "a-key-of-this-test-that-is-long-enough")];
    let folder = Folder::new();
    fill(&folder);
    let run = |more: &[&str]| folder.run(&[&IMPORT, more].concat(), &settings, "");

    folder.run(&["migrate"], &settings, "").done();
    let dry = run(&["--dry-run"]);
    let done = run(&[]);
    for ended in [&dry, &done] {
        assert_eq!((ended.status.code(), ended.stderr.as_str()), (Some(3), ""), "{ended:?}");
        for line in [
            "password: users 8: password: its hash cannot be verified, so a new password has to be set (new_password)",
            "left out: messages 3: sender_id: it refers to a user that was not taken (not_taken)",
            "left out: messages 4: content: it is of another type than is read here (wrong_type)",
            "1 people have to set a new password.",
            "Not read: invoices.",
        ] {
            assert!(ended.stdout.lines().any(|said| said == line), "{line}: {}", ended.stdout);
        }
        assert!(!ended.stdout.contains(PASSWORD));
    }
    assert_eq!(dry.stdout, format!("{}Nothing was kept.\n", done.stdout));
    let again = run(&["--json"]);
    let lines: Vec<Value> =
        again.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let summary = lines.last().unwrap();
    assert_eq!(summary["tables"]["users"]["already_taken"], 3, "{again:?}");
    assert_eq!(summary["tables"]["messages"]["taken"], 0, "{again:?}");

    let running = folder.serve(&settings);
    let alice = running.api().await.sign_in("alice@example.org").await;
    let received: Value = alice.get("/messages/received").await.json();
    assert_eq!(received[0]["id"], 2);
    assert_eq!(received[0]["created_at"], "2024-03-14T12:00:01.500Z");
    let conversations: Value = alice.get("/conversations").await.json();
    assert_eq!(conversations[0]["unread_count"], 1);
    assert_eq!(conversations[0]["user"]["id"], 7);
}

#[tokio::test]
async fn another_back_end_is_taken_over_on_sqlite() {
    is_taken_over(Database::sqlite()).await;
}

#[tokio::test]
async fn another_back_end_is_taken_over_on_postgres() {
    is_taken_over(Database::postgres()).await;
}

#[test]
fn what_is_no_database_of_another_back_end_is_refused_in_words() {
    let folder = Folder::new();
    let from = |from: &str| folder.run(&["import", "--from", from], &[], "");
    from("sqlite:///nowhere.db").refused("--from: there is no nowhere.db");
    from("sqlite://").refused("--from: a database in memory holds nothing");
    from("mysql://u:hunter2@h/d").refused("--from: it is neither a file nor a URL");
    assert!(!from("mysql://u:hunter2@h/d").stderr.contains("hunter2"));
    folder.write("empty.db", "");
    from("sqlite:///empty.db").refused("it has no table");
    folder.write("text.db", &"This is no database. ".repeat(100));
    from("sqlite:///text.db").refused("--from: ");
    folder.run(&["migrate"], &[("DATABASE_URL", "sqlite:///ours.db")], "").done();
    from("sqlite:///ours.db").refused("it is a database of Guildhall");
    from("sqlite://guildhall.db").refused("--from: ");
    let dry = folder.run(
        &["import", "--from", "sqlite:///empty.db", "--dry-run"],
        &[("DATABASE_URL", "sqlite:///no.db")],
        "",
    );
    dry.refused("it has no table");
    assert!(!folder.path().join("no.db").exists(), "a dry run makes no file");
}
