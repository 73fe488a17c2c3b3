//! Signing in and out, the store, and those who watch.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::super::{Change, Driver, Repeat, Reply as _, SavedLogin, Sockets};
use super::host::{Device, get, request, signed_in};
use super::web::{Lost, Trouble};

const LIFETIME: u64 = 600_000;

async fn pass(millis: u64) {
    sleep(Duration::from_millis(millis)).await;
}

/// Signs out: with which status the server answers, if it had to.
async fn leave(driver: &Arc<Driver<Device>>) -> Result<Option<u16>, Lost> {
    let logout = request("POST", "/auth/logout", Repeat::Never);
    Ok(driver.sign_out(logout).await?.map(|reply| reply.status()))
}

/// Someone else's login, as another tab might store it.
fn other(driver: &Driver<Device>) -> SavedLogin {
    let now = driver.host.web.now();
    let pair = driver.host.web.known().logins.sign_in(now);
    SavedLogin {
        access_token: pair.access,
        refresh_token: pair.refresh,
        signed_in_at: 77,
        ..driver.login().unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn leaving_with_a_renewal_under_way_brings_nobody_back() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    pass(LIFETIME).await;
    let (reply, left) = tokio::join!(driver.call(get()), async {
        pass(30).await;
        leave(&driver).await
    });
    assert_eq!((reply.unwrap().status(), left), (401, Ok(Some(200))));
    pass(60_000).await;
    assert_eq!((driver.login(), driver.host.stored()), (None, None));
    assert_eq!(driver.host.changes(), [Change::SignedOut]);
    assert!(driver.host.web.known().logins.is_ended(0));
}

#[tokio::test(start_paused = true)]
async fn leaving_with_an_old_token_ends_the_login_at_the_server_too() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    pass(LIFETIME).await;
    assert_eq!(leave(&driver).await, Ok(Some(200)));
    let sent = driver.host.web.known().sent.clone();
    assert_eq!(sent[1..], ["POST /auth/logout", "POST /auth/refresh", "POST /auth/logout"]);
    assert!(driver.host.web.known().logins.is_ended(0));
    assert_eq!(driver.host.changes(), [Change::SignedOut]);
    assert_eq!((driver.login(), driver.host.stored()), (None, None));
}

#[tokio::test(start_paused = true)]
async fn the_server_is_told_though_nobody_waits_for_it() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    assert!(timeout(Duration::from_millis(5), leave(&driver)).await.is_err());
    assert_eq!((driver.login(), driver.host.stored()), (None, None), "here at once");
    pass(1_000).await;
    assert!(driver.host.web.known().logins.is_ended(0));
}

#[tokio::test(start_paused = true)]
async fn one_can_leave_without_a_network_and_hears_that_the_server_does_not_know() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    for _ in 0..3 {
        driver.host.web.trouble("/auth/logout", Trouble::RequestLost);
    }
    assert_eq!(leave(&driver).await, Err(Lost));
    assert_eq!((driver.login(), driver.host.stored()), (None, None));
    assert_eq!(leave(&driver).await, Ok(None), "nobody is left");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_cannot_end_a_login_is_heard() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    for _ in 0..3 {
        driver.host.web.trouble("/auth/logout", Trouble::Status(503, None));
    }
    assert_eq!(leave(&driver).await, Ok(Some(503)));
    assert_eq!((driver.login(), driver.host.stored()), (None, None), "here it has ended");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_takes_nothing_signs_nobody_out() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    driver.host.is_full.store(true, Ordering::Relaxed);
    let before = driver.host.stored();
    for round in 1..=3 {
        pass(LIFETIME).await;
        assert_eq!(driver.call(get()).await.unwrap().status(), 200);
        driver.store_changed();
        assert_eq!(driver.call(get()).await.unwrap().status(), 200);
        assert_eq!(driver.host.web.sent("POST /auth/refresh"), round);
    }
    assert_eq!(driver.host.stored(), before);
    assert_eq!(driver.host.changes(), [Change::Renewed; 3]);
    driver.host.is_full.store(false, Ordering::Relaxed);
    pass(LIFETIME).await;
    assert_eq!(driver.call(get()).await.unwrap().status(), 200);
    assert_eq!(driver.host.stored(), driver.login(), "written again once that is possible");
    let someone = other(&driver);
    driver.host.put(Some(someone.clone()));
    driver.store_changed();
    assert_eq!(driver.login(), Some(someone), "and read");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_cannot_be_emptied_brings_nobody_back_either() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    driver.host.is_full.store(true, Ordering::Relaxed);
    assert_eq!(leave(&driver).await, Err(Lost), "it is said, though");
    driver.store_changed();
    assert_eq!(driver.call(get()).await.unwrap().status(), 401);
    assert_eq!(driver.login(), None);
    assert!(driver.host.web.known().logins.is_ended(0));
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_cannot_be_kept_holds_and_is_said() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    assert_eq!(leave(&driver).await, Ok(Some(200)));
    driver.host.is_full.store(true, Ordering::Relaxed);
    assert!(driver.sign_in(request("POST", "/login", Repeat::Never)).await.is_err());
    driver.store_changed();
    assert_eq!(driver.call(get()).await.unwrap().status(), 200);
    assert_eq!(driver.host.changes(), [Change::SignedOut, Change::SignedIn]);
}

