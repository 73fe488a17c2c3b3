//! Databases that commands name beside `DATABASE_URL`.

use crate::support::{Database, Folder};

#[test]
fn another_spelling_of_a_database_is_the_same_one() {
    let folder = Folder::new();
    folder.run(&["migrate"], &[], "").done();
    std::os::unix::fs::symlink("guildhall.db", folder.path().join("link.db")).unwrap();
    let absolute = format!("sqlite:///{}/guildhall.db", folder.path().display());
    for same in ["sqlite:guildhall.db", "sqlite:///./guildhall.db", "sqlite:link.db", &absolute] {
        let moved = folder.run(&["move", "sqlite:guildhall.db", same], &[], "");
        moved.refused("TO: it is the database that is read");
        let imported = folder.run(&["import", "--from", same], &[], "");
        imported.refused("--from: it is the database of DATABASE_URL");
    }
    let driver = "sqlite+aiosqlite:///./guildhall.db?timeout=5";
    folder.run(&["import", "--from", driver], &[], "").refused("--from: it is the database of");

    let database = Database::postgres();
    let url = database.url();
    let variables = [("DATABASE_URL", url.as_str())];
    folder.run(&["migrate"], &variables, "").done();
    let user = url.replace("postgresql://postgres@", "postgres://somebody:secret@");
    let driver = url.replace("postgresql://", "postgresql+psycopg2://") + "&sslmode=disable";
    for same in [url.clone(), user, driver] {
        let moved = folder.run(&["move", &url, &same], &[], "");
        moved.refused("TO: it is the database that is read");
        let imported = folder.run(&["import", "--from", &same], &variables, "");
        imported.refused("--from: it is the database of DATABASE_URL");
    }
}

#[test]
fn a_source_that_is_not_ready_is_told_from_the_servers_own() {
    let folder = Folder::new();
    let run = |arguments: &[&str]| folder.run(arguments, &[], "");
    let moved = run(&["move", "sqlite:none.db", "sqlite:new.db"]);
    moved.refused("FROM: there is no ");
    assert!(moved.stderr.ends_with("/none.db\n"), "{moved:?}");
    folder.write("empty.db", "");
    let advice =
        "FROM: it is not ready for this program; `guildhall migrate` with it as DATABASE_URL";
    run(&["move", "sqlite:empty.db", "sqlite:new.db"]).refused(advice);
    run(&["users", "list"]).refused("guildhall.db; `guildhall migrate` makes one");
    assert_eq!(folder.names("new"), [""; 0]);
}

/// Their passwords are then in no list of processes.
#[test]
fn variables_name_what_is_moved() {
    let folder = Folder::new();
    folder.run(&["migrate"], &[("DATABASE_URL", "sqlite:a.db")], "").done();
    let (from, to) = (("FROM_DATABASE_URL", "sqlite:a.db"), ("TO_DATABASE_URL", "sqlite:b.db"));
    folder.run(&["move"], &[], "").refused("FROM: it is missing, and so is FROM_DATABASE_URL");
    folder.run(&["move"], &[from], "").refused("TO: it is missing, and so is TO_DATABASE_URL");
    folder.run(&["move"], &[from, to], "").done();
    folder.run(&["move", "sqlite:a.db"], &[to], "").done();
    let argument = folder.run(&["move", "sqlite:none.db", "sqlite:c.db"], &[from, to], "");
    argument.refused("FROM: there is no ");
}
