//! Accounts and logins at the console, while a server runs on the same database and while none does.

use std::time::{Duration, Instant};

use guildhall_openapi::audit::AuditQuery;
use guildhall_openapi::{AuditAction, AuditActor, CloseReason, Login, NewAccount, User};
use serde::de::DeserializeOwned;
use tokio::time::{sleep, timeout};

use crate::support::{Api, Database, Ended, Folder, PASSWORD, Socket, account};

const KEY: &str = "v1lqT0C8mFzK2x5bRjYgNwE9uHsD4aPo7iLyZcBf";
const OTHER_PASSWORD: &str = "heron-cobalt-ladder";

/// A folder, and the database that commands in it are told of.
struct Console {
    folder: Folder,
    url: String,
}

impl Console {
    fn of(database: &Database) -> Self {
        Self { folder: Folder::new(), url: database.url() }
    }

    /// Runs a command without the server's key: it is not wanted.
    fn run(&self, arguments: &[&str], input: &str) -> Ended {
        self.folder.run(arguments, &[("DATABASE_URL", &self.url)], input)
    }

    fn json<T: DeserializeOwned>(&self, arguments: &[&str]) -> T {
        let ended = self.run(&[arguments, &["--json"]].concat(), "");
        serde_json::from_str(ended.done()).unwrap()
    }

    fn begin(&self) {
        self.run(&["migrate"], "").done();
        self.run(&["create-admin", "--email", "root@example.org"], PASSWORD).done();
    }
}

/// Waits until a token is refused; how long that took.
async fn refused(api: &Api) -> Duration {
    let began = Instant::now();
    while api.get("/auth/me").await.status != 401 {
        assert!(began.elapsed() < Duration::from_secs(10), "the token is still taken");
        sleep(Duration::from_millis(20)).await;
    }
    began.elapsed()
}

async fn changes_count_in_a_server_that_runs(database: Database) {
    let console = Console::of(&database);
    console.begin();
    let running = console.folder.serve(&[("DATABASE_URL", &console.url), ("SECRET_KEY", KEY)]);
    let api = running.api().await;
    api.auth().sign_up(&account("alice")).await.unwrap();
    let root = api.sign_in("root@example.org").await;
    for command in [
        &["users", "disable", "alice"][..],
        &["logins", "revoke", "alice", "--all"],
        &["users", "reset-password", "alice@example.org", "--mail"],
        &["users", "delete", "alice", "--yes"],
    ] {
        let alice = api.sign_in("alice").await;
        assert_eq!(alice.get("/auth/me").await.status, 200);
        console.run(command, "").done();
        let took = refused(&alice).await;
        // A second, by the promise; the rest is for a busy machine.
        assert!(took < Duration::from_secs(3), "{command:?}: {took:?}");
        if command.contains(&"disable") {
            console.run(&["users", "enable", "alice"], "").done();
        }
    }
    let audit = root.audit().list(&AuditQuery::default()).await.unwrap();
    let last = &audit.rows[0];
    let actor = last.detail.as_ref().unwrap().actor;
    assert_eq!((last.action, actor), (AuditAction::UserDeleted, Some(AuditActor::Console)));
}

#[tokio::test]
async fn changes_count_in_a_server_that_runs_on_sqlite() {
    changes_count_in_a_server_that_runs(Database::sqlite()).await;
}

#[tokio::test]
async fn changes_count_in_a_server_that_runs_on_postgres() {
    changes_count_in_a_server_that_runs(Database::postgres()).await;
}

/// Between programs on PostgreSQL news is carried; else a socket would be open for up to fifteen seconds.
#[tokio::test]
async fn sockets_are_closed_at_once_on_postgres() {
    let database = Database::postgres();
    let console = Console::of(&database);
    console.begin();
    let running = console.folder.serve(&[("DATABASE_URL", &console.url), ("SECRET_KEY", KEY)]);
    let api = running.api().await;
    api.auth().sign_up(&account("alice")).await.unwrap();
    let alice = api.sign_in("alice").await;
    let socket = Socket::of(&alice).await;
    console.run(&["logins", "revoke", "alice", "--all"], "").done();
    let closed = timeout(Duration::from_secs(8), socket.ends(CloseReason::TokenRevoked)).await;
    closed.expect("it is closed at once");
}

