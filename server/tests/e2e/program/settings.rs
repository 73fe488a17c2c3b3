//! Settings that do not fit: each stops the start with one line that names it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::process::Command;

use crate::support::Folder;

#[test]
fn a_setting_that_does_not_fit_is_named_in_one_line() {
    for (name, values) in [
        ("PORT", &["abc", "65536", "-1", "80.5"][..]),
        ("HOST", &["nowhere", "999.1.1.1", "127.0.0.1:8000", "http://localhost"]),
        ("ALGORITHM", &["none", "PS256", "hs256"]),
        ("SIGNING_KEY_FILE", &["hunter2.pem"]),
        ("ACCESS_TOKEN_EXPIRE_MINUTES", &["0", "-1", "x", "1441", "0.001", "NaN", "inf"]),
        ("REFRESH_TOKEN_EXPIRE_DAYS", &["0", "x"]),
        ("STREAM_RETENTION_DAYS", &["0", "x", "3651"]),
        ("AUDIT_RETENTION_DAYS", &["0", "x", "36501"]),
        (
            "NATS_URL",
            &[
                "http://localhost",
                "ws://localhost",
                "nats://guildhall:hunter2@localhost:port",
                "nats://guildhall:hunter2@",
                // Nobody listens there.
                "nats://guildhall:hunter2@127.0.0.1:1",
            ],
        ),
        ("REGISTRATION", &["maybe", "Open"]),
        ("MIGRATIONS", &["maybe", "Check"]),
        // Without MAIL_FROM too.
        (
            "SMTP_URL",
            &[
                "localhost",
                "http://localhost",
                "smtp://",
                "smtp://localhost",
                "smtp://u:hunter2@host:port",
                "smtp://x?tls=maybe",
            ],
        ),
        ("MAIL_FROM", &["nobody", "guild@", "Guild guild@example.org"]),
        // A file, and where nobody may make a folder.
        ("MAIL_DIR", &["/dev/null", "/proc/mails"]),
        (
            "PUBLIC_URL",
            &[
                "guild.example",
                "ftp://guild.example",
                "https://",
                "https://guild.example/?a=b",
                "x y",
            ],
        ),
        ("DIRECTORY", &["everyone"]),
        ("DATABASE_CONNECTIONS", &["0", "x"]),
        ("METRICS_ADDR", &["x", "9090", "localhost"]),
        ("PASSWORD_MEMORY_KIB", &["8", "x"]),
        ("PASSWORD_PASSES", &["1", "x"]),
        ("PASSWORD_THREADS", &["0", "x"]),
        ("TRUSTED_PROXIES", &["proxy.example", "10.0.0.0/33", "10.0.0.1:80"]),
        ("CORS_ORIGINS", &["example.org", "https://example.org/", "https://example.org:443"]),
        ("REQUESTS_PER_MINUTE", &["-1", "x", "4294967296"]),
        ("ADDRESS_REQUESTS_PER_MINUTE", &["-1", "x"]),
        ("ADDRESS_CONNECTIONS", &["-1", "x"]),
        ("REQUEST_TIMEOUT", &["0", "x", "3601", "0.5"]),
        ("DRAIN_SECONDS", &["-1", "x", "301"]),
        ("LOG", &["((", "guildhall=loud"]),
        // No such folder, and one without an index.html.
        ("WEB", &["nowhere", "."]),
        (
            "DATABASE_URL",
            &[
                "mysql://user:hunter2@host/db",
                "nonsense",
                "sqlite:///no/such/folder/test.db",
                "sqlite:////proc/test.db",
                "postgresql://user:hunter2@localhost:port/db",
                "postgresql://user:hunter2@[::1/db",
                "postgresql//user:hunter2@://host/db",
                "postgresql:user:hunter2@host/db",
            ],
        ),
        ("ADMIN_EMAIL", &["alice@example.org"]),
        ("ADMIN_PASSWORD", &["plum-orbit-hunter2"]),
    ] {
        for value in values {
            let folder = Folder::new();
            let key = ("SECRET_KEY", "hunter2-hunter2-hunter2-hunter2-hunter2");
            let variables = [("PORT", "0"), key, (name, *value)];
            let ended = folder.run(&[], &variables, "");
            ended.refused(name);
            assert!(!ended.stderr.contains("hunter2"), "a secret in the log: {}", ended.stderr);
        }
    }
}

