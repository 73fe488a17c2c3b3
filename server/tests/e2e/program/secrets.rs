//! What must not be in a log, however much is logged.

use std::time::Duration;

use guildhall_openapi::Tokens;
use guildhall_openapi::logins::{LogIn, Refresh, RefreshTokens};
use guildhall_openapi::stream::{CreateTicket, SyncAnswer};
use tokio::time::sleep;

use crate::support::nats::Nats;
use crate::support::{Database, Folder, KEY, PASSWORD, Socket, account, credentials};

async fn nothing_secret_is_logged(database: Database) {
    let (folder, nats) = (Folder::new(), Nats::start());
    let key = str::from_utf8(KEY).unwrap();
    let variables = [
        ("LOG", "trace"),
        ("DATABASE_URL", &database.url()),
        ("NATS_URL", &nats.url()),
        ("SECRET_KEY", key),
        ("ADMIN_EMAIL", "admin@example.org"),
        ("ADMIN_PASSWORD", PASSWORD),
    ];
    let running = folder.serve(&variables);
    let api = running.api().await;
    api.post("/register", &account("alice")).await.json::<serde_json::Value>();
    let first = api.call::<LogIn>(&credentials("alice")).await;
    let wrong = "tulip-harbor-lantern";
    let body = [("username", "alice"), ("password", wrong)];
    let refused = api.request("POST", "/login").form(&body).send().await.unwrap();
    assert_eq!(refused.status(), 401);
    let refresh = Refresh { refresh_token: first.refresh_token.clone() };
    let second: Tokens = api.call::<RefreshTokens>(&refresh).await;

    let alice = api.with_token(&second.access_token);
    let ticket = alice.call::<CreateTicket>(&()).await.ticket;
    let now: SyncAnswer = alice.get("/sync").await.json();
    let cursor = now.cursor.as_str();
    let mut sockets = vec![Socket::of(&alice).await];
    for token in [&ticket, &second.access_token, &first.access_token, &ticket] {
        sockets.push(Socket::at(&api, &format!("/ws/{}?cursor={cursor}", token.as_str())).await);
    }
    for method in ["POST", "DELETE"] {
        let path = format!("/ws/{}/nowhere", second.access_token.as_str());
        assert_eq!(alice.send(method, &path, &()).await.status, 404);
    }
    alice.get(&format!("/sync?cursor={cursor}")).await.json::<SyncAnswer>();
    sleep(Duration::from_millis(300)).await;
    running.terminate();
    drop(sockets);
    let ended = running.ended();

    let said = ended.stdout + &ended.stderr;
    for present in ["TRACE", "open_stream_by_token"] {
        assert!(said.contains(present), "{present}: {said}");
    }
    let tokens = [&first, &second].map(|tokens| [&tokens.access_token, &tokens.refresh_token]);
    let secrets = tokens.iter().flatten().map(|token| token.as_str());
    for secret in secrets.chain([ticket.as_str(), PASSWORD, wrong, key]) {
        let line = said.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_secret_is_logged_on_sqlite() {
    nothing_secret_is_logged(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_secret_is_logged_on_postgres() {
    nothing_secret_is_logged(Database::postgres()).await;
}
