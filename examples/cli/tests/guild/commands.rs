//! Commands that answer once.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use crate::world::World;

#[test]
fn an_account_is_made_and_its_login_kept_where_only_its_owner_reads() {
    let world = World::start();
    let alice = world.stranger("alice");
    let not_signed_in = "error: Not authenticated\nhint: `guild login` signs you in\n";
    alice.run(&["whoami"]).fails(1, not_signed_in);
    assert_eq!(alice.register().succeeds(), "Welcome, alice. You are signed in.\n");

    let kept: Vec<_> =
        fs::read_dir(alice.state.join("guild")).unwrap().map(Result::unwrap).collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(alice.run(&["whoami"]).succeeds(), "alice, alice@example.org\n");
    assert_eq!(alice.json(&["whoami"])["username"], "alice");

    assert_eq!(alice.run(&["logout"]).succeeds(), "Signed out.\n");
    assert!(!kept[0].path().exists());
    alice.run(&["whoami"]).fails(1, not_signed_in);
    assert_eq!(alice.run(&["logout"]).succeeds(), "Nobody was signed in.\n");
    assert_eq!(alice.json(&["logout"]), json!(null));
}

#[test]
fn a_password_is_a_line_of_the_input_or_in_the_environment() {
    let world = World::start();
    let alice = world.person("alice");
    let wrong = alice.run_with("plum-orbit\n", &["login", "alice"]);
    wrong.fails(1, "error: Incorrect email or password\n");
    let right = alice.run_with("plum-orbit-velvet\r\nmore\n", &["login", "alice"]);
    assert_eq!(right.succeeds(), "Signed in as alice.\n");
    let mut command = alice.guild(&["login", "alice@example.org"]);
    let done = command.env("GUILD_PASSWORD", "plum-orbit-velvet").output().unwrap();
    assert_eq!(String::from_utf8(done.stdout).unwrap(), "Signed in as alice.\n");
    let nothing = "error: the input ended before anything was said\n";
    alice.run(&["login", "alice"]).fails(2, nothing);
    alice.run(&["login"]).fails(2, "error: whose login? `guild login NAME` says it\n");
}

#[test]
fn errors_name_the_field_in_the_servers_words() {
    let world = World::start();
    let args = ["register", "alice", "--email", "alice"];
    let refused = "error: The request does not fit; email is not a valid email address; \
                   password must have at least 8 characters\n";
    world.stranger("alice").run_with("short\n", &args).fails(1, refused);
}

#[test]
fn errors_are_json_where_that_is_asked_for() {
    let world = World::start();
    let alice = world.stranger("alice");
    let said = |args: &[&str]| {
        let said = alice.run(args);
        let error: serde_json::Value = serde_json::from_str(&said.err).unwrap();
        (said.code, said.out, error["code"].as_str().unwrap().to_owned())
    };
    let failed = |code, name: &str| (Some(code), String::new(), name.to_owned());
    assert_eq!(said(&["whoami", "--json"]), failed(1, "not_authenticated"));
    assert_eq!(
        said(&["--json", "--server", "http://127.0.0.1:1", "whoami"]),
        failed(1, "unreachable")
    );
    assert_eq!(said(&["--json", "events", "list", "--from", "soon"]), failed(2, "usage"));
    assert_eq!(said(&["--json", "--server", "nonsense", "whoami"]), failed(2, "usage"));
}

#[test]
fn a_server_that_is_not_there_is_named_with_a_hint() {
    let world = World::start();
    let said = world.stranger("alice").run(&["--server", "http://127.0.0.1:1", "events", "list"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.starts_with("error: the server cannot be reached: "), "{}", said.err);
    assert!(said.err.contains("\nhint: is the server running? "), "{}", said.err);
}

#[test]
fn messages_go_to_people_by_name() {
    let world = World::start();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    world.person("bobby");
    assert_eq!(alice.run(&["msg", "BOB", "Tea?"]).succeeds(), "Sent to bob.\n");
    assert_eq!(alice.json(&["msg", "bob", "At four?"])["content"], "At four?");
    let heard = bob.run(&["chat", "alice"]).succeeds();
    assert!(heard.contains("  alice  Tea?\n"), "{heard}");
    let nobody = "error: nobody has the username bo\nhint: `guild users` lists who is here\n";
    alice.run(&["msg", "bo", "Tea?"]).fails(1, nobody);
    assert_eq!(alice.json(&["users", "--query", "bob"]).as_array().unwrap().len(), 2);
}

#[test]
fn events_are_announced_listed_and_attended() {
    let world = World::start();
    let none = world.stranger("guest").run(&["events", "list"]);
    let friendly = "No events yet. `guild events create` announces one.\n";
    assert_eq!((none.code, &*none.out, &*none.err), (Some(0), "", friendly));

    let alice = world.person("alice");
    let create = |title, date, location| {
        alice.json(&["events", "create", title, "--date", date, "--location", location])
    };
    // The later one first: the list goes by date.
    assert_eq!(create("Früh 会議", "2027-06-22", "")["date"], "2027-06-21T22:00:00Z");
    assert_eq!(create("Party", "2027-06-21 18:00", "The garden")["date"], "2027-06-21T16:00:00Z");
    let listed = alice.run(&["events", "list"]).succeeds();
    let expected = "\
ID  WHEN                  TITLE      WHERE
2   Mon 2027-06-21 18:00  Party      The garden
1   Tue 2027-06-22 00:00  Früh 会議
";
    assert_eq!(listed, expected);
    assert_eq!(alice.json(&["events", "list", "--from", "2027-06-21T22:00:00Z"])[0]["id"], 1);
    assert_eq!(alice.json(&["events", "list", "--to", "2027-06-22"])[0]["id"], 2);
    assert_eq!(alice.json(&["events", "list", "--query", "nothing"]), json!([]));

    let attends = alice.run(&["events", "attend", "2"]).succeeds();
    assert_eq!(attends, "You attend: Party, Mon 2027-06-21 18:00, The garden\n");
    alice.run(&["events", "attend", "3"]).fails(1, "error: Event not found\n");
}

#[test]
fn sessions_are_joined_and_left() {
    let world = World::start();
    let alice = world.person("alice");
    let bob = world.person("bob");
    alice.run(&["sessions", "create", "Rehearsal"]).succeeds();
    assert_eq!(bob.json(&["sessions", "join", "1"])["users"][0]["username"], "bob");
    alice.run(&["sessions", "start", "1"]).succeeds();
    let expected = "ID  STATE   NAME       WHO IS IN\n1   active  Rehearsal  bob\n";
    assert_eq!(bob.run(&["sessions"]).succeeds(), expected);
    assert_eq!(bob.json(&["sessions", "leave", "1"])["users"], json!([]));
}
