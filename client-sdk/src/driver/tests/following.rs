//! The stream through bad connections: every frame, once, in order.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::super::{Driver, Host as _, Pump, Sockets};
use super::host::{Device, signed_in};
use super::web::{Trouble, Web};

const LIFETIME: u64 = 600_000;

async fn stream(sockets: Sockets) -> (Arc<Driver<Device>>, Pump<Device>) {
    let driver = signed_in(LIFETIME, sockets).await;
    let pump = Pump::new(Arc::clone(&driver), Some("0".to_owned()), Box::new(|_| {}));
    (driver, pump)
}

async fn pass(millis: u64) {
    sleep(Duration::from_millis(millis)).await;
}

/// How many connections there were, or polls.
fn connections(web: &Web) -> u64 {
    let known = web.known();
    let polls = known.done.iter().filter(|done| *done == "/sync").count();
    known.sockets + u64::try_from(polls).unwrap()
}

const FRAMES: u64 = 10_000;
const CUTS: u64 = 200;

/// Tells frames, a few at a time, and cuts each connection after a while.
async fn tell(driver: Arc<Driver<Device>>) {
    let web = &driver.host.web;
    for _ in 0..CUTS {
        let before = connections(web);
        for _ in 0..FRAMES / CUTS / 5 {
            web.tell(5);
            pass(driver.host.random() % 100).await;
        }
        while connections(web) == before {
            pass(100).await;
        }
        pass(driver.host.random() % 200).await;
        web.cut();
    }
}

