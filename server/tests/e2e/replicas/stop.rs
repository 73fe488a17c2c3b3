//! SIGTERM, with people who are listening.

use std::time::{Duration, Instant};

use guildhall_openapi::CloseReason;
use guildhall_openapi::stream::{SyncAnswer, SyncQuery};
use tokio::time::sleep;

use super::{Fleet, on_each_fleet};
use crate::support::Socket;

/// How long a stop may take.
const PATIENCE: Duration = Duration::from_secs(10);

on_each_fleet! {
    /// Someone who is not told that the server stops, or who holds it up.
    async fn readers_are_told_of_the_end(fleet) {
        let (_, alice) = fleet.person("alice").await;
        let now = alice.sync(&SyncQuery::default()).await.unwrap();
        let sockets = [Socket::of(&alice).await, Socket::of(&alice).await];
        // It answers nothing, not even a goodbye.
        let silent = Socket::of(&alice).await;
        let query = SyncQuery { cursor: Some(now.cursor.clone()), wait: 30.try_into().unwrap() };
        let waiting = tokio::spawn(async move { alice.sync(&query).await });
        sleep(Duration::from_millis(300)).await;

        let told = Instant::now();
        let running = fleet.take(0);
        running.terminate();
        let answer = waiting.await.unwrap().unwrap();
        assert_eq!(answer, SyncAnswer { frames: Vec::new(), cursor: now.cursor });
        for socket in sockets {
            socket.ends(CloseReason::Stopping).await;
        }
        let ended = tokio::task::spawn_blocking(|| running.ended()).await.unwrap();
        assert!(ended.status.success() && told.elapsed() < PATIENCE, "{ended:?}");
        silent.ends(CloseReason::Stopping).await;
    }
}
