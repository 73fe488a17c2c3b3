//! Databases of every released schema: what was in them, and what has to be read of it with the newest one. Both storages'
//! tests include this.
//!
//! A new migration is a line of [`FIXTURES`], with rows for what it brings, and what [`shown`] reads of them in [`SHOWN`].

use guildhall_core::idempotency::Claim;
use guildhall_core::messages::Draft;
use guildhall_core::openapi::{EventId, GroupId, LoginId, SessionId, Timestamp, UserId};
use guildhall_core::storage::Storage;
use guildhall_core::stream::Place;
use sqlx::migrate::Migrator;

/// A migration that has landed.
pub(crate) struct Fixture {
    /// Its number and name, as `guildhall migrate` says them.
    pub(crate) migration: &'static str,
    /// How the checksums of its texts begin (SHA-384): SQLite's and PostgreSQL's.
    landed: [&'static str; 2],
    /// What a program of that version may have written, in words of both databases. Accounts 1 and 2 are Ada and Bob;
    /// times are those of 2026-01-01 and some microseconds.
    pub(crate) rows: &'static str,
}

const fn fixture(
    migration: &'static str,
    landed: [&'static str; 2],
    rows: &'static str,
) -> Fixture {
    Fixture { migration, landed, rows }
}

/// A message with its row in the stream; PostgreSQL takes the numbers itself.
macro_rules! message {
    ($text:literal, $from:literal, $to:literal, $from_number:literal, $to_number:literal) => {
        concat!(
            "INSERT INTO messages (content, created_at, sender_id, receiver_id, lower_id, higher_id, \
             sender_number, receiver_number, behind) VALUES ('", $text, "', 1767225600000009, ", $from, ", ", $to,
            ", 1, 2, ", $from_number, ", ", $to_number, ", 1);"
        )
    };
}

/// All of them, in order.
pub(crate) const FIXTURES: &[Fixture] = &[
    fixture(
        "0001 accounts",
        ["fe1dff269a1f", "93075dde59c8"],
        "INSERT INTO groups (name, name_key, created_at) VALUES ('Guild', 'guild', 1767225600000001);
         INSERT INTO users (username, username_key, email, email_key, search_key, full_name, email_verified, disabled,
             role, group_id, password_hash, created_at, updated_at, last_login)
         VALUES ('Ada', 'ada', 'ada@example.org', 'ada@example.org', 'ada', 'Ada L.', TRUE, FALSE, 'admin', 1,
             '$hash of ada', 1767225600000001, 1767225600000002, 1767225600000003),
             ('Bob', 'bob', 'bob@example.org', 'bob@example.org', 'bob', NULL, FALSE, FALSE, 'user', NULL,
             '$hash of bob', 1767225600000004, 1767225600000004, NULL);
         INSERT INTO logins (user_id, seed, generation, spent, created_at, last_seen_at, user_agent, ip)
         VALUES (1, 'seed', 3, '[[2,1767225600000005]]', 1767225600000003, 1767225600000006, 'curl', '192.0.2.1');
         INSERT INTO guesses (key, count, since, last) VALUES ('k', 2, 1767225600000005, 1767225600000006);
         INSERT INTO devices (user_id, ip, seen_at) VALUES (1, '192.0.2.1', 1767225600000003);",
    ),
    fixture(
        "0002 idempotency",
        ["f82f79b14585", "d3bbe76832e5"],
        "INSERT INTO idempotency_keys (user_id, key, fingerprint, answer, created_at)
         VALUES (1, 'once', 'print', '{\"id\":1}', 1767225600000007);",
    ),
    fixture(
        "0003 sessions",
        ["9d849682689a", "198502ca7001"],
        "INSERT INTO sessions (name, state, owner_id, created_at) VALUES ('Jam', 'active', 1, 1767225600000007);
         INSERT INTO session_users (user_id, session_id, place) VALUES (2, 1, 1);",
    ),
    fixture(
        "0004 events",
        ["8bc627150814", "d01b03f41b80"],
        "INSERT INTO events (title, date, organizer_id, created_at, updated_at, location, description, search_key)
         VALUES ('Party', 1798761600000000, 2, 1767225600000007, 1767225600000007, 'Here', 'Cake', 'party');
         INSERT INTO attendance (event_id, user_id, created_at) VALUES (1, 1, 1767225600000008);",
    ),
    fixture(
        "0005 stream",
        ["228fe8b4ea6c", "895e384a39bd"],
        "INSERT INTO changes (body, behind, told, written_at)
         VALUES ('{\"type\":\"event_deleted\",\"event_id\":7}', 0, '[[0,1]]', 1767225600000008);
         INSERT INTO changes (body, behind, told, written_at)
         VALUES ('{\"type\":\"session_deleted\",\"session_id\":7}', 1, '[[1,1],[2,1]]', 1767225600000008);
         INSERT INTO tickets (name, until) VALUES ('ticket', 1767225600000008);",
    ),
    fixture("0006 messages", ["46797fcff1c5", "98f09dc80b39"], message!("Tea?", 1, 2, 2, 2)),
    fixture("0007 ids", ["6dd27ca3307e", "c2adba3086f4"], message!("Yes", 2, 1, 3, 3)),
    fixture("0008 fast writes", ["6f9bb14008c8", "733e1fb46e9f"], message!("Now?", 1, 2, 4, 4)),
    fixture("0009 conversations in place", ["782d33663c98", "dcbfda989935"], message!("Soon", 2, 1, 5, 5)),
    fixture(
        "0010 mails",
        ["d85f965d1060", "0999df5b9146"],
        "INSERT INTO mails (user_id, kind, email, email_key, language, nonce, expires_at, due_at, tries, guesses)
         VALUES (2, 'verify_email', 'bob@example.org', 'bob@example.org', 'fr', 'nonce', 1767225600000010,
             1767225600000009, 1, 2);",
    ),
    fixture(
        "0011 audit",
        ["93a0590cd5e4", "9c72fcbd9b34"],
        "INSERT INTO audit (action, actor_id, subject_id, at, ip, detail)
         VALUES ('signed_in', 1, 1, 1767225600000003, '192.0.2.1', NULL);",
    ),
    fixture("0012 received", ["99401237ac0a", "99401237ac0a"], message!("At six", 1, 2, 6, 6)),
];

/// Which of the two checksums of a migration are whose.
#[derive(Clone, Copy)]
#[expect(dead_code, reason = "each storage's test is one of them")]
pub(crate) enum Of {
    /// SQLite's.
    Sqlite,
    /// PostgreSQL's.
    Postgres,
}

/// Asserts that each migration is in the list, with the text with which it landed.
pub(crate) fn are_landed(migrations: &Migrator, of: Of) {
    let hex =
        |bytes: &[u8]| bytes[..6].iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let there = migrations
        .iter()
        .map(|m| (format!("{:04} {}", m.version, m.description), hex(&m.checksum)));
    let listed =
        FIXTURES.iter().map(|f| (f.migration.to_owned(), f.landed[of as usize].to_owned()));
    assert_eq!(
        there.collect::<Vec<_>>(),
        listed.collect::<Vec<_>>(),
        "a migration that has landed is never changed, and a new one has its line in FIXTURES"
    );
}

/// What is read of all fixtures, whatever the schema was.
pub(crate) const SHOWN: &str = include_str!("shown.txt");

/// What the storage shows of the fixtures, and of a message that is sent now.
pub(crate) async fn shown(storage: &dyn Storage) -> String {
    let now = Timestamp::from_micros(1_767_225_600_000_011);
    let (ada, bob) = (UserId::FIRST, UserId::new(2).unwrap());
    let (session, event) = (SessionId::FIRST, EventId::FIRST);
    let mut all = String::new();
    let mut show = |what: &str, said: &dyn std::fmt::Debug| all += &format!("{what}: {said:?}\n");
    let mut reads = storage.read().await.unwrap();
    for user in [ada, bob] {
        let account = reads.accounts().by_id(user).await.unwrap().unwrap();
        show("account", &(&account.user, &account.password_hash));
        show("login", &reads.logins().list(user, Timestamp::from_micros(0)).await.unwrap());
        show("sessions", &reads.sessions().joined(user, &Default::default()).await.unwrap());
        show("events", &reads.events().attended(user, &Default::default()).await.unwrap());
        let told = reads.stream().after(user, Place::default(), 100).await.unwrap();
        show("stream", &(told.head, told.own));
        // Of these `behind` says nothing.
        let shared = told.shared.into_iter().map(|row| (row.number, row.push));
        show("shared", &shared.collect::<Vec<_>>());
        show("received", &reads.messages().received(user, &Default::default()).await.unwrap());
        show(
            "conversations",
            &reads.messages().conversations(user, &Default::default()).await.unwrap(),
        );
        show("mails", &reads.mail().about(user).await.unwrap());
    }
    show("group", &reads.groups().by_id(GroupId::FIRST).await.unwrap());
    show("rotation", &reads.logins().rotation(LoginId::FIRST).await.unwrap());
    show("tries", &reads.guesses().tries("k").await.unwrap());
    show("addresses", &reads.guesses().addresses(ada).await.unwrap());
    show("session", &reads.sessions().by_id(session).await.unwrap());
    show("event", &reads.events().by_id(event).await.unwrap());
    show("due", &reads.mail().next_due().await.unwrap());
    show("audit", &reads.audit().list(&Default::default()).await.unwrap());
    drop(reads);
    // The call again, with what it did not say before.
    let claim = Claim { user: ada, key: "once".into(), fingerprint: "another".into(), now };
    let mut tx = storage.write().await.unwrap();
    let long_ago = Timestamp::from_micros(0);
    show("answered", &tx.idempotency().claim(&claim, long_ago).await.unwrap());
    drop(tx);
    let draft = Draft { content: "Here".into(), sender: ada, receiver: bob, now };
    let sent = storage.steps().send_message(&draft).await.unwrap().unwrap();
    let mut told: Vec<_> = sent.told.iter().map(|told| (told.log, told.number)).collect();
    told.sort_unstable();
    show("sent", &(sent.id, told));
    all
}
