//! `Idempotency-Key`: a creating call that is asked for again.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use guildhall_core::Policy;
use guildhall_core::clock::{Clock as _, ManualClock, SystemClock};
use guildhall_openapi::{ErrorCode, NewAccount, User};
use serde_json::{Value, json};

use crate::events::new_event;
use crate::support::{Another, Api, Reply, account, on_both};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

on_both! {
    /// A call that is repeated and creates twice, or gives one caller another's answer.
    async fn a_creating_call_asked_for_again_gives_its_first_answer(world) {
        let clock = Arc::new(ManualClock::at(SystemClock.now()));
        let policy = Policy { access_lifetime: 2 * DAY, ..Policy::default() };
        let another = Another { policy, clock: Arc::clone(&clock) as _, ..Another::default() };
        let server = world.another(another).await;
        let ((admin, _), (other, _)) = (world.admin().await, world.admin().await);
        let (admin, other) = (server.sign_in(&admin.username).await, server.sign_in(&other.username).await);

        let alice = account("alice");
        let asked = (0..16).map(|_| create(&admin, "one", &alice));
        let answers: Vec<Value> = join_all(asked).await.iter().map(Reply::json).collect();
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        let later: Value = create(&admin, "one", &account("alice")).await.json();
        assert_eq!(later, answers[0]);
        assert_eq!(count(&admin).await, 3, "one was made");

        let reused = create(&admin, "one", &account("bob")).await;
        let problem = reused.refused(ErrorCode::IdempotencyKeyReused);
        assert_eq!(problem.errors[0].field, "Idempotency-Key");
        create(&other, "one", &account("alice")).await.refused(ErrorCode::EmailTaken);
        let _: User = create(&other, "one", &account("bob")).await.json();
        create(&admin, "two", &account("alice")).await.refused(ErrorCode::EmailTaken);
        // A call that failed has made nothing, so its key is free.
        let _: User = create(&admin, "two", &account("carol")).await.json();
        for bad in ["", "a b", &"x".repeat(256)] {
            create(&admin, bad, &account("dora")).await.names("Idempotency-Key");
        }
        let _: User = create(&admin, &"x".repeat(255), &account("dora")).await.json();

        clock.advance(DAY + Duration::from_secs(1));
        create(&admin, "one", &account("alice")).await.refused(ErrorCode::EmailTaken);
    }

    /// A row that is made twice, or one of those who asked at once who is told something else.
    async fn sixteen_calls_at_once_make_one_row(world) {
        let (_, admin) = world.admin().await;
        for (path, body) in [
            ("/users", json!(account("alice"))),
            ("/groups", json!({ "name": "Croquet" })),
            ("/sessions", json!({ "name": "Anatomy" })),
            ("/events", json!(new_event("Summer party"))),
        ] {
            let before = ids(&admin, path).await;
            let key = path.replace('/', "a-key-for-");
            let ask = || admin.request("POST", path).header("idempotency-key", &key).json(&body);
            let replies = join_all((0..16).map(|_| Reply::to(ask()))).await;
            let first: Value = replies[0].json();
            for reply in &replies {
                assert_eq!((reply.status, &reply.body), (200, &replies[0].body), "{path}");
            }
            let after = ids(&admin, path).await;
            let made: Vec<_> = after.difference(&before).copied().collect();
            assert_eq!(made, [first["id"].as_i64().unwrap()], "{path}");
        }
    }
}

async fn create(api: &Api, key: &str, new: &NewAccount) -> Reply {
    Reply::to(api.request("POST", "/users").header("idempotency-key", key).json(new)).await
}

/// The ids of a list, which is a page long at most.
async fn ids(api: &Api, path: &str) -> HashSet<i64> {
    let rows: Vec<Value> = api.get(&format!("{path}?limit=1000")).await.json();
    rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

async fn count(api: &Api) -> usize {
    api.get("/users").await.json::<Vec<User>>().len()
}
