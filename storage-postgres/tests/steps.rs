//! Steps that wait at the same time, and so go together.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use guildhall_core::conformance::fixtures::{add, draft};
use guildhall_core::messages::{Draft, Unread};
use guildhall_core::openapi::{Event, EventId, Push, SessionId, Timestamp, UserId};
use guildhall_core::storage::{Conflict, Storage, StorageError};
use guildhall_core::stream::{Audience, Place};
use guildhall_storage_postgres::PostgresStorage;
use guildhall_storage_postgres::cluster::Cluster;
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

const NOW: Timestamp = Timestamp::from_micros(0);

async fn open(cluster: &Cluster, name: &str) -> (String, PostgresStorage) {
    let url = cluster.database(name).unwrap();
    let storage = PostgresStorage::open(&url, 4).unwrap();
    storage.migrate().await.unwrap();
    (url, storage)
}

fn message(sender: UserId, receiver: UserId, content: &str) -> Draft {
    Draft { content: content.into(), sender, receiver, now: NOW }
}

fn event(title: &str, organizer_id: UserId) -> Event {
    Event {
        id: EventId::FIRST,
        title: title.into(),
        description: "".into(),
        date: NOW,
        location: "".into(),
        organizer_id,
        created_at: NOW,
        updated_at: NOW,
    }
}

/// What a user was told of messages, in order.
async fn contents(storage: &PostgresStorage, user: UserId) -> Vec<String> {
    let mut reads = storage.read().await.unwrap();
    let slice = reads.stream().after(user, Place::default(), 1000).await.unwrap();
    assert!(slice.own.iter().zip(1..).all(|(row, number)| row.number == number));
    let content = |push| match push {
        Some(Push::NewMessage { message }) => message.content.to_string(),
        other => panic!("{other:?}"),
    };
    slice.own.into_iter().map(|row| content(row.push)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_that_go_together_stay_in_order() {
    let cluster = Cluster::start().unwrap();
    let (_, storage) = open(&cluster, "order").await;
    let alice = add(&storage, &draft("alice")).await;
    let bob = add(&storage, &draft("bob")).await;
    let texts: Vec<_> = (0..60).map(|number| format!("number {number}")).collect();
    join_all(texts.iter().map(|text| async {
        storage.steps().send_message(&message(alice, bob, text)).await.unwrap().unwrap();
    }))
    .await;
    for user in [alice, bob] {
        assert_eq!(contents(&storage, user).await, texts);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_refused_takes_nobody_along() {
    let cluster = Cluster::start().unwrap();
    let (_, storage) = open(&cluster, "refused").await;
    let storage = &storage;
    let alice = add(storage, &draft("alice")).await;
    let text = |number| match number {
        // PostgreSQL's texts have no NUL.
        17 => "\0".to_owned(),
        // No account has this id.
        23 => "nobody's".to_owned(),
        // The first of two gets it.
        31 => "number 5".to_owned(),
        _ => format!("number {number}"),
    };
    let text = &text;
    let sent = join_all((0..40).map(|number| async move {
        let draft = message(alice, alice, &text(number));
        storage.steps().send_message(&draft).await.is_ok()
    }));
    let sent: Vec<_> = sent.await;
    assert!((0..40).all(|number| sent[number] == (number != 17)), "{sent:?}");
    assert_eq!(contents(storage, alice).await.len(), 39);

    let organizer = |number| if number == 23 { UserId::new(404).unwrap() } else { alice };
    let created = join_all((0..40).map(|number| async move {
        storage.steps().create_event(&event(&text(number), organizer(number))).await
    }));
    let mut numbers = Vec::new();
    for (number, created) in created.await.into_iter().enumerate() {
        match (number, created) {
            (17 | 23, Err(StorageError::Backend(_))) => {}
            (31, Err(StorageError::Conflict(Conflict::EventTitleTaken))) => {}
            (_, created) => numbers.extend(created.unwrap().1.iter().map(|told| told.number)),
        }
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=37).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_went_away_before_is_left_out() {
    let cluster = Cluster::start().unwrap();
    let (_, storage) = open(&cluster, "away").await;
    let alice = add(&storage, &draft("alice")).await;
    let storage = Arc::new(storage);
    let send = |text: &'static str| {
        let storage = Arc::clone(&storage);
        async move { storage.steps().send_message(&message(alice, alice, text)).await.unwrap() }
    };
    // Whoever holds a log keeps the first of them waiting, and so the others behind it.
    let mut tx = storage.write().await.unwrap();
    let push = Push::SessionDeleted { session_id: SessionId::FIRST };
    tx.stream().publish(Audience::User(alice), &push, NOW).await.unwrap();
    let first = tokio::spawn(send("first"));
    tokio::time::sleep(Duration::from_millis(50)).await;
    let (gone, stays) = (tokio::spawn(send("gone")), tokio::spawn(send("stays")));
    tokio::time::sleep(Duration::from_millis(50)).await;
    gone.abort();
    gone.await.unwrap_err();
    drop(tx);
    first.await.unwrap().unwrap();
    stays.await.unwrap().unwrap();
    assert_eq!(contents(&storage, alice).await, ["first", "stays"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_do_not_wait_for_each_other_in_a_circle() {
    let cluster = Cluster::start().unwrap();
    let (url, one) = open(&cluster, "replicas").await;
    let replicas = [one, PostgresStorage::open(&url, 4).unwrap()];
    let mut users = Vec::new();
    for name in ["alice", "bob", "carol"] {
        users.push(add(&replicas[0], &draft(name)).await);
    }
    let users = &users;
    let everything = replicas.iter().enumerate().flat_map(|(replica, storage)| {
        (0..300).map(move |number: usize| async move {
            let (from, to) = (users[number % 3], users[(number / 3 + replica) % 3]);
            match number % 10 {
                0 => {
                    let mut tx = storage.write().await.unwrap();
                    tx.messages().read(to, Unread::From(from, 10), NOW).await.unwrap();
                    tx.commit().await.unwrap();
                }
                1 => {
                    let mut tx = storage.write().await.unwrap();
                    let title = format!("Feast no. {}", number / 20);
                    tx.events().insert(&event(&title, from)).await.ok();
                    tx.messages().insert(&message(from, to, "hello")).await.unwrap();
                    tx.commit().await.unwrap();
                }
                2..5 => {
                    // The same titles there and here, in another order.
                    let title = if replica == 0 { number } else { 300 - number };
                    let event = event(&format!("Supper no. {}", title / 2), from);
                    match storage.steps().create_event(&event).await {
                        Ok(_) | Err(StorageError::Conflict(Conflict::EventTitleTaken)) => {}
                        Err(other) => panic!("{other}"),
                    }
                }
                _ => drop(storage.steps().send_message(&message(from, to, "hi")).await.unwrap()),
            }
        })
    });
    join_all(everything).await;
    let mut connection = url.parse::<PgConnectOptions>().unwrap().connect().await.unwrap();
    // A connection tells at its end what it has counted.
    drop(replicas);
    let others = "SELECT count(*) FROM pg_stat_activity \
                  WHERE datname = current_database() AND pid <> pg_backend_pid()";
    while sqlx::query_scalar::<_, i64>(others).fetch_one(&mut connection).await.unwrap() > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    let deadlocks = sqlx::query_scalar::<_, i64>(deadlocks).fetch_one(&mut connection).await;
    assert_eq!(deadlocks.unwrap(), 0);
}
