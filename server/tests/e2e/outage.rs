//! The database is away, and comes back.

use std::time::{Duration, Instant};

use guildhall_openapi::ErrorCode;
use serde_json::{Value, json};

use crate::support::{Api, Database, Reply, World, account, credentials};

/// How long a call may take to say that the database is away, and the server to find it again.
const PATIENCE: Duration = Duration::from_secs(10);

fn is_unavailable(reply: &Reply) {
    reply.refused(ErrorCode::Unavailable);
    let wait: u64 = reply.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{reply:?}");
}

/// A call that hangs, answers `500`, or goes on failing when the database is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_away_is_said_so_and_found_again() {
    let mut world = World::on(Database::postgres()).await;
    let (user, signed_in) = world.someone().await;
    let api = world.api.clone();
    for round in 0..2 {
        cluster(&mut world, false);
        // A moment later, so that nothing of the account is in memory.
        tokio::time::sleep(Duration::from_millis(1100)).await;
        let started = Instant::now();
        is_unavailable(&api.get("/readyz").await);
        is_unavailable(&signed_in.get("/auth/me").await);
        is_unavailable(&signed_in.get("/users").await);
        is_unavailable(&api.post("/login", &credentials(&user.username)).await);
        is_unavailable(&api.post("/register", &account("late")).await);
        is_unavailable(
            &api.post("/auth/refresh", &json!({ "refresh_token": "gr1.1.0.AAAA" })).await,
        );
        assert!(started.elapsed() < 6 * PATIENCE, "each call answers in bounded time");
        assert_eq!(api.get("/healthz").await.json::<Value>(), json!({ "status": "ok" }));
        // What needs no database is told as ever.
        api.get("/auth/me").await.refused(ErrorCode::NotAuthenticated);
        api.post("/register", &json!({})).await.names("username");

        cluster(&mut world, true);
        let back = Instant::now();
        while api.get("/readyz").await.status != 200 {
            assert!(back.elapsed() < PATIENCE, "it is not found again");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        // No connection of before is handed out any more.
        for i in 0..30 {
            // By hand: the client would ask again.
            assert_eq!(signed_in.get("/users").await.status, 200, "call {i} of round {round}");
        }
        every_call_works(&world, round, &signed_in).await;
    }
}

fn cluster(world: &mut World, runs: bool) {
    let Database::Postgres(cluster) = &mut world.database else { unreachable!() };
    if runs { cluster.restart() } else { cluster.stop() }.unwrap();
}

async fn every_call_works(world: &World, round: i32, signed_in: &Api) {
    let name = format!("after{round}");
    world.register(&name).await;
    world.sign_in(&name).await;
    signed_in.accounts().me().await.unwrap();
}
