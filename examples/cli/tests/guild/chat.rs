//! `guild chat` through pipes, as scripts use it.

use serde_json::json;

use crate::world::{Live, PATIENCE, World, hear, json_lines};

#[test]
fn lines_go_out_and_messages_come_in() {
    let world = World::start();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    alice.run(&["msg", "bob", "Tea?"]).succeeds();

    let mut chat = bob.start(&["chat", "alice"]);
    // Each line once, and no other in between.
    let next_ends = |chat: &Live, end: &str| {
        let line = hear(&chat.out, "");
        assert!(line.ends_with(end), "{line}");
    };
    next_ends(&chat, "  alice  Tea?");
    chat.say("Gladly.");
    next_ends(&chat, "  bob  Gladly.");
    alice.run(&["msg", "bob", "At four?"]).succeeds();
    next_ends(&chat, "  alice  At four?");
    // What one wrote oneself on another device belongs to it; what others wrote does not.
    world.person("carol").run(&["msg", "bob", "Psst."]).succeeds();
    bob.run(&["msg", "alice", "At five."]).succeeds();
    next_ends(&chat, "  bob  At five.");

    chat.input = None;
    assert!(chat.out.recv_timeout(PATIENCE).is_err());
    assert_eq!(chat.code(), Some(0));
    let read = json_lines(&alice.run(&["chat", "bob", "--history", "2", "--json"]).succeeds());
    assert_eq!(read[0]["content"], "At four?");
    assert_eq!(read[0]["is_read"], true);
    assert_eq!(read[1]["content"], "At five.");
}

#[test]
fn what_is_piped_in_is_sent_before_the_end() {
    let world = World::start();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let said = alice.run_with("One\n\nTwo\n", &["chat", "bob", "--json"]).succeeds();
    let sent = json_lines(&said);
    assert_eq!((&sent[0]["content"], &sent[1]["content"]), (&json!("One"), &json!("Two")));
    let heard = json_lines(&bob.run(&["chat", "alice", "--json"]).succeeds());
    assert_eq!(heard.len(), 2);
    let nobody = "error: nobody has the username carol\nhint: `guild users` lists who is here\n";
    alice.run(&["chat", "carol"]).fails(1, nobody);
}

#[test]
fn a_signal_ends_it() {
    let world = World::start();
    let alice = world.person("alice");
    let mut chat = alice.start(&["chat", "alice"]);
    chat.say("Note to myself");
    hear(&chat.out, "Note to myself");
    chat.interrupt();
    assert_eq!(chat.code(), Some(0));
}
