//! At a terminal: what is typed, what is seen, and how the terminal is left behind.

use std::net::TcpListener;
use std::process::Command;

use rexpect::session::{PtySession, spawn_command};

use crate::world::{PASSWORD, PATIENCE, Person, World, hear};

/// A terminal in which `guild` runs, and then tells its exit code and whether the terminal is as it
/// was.
fn terminal(person: &Person, args: &str) -> PtySession {
    let guild = person.guild(&[]);
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("trap : INT; stty echo; $GUILD {args}; echo code=$?; stty -a")]);
    shell.env_clear().env("PATH", env!("PATH")).env("GUILD", guild.get_program());
    shell.envs(guild.get_envs().filter_map(|(name, value)| Some((name, value?))));
    spawn_command(shell, Some(PATIENCE.as_millis() as u64)).unwrap()
}

/// Asserts that `guild` ends with this code, and that the terminal shows what is typed and reads
/// lines. All that was seen until then.
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
fn passwords_are_asked_for_without_being_shown() {
    let world = World::start();
    let alice = world.person("alice");
    let mut terminal = terminal(&alice, "login");
    terminal.exp_string("Username or email: ").unwrap();
    terminal.send_line("alice").unwrap();
    terminal.exp_string("Password: ").unwrap();
    terminal.send_line(PASSWORD).unwrap();
    let seen = terminal.exp_string("Signed in as alice.").unwrap();
    assert!(!seen.contains(PASSWORD), "{seen}");
    ends(terminal, 0);
}

#[test]
fn a_new_password_is_typed_twice() {
    let world = World::start();
    let mut terminal = terminal(&world.stranger("alice"), "register alice --email a@example.org");
    terminal.exp_string("Password: ").unwrap();
    terminal.send_line(PASSWORD).unwrap();
    terminal.exp_string("The same again: ").unwrap();
    terminal.send_line("plum-orbit-violet").unwrap();
    terminal.exp_string("the two passwords are not the same").unwrap();
    ends(terminal, 1);
}

#[test]
fn ctrl_c_at_a_password_leaves_the_terminal_as_it_was() {
    let world = World::start();
    let mut terminal = terminal(&world.stranger("alice"), "login alice");
    terminal.exp_string("Password: ").unwrap();
    terminal.send_control('c').unwrap();
    ends(terminal, 130);
}

#[test]
fn a_call_that_takes_long_says_so() {
    let world = World::start();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let args = format!("--server http://{} events list", silent.local_addr().unwrap());
    let mut terminal = terminal(&world.stranger("alice"), &args);
    terminal.exp_string("waiting for the server").unwrap();
    terminal.send_control('c').unwrap();
    ends(terminal, 130);
}

#[test]
fn tables_have_colours_unless_they_are_not_wanted() {
    let world = World::start();
    let alice = world.person("alice");
    let alice_in_bold = "\u{1b}[1malice\u{1b}[0m";
    assert!(ends(terminal(&alice, "users"), 0).contains(alice_in_bold));
    assert!(!ends(terminal(&alice, "users --colour never"), 0).contains('\u{1b}'));
}

#[test]
fn messages_are_printed_above_the_line_that_is_being_typed() {
    let world = World::start();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    bob.run(&["msg", "alice", "Tea?"]).succeeds();
    let mut terminal = terminal(&alice, "chat bob");
    terminal.exp_string("  Tea?").unwrap();
    terminal.exp_string("> ").unwrap();
    terminal.send("Gla").unwrap();
    terminal.flush().unwrap();
    terminal.exp_string("Gla").unwrap();
    bob.run(&["msg", "alice", "\u{1b}[31mNow"]).succeeds();
    terminal.exp_string("\\u001b[31mNow").unwrap();
    terminal.exp_string("> Gla").unwrap();
    terminal.send("dly\r").unwrap();
    terminal.flush().unwrap();
    let mut bobs = bob.start(&["chat", "alice"]);
    hear(&bobs.out, "  alice  Gladly");
    bobs.input = None;
    terminal.send_control('d').unwrap();
    ends(terminal, 0);
}

#[test]
fn whoever_is_signed_out_while_typing_is_told_and_has_a_terminal_again() {
    let world = World::start();
    let alice = world.person("alice");
    alice.run(&["msg", "alice", "Note to myself"]).succeeds();
    let mut terminal = terminal(&alice, "chat alice");
    terminal.exp_string("Note to myself").unwrap();
    alice.run(&["logout"]).succeeds();
    let seen = ends(terminal, 1);
    assert!(seen.contains("You are signed out"), "{seen}");
}
