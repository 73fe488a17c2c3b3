//! Taking over the database of another back end.

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

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

/// A file whose people have UUIDs, and a table that would clear a terminal.
fn fill_with_uuids(folder: &Folder, more: &str) {
    let old = Connection::open(folder.path().join("old.db")).unwrap();
    let tables = "
        CREATE TABLE IF NOT EXISTS user (id CHAR(36) PRIMARY KEY, email VARCHAR, hashed_password VARCHAR, deleted_at DATETIME);
        CREATE TABLE IF NOT EXISTS \"a\u{1b}[2J\nb\" (id INTEGER);";
    old.execute_batch(tables).unwrap();
    let user = "INSERT INTO user VALUES (?1, ?2 || '@example.org', ?3, ?4)";
    for (id, name, deleted_at) in [
        ("0B9F7C12-0000-4000-8000-000000000001", "ann", None),
        ("1b9f7c12000040008000000000000002", "ben", Some("2024-03-14")),
        ("2,\"b\u{1b}[2J", more, None),
    ] {
        old.execute(user, (id, name, hash(), deleted_at)).ok();
    }
}

const WITH_MAP: [&str; 5] = ["import", "--from", "sqlite:///old.db", "--map", "map.csv"];

#[test]
fn who_was_numbered_is_kept_in_a_file_and_known_by_it() {
    let folder = Folder::new();
    fill_with_uuids(&folder, "cid");
    let map = folder.path().join("map.csv");
    let text = || std::fs::read_to_string(&map).unwrap();
    let folders_files = || std::fs::read_dir(folder.path()).unwrap().count();
    folder.run(&["migrate"], &[], "").done();
    let before = folders_files();
    folder.run(&[&WITH_MAP[..], &["--dry-run"]].concat(), &[], "").done();
    assert_eq!(folders_files(), before, "a dry run writes no map");
    let said = folder.run(&WITH_MAP, &[], "");
    assert!(said.done().contains("Not read: a\\u001b[2J\\u000ab."), "{said:?}");
    let lines = "old_id,new_id\n0B9F7C12-0000-4000-8000-000000000001,1\n\
        1b9f7c12000040008000000000000002,2\n\"2,\"\"b\u{1b}[2J\",3\n";
    assert_eq!(text(), lines);
    assert_eq!(std::fs::metadata(&map).unwrap().permissions().mode() & 0o777, 0o600);

    let unsure = folder.run(&WITH_MAP[..3], &[], "");
    let left_out = "left out: user 1b9f7c12000040008000000000000002: id: it may be of someone";
    assert!(unsure.stdout.contains(left_out), "{unsure:?}");
    assert_eq!(unsure.status.code(), Some(3));
    let old = Connection::open(folder.path().join("old.db")).unwrap();
    let fourth = "INSERT INTO user VALUES ('3b9f', 'dora@example.org', '', NULL)";
    old.execute(fourth, ()).unwrap();
    folder.run(&WITH_MAP, &[], "").done();
    assert_eq!(text(), format!("{lines}3b9f,4\n"));

    folder.write("map.csv", "old_id,new_id\n3b9f,77\n");
    folder.run(&WITH_MAP, &[], "").refused("--map: it has 3b9f as number 77, and there is no such");
    assert_eq!(text(), "old_id,new_id\n3b9f,77\n");
    let twice = "0B9F7C12-0000-4000-8000-000000000001,1\n0b9f7c12000040008000000000000001,2\n";
    folder.write("map.csv", &format!("old_id,new_id\n{twice}"));
    let refusal = "--map: it has 0b9f7c12000040008000000000000001 more than once";
    folder.run(&WITH_MAP, &[], "").refused(refusal);
    folder.write("map.csv", "name\nx\n");
    folder.run(&WITH_MAP, &[], "").refused("--map: its first line is not `old_id,new_id`");
    let nowhere = ["import", "--from", "sqlite:///old.db", "--map", "no/map.csv"];
    folder.run(&nowhere, &[], "").refused("--map: no/map.csv");
}

/// As with `| head`: they have read enough, and want it done.
#[test]
fn whoever_reads_no_further_keeps_nothing_from_being_kept() {
    let folder = Folder::new();
    fill_with_uuids(&folder, "cid");
    let mut import = Command::new(env!("CARGO_BIN_EXE_guildhall"));
    import.args(["import", "--json"]).current_dir(folder.path()).env_clear();
    import.env("OLD_DATABASE_URL", "sqlite:///old.db");
    let mut child = import.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.success(), "{ended:?}");
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
    let users = folder.run(&["users", "list", "--json"], &[], "");
    assert!(users.done().contains("ann@example.org"), "{users:?}");
}

#[test]
fn what_cannot_be_said_keeps_nothing() {
    let folder = Folder::new();
    fill_with_uuids(&folder, "cid");
    folder.run(&["migrate"], &[], "").done();
    let mut import = Command::new(env!("CARGO_BIN_EXE_guildhall"));
    import.args(["import", "--from", "sqlite:///old.db"]).current_dir(folder.path()).env_clear();
    let old = Connection::open(folder.path().join("old.db")).unwrap();
    old.execute("UPDATE user SET hashed_password = 'x'", ()).unwrap();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let ended = import.stdout(full).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(said.starts_with("guildhall: standard output: "), "{said}");
    let users = folder.run(&["users", "list", "--json"], &[], "");
    assert!(!users.done().contains("ann@example.org"), "{users:?}");
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
    folder.run(&["import"], &[], "").refused("--from: it is missing, and so is OLD_DATABASE_URL");
    let dry = folder.run(
        &["import", "--from", "sqlite:///empty.db", "--dry-run"],
        &[("DATABASE_URL", "sqlite:///no.db")],
        "",
    );
    dry.refused("it has no table");
    assert!(!folder.path().join("no.db").exists(), "a dry run makes no file");
}