#[tokio::test(start_paused = true)]
async fn what_another_tab_does_is_heard_of_and_what_this_one_did_is_not_heard_twice() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    driver.store_changed();
    assert_eq!(driver.host.changes(), []);
    let someone = other(&driver);
    driver.host.put(Some(someone.clone()));
    driver.store_changed();
    assert_eq!(driver.login(), Some(someone));
    driver.host.put(None);
    driver.store_changed();
    assert_eq!(driver.login(), None);
    assert_eq!(driver.host.changes(), [Change::SignedIn, Change::SignedOut]);
}

/// Whoever watches may ask, call and look again, from within what they are told.
#[tokio::test(start_paused = true)]
async fn observers_may_call_back() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    let back = Arc::downgrade(&driver);
    driver.host.on_change(move |change| {
        let driver = back.upgrade().unwrap();
        assert_eq!(driver.login().is_some(), matches!(change, Change::SignedIn | Change::Renewed));
        driver.store_changed();
        assert!(!format!("{driver:?}").is_empty());
        tokio::spawn(async move { driver.call(get()).await });
    });
    pass(LIFETIME).await;
    assert_eq!(driver.call(get()).await.unwrap().status(), 200);
    driver.host.web.revoke();
    assert_eq!(driver.call(get()).await.unwrap().status(), 401);
    driver.sign_in(request("POST", "/login", Repeat::Never)).await.unwrap();
    leave(&driver).await.unwrap();
    pass(1_000).await;
    let heard = [Change::Renewed, Change::Expired, Change::SignedIn, Change::SignedOut];
    assert_eq!(driver.host.changes(), heard);
    assert_eq!(driver.host.web.sent("GET /groups"), 2 + heard.len());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_refused_is_not_made_again_as_someone_else() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    driver.host.web.revoke();
    let post = request("POST", "/messages", Repeat::Never);
    let (reply, ()) = tokio::join!(driver.call(post), async {
        pass(30).await;
        driver.host.put(Some(other(&driver)));
        driver.store_changed();
    });
    assert_eq!(reply.unwrap().status(), 401);
    assert_eq!(driver.host.web.sent("POST /messages"), 1);
    assert_eq!(driver.call(get()).await.unwrap().status(), 200, "who is there now is not touched");
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_the_renewal_of_someone_who_left() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    let mut someone = other(&driver);
    pass(LIFETIME).await;
    someone.obtained_at += LIFETIME;
    driver.host.web.trouble("/auth/refresh", Trouble::Silence);
    let waiting = tokio::spawn({
        let driver = Arc::clone(&driver);
        async move { driver.call(get()).await }
    });
    pass(30).await;
    driver.host.put(Some(someone));
    driver.store_changed();
    let reply = timeout(Duration::from_secs(1), driver.call(get())).await;
    assert_eq!(reply.expect("at once").unwrap().status(), 200);
    let before = timeout(Duration::from_secs(60), waiting).await.unwrap().unwrap().unwrap();
    assert_eq!(before.status(), 401, "and what they began is not done as someone else");
    assert_eq!(driver.host.changes(), [Change::SignedIn, Change::Renewed]);
}
