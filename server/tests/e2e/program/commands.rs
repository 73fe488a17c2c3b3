//! What the program can be told to do beside serving.

use std::process::Command;

use guildhall_openapi::Role;

use crate::support::{Database, Folder, PASSWORD};

#[test]
fn openapi_prints_the_document() {
    assert_eq!(Folder::new().run(&["openapi"], &[], "").done(), guildhall_openapi::DOCUMENT);
}

#[test]
fn help_and_version_are_answered_and_what_is_unknown_is_refused() {
    let folder = Folder::new();
    let help =
        folder.run(&["--help"], &[("SECRET_KEY", "hunter2"), ("ADMIN_PASSWORD", "hunter2")], "");
    for word in ["migrate", "create-admin", "openapi", "DATABASE_URL", ".env"] {
        assert!(help.done().contains(word), "{word}: {}", help.stdout);
    }
    assert!(!help.stdout.contains("hunter2"), "{}", help.stdout);
    assert!(folder.run(&["--version"], &[], "").done().contains(env!("CARGO_PKG_VERSION")));
    let unknown = folder.run(&["dance"], &[], "");
    assert!(!unknown.status.success() && unknown.stderr.contains("dance"), "{unknown:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "no files for an answer");
}

fn migrates(url: &str) {
    let folder = Folder::new();
    let run = |arguments: &[&str]| folder.run(arguments, &[("DATABASE_URL", url)], "");
    let before = run(&["migrate", "--check"]);
    assert!(!before.status.success() && before.stderr.contains("guildhall migrate"), "{before:?}");
    assert!(before.stdout.contains("0001"), "which are missing: {before:?}");
    assert!(!run(&["migrate", "--check"]).status.success(), "a look changes nothing");
    assert!(run(&["migrate"]).done().contains("0001"));
    assert!(!run(&["migrate"]).done().contains("0001"), "once is enough");
    assert!(!run(&["migrate", "--check"]).done().contains("0001"));
}

/// A replica that migrates where only one place is to.
#[test]
fn a_start_that_only_checks_changes_no_schema() {
    let folder = Folder::new();
    let checks = [("MIGRATIONS", "check")];
    folder.run(&[], &checks, "").refused("0001 accounts, 0002 idempotency");
    let looks = folder.run(&["migrate", "--check"], &[], "");
    assert!(looks.stdout.contains("0001"), "{looks:?}");
    folder.run(&["migrate"], &[], "").done();
    folder.serve(&checks);
}

#[test]
fn migrate_tells_what_is_missing_and_brings_it_on_sqlite() {
    migrates("sqlite:///./test.db");
}

#[test]
fn migrate_tells_what_is_missing_and_brings_it_on_postgres() {
    let database = Database::postgres();
    migrates(&database.url());
}

#[tokio::test]
async fn create_admin_makes_admins_and_says_in_words_why_not() {
    let folder = Folder::new();
    folder.run(&["migrate"], &[], "").done();
    let run = |email: &str, username: &str, password: &str| {
        let arguments = ["create-admin", "--email", email, "--username", username];
        folder.run(&arguments, &[], password)
    };
    let made = run("root@example.org", "root", &format!("{PASSWORD}\n"));
    assert!(made.done().contains("root@example.org"));
    run("Root@example.org", "other", PASSWORD).refused("This email is already registered");
    run("other@example.org", "ROOT", PASSWORD).refused("This username is already taken");
    run("nobody", "other", PASSWORD).refused("email");
    run("other@example.org", "other", "password").refused("password");
    run("other@example.org", "other", "").refused("password");
    let missing = folder.run(&["create-admin"], &[], PASSWORD);
    assert!(!missing.status.success() && missing.stderr.contains("--email"), "{missing:?}");

    // While the server runs, as its greeting proposes.
    let running = folder.serve(&[]);
    let api = running.api().await;
    run("second@example.org", "second", PASSWORD).done();
    for name in ["root", "second@example.org"] {
        let me = api.sign_in(name).await.accounts().me().await.unwrap();
        assert_eq!(me.role, Role::Admin, "{name}");
    }
}

#[test]
fn completions_and_manual_pages_know_every_command() {
    let folder = Folder::new();
    let run = |arguments: &[&str]| folder.run(arguments, &[], "").done().to_owned();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run(&["completions", shell]);
        for word in ["create-admin", "reset-password", "database-url"] {
            assert!(script.contains(word), "{word} in {shell}");
        }
    }
    let first = run(&["man"]);
    assert!(first.contains(".TH guildhall 1") && first.contains("DATABASE_URL"));
    run(&["man", "--out", "pages/man1"]);
    let page =
        |name: &str| std::fs::read_to_string(folder.path().join("pages/man1").join(name)).unwrap();
    assert_eq!(page("guildhall.1"), first);
    let delete = page("guildhall-users-delete.1");
    assert!(delete.contains("erase") && !delete.contains("DATABASE_URL"), "{delete}");
    let pages = std::fs::read_dir(folder.path().join("pages/man1")).unwrap();
    let names: Vec<_> = pages.map(|page| page.unwrap().file_name()).collect();
    assert!(names.len() > 15 && !names.contains(&"guildhall-help.1".into()), "{names:?}");
    folder.write("taken", "");
    folder.run(&["man", "--out", "taken"], &[], "").refused("--out: taken");
}

#[test]
fn whoever_reads_no_further_does_no_harm() {
    let folder = Folder::new();
    for command in ["migrate", "openapi"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut program = Command::new(env!("CARGO_BIN_EXE_guildhall"));
        let ended = program.arg(command).current_dir(folder.path()).env_clear().stdout(writer);
        let ended = ended.output().unwrap();
        assert!(ended.status.success() && ended.stderr.is_empty(), "{command}: {ended:?}");
    }
}

/// A test that the page is the program's, and holds a setting and a command that nobody forgets.
#[test]
fn the_reference_is_the_programs() {
    let page = Folder::new().run(&["reference"], &[], "").done().to_owned();
    assert!(page.contains("| `PORT` | `--port` | `8000` | number |"), "{page}");
    assert!(page.contains("### `guildhall users set-role`"), "{page}");
    let kept = include_str!("../../../../docs/REFERENCE.md");
    let command = "cargo run --bin guildhall -- reference > docs/REFERENCE.md";
    assert!(page == kept, "docs/REFERENCE.md is stale: {command}");
}