#[test]
fn the_first_admins_settings_are_judged_like_any_account() {
    for (email, password, reason) in [
        ("nobody", "plum-orbit-velvet", "email"),
        ("root@example.org", "short", "password"),
        ("root@example.org", "password", "password"),
    ] {
        let folder = Folder::new();
        let variables = [("ADMIN_EMAIL", email), ("ADMIN_PASSWORD", password), ("PORT", "0")];
        let ended = folder.run(&[], &variables, "");
        ended.refused("ADMIN_EMAIL, ADMIN_PASSWORD");
        assert!(ended.stderr.contains(reason), "{}", ended.stderr);
    }
}

#[test]
fn an_address_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, address) =
        (taken.local_addr().unwrap().port().to_string(), taken.local_addr().unwrap().to_string());
    let folder = Folder::new();
    let on_port = folder.run(&[], &[("PORT", &port)], "");
    on_port.refused("PORT");
    assert!(on_port.stderr.contains(&port), "{}", on_port.stderr);
    folder.run(&[], &[("PORT", "0"), ("METRICS_ADDR", &address)], "").refused("METRICS_ADDR");
}

#[test]
fn a_database_that_cannot_be_reached_is_named() {
    // Nobody listens on this port: it was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("postgresql://user:hunter2@{free}/dbname");
    let key = ("SECRET_KEY", "v1lqT0C8mFzK2x5bRjYgNwE9uHsD4aPo7iLyZcBf");
    let folder = Folder::new();
    for command in [&[][..], &["migrate"], &["migrate", "--check"]] {
        let ended = folder.run(command, &[("DATABASE_URL", &url), key, ("PORT", "0")], "");
        ended.refused("DATABASE_URL");
        assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let folder = Folder::with_env("PORT=0\nthis is no line of a .env file\n");
    folder.run(&[], &[], "").refused(".env");
    let folder = Folder::with_env("SECRET_KEY=\"hunter2 and no end\n");
    let ended = folder.run(&[], &[], "");
    ended.refused(".env");
    assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
    let folder = Folder::new();
    folder.write("guildhall.db", "this is no database, and long enough to look like none at all\n");
    folder.run(&[], &[("PORT", "0")], "").refused("DATABASE_URL");
    let folder = Folder::new();
    folder.write("guildhall.db.key", "short");
    folder.run(&[], &[("PORT", "0")], "").refused("SECRET_KEY");
}

#[test]
fn a_setting_that_is_no_text_is_named() {
    let folder = Folder::new();
    let ended = Command::new(env!("CARGO_BIN_EXE_guildhall"))
        .current_dir(folder.path())
        .env_clear()
        .env("PORT", OsStr::from_bytes(b"80\xff"))
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&ended.stderr);
    assert!(!ended.status.success());
    assert!(stderr.lines().count() == 1 && stderr.contains("PORT"), "{stderr}");
}

#[test]
fn what_is_wrong_with_a_setting_is_said() {
    for (name, value, why) in [
        ("CORS_ORIGINS", "https://App.example.org", "it has to be in lower case"),
        ("CORS_ORIGINS", "*,https://a.example", "\"*\" stands alone"),
        ("REQUEST_TIMEOUT", "0.5", "whole seconds, from 1 to 3600"),
        ("TRUSTED_PROXIES", "proxy.example", "\"proxy.example\" is no address"),
    ] {
        let ended = Folder::new().run(&[], &[("PORT", "0"), (name, value)], "");
        ended.refused(why);
        ended.refused(name);
    }
}

/// Compose files and the like leave a setting out so.
#[tokio::test]
async fn a_setting_that_is_empty_is_none() {
    let names: Vec<_> = include_str!("../../../../README.md")
        .lines()
        .skip_while(|line| *line != "## Settings")
        .filter_map(|line| line.strip_prefix("| `")?.split(" |").next())
        .flat_map(|names| names.split(", ").map(|name| name.trim_matches('`').to_owned()))
        .collect();
    assert!(names.len() > 25 && names.contains(&"METRICS_ADDR".to_owned()), "{names:?}");
    let folder = Folder::new();
    let empty: Vec<_> = names.iter().filter(|name| *name != "PORT").map(|n| (&**n, "")).collect();
    let running = folder.serve(&empty);
    running.api().await;
    assert_eq!(running.stderr(), "");
    assert!(folder.path().join("guildhall.db").is_file());
}
