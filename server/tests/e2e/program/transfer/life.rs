//! People who live in a database, and go on in the one that it was brought to.

use guildhall_openapi::page::Recent;
use guildhall_openapi::stream::SyncQuery;
use guildhall_openapi::{NewMessage, Push, SessionId, UserId};
use serde_json::{Value, json};

use crate::support::{Api, Folder, PASSWORD, account};

const KEY: &str = "a key that goes along with the data it belongs to";

/// What alice and an admin see, and from where alice goes on to listen.
pub(super) struct Seen {
    pages: Vec<(&'static str, String)>,
    audit: String,
    alice: Api,
    admin: Api,
    bob: UserId,
    cursor: String,
}

const PAGES: [&str; 11] = [
    "/auth/me",
    "/auth/logins",
    "/users?sort=id",
    "/groups",
    "/events",
    "/events/1/attendees",
    "/sessions",
    "/sessions/1",
    "/messages/received",
    "/messages/sent",
    "/conversations",
];

async fn pages(api: &Api) -> Vec<(&'static str, String)> {
    let mut pages = Vec::new();
    for page in PAGES {
        let answer = api.get(page).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        pages.push((page, answer.body));
    }
    pages
}

async fn post(api: &Api, path: &str, body: &Value) -> Value {
    let answer = api.request("POST", path).json(body).send().await.unwrap();
    assert!(answer.status().is_success(), "{path}: {answer:?}");
    answer.json().await.unwrap()
}

async fn send(api: &Api, receiver_id: UserId, content: &str) {
    let new = NewMessage { content: content.into(), receiver_id };
    api.messages().send(&new).await.unwrap();
}

/// Two people and an admin, with all that people have; two messages and an event behind the cursor.
pub(super) async fn live(folder: &Folder, url: &str) -> Seen {
    let variables = [("DATABASE_URL", url), ("SECRET_KEY", KEY)];
    folder.run(&["migrate"], &variables, "").done();
    let arguments = ["create-admin", "--email", "admin@example.org"];
    folder.run(&arguments, &variables, PASSWORD).done();
    let running = folder.serve(&variables);
    let api = running.api().await;
    let (alice_id, bob_id) = (
        api.auth().sign_up(&account("alice")).await.unwrap().id,
        api.auth().sign_up(&account("bob")).await.unwrap().id,
    );
    let (alice, bob) = (api.sign_in("alice").await, api.sign_in("bob").await);
    let admin = api.sign_in("admin").await;
    post(&admin, "/groups", &json!({"name": "Schach ♟"})).await;
    let event = json!({
        "title": "Fête", "description": "", "location": "here", "date": "2030-01-01T00:00:00Z"
    });
    post(&alice, "/events", &event).await;
    bob.events().attend(1.try_into().unwrap()).await.unwrap();
    let session = SessionId::new(1).unwrap();
    post(&alice, "/sessions", &json!({"name": "one"})).await;
    alice.sessions().start(session).await.unwrap();
    bob.sessions().add_user(session, bob_id).await.unwrap();
    send(&alice, bob_id, "Remember the milk 🥛").await;
    let cursor = alice.sync(&SyncQuery::default()).await.unwrap().cursor.into_string();
    send(&bob, alice_id, "one").await;
    send(&bob, alice_id, "two").await;
    let seen = Seen {
        pages: pages(&alice).await,
        audit: admin.get("/audit").await.body,
        alice,
        admin,
        bob: bob_id,
        cursor,
    };
    running.terminate();
    assert!(running.ended().status.success());
    seen
}

/// Everyone finds everything as it was, and goes on.
pub(super) async fn goes_on(folder: &Folder, url: &str, seen: &Seen) {
    let running = folder.serve(&[("DATABASE_URL", url), ("SECRET_KEY", KEY)]);
    let api = running.api().await;
    let (alice, admin) = (seen.alice.moved_to(&api), seen.admin.moved_to(&api));
    assert_eq!(admin.get("/audit").await.body, seen.audit);
    assert_eq!(pages(&alice).await, seen.pages);
    let conversations: Value = alice.get("/conversations").await.json();
    assert_eq!(conversations[0]["unread_count"], 2);
    let query = SyncQuery { cursor: Some(seen.cursor.as_str().into()), ..SyncQuery::default() };
    let contents = |frames: Vec<guildhall_openapi::Frame>| -> Vec<String> {
        let content = |push| match push {
            Push::NewMessage { message } => message.content.as_str().to_owned(),
            other => panic!("{other:?}"),
        };
        frames.into_iter().map(|frame| content(frame.push)).collect()
    };
    let before = alice.sync(&query).await.unwrap();
    assert_eq!(contents(before.frames), ["one", "two"]);
    send(&alice, seen.bob, "three").await;
    let query = SyncQuery { cursor: Some(before.cursor.into_string().as_str().into()), ..query };
    assert_eq!(contents(alice.sync(&query).await.unwrap().frames), ["three"]);
    api.sign_in("bob").await;
    let written = alice.messages().conversation(seen.bob, &Recent::default()).await.unwrap();
    assert_eq!(written.len(), 4);
    running.terminate();
    assert!(running.ended().status.success());
}