async fn accounts_are_listed_shown_and_changed(database: Database) {
    let console = Console::of(&database);
    console.begin();
    let running = console.folder.serve(&[("DATABASE_URL", &console.url), ("SECRET_KEY", KEY)]);
    let taro = NewAccount { full_name: Some("山田太郎".into()), ..account("taro") };
    running.api().await.auth().sign_up(&taro).await.unwrap();
    let arguments = ["create-admin", "--username", "bob", "--email", "bob@example.org"];
    console.run(&arguments, PASSWORD).done();
    let bob: User = console.json(&["users", "set-role", "bob", "user"]);
    let names = |arguments: &[&str]| -> Vec<String> {
        let users: Vec<User> = console.json(&[&["users", "list"], arguments].concat());
        users.iter().map(|user| user.username.as_str().to_owned()).collect()
    };
    assert_eq!(names(&[]), ["admin", "taro", "bob"]);
    assert_eq!(names(&["--role", "admin", "--limit", "1"]), ["admin"]);
    assert_eq!(names(&["--role", "user"]), ["taro", "bob"]);
    assert_eq!(names(&["--q", "太"]), ["taro"]);
    assert!(names(&["--group", "1"]).is_empty());
    let lines = console.run(&["users", "list"], "");
    let lines: Vec<_> = lines.done().lines().collect();
    assert!(lines[0].starts_with("ID  USERNAME"), "{lines:?}");
    assert_eq!(lines.len(), 4);
    let (wide, narrow) = (lines[2].split("  user ").next(), lines[3].split("  user ").next());
    let columns = |line: Option<&str>| {
        line.unwrap().chars().map(|c| 1 + usize::from(!c.is_ascii())).sum::<usize>()
    };
    assert!(lines[2].contains("山田太郎") && columns(wide) == columns(narrow), "{lines:?}");
    assert!(!lines.concat().contains('\u{1b}'), "no colours for a program");
    let (id, shown) =
        (bob.id.to_string(), console.json::<User>(&["users", "show", "BOB@example.org"]));
    assert_eq!(shown, console.json::<User>(&["users", "show", &id]));
    assert!(console.json::<User>(&["users", "disable", &id]).disabled);
    let disabled = console.run(&["users", "list"], "");
    assert!(disabled.done().lines().any(|line| line.contains("bob") && line.contains("disabled")));
    console.run(&["users", "enable", &id], "").done();
    let unsure = console.run(&["users", "delete", "bob"], "bob\n");
    unsure.refused("--yes");
    assert!(
        console.json::<User>(&["users", "delete", "bob", "--erase", "--yes"]).deleted_at.is_some()
    );
    assert_eq!(names(&[]), ["admin", "taro"]);
    assert_eq!(names(&["--include-deleted"]).last().unwrap(), &format!("erased-{id}"));
    for last in [&["users", "disable", "admin"][..], &["users", "delete", "admin", "--yes"]] {
        console.run(last, "").refused("last admin");
    }
    console.run(&["users", "show", "nobody"], "").refused("nobody: User not found");
    console.run(&["users", "list", "--group", "x"], "").refused("GROUP");
    console.run(&["users", "set-role", "admin", "boss"], "").refused("ROLE");
}

#[tokio::test]
async fn accounts_are_listed_shown_and_changed_on_sqlite() {
    accounts_are_listed_shown_and_changed(Database::sqlite()).await;
}

#[tokio::test]
async fn accounts_are_listed_shown_and_changed_on_postgres() {
    accounts_are_listed_shown_and_changed(Database::postgres()).await;
}

#[tokio::test]
async fn passwords_are_set_and_devices_signed_out() {
    let database = Database::sqlite();
    let console = Console::of(&database);
    console.begin();
    let running = console.folder.serve(&[("DATABASE_URL", &console.url)]);
    let api = running.api().await;
    let (one, two) = (api.sign_in("admin").await, api.sign_in("admin").await);
    let logins: Vec<Login> = console.json(&["logins", "list", "admin"]);
    assert_eq!(logins.len(), 2);
    assert!(console.run(&["logins", "list", "admin"], "").done().contains("127.0.0.1"));
    let first = logins[0].id.to_string();
    let revoked: Vec<Login> = console.json(&["logins", "revoke", "admin", &first]);
    assert_eq!(revoked, [logins[0].clone()]);
    refused(&one).await;
    assert_eq!(two.get("/auth/me").await.status, 200);
    console
        .run(&["logins", "revoke", "admin", &first], "")
        .refused(&format!("{first}: Login not found"));
    console.run(&["users", "reset-password", "admin"], "short\n").refused("password");
    console.run(&["users", "reset-password", "admin"], "").refused("password");
    let lines = format!("{OTHER_PASSWORD}\r\nwhat somebody typed behind it\n");
    console.run(&["users", "reset-password", "admin"], &lines).done();
    refused(&two).await;
    let old = [("username", "admin"), ("password", PASSWORD)];
    assert_eq!(api.request("POST", "/login").form(&old).send().await.unwrap().status(), 401);
    let new = [("username", "admin"), ("password", OTHER_PASSWORD)];
    assert_eq!(api.request("POST", "/login").form(&new).send().await.unwrap().status(), 200);
}

#[test]
fn a_database_that_is_not_there_is_not_made() {
    let folder = Folder::new();
    for command in [
        &["users", "list"][..],
        &["users", "disable", "alice"],
        &["logins", "list", "alice"],
        &["create-admin", "--email", "root@example.org"],
    ] {
        folder.run(command, &[], PASSWORD).refused("there is no ");
        let memory = [("DATABASE_URL", "sqlite::memory:")];
        folder.run(command, &memory, PASSWORD).refused("in memory");
    }
    let check = folder.run(&["migrate", "--check"], &[], "");
    assert!(!check.status.success() && check.stdout.contains("0001"), "{check:?}");
    assert!(folder.run(&["doctor"], &[], "").stdout.contains("made at the first start"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");
    // Nor are tables in one that is empty.
    let database = Database::postgres();
    let url = database.url();
    let variables = [("DATABASE_URL", url.as_str())];
    for command in [&["users", "list"][..], &["create-admin", "--email", "root@example.org"]] {
        folder.run(command, &variables, PASSWORD).refused("`guildhall migrate` sees to: 0001");
    }
}

#[test]
fn which_logins_end_is_said_or_asked_for() {
    let revoke = |which: &[&str]| {
        let ended = Folder::new().run(&[&["logins", "revoke", "alice"], which].concat(), &[], "");
        (ended.status.code(), ended.stderr)
    };
    for which in [&[][..], &["1", "--all"]] {
        let (code, said) = revoke(which);
        assert!(code == Some(2) && said.contains("revoke <USER> <LOGIN|--all>"), "{said}");
    }
}
