//! `GET /metrics`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use guildhall_openapi::ErrorCode;
use guildhall_openapi::messages::NewMessage;
use guildhall_server::meters::{Kind, METRICS};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::support::{Api, Database, Folder, Reply, Socket, account};

fn free() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[tokio::test]
async fn requests_are_counted_by_operation_and_status() {
    let free = free();
    let folder = Folder::new();
    let running = folder.serve(&[("METRICS_ADDR", &free.to_string())]);
    let api = running.api().await;
    let metrics = Api::at(free);
    api.auth().sign_up(&account("alice")).await.unwrap();
    for _ in 0..3 {
        api.get("/auth/me").await.refused(ErrorCode::NotAuthenticated);
    }
    api.get("/users/1234567").await.refused(ErrorCode::NotAuthenticated);
    api.get("/nowhere/secret").await.refused(ErrorCode::NotFound);
    let page = metrics.get("/metrics").await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").starts_with("text/plain"), "{page:?}");
    for (operation, status, times) in
        [("register", 200, 1), ("me", 401, 3), ("get_user", 401, 1), ("none", 404, 1)]
    {
        assert_eq!(count(&page, operation, status), Some(times), "{operation}: {}", page.body);
    }
    assert!(page.body.contains("guildhall_http_request_seconds_bucket{"), "{}", page.body);
    for private in ["alice", "1234567", "secret"] {
        assert!(!page.body.contains(private), "{private} in {}", page.body);
    }
    api.get("/metrics").await.refused(ErrorCode::NotFound);
}

fn count(page: &Reply, operation: &str, status: u16) -> Option<u64> {
    let line = page.body.lines().find(|line| {
        line.starts_with("guildhall_http_requests_total{")
            && line.contains(&format!("operation=\"{operation}\""))
            && line.contains(&format!("status=\"{status}\""))
    })?;
    line.rsplit(' ').next()?.parse().ok()
}

/// By name a metric's kind and the names of its labels.
type Kinds = BTreeMap<String, (String, BTreeSet<String>)>;

/// What the table says.
fn promised() -> Kinds {
    let kinds = METRICS.iter().map(|metric| {
        let labels = metric.labels.iter().map(ToString::to_string).collect();
        (metric.name.to_owned(), (metric.kind.as_str().to_owned(), labels))
    });
    kinds.collect()
}

/// What a page tells.
fn told(page: &str) -> Kinds {
    let mut all = BTreeMap::new();
    for line in page.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let (name, kind) = line.split_once(' ').unwrap();
        all.insert(name.to_owned(), (kind.to_owned(), BTreeSet::new()));
    }
    for line in page.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (series, _) = line.rsplit_once(' ').unwrap();
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        let bare = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
        let name = if all.contains_key(name) { name } else { bare.unwrap_or(name) };
        let labels = labels.trim_end_matches('}').split("\",").filter(|label| !label.is_empty());
        let labels = labels.map(|label| label.split('=').next().unwrap().trim_matches(','));
        let labels = labels.filter(|label| *label != "le").map(str::to_owned);
        all.get_mut(name).unwrap_or_else(|| panic!("no type: {line}")).1.extend(labels);
    }
    all
}

/// The sum of all series of a name that have these words.
fn sum(page: &str, name: &str, words: &[&str]) -> f64 {
    let is_it = |line: &&str| {
        line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']))
            && words.iter().all(|word| line.contains(word))
    };
    let value = |line: &str| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap();
    page.lines().filter(is_it).map(value).sum()
}

