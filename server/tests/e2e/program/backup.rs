//! Copies that are made while the server writes, and what is made of them.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use futures_util::future::join_all;
use guildhall_openapi::messages::ReceivedQuery;
use guildhall_openapi::stream::SyncQuery;
use guildhall_openapi::{Push, UserId};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::sleep;

use crate::messages::send;
use crate::support::{Api, Database, Folder, KEY, account};

const WRITERS: usize = 8;

/// Those who write, and how many messages of each were acknowledged.
struct Load {
    reader: Api,
    reader_id: UserId,
    writers: Vec<Api>,
    acknowledged: Arc<Mutex<BTreeMap<usize, usize>>>,
    is_over: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Load {
    async fn start(api: &Api) -> Self {
        let reader_id = api.auth().sign_up(&account("reader")).await.unwrap().id;
        let writers = join_all((0..WRITERS).map(async |writer| {
            let name = format!("writer{writer}");
            api.auth().sign_up(&account(&name)).await.unwrap();
            api.sign_in(&name).await
        }));
        let (writers, reader) = (writers.await, api.sign_in("reader").await);
        let (acknowledged, is_over) = (Arc::default(), Arc::default());
        let mut load =
            Self { reader, reader_id, writers, acknowledged, is_over, tasks: Vec::new() };
        load.go_on();
        load
    }

    fn go_on(&mut self) {
        self.is_over.store(false, Ordering::Relaxed);
        for (writer, api) in self.writers.iter().cloned().enumerate() {
            let (acknowledged, is_over) =
                (Arc::clone(&self.acknowledged), Arc::clone(&self.is_over));
            let to = self.reader_id;
            self.tasks.push(tokio::spawn(async move {
                while !is_over.load(Ordering::Relaxed) {
                    let count = acknowledged.lock().unwrap().get(&writer).map_or(0, |count| *count);
                    send(&api, to, &format!("{writer} {count}")).await;
                    acknowledged.lock().unwrap().insert(writer, count + 1);
                }
            }));
        }
    }

    async fn end(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        for task in self.tasks.drain(..) {
            task.await.unwrap();
        }
    }

    /// How many messages of each are acknowledged now.
    fn counts(&self) -> BTreeMap<usize, usize> {
        self.acknowledged.lock().unwrap().clone()
    }

    /// Waits until so many more are.
    async fn writes(&self, more: usize) {
        let sum = || self.counts().values().sum::<usize>();
        let enough = sum() + more;
        while sum() < enough {
            sleep(Duration::from_millis(5)).await;
        }
    }

    async fn cursor(&self) -> String {
        self.reader.sync(&SyncQuery::default()).await.unwrap().cursor.into_string()
    }

    /// The same people of a server elsewhere, which goes on from a copy: it has to have all of `before`, and of each
    /// writer all that came before what it has.
    async fn has(&mut self, there: &Api, before: &BTreeMap<usize, usize>) {
        self.reader = self.reader.moved_to(there);
        self.writers = self.writers.iter().map(|writer| writer.moved_to(there)).collect();
        let received = self.reader.messages().received(&ReceivedQuery::default()).rows();
        let received: Vec<_> = received.try_collect().await.unwrap();
        let mut there: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for message in received.iter().rev() {
            let (writer, number) = message.content.split_once(' ').unwrap();
            there.entry(writer.parse().unwrap()).or_default().push(number.parse().unwrap());
        }
        for (writer, count) in before {
            let of_writer = &there[writer];
            assert!(of_writer.len() >= *count, "{writer}: {} of {count}", of_writer.len());
            assert_eq!(*of_writer, (0..of_writer.len()).collect::<Vec<_>>(), "of {writer}");
        }
        let counts = there.into_iter().map(|(writer, numbers)| (writer, numbers.len()));
        *self.acknowledged.lock().unwrap() = counts.collect();
    }

    /// Whoever comes with one of these cursors is told to read anew, at once and when the log has long gone on, and
    /// misses nothing from there on.
    async fn takes_none_of(&mut self, cursors: &[String]) {
        for round in 0..2 {
            for cursor in cursors {
                let query =
                    SyncQuery { cursor: Some(cursor.as_str().into()), ..SyncQuery::default() };
                let answer = self.reader.sync(&query).await.unwrap();
                assert_eq!(answer.frames[0].push, Push::ResyncRequired, "in round {round}");
                let message = send(&self.writers[0], self.reader_id, "0 0").await;
                let query = SyncQuery { cursor: Some(answer.cursor), ..SyncQuery::default() };
                let [frame] = &self.reader.sync(&query).await.unwrap().frames[..] else { panic!() };
                assert_eq!(frame.push, Push::NewMessage { message });
            }
            // More than came after the copy.
            self.go_on();
            self.writes(200).await;
            self.end().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_has_all_that_was_acknowledged_before_it_and_takes_no_cursor_of_later() {
    let folder = Folder::new();
    let running = folder.serve(&[]);
    let mut load = Load::start(&running.api().await).await;
    load.writes(100).await;
    let (before, early) = (load.counts(), load.cursor().await);
    let file = folder.path().join("copy.db");
    let taken = folder.run(&["backup", "copy.db"], &[], "");
    assert!(taken.done().contains("guildhall.db.key is not in it"), "{taken:?}");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    load.writes(20).await;
    load.end().await;
    let late = load.cursor().await;
    running.kill();

    let elsewhere = Folder::new();
    for (from, to) in [("copy.db", "guildhall.db"), ("guildhall.db.key", "guildhall.db.key")] {
        std::fs::copy(folder.path().join(from), elsewhere.path().join(to)).unwrap();
    }
    let check = elsewhere.run(&["migrate", "--check"], &[], "");
    assert!(check.stdout.contains("begin anew"), "{check:?}");
    assert!(!check.stderr.contains("migrations"), "{check:?}");
    let doctor = elsewhere.run(&["doctor"], &[], "");
    assert!(doctor.stdout.contains("a backup was put in place"), "{doctor:?}");
    let running = elsewhere.serve(&[]);
    load.has(&running.api().await, &before).await;
    load.takes_none_of(&[early, late]).await;
    elsewhere.run(&["migrate", "--check"], &[], "").done();
}

/// The block of docs/BACKUP.md that begins like that.
fn block(begin: &str) -> String {
    let page = include_str!("../../../../docs/BACKUP.md");
    let mut blocks = page.split("```").filter_map(|block| block.strip_prefix("sh\n"));
    blocks.find(|block| block.starts_with(begin)).unwrap().to_owned()
}

fn run(script: &str, folder: &Folder, url: &str) {
    let path = "PATH=\"$PATH:$(echo /usr/lib/postgresql/*/bin | tr ' ' :)\"";
    let script = format!("{path}\n{script}");
    let mut command = Command::new("bash");
    let command = command.args(["-e", "-c", &script]).env("DATABASE_URL", url);
    let done = command.current_dir(folder.path()).output().unwrap();
    assert!(done.status.success(), "{done:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_its_tools_do_the_same_as_the_page_says() {
    let Database::Postgres(cluster) = Database::postgres() else { unreachable!() };
    let (first, second) = (cluster.database("first").unwrap(), cluster.database("second").unwrap());
    let (folder, key) = (Folder::new(), str::from_utf8(KEY).unwrap());
    let refused = folder.run(&["backup", "copy.db"], &[("DATABASE_URL", first.as_str())], "");
    refused.refused("pg_dump");
    let running = folder.serve(&[("DATABASE_URL", first.as_str()), ("SECRET_KEY", key)]);
    let mut load = Load::start(&running.api().await).await;
    load.writes(100).await;
    let (before, early) = (load.counts(), load.cursor().await);
    let (folder, url) = (Arc::new(folder), first.clone());
    let dumping = Arc::clone(&folder);
    spawn_blocking(move || run(&block("pg_dump"), &dumping, &url)).await.unwrap();
    load.writes(20).await;
    load.end().await;
    let late = load.cursor().await;
    running.kill();

    run(&block("pg_restore"), &folder, &second);
    let running = folder.serve(&[("DATABASE_URL", second.as_str()), ("SECRET_KEY", key)]);
    load.has(&running.api().await, &before).await;
    load.takes_none_of(&[early, late]).await;
}

#[test]
fn what_cannot_be_copied_is_refused_and_nothing_is_left() {
    let folder = Folder::new();
    let backup =
        |file: &str, url: &str| folder.run(&["backup", file], &[("DATABASE_URL", url)], "");
    backup("copy.db", "sqlite:///none.db").refused("none.db: No such file");
    backup("copy.db", "sqlite::memory:").refused("in memory");
    backup("copy.db", "mysql://x").refused("DATABASE_URL");
    folder.run(&["migrate"], &[], "").done();
    for own in ["guildhall.db", "guildhall.db-wal", "guildhall.db.key", "./guildhall.db-shm"] {
        for command in ["backup", "export"] {
            let ended = folder.run(&[command, "--force", own], &[], "");
            ended.refused(&format!("{own}: it is a file of the database"));
        }
    }
    backup("nowhere/copy.db", "sqlite://guildhall.db").refused("nowhere/copy.db: No such file");
    folder.write("strange.db", "This is none.");
    backup("copy.db", "sqlite://strange.db").refused("not a database");
    folder.write("empty.db", "");
    backup("copy.db", "sqlite://empty.db").refused("it holds no Guildhall");
    folder.write("copy.db", "dear");
    backup("copy.db", "sqlite://guildhall.db").refused("--force");
    assert_eq!(std::fs::read(folder.path().join("copy.db")).unwrap(), b"dear");
    let forced = folder.run(&["backup", "--force", "copy.db"], &[], "");
    forced.done();
    std::fs::remove_file(folder.path().join("guildhall.db")).unwrap();
    let copy = [("DATABASE_URL", "sqlite://copy.db")];
    folder.run(&["migrate"], &copy, "").done();
    let damaged = folder.path().join("copy.db");
    let stray =
        "PRAGMA foreign_keys = OFF; INSERT INTO devices (user_id, ip, seen_at) VALUES (7, '', 0)";
    rusqlite::Connection::open(&damaged).unwrap().execute_batch(stray).unwrap();
    backup("again.db", "sqlite://copy.db").refused("the database: a row refers to none");
    let mut bytes = std::fs::read(&damaged).unwrap();
    let half = bytes.len() / 2;
    bytes[half..].fill(0xff);
    std::fs::write(&damaged, bytes).unwrap();
    backup("again.db", "sqlite://copy.db").refused("again.db: database disk image is malformed");
    let mut names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm"))
        .collect();
    names.sort();
    assert_eq!(names, ["copy.db", "empty.db", "strange.db"]);
}

#[test]
fn what_a_killed_backup_left_behind_is_in_nobodys_way() {
    let folder = Folder::new();
    folder.run(&["migrate"], &[], "").done();
    let stale = ["copy.db.aB3xY9", "copy.db.draft"];
    for name in stale {
        folder.write(name, "half a copy");
    }
    folder.run(&["backup", "copy.db"], &[], "").done();
    folder.run(&["backup", "--force", "copy.db"], &[], "").done();
    assert_eq!(folder.names("copy.db"), ["copy.db", stale[0], stale[1]]);
}

#[test]
fn a_backup_that_is_told_to_stop_leaves_nothing() {
    let folder = Folder::new();
    folder.run(&["migrate"], &[], "").done();
    // So that it has to wait.
    let others = rusqlite::Connection::open(folder.path().join("guildhall.db")).unwrap();
    others.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
    let backup = folder.spawn(&["backup", "copy.db"], &[]);
    backup.waits_until(|| !folder.names("copy.db").is_empty());
    backup.terminate();
    backup.ended().refused("copy.db: it was given up");
    assert!(folder.names("copy.db").is_empty());
}

#[tokio::test]
async fn health_is_what_the_server_says() {
    let folder = Folder::new();
    let running = folder.serve(&[("DRAIN_SECONDS", "30")]);
    let port = running.api().await.address.port().to_string();
    let health = || folder.run(&["health"], &[("PORT", port.as_str())], "");
    assert_eq!(health().done(), "ready\n");
    let anywhere = folder.run(&["health"], &[("PORT", port.as_str()), ("HOST", "0.0.0.0")], "");
    anywhere.done();
    running.terminate();
    while health().status.success() {}
    health().refused("503");
    running.kill();
    health().refused("HOST, PORT: 127.0.0.1:");
}
