//! What must not be in a log, however much is logged.

use std::time::Duration;

use guildhall_client::Call;
use guildhall_openapi::logins::{Refresh, RefreshTokens};
use guildhall_openapi::stream::SyncQuery;
use tokio::time::sleep;

use crate::support::nats::Nats;
use crate::support::{Database, Folder, KEY, PASSWORD, Socket, account};

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
    api.auth().sign_up(&account("alice")).await.unwrap();
    let first = api.log_in("alice").await;
    let wrong = "tulip-harbor-lantern";
    let body = [("username", "alice"), ("password", wrong)];
    let refused = api.request("POST", "/login").form(&body).send().await.unwrap();
    assert_eq!(refused.status(), 401);
    let refresh = Refresh { refresh_token: first.refresh_token.clone() };
    let second = api.send(Call::<RefreshTokens>::to(&[]).body(&refresh)).await.unwrap();

    let alice = api.with_token(&second.access_token);
    let ticket = alice.create_ticket().await.unwrap().ticket;
    let now = alice.sync(&SyncQuery::default()).await.unwrap();
    let cursor = now.cursor.as_str();
    let mut sockets = vec![Socket::of(&alice).await];
    for token in [&ticket, &second.access_token, &first.access_token, &ticket] {
        sockets.push(Socket::at(&api, &format!("/ws/{}?cursor={cursor}", token.as_str())).await);
    }
    for method in ["POST", "DELETE"] {
        let path = format!("/ws/{}/nowhere", second.access_token.as_str());
        assert_eq!(alice.ask(method, &path, &()).await.status, 404);
    }
    let query = SyncQuery { cursor: Some(cursor.into()), ..SyncQuery::default() };
    alice.sync(&query).await.unwrap();
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