/// A metric that is in no table, one that is never told, and one that stands still.
async fn all_that_is_told_stands_in_the_table(database: Database) {
    let (folder, free) = (Folder::new(), free());
    let key = "a key of this test's own, of 32 bytes and more";
    let variables = [
        ("METRICS_ADDR", free.to_string()),
        ("DATABASE_URL", database.url()),
        ("SECRET_KEY", key.into()),
    ];
    let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let running = folder.serve(&variables);
    let api = running.api().await;
    let metrics = Api::at(free);
    // Before anybody has done anything: what is missing here is no zero to a dashboard and to an alert.
    assert_eq!(told(&metrics.get("/metrics").await.body), promised());
    let alice = api.auth().sign_up(&account("alice")).await.unwrap();
    let alice_signed_in = api.sign_in("alice").await;
    let mut socket = Socket::of(&alice_signed_in).await;
    let content = "Remember the milk".into();
    alice_signed_in.messages().send(&NewMessage { receiver_id: alice.id, content }).await.unwrap();
    socket.push().await;
    let party = json!({
        "title": "Party", "description": "", "date": "2030-01-01T20:00:00Z", "location": "Here",
    });
    assert!(alice_signed_in.post("/events", &party).await.status < 300);
    for _ in 0..4 {
        alice_signed_in.get("/events/1").await;
        alice_signed_in.get("/auth/me").await;
    }
    let wrong = [("username", "alice"), ("password", "tulip-harbor-lantern")];
    for _ in 0..8 {
        api.request("POST", "/login").form(&wrong).send().await.unwrap();
    }
    // The mail of the sign-up goes out beside all that.
    let page = loop {
        let page = metrics.get("/metrics").await.body;
        if sum(&page, "guildhall_mails_total", &["sent"]) >= 1.0 {
            break page;
        }
        sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(told(&page), promised());
    for metric in METRICS {
        let help = format!("# HELP {} {}", metric.name, metric.help);
        assert!(page.contains(&help), "{help}");
    }
    for (name, words) in [
        ("guildhall_build_info", &["version="][..]),
        ("guildhall_sockets", &[]),
        ("guildhall_stream_lag_seconds_count", &[]),
        ("guildhall_password_hashes_total", &[]),
        ("guildhall_password_wait_seconds_count", &[]),
        ("guildhall_guesses_refused_total", &[]),
        ("guildhall_database_connections", &[]),
        ("guildhall_commit_transactions_count", &[]),
        ("guildhall_commit_seconds_count", &[]),
        ("guildhall_cache_lookups_total", &["accounts", "miss"]),
        ("guildhall_cache_lookups_total", &["tokens", "hit"]),
        ("guildhall_cache_lookups_total", &["tokens", "miss"]),
        ("guildhall_cache_lookups_total", &["events", "miss"]),
        ("process_open_fds", &[]),
        ("process_resident_memory_bytes", &[]),
    ] {
        assert!(sum(&page, name, words) > 0.0, "{name} {words:?}: {page}");
    }
    let lag = sum(&page, "guildhall_stream_lag_seconds_sum", &[]);
    assert!((0.0..20.0).contains(&lag), "{lag}");
    for name in METRICS.iter().filter(|m| m.kind == Kind::Gauge).map(|m| m.name) {
        assert!(!page.contains(&format!("{name} NaN")), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_that_is_told_stands_in_the_table_on_sqlite() {
    all_that_is_told_stands_in_the_table(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_that_is_told_stands_in_the_table_on_postgres() {
    all_that_is_told_stands_in_the_table(Database::postgres()).await;
}

/// Whoever opens connections and says nothing, for as long as they like, must not fill the program with them.
#[tokio::test]
async fn those_who_ask_slowly_are_few() {
    let (folder, free) = (Folder::new(), free());
    let running = folder.serve(&[("METRICS_ADDR", &free.to_string())]);
    running.api().await;
    let mut silent = Vec::new();
    for _ in 0..70 {
        let mut socket = TcpStream::connect(free).await.unwrap();
        socket.write_all(b"GET /metrics HTTP/1.1\r\n").await.ok();
        silent.push(socket);
    }
    sleep(Duration::from_millis(200)).await;
    let mut closed = 0;
    for socket in &silent {
        let mut byte = [0];
        // `Ok(0)` and an error are an end, only waiting is none.
        let is_open = matches!(socket.try_read(&mut byte), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock);
        closed += usize::from(!is_open);
    }
    assert_eq!(closed, 6, "of 70");
    drop(silent);
    sleep(Duration::from_millis(200)).await;
    assert_eq!(Api::at(free).get("/metrics").await.status, 200);
}
