//! One renewal for all who wait, and what becomes of them where it fails.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{sleep, timeout};

use super::super::{Change, Repeat, Reply as _, Sockets};
use super::host::{get, request, signed_in};
use super::web::Trouble;

/// How long access tokens live here, in milliseconds.
const LIFETIME: u64 = 600_000;

async fn pass(millis: u64) {
    sleep(Duration::from_millis(millis)).await;
}

#[tokio::test(start_paused = true)]
async fn five_calls_at_once_with_an_old_token_renew_once() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    pass(LIFETIME).await;
    let replies = join_all((0..5).map(|_| driver.call(get()))).await;
    assert!(replies.iter().all(|reply| reply.as_ref().unwrap().status() == 200));
    assert_eq!(driver.host.web.sent("POST /auth/refresh"), 1);
    assert_eq!(driver.host.web.sent("GET /groups"), 5, "none went out with the old one");
    assert_eq!(driver.host.changes(), [Change::Renewed]);
    assert_eq!(driver.host.stored(), driver.login());
}

#[tokio::test(start_paused = true)]
async fn five_calls_that_are_refused_at_once_renew_once() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    pass(LIFETIME).await;
    driver.host.put_clock(-300_000);
    let replies = join_all((0..5).map(|_| driver.call(get()))).await;
    assert!(replies.iter().all(|reply| reply.as_ref().unwrap().status() == 200));
    assert_eq!(driver.host.web.sent("POST /auth/refresh"), 1);
    assert_eq!(driver.host.web.sent("GET /groups"), 10, "each once more");
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_leaves_takes_no_answer_along() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    pass(LIFETIME).await;
    let first = timeout(Duration::from_millis(30), driver.call(get()));
    let (first, second) = tokio::join!(first, async {
        pass(10).await;
        driver.call(get()).await
    });
    assert!(first.is_err(), "it was dropped with the renewal under way");
    assert_eq!(second.unwrap().status(), 200);
    assert_eq!(driver.host.web.sent("POST /auth/refresh"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_nobody_waits_for_is_kept_all_the_same() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    pass(LIFETIME).await;
    assert!(timeout(Duration::from_millis(30), driver.call(get())).await.is_err());
    pass(1_000).await;
    assert_eq!(driver.host.changes(), [Change::Renewed]);
    assert_eq!(driver.call(get()).await.unwrap().status(), 200);
    assert_eq!(driver.host.web.sent("POST /auth/refresh"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_asked_for_again_within_the_grace() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    pass(LIFETIME).await;
    driver.host.web.trouble("/auth/refresh", Trouble::AnswerLost);
    assert_eq!(driver.call(get()).await.unwrap().status(), 200);
    assert_eq!(driver.host.web.done("/auth/refresh"), 2);
    assert_eq!(driver.host.changes(), [Change::Renewed]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_never_comes_is_asked_for_again_within_the_grace() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    pass(LIFETIME).await;
    driver.host.web.trouble("/auth/refresh", Trouble::Silence);
    driver.host.web.trouble("/auth/refresh", Trouble::Silence);
    let reply = timeout(Duration::from_secs(29), driver.call(get())).await;
    assert_eq!(reply.expect("in time").unwrap().status(), 200);
    assert!(driver.host.web.known().logins.stolen().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_failed_early_renewal_is_nobodys_affair_while_the_token_lives() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    pass(LIFETIME - 20_000).await;
    driver.host.web.trouble("/auth/refresh", Trouble::Status(500, None));
    assert_eq!(driver.call(get()).await.unwrap().status(), 200);
    assert_eq!(driver.call(get()).await.unwrap().status(), 200);
    assert_eq!(driver.host.web.sent("POST /auth/refresh"), 1, "it rests");
    pass(5_000).await;
    assert_eq!(driver.call(get()).await.unwrap().status(), 200);
    assert_eq!(driver.host.changes(), [Change::Renewed]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_renewal_is_the_callers_affair_once_the_token_is_dead() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    pass(LIFETIME).await;
    driver.host.web.trouble("/auth/refresh", Trouble::Status(500, None));
    let replies = join_all((0..3).map(|_| driver.call(get()))).await;
    assert!(replies.iter().all(|reply| reply.as_ref().unwrap().status() == 500));
    assert_eq!(driver.host.web.sent("GET /groups"), 0);
    assert!(driver.login().is_some(), "no trouble of the server's signs anyone out");
    assert_eq!(driver.host.changes(), []);
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_a_renewal_is_never_taken_for_the_success_of_a_call() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    pass(LIFETIME).await;
    for _ in 0..20 {
        driver.host.web.trouble("/auth/refresh", Trouble::Status(204, None));
    }
    let reply = driver.call(request("DELETE", "/groups/1", Repeat::Never)).await.unwrap();
    assert_eq!(driver.host.web.done("/groups/1"), driver.host.web.sent("DELETE /groups/1"));
    assert_eq!(reply.status(), 401, "nothing was deleted");
}

#[tokio::test(start_paused = true)]
async fn a_refused_call_is_renewed_for_and_made_once_more() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    pass(LIFETIME).await;
    driver.host.put_clock(-300_000);
    let post = request("POST", "/messages", Repeat::Never);
    assert_eq!(driver.call(post).await.unwrap().status(), 200);
    let sent = driver.host.web.known().sent.clone();
    assert_eq!(sent[1..], ["POST /messages", "POST /auth/refresh", "POST /messages"]);
}

#[tokio::test(start_paused = true)]
async fn what_another_tab_renewed_is_tried_before_renewing_again() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    // The other tab's pair is old by now too, and the clock, set back, hides that of both.
    pass(1_000).await;
    let mut other = driver.login().unwrap();
    let pair = driver.host.web.known().logins.refresh(&other.refresh_token, 1_000).unwrap();
    (other.access_token, other.refresh_token) = (pair.access, pair.refresh);
    driver.host.put(Some(other));
    pass(LIFETIME).await;
    driver.host.put_clock(-300_000);
    assert_eq!(driver.call(get()).await.unwrap().status(), 200);
    assert_eq!(driver.host.web.sent("GET /groups"), 3, "with its own, the other's and a new one");
    assert_eq!(driver.host.web.sent("POST /auth/refresh"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_refuses_whatever_it_gave_is_not_asked_for_ever() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    driver.host.web.known().logins.lifetime = 0;
    pass(LIFETIME).await;
    assert_eq!(driver.call(get()).await.unwrap().status(), 401);
    assert!(driver.host.web.sent("POST /auth/refresh") <= 4);
    assert!(driver.host.web.sent("GET /groups") <= 3);
}

#[tokio::test(start_paused = true)]
async fn another_401_is_an_answer() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    driver.host.web.trouble("/groups", Trouble::Status(401, None));
    assert_eq!(driver.call(get()).await.unwrap().status(), 401);
    assert_eq!(driver.host.web.known().sent.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_revoked_login_is_told_once_and_every_waiting_caller_hears_no() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    driver.host.web.revoke();
    let replies = join_all((0..5).map(|_| driver.call(get()))).await;
    assert!(replies.iter().all(|reply| reply.as_ref().unwrap().status() == 401));
    assert_eq!(driver.host.changes(), [Change::Expired]);
    assert_eq!((driver.login(), driver.host.stored()), (None, None));
    assert_eq!(driver.host.web.sent("POST /auth/refresh"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refused_call_fails_as_the_renewal_does() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    pass(LIFETIME).await;
    driver.host.put_clock(-300_000);
    driver.host.web.trouble("/auth/refresh", Trouble::Status(500, None));
    let reply = driver.call(get()).await.unwrap();
    assert_eq!(reply.status(), 500, "401 would say that nobody is signed in");
    assert!(driver.login().is_some());
}
