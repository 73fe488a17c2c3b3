//! What is asked again, how often, and after how long.

use std::time::Duration;

use tokio::time::Instant;

use super::super::{Repeat, Reply as _, Sockets};
use super::host::{get, request, signed_in};
use super::web::Trouble;

const LIFETIME: u64 = 600_000;

#[tokio::test(start_paused = true)]
async fn what_does_no_harm_is_made_three_times_and_no_more() {
    for (troubles, tries) in [(1, 2), (2, 3), (3, 3), (9, 3)] {
        let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
        for _ in 0..troubles {
            driver.host.web.trouble("/groups", Trouble::RequestLost);
        }
        assert_eq!(driver.call(get()).await.is_ok(), troubles < 3);
        assert_eq!(driver.host.web.sent("GET /groups"), tries);
    }
}

#[tokio::test(start_paused = true)]
async fn a_post_under_a_key_is_made_again_under_the_same_key() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    driver.host.web.trouble("/messages", Trouble::AnswerLost);
    let post = request("POST", "/messages", Repeat::UnderKey(driver.idempotency_key()));
    assert_eq!(driver.call(post).await.unwrap().status(), 200);
    assert_eq!(driver.host.web.sent("POST /messages #"), 2);
}

#[tokio::test(start_paused = true)]
async fn what_may_do_harm_is_made_once() {
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        for trouble in [Trouble::RequestLost, Trouble::AnswerLost, Trouble::Status(503, None)] {
            let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
            driver.host.web.trouble("/groups/1", trouble);
            let outcome = driver.call(request(method, "/groups/1", Repeat::Never)).await;
            assert!(outcome.is_err() || outcome.unwrap().status() == 503);
            assert_eq!(driver.host.web.sent(method), 1 + usize::from(method == "POST"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_says_how_long_it_is_to_be_left_alone() {
    for status in [429, 503] {
        let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
        driver.host.web.trouble("/groups", Trouble::Status(status, Some(3)));
        let begun = Instant::now();
        assert_eq!(driver.call(get()).await.unwrap().status(), 200);
        assert!(begun.elapsed() >= Duration::from_secs(3), "{:?}", begun.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_wants_to_be_left_alone_for_long_is_the_callers_affair() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    driver.host.web.trouble("/groups", Trouble::Status(429, Some(900)));
    let begun = Instant::now();
    let reply = driver.call(get()).await.unwrap();
    assert_eq!((reply.status(), reply.retry_after()), (429, Some(900)));
    assert!(begun.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn other_answers_are_answers() {
    for status in [400, 404, 422, 500] {
        let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
        driver.host.web.trouble("/groups", Trouble::Status(status, None));
        assert_eq!(driver.call(get()).await.unwrap().status(), status);
        assert_eq!(driver.host.web.sent("GET /groups"), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn no_key_is_given_twice() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    let keys: std::collections::HashSet<_> = (0..1_000).map(|_| driver.idempotency_key()).collect();
    assert_eq!(keys.len(), 1_000);
    assert!(keys.iter().all(|key| key.len() == 32));
}
