//! A database that is another application's.

use rusqlite::Connection;

use crate::support::{Database, Folder};

/// Everything that would use a database, or fill it.
const COMMANDS: [&[&str]; 8] = [
    &[],
    &["migrate"],
    &["migrate", "--check"],
    &["users", "list"],
    &["export"],
    &["import", "--from", "none.jsonl"],
    &["import", "--from", "sqlite:old.db"],
    &["import", "--from", "sqlite:old.db", "--dry-run"],
];

/// All files with what they hold.
fn files(folder: &Folder) -> Vec<(String, Vec<u8>)> {
    let read = |name: String| {
        let bytes = std::fs::read(folder.path().join(&name)).unwrap();
        (name, bytes)
    };
    folder.names("").into_iter().map(read).collect()
}

#[test]
fn a_file_of_another_application_stays_as_it_is() {
    let migrations = "CREATE TABLE _sqlx_migrations (version BIGINT, checksum BLOB); \
        INSERT INTO _sqlx_migrations VALUES (20260101000000, x'00')";
    for (tables, why) in [
        ("CREATE TABLE users (id INTEGER, name TEXT)", "a table users of another application"),
        (migrations, "migrations of another application"),
    ] {
        let (folder, ours) = (Folder::new(), Database::sqlite());
        folder.run(&["migrate"], &[("DATABASE_URL", &ours.url())], "").done();
        folder.write("none.jsonl", "");
        for name in ["theirs.db", "old.db"] {
            Connection::open(folder.path().join(name)).unwrap().execute_batch(tables).unwrap();
        }
        let before = files(&folder);
        let theirs = [("DATABASE_URL", "sqlite:theirs.db")];
        for command in COMMANDS {
            let refused = folder.run(command, &theirs, "");
            refused
                .refused(&format!("DATABASE_URL: the database holds something unexpected: {why}"));
        }
        folder.run(&["move", &ours.url(), "sqlite:theirs.db"], &[], "").refused("TO: ");
        folder.run(&["move", "sqlite:theirs.db", "sqlite:new.db"], &[], "").refused("FROM: ");
        let doctor = folder.run(&["doctor"], &theirs, "");
        assert!(!doctor.status.success() && doctor.stdout.contains(why), "{doctor:?}");
        assert!(files(&folder) == before, "{:?}", folder.names(""));
    }
}
