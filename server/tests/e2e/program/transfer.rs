//! Everything leaves and arrives: through a file, and from one database to another.

mod life;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::support::program::Ended;
use crate::support::{Database, Folder, PASSWORD};

use life::{goes_on, live};

fn all_equal(ended: &Ended) {
    let lines: Vec<_> = ended.done().lines().collect();
    assert_eq!(
        lines[0].split_whitespace().collect::<Vec<_>>(),
        ["table", "rows", "sha256", "equal"]
    );
    for line in &lines[1..] {
        let columns: Vec<_> = line.split_whitespace().collect();
        let [_, rows, sha256, "yes"] = columns[..] else { panic!("{line}") };
        assert!(rows.parse::<u64>().is_ok() && sha256.len() == 64, "{line}");
    }
    let messages = lines.iter().find(|line| line.starts_with("messages ")).unwrap();
    assert_eq!(messages.split_whitespace().nth(1), Some("3"));
}

async fn moves(from: Database, to: Database) {
    let (folder, from, to) = (Folder::new(), from.url(), to.url());
    let seen = live(&folder, &from).await;
    all_equal(&folder.run(&["move", &from, &to], &[], ""));
    goes_on(&folder, &to, &seen).await;
    let again = folder.run(&["move", &from, &to], &[], "");
    again.refused("TO: the database is not empty");
}

#[tokio::test]
async fn all_is_moved_from_sqlite_to_sqlite() {
    moves(Database::sqlite(), Database::sqlite()).await;
}

#[tokio::test]
async fn all_is_moved_from_sqlite_to_postgres() {
    let (from, to) = (Database::sqlite(), Database::postgres());
    moves(from, to).await;
}

#[tokio::test]
async fn all_is_moved_from_postgres_to_sqlite() {
    let (from, to) = (Database::postgres(), Database::sqlite());
    moves(from, to).await;
}

#[tokio::test]
async fn all_is_moved_from_postgres_to_postgres() {
    let (from, to) = (Database::postgres(), Database::postgres());
    moves(from, to).await;
}

async fn travels_by_file(from: Database, to: Database) {
    let (folder, from, to) = (Folder::new(), from.url(), to.url());
    let seen = live(&folder, &from).await;
    let export = |arguments: &[&str]| folder.run(arguments, &[("DATABASE_URL", &from)], "");
    let import = |arguments: &[&str]| folder.run(arguments, &[("DATABASE_URL", &to)], "");
    export(&["export", "all.jsonl"]).done();
    let file = folder.path().join("all.jsonl");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(&file).unwrap();
    let to_stdout = export(&["export"]);
    assert_eq!(rows(to_stdout.done()), rows(&text));

    import(&["migrate"]).done();
    let dry = import(&["import", "--from", "all.jsonl", "--dry-run"]);
    assert!(dry.done().contains("Nothing was kept"), "{dry:?}");
    all_equal(&import(&["import", "--from", "all.jsonl"]));
    import(&["import", "--from", "all.jsonl"]).refused("DATABASE_URL: the database is not empty");
    goes_on(&folder, &to, &seen).await;
}

/// The lines behind the first, which says when it was written.
fn rows(text: &str) -> Vec<&str> {
    text.lines().skip(1).collect()
}

#[tokio::test]
async fn all_travels_by_file_from_sqlite_to_postgres() {
    let (from, to) = (Database::sqlite(), Database::postgres());
    travels_by_file(from, to).await;
}

#[tokio::test]
async fn all_travels_by_file_from_postgres_to_sqlite() {
    let (from, to) = (Database::postgres(), Database::sqlite());
    travels_by_file(from, to).await;
}

#[tokio::test]
async fn a_file_is_replaced_only_when_told_and_never_half_written() {
    let folder = Folder::new();
    folder.run(&["export", "all.jsonl"], &[], "").refused("guildhall.db; `guildhall migrate`");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
    folder.run(&["migrate"], &[], "").done();
    folder.write("all.jsonl", "mine");
    folder.run(&["export", "all.jsonl"], &[], "").refused("all.jsonl: it is there already");
    assert_eq!(std::fs::read_to_string(folder.path().join("all.jsonl")).unwrap(), "mine");
    folder.run(&["export", "all.jsonl", "--force"], &[], "").done();
    assert!(is_whole(&folder.path().join("all.jsonl")));
    folder.run(&["export", "nowhere/all.jsonl"], &[], "").refused("nowhere/all.jsonl");
}

