//! The application as its users meet it: over HTTP, with Guildhall's client for the one half and a plain one for the
//! other.

use std::net::SocketAddr;

use futures_util::StreamExt as _;
use guildhall_client::Client;
use guildhall_client::contract::page::Recent;
use guildhall_client::contract::{NewAccount, NewMessage, Push};
use poem::http::StatusCode;
use serde_json::{Value, json};

use super::*;

async fn start() -> SocketAddr {
    let storage = SqliteStorage::open(&Location::Memory).await.unwrap();
    let app = app(guildhall(storage, &random_text::<32>()).await.unwrap());
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
    let address = *acceptor.local_addr()[0].as_socket_addr().unwrap();
    tokio::spawn(Server::new_with_acceptor(acceptor).run(app));
    address
}

fn ada() -> NewAccount {
    NewAccount {
        username: "ada".into(),
        email: "ada@example.org".into(),
        password: "plum-orbit-velvet".into(),
        full_name: None,
    }
}

/// A prefix that Guildhall forgets: in a call's path, in a list's next page, in the socket's address.
#[tokio::test]
async fn guildhall_works_below_the_prefix() {
    let client = Client::builder(format!("http://{}/community", start().await)).build().unwrap();
    let me = client.auth().sign_up(&ada()).await.unwrap();
    client.auth().sign_in("ada", "plum-orbit-velvet").await.unwrap();
    let cursor = client.sync(&Default::default()).await.unwrap().cursor;
    for content in ["one", "two", "three"] {
        let new = NewMessage { content: content.into(), receiver_id: me.id };
        client.messages().send(&new).await.unwrap();
    }

    let sent =
        client.messages().sent(&Recent { limit: 2.try_into().unwrap(), ..Recent::default() });
    assert_eq!(sent.rows().count().await, 3, "two pages");
    let frames = client.stream_from(&*cursor).take(3).collect::<Vec<_>>().await;
    let told = frames.iter().filter(|frame| matches!(frame.push, Push::NewMessage { .. }));
    assert_eq!(told.count(), 3);
}

/// One sign-in for both halves, and one sign-out.
#[tokio::test]
async fn who_is_signed_in_there_is_signed_in_here() {
    let root = format!("http://{}", start().await);
    let http = reqwest::Client::new();
    let post = |path: &str, body: Value| {
        http.post(format!("{root}{path}"))
            .body(body.to_string())
            .header("content-type", "application/json")
    };
    let account = serde_json::to_value(ada()).unwrap();
    post("/community/register", account).send().await.unwrap();
    let credentials = json!({ "email": "ada", "password": "plum-orbit-velvet" });
    let tokens: Value =
        post("/community/login", credentials).send().await.unwrap().json().await.unwrap();
    let access = tokens["access_token"].as_str().unwrap();

    let notes = || http.get(format!("{root}/notes"));
    let written = http.post(format!("{root}/notes")).bearer_auth(access).body("Milk");
    assert_eq!(written.send().await.unwrap().status(), StatusCode::OK);
    let read: Value = notes().bearer_auth(access).send().await.unwrap().json().await.unwrap();
    assert_eq!(read, json!(["Milk"]));

    let stranger = notes().header("accept-language", "fr").send().await.unwrap();
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(stranger.headers()["www-authenticate"], "Bearer");
    assert_eq!(stranger.headers()["content-language"], "fr");
    assert!(!stranger.headers()["x-request-id"].is_empty());
    let problem: Value = stranger.json().await.unwrap();
    assert_eq!(problem["code"], "not_authenticated");

    post("/community/auth/logout", Value::Null).bearer_auth(access).send().await.unwrap();
    let late = notes().bearer_auth(access).send().await.unwrap();
    assert_eq!(late.status(), StatusCode::UNAUTHORIZED);
}

/// Swagger UI sends its calls to where the document says.
#[tokio::test]
async fn the_document_says_where_it_is_mounted() {
    let root = format!("http://{}", start().await);
    let page = reqwest::get(format!("{root}/community/docs")).await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    let document = reqwest::get(format!("{root}/community/openapi.json")).await.unwrap();
    let document: Value = document.json().await.unwrap();
    assert_eq!(document["servers"], json!([{ "url": "/community" }]));
}
