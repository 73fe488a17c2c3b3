//! What the output is for those who read it: pipes, and terminals that obey what they read.

use std::process::Stdio;

use crate::world::World;

/// Turns red, and names the window.
const HOSTILE: &str = "\u{1b}[31mred\u{1b}]0;mine\u{7} \u{9b}31m \u{202e}txet\nbob  fake";

#[test]
fn what_others_write_does_not_reach_the_terminal_as_a_command() {
    let world = World::start();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    bob.run(&["events", "create", HOSTILE, "--date", "2027-06-21", "--location", HOSTILE])
        .succeeds();
    bob.run(&["msg", "alice", HOSTILE]).succeeds();
    let commands: [&[&str]; 4] = [
        &["events", "list"],
        &["events", "list", "--json"],
        &["chat", "bob"],
        &["chat", "bob", "--json"],
    ];
    for args in commands {
        let said = alice.run(args).succeeds();
        assert!(said.contains("\\u001b[31mred\\u001b]0;mine\\u0007"), "{said}");
        let obeyed = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
        assert!(!said.contains(obeyed), "{said:?}");
        assert!(!said.contains("\nbob"), "a line of someone else's: {said}");
    }
    let said = alice.run(&["chat", "bob", "--json"]).succeeds();
    let message: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(message["content"], HOSTILE, "JSON loses nothing");
}

#[test]
fn pipes_get_colours_only_where_that_is_asked_for() {
    let world = World::start();
    let alice = world.person("alice");
    assert!(!alice.run(&["users"]).succeeds().contains('\u{1b}'));
    let coloured = alice.run(&["users", "--colour", "always"]).succeeds();
    assert!(coloured.contains("\u{1b}[1malice\u{1b}[0m"), "{coloured:?}");
}

#[test]
fn a_reader_who_has_seen_enough_is_no_error() {
    let world = World::start();
    let alice = world.person("alice");
    let mut command = alice.guild(&["users"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let done = child.wait_with_output().unwrap();
    assert_eq!((done.status.code(), &*done.stderr), (Some(0), &b""[..]));
}

#[test]
fn long_lists_come_whole() {
    let world = World::start();
    let alice = world.person("alice");
    world.make_events(&alice, 101);
    assert_eq!(alice.json(&["events", "list"]).as_array().unwrap().len(), 101);
}