#[test]
fn an_export_that_is_told_to_stop_leaves_nothing() {
    let folder = Folder::new();
    // It takes connections, and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgresql://{}/x", silent.local_addr().unwrap());
    let export = folder.spawn(&["export", "all.jsonl"], &[("DATABASE_URL", &url)]);
    export.waits_until(|| !folder.names("all.jsonl").is_empty());
    export.terminate();
    export.ended().refused("all.jsonl: it was given up");
    assert!(folder.names("").is_empty());
}

fn is_whole(file: &Path) -> bool {
    std::fs::read_to_string(file).unwrap().ends_with("}]}\n")
}

/// The checksums are those of the lines as they stand, so anybody can check them.
#[test]
fn the_checksums_are_what_sha256sum_says() {
    let folder = Folder::new();
    folder.run(&["migrate"], &[], "").done();
    folder.run(&["create-admin", "--email", "a@example.org"], &[], PASSWORD).done();
    let table = folder.run(&["export", "all.jsonl"], &[], "");
    let script = r#"grep '^{"table":"users"' all.jsonl | sha256sum"#;
    let mut said = std::process::Command::new("sh");
    said.args(["-c", script]).current_dir(folder.path());
    let said = String::from_utf8(said.output().unwrap().stdout).unwrap();
    let (sha256, _) = said.split_once(' ').unwrap();
    let line = table.done().lines().find(|line| line.starts_with("users ")).unwrap();
    assert!(line.ends_with(sha256), "{line}: {sha256}");
}

#[tokio::test]
async fn what_does_not_fit_is_named_and_nothing_is_kept() {
    let folder = Folder::new();
    let source = [("DATABASE_URL", "sqlite:source.db")];
    folder.run(&["migrate"], &source, "").done();
    for name in ["ann", "ben"] {
        let email = format!("{name}@example.org");
        let arguments = ["create-admin", "--email", &email, "--username", name];
        folder.run(&arguments, &source, PASSWORD).done();
    }
    folder.run(&["export", "all.jsonl"], &source, "").done();
    let whole = std::fs::read_to_string(folder.path().join("all.jsonl")).unwrap();
    let import = |text: &str| {
        folder.write("changed.jsonl", text);
        folder.run(&["import", "--from", "changed.jsonl"], &[], "")
    };
    for (what, with, said) in [
        ("\"format\":1", "\"format\":2", "line 1: it is of format 2"),
        ("\"guildhall\":\"export\"", "\"guildhall\":\"x\"", "line 1: it does not begin an export"),
        ("\"role\":\"admin\"", "\"role\":\"king\"", "line 2: row.role: unknown variant `king`"),
        ("\"created_at\":", "\"created_on\":", "line 2: row.created_on: unknown field"),
        (
            "\"disabled\":false",
            "\"disabled\":\"no\"",
            "line 2: row.disabled: expected true or false",
        ),
        ("\"table\":\"users\"", "\"table\":\"people\"", "line 2: table: unknown variant `people`"),
        (
            "\"email_key\":\"ben@",
            "\"email_key\":\"ann@",
            "users [2] (line 3): another row has its users.email_key",
        ),
        (
            "\"group_id\":null",
            "\"group_id\":7",
            "users [1] (line 2): it refers to a row that is not there",
        ),
        ("\"username\":\"ben\"", "\"username\":\"bert\"", "users: it says of itself"),
        ("{\"name\":\"users\",\"last\":2}", "{\"name\":\"users\",\"last\":1}", "ids"),
        ("{\"guildhall\":\"end\"", "{\"guildhall\":\"fin\"", "unknown variant `fin`"),
    ] {
        let changed = whole.replacen(what, with, 1);
        assert_ne!(changed, whole, "{what}");
        import(&changed).refused(said);
    }
    import(&refooted(&whole, "\"subject_id\":1", "\"subject_id\":9", "audit"))
        .refused("audit: 1 rows have a subject_id that is not among the users");
    let cut = &whole[..whole.len() - 20];
    import(cut).refused("it was cut off");
    import("").refused("it was cut off");
    import(&format!("{whole}\n")).refused("it stands behind the end");
    folder.run(&["import", "--from", "nothing.jsonl"], &[], "").refused("nothing.jsonl");
    all_rows(&import(&whole), 2);
}

