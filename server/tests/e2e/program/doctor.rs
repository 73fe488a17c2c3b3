//! What the doctor finds, and that it leaves everything as it was.

use std::fs::{Permissions, set_permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::support::nats::Nats;
use crate::support::{Database, Ended, Folder, MailServer};

const KEY: (&str, &str) = ("SECRET_KEY", "v1lqT0C8mFzK2x5bRjYgNwE9uHsD4aPo7iLyZcBf");

/// The verdicts on what has this name, worst last.
fn verdicts(ended: &Ended, subject: &str) -> Vec<String> {
    let findings: Vec<Value> = serde_json::from_str(&ended.stdout).unwrap();
    let of_it = findings.iter().filter(|finding| finding["subject"] == subject);
    of_it.map(|finding| finding["verdict"].as_str().unwrap().to_owned()).collect()
}

fn doctor(folder: &Folder, variables: &[(&str, &str)]) -> Ended {
    folder.run(&["doctor", "--json"], variables, "")
}

#[track_caller]
fn fails(ended: &Ended, subject: &str) {
    assert_eq!(ended.status.code(), Some(1), "{subject}: {ended:?}");
    assert!(verdicts(ended, subject).contains(&"fail".to_owned()), "{subject}: {ended:?}");
}

#[test]
fn a_first_start_is_well_and_nothing_is_made() {
    let folder = Folder::new();
    let ended = folder.run(&["doctor"], &[], "");
    let lines: Vec<_> = ended.done().lines().collect();
    assert!(
        lines.iter().all(|line| line.starts_with("ok    ") || line.starts_with("warn  mail")),
        "{lines:?}"
    );
    assert!(lines.len() > 6 && !lines.concat().contains('\u{1b}'), "{lines:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn every_setting_that_does_not_fit_is_named_and_no_secret() {
    let folder = Folder::new();
    let url = "postgresql://user:hunter2@127.0.0.1:1/x";
    let variables = [
        ("PORT", "abc"),
        ("ALGORITHM", "none"),
        ("LOG", "(("),
        ("WEB", "/nowhere"),
        ("ADMIN_PASSWORD", "hunter2"),
        ("PUBLIC_URL", "guild.example"),
        ("MAIL_DIR", "/dev/null/mails"),
        ("NATS_URL", "nats://me:hunter2@127.0.0.1:1"),
        ("DATABASE_URL", url),
        ("SECRET_KEY", "hunter2-hunter2"),
        ("SECRET_KEY_PREVIOUS", "hunter2-before"),
        ("HOST", "0.0.0.0"),
    ];
    let ended = doctor(&folder, &variables);
    for (name, _) in variables.iter().filter(|(name, _)| *name != "HOST") {
        fails(&ended, name);
    }
    assert!(!ended.stdout.contains("hunter2") && !ended.stderr.contains("hunter2"), "{ended:?}");
    assert_eq!(ended.stderr, "guildhall: 11 checks failed\n");
    for (name, value) in [
        ("DATABASE_URL", "mysql://x"),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "sqlite:///no/such/test.db"),
    ] {
        fails(&doctor(&folder, &[(name, value)]), name);
    }
    // Any other command says the first.
    folder
        .run(&["users", "list"], &[("PORT", "abc"), ("ALGORITHM", "none")], "")
        .refused(" does not fit");
}

#[test]
fn keys_and_files_that_others_know_or_read_are_told() {
    let folder = Folder::new();
    for (key, host, verdict) in [
        ("change-me-please-change-me-please-1234", "0.0.0.0", "warn"),
        (&"ab".repeat(32), "0.0.0.0", "warn"),
        ("short", "127.0.0.1", "warn"),
        ("short", "0.0.0.0", "fail"),
    ] {
        let settings = [("SECRET_KEY", key), ("HOST", host), ("PORT", "0")];
        let ended = doctor(&folder, &settings);
        assert_eq!(verdicts(&ended, "SECRET_KEY"), [verdict], "{key}, {host}");
        // A start says the same.
        let folder = Folder::new();
        if verdict == "warn" {
            let said = folder.serve(&settings).stderr();
            assert!(said.starts_with("warning: SECRET_KEY: it "), "{said}");
        } else {
            folder.run(&[], &settings, "").refused("SECRET_KEY: it ");
        }
    }
    let postgres = [("DATABASE_URL", "postgresql://127.0.0.1:1/x")];
    fails(&doctor(&folder, &postgres), "SECRET_KEY");
    folder.write("guildhall.db.key", KEY.1);
    let key = folder.path().join("guildhall.db.key");
    for (mode, verdict) in [(0o600, "ok"), (0o644, "warn")] {
        set_permissions(&key, Permissions::from_mode(mode)).unwrap();
        assert_eq!(verdicts(&doctor(&folder, &[]), "SECRET_KEY"), [verdict], "{mode:o}");
    }
    folder.write("guildhall.db.key", "short");
    fails(&doctor(&folder, &[]), "SECRET_KEY");
    folder.write("guildhall.db", "this is no database, and long enough to look like none at all\n");
    fails(&doctor(&folder, &[]), "DATABASE_URL");
    fails(&doctor(&folder, &[KEY, ("ALGORITHM", "EdDSA")]), "SIGNING_KEY_FILE");
}

/// By the rules of a first start.
#[test]
fn the_first_admin_is_judged_like_any_account() {
    let folder = Folder::new();
    for (email, password, verdicts_on_it) in [
        ("nobody", "plum-orbit-velvet", &["fail"][..]),
        ("root@example.org", "password", &["fail"]),
        ("root@example.org", "plum-orbit-velvet", &[]),
    ] {
        let settings = [("ADMIN_EMAIL", email), ("ADMIN_PASSWORD", password)];
        let ended = doctor(&folder, &settings);
        assert_eq!(verdicts(&ended, "ADMIN_EMAIL, ADMIN_PASSWORD"), verdicts_on_it, "{ended:?}");
        assert!(!ended.stdout.contains("plum-orbit"), "{ended:?}");
    }
    assert_eq!(folder.names(""), [""; 0]);
}

#[test]
fn a_sqlite_file_is_read_and_left_as_it_was() {
    let folder = Folder::new();
    folder.run(&["migrate"], &[], "").done();
    let list = || {
        let entries = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap());
        // What SQLite keeps in memory that programs share is no data.
        let entries =
            entries.filter(|entry| !entry.file_name().to_string_lossy().ends_with("-shm"));
        let mut files: Vec<_> =
            entries.map(|e| (e.file_name(), std::fs::read(e.path()).unwrap())).collect();
        files.sort();
        files
    };
    let before = list();
    let ended = doctor(&folder, &[]);
    assert!(ended.status.success(), "{ended:?}");
    assert_eq!(verdicts(&ended, "schema"), ["ok"]);
    assert!(list() == before, "{ended:?}");
    folder.run(&["doctor"], &[], "").done();
    // Beside a server that runs, whose log holds what the file does not.
    let running = folder.serve(&[]);
    assert_eq!(verdicts(&doctor(&folder, &[]), "schema"), ["ok"]);
    drop(running);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_runs_beside_is_asked() {
    let database = Database::postgres();
    let (url, hints, mut post) = (database.url(), Nats::start(), MailServer::start().await);
    let folder = Folder::new();
    let (smtp_url, nats_url) = (post.url(), hints.url());
    let variables = [("DATABASE_URL", url.as_str()), KEY];
    let empty = doctor(&folder, &variables);
    assert_eq!(verdicts(&empty, "schema"), ["warn"], "{empty:?}");
    assert!(
        folder.run(&["migrate", "--check"], &variables, "").stdout.contains("0001"),
        "as it was"
    );
    folder.run(&["migrate"], &variables, "").done();
    let ended = doctor(&folder, &variables);
    for subject in ["DATABASE_URL", "DATABASE_CONNECTIONS", "schema", "clock", "news"] {
        assert_eq!(verdicts(&ended, subject), ["ok"], "{subject}: {ended:?}");
    }
    let greedy = [variables[0], variables[1], ("DATABASE_CONNECTIONS", "100000")];
    fails(&doctor(&folder, &greedy), "DATABASE_CONNECTIONS");
    let running = folder.serve(&variables);
    let public_url = format!("http://{}", running.api().await.address);
    let more = [
        variables[0],
        variables[1],
        ("NATS_URL", nats_url.as_str()),
        ("SMTP_URL", &smtp_url),
        ("MAIL_FROM", "guild@example.org"),
        ("PUBLIC_URL", &public_url),
    ];
    let ended = doctor(&folder, &more);
    for subject in ["NATS_URL", "SMTP_URL", "PUBLIC_URL"] {
        assert_eq!(verdicts(&ended, subject), ["ok"], "{subject}: {ended:?}");
    }
    assert!(ended.status.success(), "{ended:?}");
    post.has_nothing();
}

#[test]
fn what_does_not_answer_is_not_waited_for() {
    // It takes connections, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let (database, nats) = (format!("postgresql://u@{address}/x"), format!("nats://{address}"));
    let smtp = format!("smtp://{address}");
    let variables = [
        KEY,
        ("DATABASE_URL", database.as_str()),
        ("NATS_URL", &nats),
        ("SMTP_URL", &smtp),
        ("MAIL_FROM", "guild@example.org"),
    ];
    let began = std::time::Instant::now();
    let ended = doctor(&Folder::new(), &variables);
    assert!(began.elapsed().as_secs() < 20, "one after the other: {:?}", began.elapsed());
    for subject in ["database", "mail"] {
        fails(&ended, subject);
    }
    fails(&ended, "NATS_URL");
}

#[test]
fn settings_of_the_edge_that_contradict_each_other_are_told() {
    let folder = Folder::new();
    let said = |variables: &[(&str, &str)], subject: &str| {
        let variables = [variables, &[KEY]].concat();
        verdicts(&doctor(&folder, &variables), subject)
    };
    let https = ("PUBLIC_URL", "https://127.0.0.1:1");
    assert_eq!(said(&[https], "TRUSTED_PROXIES"), ["warn"]);
    assert!(said(&[https, ("TRUSTED_PROXIES", "127.0.0.1")], "TRUSTED_PROXIES").is_empty());
    assert_eq!(said(&[("HOST", "0.0.0.0")], "PUBLIC_URL"), ["warn"]);
    assert_eq!(said(&[("METRICS_ADDR", "0.0.0.0:9090")], "METRICS_ADDR"), ["warn"]);
    assert_eq!(said(&[("METRICS_ADDR", "127.0.0.1:9090")], "HOST"), ["ok"]);
    assert_eq!(said(&[("METRICS_ADDR", "127.0.0.1:8000")], "METRICS_ADDR"), ["fail"]);
    // No machine has an address that is kept for documents (RFC 5737).
    assert_eq!(said(&[("HOST", "192.0.2.1")], "HOST"), ["fail"]);
}
