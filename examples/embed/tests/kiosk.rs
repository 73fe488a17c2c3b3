//! The kiosk as it is used: started, written to, and started again on the same file.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// What is said when these lines are typed.
fn talk(file: &Path, typed: &str) -> String {
    let mut kiosk = Command::new(env!("CARGO_BIN_EXE_example-embed"))
        .env("DATABASE_URL", format!("sqlite:///{}", file.display()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    kiosk.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    let output = kiosk.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_concierge_answers_and_remembers() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kiosk.db");
    let invitation = "concierge> Book club: 2027-06-21T18:00:00Z, The library.";
    let welcome = "concierge> See you there! So far: ada.";

    let first = talk(&file, "\nAnything else?\n");
    assert_eq!(first.matches(invitation).count(), 2, "{first}");
    assert_eq!(first.matches(welcome).count(), 1, "{first}");
    assert!(first.contains("content"), "an empty message is refused by its field: {first}");

    let again = talk(&file, "");
    assert_eq!(again.matches(invitation).count(), 1, "one event, announced once: {again}");
    assert_eq!(again.matches(welcome).count(), 1, "one guest, who came twice: {again}");
}