/// The text with something else in one place, and a last line that fits it.
fn refooted(whole: &str, what: &str, with: &str, table: &str) -> String {
    let changed = whole.replacen(what, with, 1);
    assert_ne!(changed, whole, "{what}");
    let begin = format!("{{\"table\":\"{table}\"");
    let sha256 = |text: &str| {
        let lines: String =
            text.split_inclusive('\n').filter(|line| line.starts_with(&begin)).collect();
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, lines.as_bytes());
        digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    changed.replace(&sha256(whole), &sha256(&changed))
}

fn all_rows(ended: &Ended, users: u64) {
    let line = ended.done().lines().find(|line| line.starts_with("users ")).unwrap();
    assert_eq!(line.split_whitespace().nth(1), Some(&*users.to_string()));
}

/// A live database of before is no place to move to, and is not brought to another version by a slip.
#[test]
fn a_target_that_holds_anything_is_not_migrated() {
    let folder = Folder::new();
    let (source, older) = ([("DATABASE_URL", "sqlite:a.db")], folder.path().join("older.db"));
    folder.run(&["migrate"], &source, "").done();
    folder.run(&["export", "all.jsonl"], &source, "").done();
    let target = [("DATABASE_URL", "sqlite:older.db")];
    folder.run(&["migrate"], &target, "").done();
    folder.run(&["create-admin", "--email", "a@example.org"], &target, PASSWORD).done();
    let older = rusqlite::Connection::open(older).unwrap();
    older
        .execute_batch("DROP TABLE audit; DELETE FROM _sqlx_migrations WHERE version >= 11")
        .unwrap();
    let refusal = "the database is not empty: it has rows in users";
    let moved = folder.run(&["move", "sqlite:a.db", "sqlite:older.db"], &[], "");
    moved.refused(&format!("TO: {refusal}"));
    let imported = folder.run(&["import", "--from", "all.jsonl"], &target, "");
    imported.refused(&format!("DATABASE_URL: {refusal}"));
    let last = "SELECT max(version) FROM _sqlx_migrations";
    assert_eq!(older.query_row(last, [], |row| row.get(0)), Ok(10));
}

#[test]
fn the_side_that_fails_is_blamed() {
    let folder = Folder::new();
    for database in ["a.db", "b.db"] {
        let url = format!("sqlite:{database}");
        folder.run(&["migrate"], &[("DATABASE_URL", &url)], "").done();
    }
    let source = [("DATABASE_URL", "sqlite:a.db")];
    folder.run(&["create-admin", "--email", "a@example.org"], &source, PASSWORD).done();
    folder.run(&["export", "all.jsonl"], &source, "").done();
    let target = rusqlite::Connection::open(folder.path().join("b.db")).unwrap();
    let full =
        "CREATE TRIGGER full BEFORE INSERT ON users BEGIN SELECT raise(ABORT, 'it is full'); END";
    target.execute_batch(full).unwrap();
    folder.run(&["move", "sqlite:a.db", "sqlite:b.db"], &[], "").refused("TO: users: ");
    let target = [("DATABASE_URL", "sqlite:b.db")];
    folder
        .run(&["import", "--from", "all.jsonl"], &target, "")
        .refused("DATABASE_URL: users (line");
}

#[test]
fn databases_that_are_none_are_refused_in_words() {
    let folder = Folder::new();
    let run = |arguments: &[&str]| folder.run(arguments, &[], "");
    run(&["move", "sqlite:a.db", "sqlite:b.db"]).refused("FROM: there is no ");
    run(&["move", "mysql://x", "sqlite:b.db"]).refused("FROM: mysql:// is neither");
    run(&["move", "sqlite:b.db", "sqlite:b.db"]).refused("TO: it is the database that is read");
    folder.run(&["migrate"], &[("DATABASE_URL", "sqlite:a.db")], "").done();
    run(&["move", "sqlite:a.db", "mysql://x"]).refused("TO: mysql:// is neither");
    run(&["move", "sqlite:a.db", "sqlite:b.db"]).done();
}