async fn every_frame_comes_once(sockets: Sockets, longest: Option<u64>) {
    let (driver, mut pump) = stream(sockets).await;
    let teller = tokio::spawn(tell(Arc::clone(&driver)));
    let mut next = 0;
    while next < FRAMES {
        let frame = match longest {
            Some(millis) => {
                let wait = Duration::from_millis(driver.host.random() % millis);
                timeout(wait, pump.next()).await.ok()
            }
            None => Some(timeout(Duration::from_secs(600), pump.next()).await.unwrap()),
        };
        if let Some(frame) = frame {
            assert_eq!(frame, Some(next));
            next += 1;
        }
    }
    teller.await.unwrap();
    assert!(timeout(Duration::from_secs(60), pump.next()).await.is_err(), "there are no more");
    assert_eq!(pump.cursor(), Some("10000"));
    assert!(connections(&driver.host.web) > CUTS);
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_frames_come_once_through_two_hundred_lost_sockets() {
    every_frame_comes_once(Sockets::ByHeader, None).await;
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_frames_come_once_through_two_hundred_sockets_opened_by_ticket() {
    every_frame_comes_once(Sockets::ByTicket, None).await;
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_frames_come_once_through_two_hundred_lost_polls() {
    every_frame_comes_once(Sockets::None, None).await;
}

#[tokio::test(start_paused = true)]
async fn nothing_is_lost_where_waiting_is_given_up_again_and_again() {
    for sockets in [Sockets::ByHeader, Sockets::ByTicket, Sockets::None] {
        every_frame_comes_once(sockets, Some(300)).await;
    }
}

/// Each wait is shorter than a connection takes to come about, or an answer to arrive.
#[tokio::test(start_paused = true)]
async fn whoever_waits_for_a_moment_at_a_time_gets_everything_too() {
    for sockets in [Sockets::ByHeader, Sockets::ByTicket, Sockets::None] {
        let (driver, mut pump) = stream(sockets).await;
        let mut heard = Vec::new();
        for moment in 0..600 {
            if moment % 100 == 0 {
                driver.host.web.tell(1);
            }
            heard.extend(timeout(Duration::from_millis(5), pump.next()).await.ok().flatten());
        }
        assert_eq!(heard, [0, 1, 2, 3, 4, 5], "{sockets:?}");
    }
}

async fn next(pump: &mut Pump<Device>, within: u64) -> Option<u64> {
    timeout(Duration::from_secs(within), pump.next()).await.expect("something by now")
}

#[tokio::test(start_paused = true)]
async fn a_socket_that_stays_open_and_says_no_more_is_found_out() {
    for sockets in [Sockets::ByHeader, Sockets::ByTicket] {
        let (driver, mut pump) = stream(sockets).await;
        driver.host.web.tell(1);
        assert_eq!(next(&mut pump, 1).await, Some(0));
        driver.host.web.haunt();
        driver.host.web.tell(2);
        assert_eq!(next(&mut pump, 60).await, Some(1));
        assert_eq!(next(&mut pump, 1).await, Some(2));
    }
}

#[tokio::test(start_paused = true)]
async fn a_quiet_socket_is_asked_about_and_kept() {
    let (driver, mut pump) = stream(Sockets::ByHeader).await;
    assert!(timeout(Duration::from_secs(500), pump.next()).await.is_err());
    assert_eq!(driver.host.web.known().sockets, 1);
    assert!((9..=11).contains(&driver.host.web.sent("GET /sync")));
}

#[tokio::test(start_paused = true)]
async fn after_waking_a_dead_socket_is_found_out_at_once() {
    let (driver, mut pump) = stream(Sockets::ByHeader).await;
    driver.host.web.tell(1);
    assert_eq!(next(&mut pump, 1).await, Some(0));
    driver.host.web.haunt();
    driver.host.web.tell(1);
    let signal = pump.signal();
    let (frame, ()) = tokio::join!(next(&mut pump, 2), async {
        pass(100).await;
        signal.wake();
    });
    assert_eq!(frame, Some(1));
}

/// After sleep, what is sent over connections of before is never answered.
#[tokio::test(start_paused = true)]
async fn a_question_about_a_socket_that_is_not_answered_is_an_answer() {
    let (driver, mut pump) = stream(Sockets::ByHeader).await;
    driver.host.web.tell(1);
    assert_eq!(next(&mut pump, 1).await, Some(0));
    assert!(timeout(Duration::from_secs(21), pump.next()).await.is_err());
    driver.host.web.haunt();
    driver.host.web.tell(1);
    driver.host.web.trouble("/sync", Trouble::Silence);
    pump.signal().wake();
    assert_eq!(next(&mut pump, 22).await, Some(1));
}

#[tokio::test(start_paused = true)]
async fn a_question_about_a_socket_that_cannot_be_asked_is_an_answer() {
    let (driver, mut pump) = stream(Sockets::ByHeader).await;
    driver.host.web.tell(1);
    assert_eq!(next(&mut pump, 1).await, Some(0));
    driver.host.web.haunt();
    driver.host.web.tell(1);
    for _ in 0..3 {
        driver.host.web.trouble("/sync", Trouble::RequestLost);
    }
    pump.signal().wake();
    assert_eq!(next(&mut pump, 10).await, Some(1));
}

#[tokio::test(start_paused = true)]
async fn what_a_socket_says_counts_more_than_a_question_that_is_not_answered() {
    let (driver, mut pump) = stream(Sockets::ByHeader).await;
    driver.host.web.tell(1);
    assert_eq!(next(&mut pump, 1).await, Some(0));
    driver.host.web.trouble("/sync", Trouble::Silence);
    pump.signal().wake();
    assert!(timeout(Duration::from_secs(1), pump.next()).await.is_err(), "it asks");
    driver.host.web.tell(1);
    assert_eq!(next(&mut pump, 1).await, Some(1));
    assert!(timeout(Duration::from_secs(30), pump.next()).await.is_err());
    assert_eq!(driver.host.web.known().sockets, 1);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_jumps_loses_nothing() {
    let (driver, mut pump) = stream(Sockets::ByHeader).await;
    for round in 0..40_u64 {
        let by = i64::try_from(driver.host.random() % 600_000).unwrap() - 300_000;
        driver.host.put_clock(by);
        if round % 3 == 0 {
            driver.host.web.cut();
        }
        driver.host.web.tell(1);
        assert_eq!(next(&mut pump, 70).await, Some(round));
    }
}
