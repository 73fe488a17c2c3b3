//! `guild watch`.

use serde_json::Value;

use crate::world::{World, hear};

#[test]
fn what_happens_is_shown_until_ctrl_c() {
    let world = World::start();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let watch = alice.start(&["watch"]);
    hear(&watch.err, "watching");
    bob.run(&["msg", "alice", "Tea?"]).succeeds();
    assert_eq!(hear(&watch.out, "Tea?"), "bob → alice: Tea?");
    bob.run(&["events", "create", "Party", "--date", "2027-06-21 18:00"]).succeeds();
    assert_eq!(hear(&watch.out, "Party"), "Event 1, new: Party, Mon 2027-06-21 18:00");
    watch.interrupt();
    assert_eq!(watch.code(), Some(0));
}

#[test]
fn frames_are_json_lines() {
    let world = World::start();
    let alice = world.person("alice");
    let watch = alice.start(&["watch", "--json"]);
    hear(&watch.err, "watching");
    alice.run(&["sessions", "create", "Rehearsal"]).succeeds();
    alice.run(&["sessions", "start", "1"]).succeeds();
    let frame: Value = serde_json::from_str(&hear(&watch.out, "session_updated")).unwrap();
    assert_eq!(frame["session"]["state"], "active");
}

#[test]
fn a_restart_of_the_server_is_survived() {
    let world = World::start();
    let alice = world.person("alice");
    let watch = alice.start(&["watch"]);
    hear(&watch.err, "watching");
    alice.run(&["events", "create", "Before", "--date", "2027-06-21"]).succeeds();
    hear(&watch.out, "Before");
    let _world = world.restart();
    hear(&watch.err, "reconnecting…");
    alice.run(&["events", "create", "After", "--date", "2027-06-21"]).succeeds();
    hear(&watch.out, "After");
    hear(&watch.err, "connected again");
}

#[test]
fn whoever_is_signed_out_is_told() {
    let world = World::start();
    let alice = world.person("alice");
    alice.run(&["logout"]).succeeds();
    let not_signed_in = "error: Not authenticated\nhint: `guild login` signs you in\n";
    alice.run(&["watch"]).fails(1, not_signed_in);
}
