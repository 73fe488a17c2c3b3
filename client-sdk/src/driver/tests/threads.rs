//! What another thread does at the worst moment: while the store is read or written. The driver
//! holds no lock then, so it can be done in the test's own thread.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::time::sleep;

use super::super::{Change, Driver, Repeat, Reply as _, Sockets};
use super::host::{Device, get, request, signed_in};

const LIFETIME: u64 = 600_000;

/// Signs out, but for the answer.
fn leave(driver: &Arc<Driver<Device>>) {
    let left = driver.sign_out(request("POST", "/auth/logout", Repeat::Never));
    assert!(left.now_or_never().is_none());
}

async fn with_an_old_token() -> Arc<Driver<Device>> {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    sleep(Duration::from_millis(LIFETIME)).await;
    driver
}

#[tokio::test(start_paused = true)]
async fn who_leaves_while_the_store_is_read_is_not_brought_back_by_what_was_read() {
    let driver = with_an_old_token().await;
    let other = Arc::clone(&driver);
    driver.host.while_loading(move || leave(&other));
    assert_eq!(driver.call(get()).await.unwrap().status(), 401);
    assert_eq!((driver.login(), driver.host.stored()), (None, None));
    assert_eq!(driver.host.changes(), [Change::SignedOut]);
}

#[tokio::test(start_paused = true)]
async fn who_leaves_while_another_tabs_news_are_read_is_not_brought_back() {
    let driver = with_an_old_token().await;
    let other = Arc::clone(&driver);
    driver.host.while_loading(move || leave(&other));
    driver.store_changed();
    assert_eq!((driver.login(), driver.host.stored()), (None, None));
    assert_eq!(driver.host.changes(), [Change::SignedOut]);
}

#[tokio::test(start_paused = true)]
async fn who_leaves_while_renewed_tokens_are_written_leaves_an_empty_store() {
    let driver = with_an_old_token().await;
    let other = Arc::clone(&driver);
    driver.host.while_saving(move || leave(&other));
    assert_eq!(driver.call(get()).await.unwrap().status(), 401);
    assert_eq!((driver.login(), driver.host.stored()), (None, None));
}

#[tokio::test(start_paused = true)]
async fn renewed_tokens_are_not_given_up_for_older_ones_while_they_are_written() {
    let driver = with_an_old_token().await;
    let before = driver.login();
    let other = Arc::clone(&driver);
    driver.host.while_saving(move || other.store_changed());
    assert_eq!(driver.call(get()).await.unwrap().status(), 200);
    assert_ne!(driver.login(), before);
    assert_eq!(driver.login(), driver.host.stored());
    assert_eq!(driver.host.changes(), [Change::Renewed]);
}

#[tokio::test(start_paused = true)]
async fn who_signs_in_while_the_store_is_looked_at_stays() {
    let driver = signed_in(LIFETIME, Sockets::ByHeader).await;
    leave(&driver);
    sleep(Duration::from_secs(1)).await;
    let other = Arc::clone(&driver);
    driver.host.while_saving(move || other.store_changed());
    driver.sign_in(request("POST", "/login", Repeat::Never)).await.unwrap();
    assert!(driver.login().is_some());
    assert_eq!(driver.login(), driver.host.stored());
    assert_eq!(driver.host.changes(), [Change::SignedOut, Change::SignedIn]);
}
