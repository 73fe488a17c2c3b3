//! `Idempotency-Key`: a creating call that is asked for again.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use guildhall_client::{Call, Error};
use guildhall_core::Policy;
use guildhall_core::clock::{Clock as _, ManualClock, SystemClock};
use guildhall_openapi::accounts::{CreateUser, UserQuery};
use guildhall_openapi::{ErrorCode, NewAccount, User};
use serde_json::{Value, json};

use crate::events::new_event;
use crate::groups::new_group;
use crate::sessions::new_session;
use crate::support::{Another, Api, Refused as _, Reply, account, on_both};

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
        let answers: Vec<_> = join_all(asked).await.into_iter().map(Result::unwrap).collect();
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        let later = create(&admin, "one", &account("alice")).await.unwrap();
        assert_eq!(later, answers[0]);
        assert_eq!(count(&admin).await, 3, "one was made");

        let reused = create(&admin, "one", &account("bob")).await;
        let problem = reused.refused(ErrorCode::IdempotencyKeyReused);
        assert_eq!(problem.errors[0].field, "Idempotency-Key");
        create(&other, "one", &account("alice")).await.refused(ErrorCode::EmailTaken);
        create(&other, "one", &account("bob")).await.unwrap();
        create(&admin, "two", &account("alice")).await.refused(ErrorCode::EmailTaken);
        // A call that failed has made nothing, so its key is free.
        create(&admin, "two", &account("carol")).await.unwrap();
        for bad in ["", "a b", &"x".repeat(256)] {
            let problem = create(&admin, bad, &account("dora")).await.refused(ErrorCode::ValidationFailed);
            assert_eq!((problem.errors.len(), problem.errors[0].field.as_str()), (1, "Idempotency-Key"));
        }
        create(&admin, &"x".repeat(255), &account("dora")).await.unwrap();

        clock.advance(DAY + Duration::from_secs(1));
        create(&admin, "one", &account("alice")).await.refused(ErrorCode::EmailTaken);
    }

    /// A row that is made twice, or one of those who asked at once who is told something else. (By
    /// hand: the answers are the same to the byte.)
    async fn sixteen_calls_at_once_make_one_row(world) {
        let (_, admin) = world.admin().await;
        for (path, body) in [
            ("/users", json!(account("alice"))),
            ("/groups", json!(new_group("Croquet"))),
            ("/sessions", json!(new_session("Anatomy"))),
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

async fn create(api: &Api, key: &str, new: &NewAccount) -> Result<User, Error> {
    let call = Call::<CreateUser>::to(&[]).idempotency_key(key);
    api.send(call.body(&new.clone().into())).await
}

/// The ids of a list, which is a page long at most.
async fn ids(api: &Api, path: &str) -> HashSet<i64> {
    let rows: Vec<Value> = api.get(&format!("{path}?limit=1000")).await.json();
    rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

async fn count(api: &Api) -> usize {
    api.accounts().list(&UserQuery::default()).await.unwrap().len()
}
