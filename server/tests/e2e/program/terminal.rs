//! At a terminal: what is typed, what is seen, and how the terminal is left behind.

use std::process::Command;

use rexpect::session::{PtySession, spawn_command};

use crate::support::{Folder, PASSWORD};

/// How long anything may take here, in milliseconds, before the test fails.
const PATIENCE: u64 = 30_000;

/// A folder with a database and an admin.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.run(&["migrate"], &[], "").done();
    folder.run(&["create-admin", "--email", "root@example.org"], &[], PASSWORD).done();
    folder
}

/// A terminal of 80 columns in which the program runs, and then tells its exit code and whether the terminal is as it
/// was.
fn terminal(folder: &Folder, arguments: &str) -> PtySession {
    let script =
        format!("trap : INT; stty echo cols 80; \"$PROGRAM\" {arguments}; echo code=$?; stty -a");
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).current_dir(folder.path()).env_clear();
    shell.env("PATH", env!("PATH")).env("TERM", "xterm");
    shell.env("PROGRAM", env!("CARGO_BIN_EXE_guildhall"));
    spawn_command(shell, Some(PATIENCE)).unwrap()
}

/// Asserts that the program ends with this code, and that the terminal shows what is typed and reads lines. All that was
/// seen until then.
#[track_caller]
fn ends(mut terminal: PtySession, code: u8) -> String {
    let seen = terminal.exp_string(&format!("code={code}\r\n")).unwrap();
    let modes = terminal.exp_eof().unwrap();
    for mode in ["icanon", "echo", "isig"] {
        assert!(modes.split_whitespace().any(|word| word == mode), "{modes}");
    }
    seen
}

#[test]
fn a_password_is_typed_twice_and_not_shown() {
    let folder = folder();
    for (again, code) in [("plum-orbit-violet", 1), (PASSWORD, 0)] {
        let mut terminal = terminal(&folder, "users reset-password admin");
        terminal.exp_string("Password: ").unwrap();
        terminal.send_line(PASSWORD).unwrap();
        terminal.exp_string("Again: ").unwrap();
        terminal.send_line(again).unwrap();
        let seen = ends(terminal, code);
        assert!(!seen.contains("plum"), "{seen}");
        assert_eq!(seen.contains("the two passwords differ"), code == 1, "{seen}");
    }
}

#[test]
fn ctrl_c_at_a_password_leaves_the_terminal_as_it_was() {
    let folder = folder();
    for command in ["users reset-password admin", "create-admin --email other@example.org"] {
        let mut terminal = terminal(&folder, command);
        terminal.exp_string("Password: ").unwrap();
        terminal.send_control('c').unwrap();
        let seen = ends(terminal, 130);
        assert!(!seen.contains("guildhall:"), "{seen}");
    }
}

#[test]
fn an_account_is_deleted_once_its_name_was_typed() {
    let folder = folder();
    let make = ["create-admin", "--email", "bob@example.org", "--username", "bob"];
    folder.run(&make, &[], PASSWORD).done();
    for (typed, code) in [("admin", 1), ("bob", 0)] {
        let mut terminal = terminal(&folder, "users delete bob@example.org");
        terminal.exp_string("Type bob to go on: ").unwrap();
        terminal.send_line(typed).unwrap();
        ends(terminal, code);
    }
    folder.run(&["users", "show", "bob"], &[], "").refused("User not found");
}

#[test]
fn tables_fit_the_terminal_and_have_colours_unless_they_are_not_wanted() {
    let folder = folder();
    let long = format!("{}@example.org", "long".repeat(15));
    let make = ["create-admin", "--email", &long, "--username", "bob"];
    folder.run(&make, &[], PASSWORD).done();
    folder.run(&["users", "disable", "bob"], &[], "").done();
    let seen = ends(terminal(&folder, "users list"), 0);
    let titles = seen.lines().find(|line| line.contains("USERNAME")).unwrap();
    assert!(titles.starts_with("\u{1b}[1mID "), "{titles:?}");
    let disabled = seen.lines().find(|line| line.contains("bob ")).unwrap();
    assert!(disabled.starts_with("\u{1b}[33m2 ") && disabled.contains("longlong"), "{disabled:?}");
    let bare = disabled.replace("\u{1b}[33m", "").replace("\u{1b}[0m", "");
    // rexpect takes each byte for a character, so `…` for three.
    let columns = bare.trim_end().chars().count() - 2;
    assert!(columns <= 80, "{columns}: {disabled}");
    let plain = ends(terminal(&folder, "users list; NO_COLOR=1 \"$PROGRAM\" users list"), 0);
    assert_eq!(plain.matches("\u{1b}[1mID").count(), 1, "{plain:?}");
}
