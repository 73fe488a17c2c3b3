//! The cache behind `authenticate` is never stale: what was revoked is revoked for every request
//! that begins afterwards.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use guildhall_core::openapi::ErrorCode;
use guildhall_core::openapi::logins::Refresh;
use guildhall_core::{Origin, Policy};
use guildhall_storage_sqlite::Location;

use crate::house::{House, code};

/// The order of events that a cache without epochs gets wrong: read, revoke, remember.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_read_before_a_revocation_is_not_used_after_it() {
    let house = House::new().await;
    house.member("alice").await;
    let mut interleaved = 0;
    for _ in 0..10 {
        let tokens = house.sign_in("alice").await;
        let caller = house.authenticate(&tokens).await.unwrap();
        // A second device, so that nothing about the account is remembered.
        house.sign_in("alice").await;

        let logins = house.logins();
        let mut slow = pin!(logins.authenticate(&tokens.access_token, None));
        // The storage may be quicker than this look.
        let Poll::Pending = slow.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
            continue;
        };
        tokio::time::sleep(Duration::from_millis(10)).await;
        house.logins().log_out(&caller).await.unwrap();
        interleaved += i32::from(slow.await.is_ok());

        let refused = house.authenticate(&tokens).await;
        assert_eq!(code(&refused), Some(ErrorCode::NotAuthenticated));
    }
    assert!(interleaved > 0, "the storage was asked before a sign-out, and answered");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_authentication_succeeds_that_begins_after_a_revocation_returned() {
    let folder = tempfile::tempdir().unwrap();
    let file = Location::File(folder.path().join("guildhall.db"));
    for location in [Location::Memory, file] {
        revoke_among_authentications(House::at(&location, Policy::default()).await).await;
    }
}

async fn revoke_among_authentications(house: House) {
    let house = Arc::new(house);
    house.member("alice").await;
    for round in 0..50 {
        let tokens = Arc::new(house.sign_in("alice").await);
        let caller = house.authenticate(&tokens).await.unwrap();
        let revoked = Arc::new(AtomicBool::new(false));
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let (house, tokens) = (Arc::clone(&house), Arc::clone(&tokens));
                let revoked = Arc::clone(&revoked);
                tokio::spawn(async move {
                    let mut after = 0;
                    while after < 5 {
                        let was_revoked = revoked.load(Ordering::SeqCst);
                        let authenticated = house.authenticate(&tokens).await.is_ok();
                        assert!(!(was_revoked && authenticated), "round {round}");
                        after += i32::from(was_revoked);
                        tokio::task::yield_now().await;
                    }
                })
            })
            .collect();
        // Sign-ins of other devices make the cache forget, so that the tasks keep reading.
        house.sign_in("alice").await;
        match round % 3 {
            0 => house.logins().log_out(&caller).await.unwrap(),
            1 => house.logins().revoke_all(&caller).await.unwrap(),
            _ => {
                let login = caller.login().unwrap();
                house.logins().revoke(&caller, login).await.unwrap();
            }
        }
        revoked.store(true, Ordering::SeqCst);
        for task in tasks {
            task.await.unwrap();
        }
    }
}

/// A caller that goes away right after it asked for a sign-out leaves no stale entry behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_out_that_nobody_waits_for_is_not_undone_by_the_cache() {
    let house = House::new().await;
    house.member("alice").await;
    for polls in 0..20 {
        let tokens = house.sign_in("alice").await;
        let caller = house.authenticate(&tokens).await.unwrap();
        {
            let logins = house.logins();
            let mut leaving = pin!(logins.log_out(&caller));
            for _ in 0..polls {
                let looked = leaving.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                if let Poll::Ready(done) = looked {
                    done.unwrap();
                    break;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        let known: Vec<_> = house.logins().list(&caller).await.unwrap();
        let stands = known.iter().any(|login| Some(login.id) == caller.login());
        let authenticated = house.authenticate(&tokens).await.is_ok();
        assert_eq!(stands, authenticated, "after {polls} polls");
    }
}

/// What is kept under a token's text says that it was good, not for how long.
#[tokio::test]
async fn a_token_that_was_just_shown_still_expires() {
    let house = House::new().await;
    house.member("alice").await;
    let tokens = house.sign_in("alice").await;
    let lifetime = Policy::default().access_lifetime.as_secs();
    house.wait(lifetime - 1);
    house.authenticate(&tokens).await.unwrap();
    house.wait(10);
    let refused = house.authenticate(&tokens).await;
    assert_eq!(code(&refused), Some(ErrorCode::NotAuthenticated));
}

/// Of two tokens of one login each is judged by itself, and both by what became of the login.
#[tokio::test]
async fn a_renewed_token_is_known_by_its_own_text() {
    let house = House::new().await;
    house.member("alice").await;
    let first = house.sign_in("alice").await;
    let caller = house.authenticate(&first).await.unwrap();
    let refresh = Refresh { refresh_token: first.refresh_token.clone() };
    let second = house.logins().refresh(&refresh, &Origin::default()).await.unwrap();
    let again = house.authenticate(&second).await.unwrap();
    assert_eq!((caller.login(), again.login()), (again.login(), caller.login()));

    house.logins().log_out(&caller).await.unwrap();
    for tokens in [first, second] {
        let refused = house.authenticate(&tokens).await;
        assert_eq!(code(&refused), Some(ErrorCode::NotAuthenticated));
    }
}
