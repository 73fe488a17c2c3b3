//! Hints between replicas.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use std::time::Duration;

use guildhall_core::stream::relay::{LONGEST, Relay};
use guildhall_storage_postgres::cluster::Cluster;
use guildhall_storage_postgres::{PostgresRelay, PostgresStorage};
use sqlx::{Connection as _, Executor as _};
use tokio::time::{sleep, timeout};

/// How long anything may take here before the test fails.
const PATIENCE: Duration = Duration::from_secs(10);

async fn heard(relay: &PostgresRelay) -> Option<String> {
    timeout(PATIENCE, relay.hear()).await.unwrap().unwrap()
}

/// A replica's relay, which listens.
async fn replica(url: &str) -> PostgresRelay {
    let relay = PostgresStorage::open(url, 1).unwrap().relay();
    assert_eq!(heard(&relay).await, None, "what was told before it listened");
    relay
}

#[tokio::test]
async fn what_one_replica_tells_all_hear_in_order() {
    let cluster = Cluster::start().unwrap();
    let url = cluster.database("guildhall").unwrap();
    let (one, other) = (replica(&url).await, replica(&url).await);
    let longest = "x".repeat(LONGEST);
    for hint in ["one s1 a2", &longest, "one s3"] {
        one.tell(hint).await.unwrap();
    }
    for relay in [&one, &other] {
        for hint in ["one s1 a2", &longest, "one s3"] {
            assert_eq!(heard(relay).await.as_deref(), Some(hint));
        }
    }
    // Another database of the same server is another Guildhall.
    let elsewhere = replica(&cluster.database("elsewhere").unwrap()).await;
    elsewhere.tell("elsewhere s1").await.unwrap();
    one.tell("one s4").await.unwrap();
    assert_eq!(heard(&other).await.as_deref(), Some("one s4"));
}

/// Ends those that listen and those that tell.
async fn end_connections(url: &str) {
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
        WHERE application_name = 'guildhall'";
    let ended = connection.fetch_all(end).await.unwrap();
    assert!(ended.len() >= 2, "one that listens, one that tells");
}

#[tokio::test]
async fn after_a_lost_connection_something_may_have_been_missed_and_it_goes_on() {
    let cluster = Cluster::start().unwrap();
    let url = cluster.database("guildhall").unwrap();
    let (one, other) = (replica(&url).await, replica(&url).await);
    one.tell("one s1").await.unwrap();
    for round in 0..3 {
        assert_eq!(heard(&other).await.as_deref(), Some("one s1"), "round {round}");
        end_connections(&url).await;
        assert_eq!(heard(&other).await, None);
        one.tell("one s1").await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_is_away_is_said_so_and_found_again() {
    let mut cluster = Cluster::start().unwrap();
    let relay = replica(&cluster.database("guildhall").unwrap()).await;
    for _ in 0..2 {
        cluster.stop().unwrap();
        for _ in 0..3 {
            let hear = timeout(PATIENCE, relay.hear()).await.expect("it hangs");
            assert!(hear.is_err(), "{hear:?}");
            let tell = timeout(PATIENCE, relay.tell("x")).await.expect("it hangs");
            assert!(tell.is_err(), "{tell:?}");
        }
        cluster.restart().unwrap();
        let back = async {
            while relay.hear().await.is_err() {
                sleep(Duration::from_millis(50)).await;
            }
            while relay.tell("one s1").await.is_err() {
                sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(PATIENCE, back).await.expect("it is not found again");
        assert_eq!(heard(&relay).await.as_deref(), Some("one s1"));
    }
}
