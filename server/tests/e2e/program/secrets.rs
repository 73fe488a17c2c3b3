//! What must not be in a log, however much is logged.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use guildhall_client::Call;
use guildhall_openapi::ErrorCode;
use guildhall_openapi::logins::{PasswordChange, Refresh, RefreshTokens};
use guildhall_openapi::recovery::{MailRequest, PasswordReset};
use guildhall_openapi::stream::SyncQuery;
use tokio::time::sleep;

use crate::support::mail::plain;
use crate::support::nats::Nats;
use crate::support::{
    Api, Database, Folder, KEY, Mail, MailServer, PASSWORD, Page, Refused as _, Socket, account,
};

const NEW_PASSWORD: &str = "heron-cobalt-ladder";
const PEM: &str = include_str!("../../../../core/src/tokens/fixtures/ed25519.pem");

async fn nothing_secret_is_logged(database: Database) {
    let (folder, hints) = (Folder::new(), Nats::start());
    let key = str::from_utf8(KEY).unwrap();
    // A password that nobody asks for.
    let url = database.url().replace("//postgres@", "//postgres:hunter2@");
    folder.write("key.pem", PEM);
    let own = Permissions::from_mode(0o600);
    set_permissions(folder.path().join("key.pem"), own).unwrap();
    let mut post = MailServer::start().await;
    let smtp_url = post.url();
    let variables = [
        ("LOG", "trace"),
        ("SMTP_URL", &smtp_url),
        ("MAIL_FROM", "guild@example.org"),
        ("DATABASE_URL", &url),
        ("NATS_URL", &hints.url()),
        ("SECRET_KEY", key),
        ("SECRET_KEY_PREVIOUS", "previous-hunter2-of-thirty-two-bytes"),
        ("ALGORITHM", "EdDSA"),
        ("SIGNING_KEY_FILE", "key.pem"),
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
    // What is refused is logged with its path.
    for token in [&ticket, &second.access_token] {
        let stolen = api.request("GET", &format!("/ws/{}", token.as_str()));
        let stolen = stolen.header("upgrade", "websocket").header("origin", "https://evil.example");
        assert_eq!(stolen.send().await.unwrap().status(), 403);
    }
    for method in ["POST", "DELETE"] {
        let path = format!("/ws/{}/nowhere", second.access_token.as_str());
        assert_eq!(alice.ask(method, &path, &()).await.status, 404);
    }
    let query = SyncQuery { cursor: Some(cursor.into()), ..SyncQuery::default() };
    alice.sync(&query).await.unwrap();
    let (current_password, new_password) = (PASSWORD.into(), NEW_PASSWORD.into());
    let change = PasswordChange { current_password, new_password };
    alice.logins().change_password(&change).await.unwrap();
    let (current_password, new_password) = (wrong.into(), NEW_PASSWORD.into());
    let change = PasswordChange { current_password, new_password };
    alice.logins().change_password(&change).await.refused(ErrorCode::WrongPassword);
    let mails = follow_mails(&api, &mut post).await;
    // What does not fit is named, and not said again.
    let bad = format!("{{\"email\": \"alice\", \"password\": [\"{NEW_PASSWORD}\"]}}");
    let json = ("Content-Type", "application/json");
    let answer =
        api.request("POST", "/login").header(json.0, json.1).body(bad).send().await.unwrap();
    assert_eq!(answer.status(), 422);
    sleep(Duration::from_millis(300)).await;
    running.terminate();
    drop(sockets);
    let ended = running.ended();

    let said = ended.stdout + &ended.stderr;
    for present in ["TRACE", "open_stream_by_token", "forbidden"] {
        assert!(said.contains(present), "{present}: {said}");
    }
    let tokens = [&first, &second].map(|tokens| [&tokens.access_token, &tokens.refresh_token]);
    let secrets = tokens.iter().flatten().map(|token| token.as_str());
    let pem = PEM.lines().nth(1).unwrap();
    let others = [ticket.as_str(), PASSWORD, NEW_PASSWORD, wrong, key, "hunter2", "$argon2", pem];
    let of_mails = mails.iter().map(String::as_str);
    for secret in secrets.chain(others).chain(of_mails) {
        let line = said.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
}

/// What mails tell, having been used on pages and in calls.
async fn follow_mails(api: &Api, post: &mut MailServer) -> Vec<String> {
    let address = "alice@example.org";
    // The admin's, and two of Alice's, in any order.
    let mails = [post.mail_at_last().await, post.mail_at_last().await, post.mail_at_last().await];
    let is_it = |mail: &&Mail| mail.to == [address] && mail.text().contains("?token=");
    let asks = mails.iter().find(is_it).unwrap();
    let page = Page::open(api, &asks.link()).await;
    page.send(api, &[], "en").await.says(200, "confirmed");
    let request = MailRequest { email: address.into() };
    api.recovery().forgot_password(&request).await.unwrap();
    let mail = post.mail_to(address).await;
    let reset = PasswordReset {
        token: None,
        email: Some(address.into()),
        code: Some(mail.code().into()),
        password: NEW_PASSWORD.into(),
    };
    api.recovery().reset_password(&reset).await.unwrap();
    vec![asks.token(), asks.code(), mail.token(), mail.code(), plain()]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_secret_is_logged_on_sqlite() {
    nothing_secret_is_logged(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_secret_is_logged_on_postgres() {
    nothing_secret_is_logged(Database::postgres()).await;
}
