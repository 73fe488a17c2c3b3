//! When the stream connects, what is said of it meanwhile, and when it ends.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::super::{Change, Connection, Driver, End, Pump, Repeat, Sockets};
use super::host::{Device, get, request, signed_in};
use super::web::Trouble;

const LIFETIME: u64 = 600_000;

struct Watched {
    driver: Arc<Driver<Device>>,
    pump: Pump<Device>,
    seen: Arc<Mutex<Vec<Connection>>>,
}

impl Watched {
    async fn stream(sockets: Sockets) -> Self {
        let driver = signed_in(LIFETIME, sockets).await;
        let seen = Arc::<Mutex<Vec<_>>>::default();
        let see = Arc::clone(&seen);
        let observer = Box::new(move |connection| see.lock().unwrap().push(connection));
        let pump = Pump::new(Arc::clone(&driver), None, observer);
        Self { driver, pump, seen }
    }

    /// Follows the stream for so many seconds, in which nothing is to be told.
    async fn nothing_for(&mut self, seconds: u64) {
        let nothing = timeout(Duration::from_secs(seconds), self.pump.next()).await;
        assert!(nothing.is_err(), "{nothing:?}");
    }

    /// Follows the stream to its end, which is to come within so many seconds.
    async fn end_within(&mut self, seconds: u64) {
        let end = timeout(Duration::from_secs(seconds), self.pump.next()).await;
        assert_eq!(end, Ok(None));
    }

    fn seen(&self) -> Vec<Connection> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

use Connection::{Connected, Ended, Reconnecting};

#[tokio::test(start_paused = true)]
async fn observers_hear_of_every_change_and_only_of_changes() {
    for sockets in [Sockets::ByHeader, Sockets::ByTicket, Sockets::None] {
        let mut stream = Watched::stream(sockets).await;
        assert_eq!(stream.seen(), [], "it connects when it is asked for a frame");
        stream.nothing_for(300).await;
        assert_eq!(stream.seen(), [Connected]);
        stream.driver.host.web.trouble("/ws", Trouble::RequestLost);
        for _ in 0..3 {
            stream.driver.host.web.trouble("/sync", Trouble::RequestLost);
        }
        stream.driver.host.web.cut();
        stream.nothing_for(40).await;
        assert_eq!(stream.seen(), [Reconnecting, Connected], "{sockets:?}");
        let seen = Arc::clone(&stream.seen);
        drop(stream);
        assert_eq!(*seen.lock().unwrap(), [Ended(End::Closed)]);
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_is_told_of_a_connection_before_the_server_said_a_word() {
    let troubles = [
        (Sockets::ByHeader, "/ws", Trouble::Closed(1013, "too_slow")),
        (Sockets::ByTicket, "/ws", Trouble::Closed(1001, "stopping")),
        (Sockets::None, "/sync", Trouble::RequestLost),
    ];
    for (sockets, path, trouble) in troubles {
        let mut stream = Watched::stream(sockets).await;
        stream.driver.host.web.known().logins.lifetime = 10_000_000;
        stream.driver.renew().await.unwrap();
        for _ in 0..45 {
            stream.driver.host.web.trouble(path, trouble);
        }
        stream.nothing_for(60).await;
        assert_eq!(stream.seen(), [], "{sockets:?}");
        stream.nothing_for(1_200).await;
        assert_eq!(stream.seen(), [Connected], "{sockets:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_has_enough_streams_is_left_alone_for_half_a_minute() {
    let mut stream = Watched::stream(Sockets::ByHeader).await;
    for _ in 0..20 {
        stream.driver.host.web.trouble("/ws", Trouble::Closed(1013, "too_many"));
    }
    stream.nothing_for(100).await;
    assert_eq!(stream.driver.host.web.sent("GET /ws"), 4);
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_was_too_slow_comes_back_at_once() {
    let mut stream = Watched::stream(Sockets::ByHeader).await;
    stream.driver.host.web.trouble("/ws", Trouble::Closed(1013, "too_slow"));
    stream.nothing_for(1).await;
    assert_eq!(stream.driver.host.web.sent("GET /ws"), 2);
}

#[tokio::test(start_paused = true)]
async fn tries_get_rarer_and_never_stop() {
    let mut stream = Watched::stream(Sockets::ByHeader).await;
    for _ in 0..1_000 {
        stream.driver.host.web.trouble("/ws", Trouble::RequestLost);
    }
    stream.nothing_for(60).await;
    let first = stream.driver.host.web.sent("GET /ws");
    stream.nothing_for(3_600).await;
    let later = stream.driver.host.web.sent("GET /ws") - first;
    assert!((5..30).contains(&first), "{first} in the first minute");
    assert!((3_600 / 31..3_600 / 10).contains(&later), "{later} in an hour");
}

#[tokio::test(start_paused = true)]
async fn waking_ends_a_wait() {
    let mut stream = Watched::stream(Sockets::ByHeader).await;
    stream.driver.host.web.trouble("/ws", Trouble::Closed(1013, "too_many"));
    stream.nothing_for(5).await;
    stream.pump.signal().wake();
    stream.nothing_for(1).await;
    assert_eq!(stream.seen(), [Connected]);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_never_comes_about_is_given_up() {
    for sockets in [Sockets::ByHeader, Sockets::ByTicket] {
        let mut stream = Watched::stream(sockets).await;
        stream.driver.host.web.trouble("/ws", Trouble::Silence);
        stream.nothing_for(30).await;
        assert_eq!(stream.seen(), [Connected], "{sockets:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn waking_gives_up_a_connection_that_does_not_come_about() {
    let mut stream = Watched::stream(Sockets::ByHeader).await;
    stream.driver.host.web.trouble("/ws", Trouble::Silence);
    stream.nothing_for(5).await;
    stream.pump.signal().wake();
    stream.nothing_for(1).await;
    assert_eq!(stream.seen(), [Connected]);
}

#[tokio::test(start_paused = true)]
async fn closing_is_heard_at_any_time() {
    for sockets in [Sockets::ByHeader, Sockets::ByTicket, Sockets::None] {
        for trouble in [None, Some(Trouble::Silence), Some(Trouble::Closed(1013, "too_many"))] {
            let mut stream = Watched::stream(sockets).await;
            for path in ["/ws", "/ws/ticket", "/sync"] {
                if let Some(trouble) = trouble {
                    stream.driver.host.web.trouble(path, trouble);
                }
            }
            let signal = stream.pump.signal();
            let closing = async {
                sleep(Duration::from_secs(1)).await;
                signal.close();
            };
            let ((), ()) = tokio::join!(stream.end_within(2), closing);
            assert_eq!(stream.seen().last(), Some(&Ended(End::Closed)));
            stream.end_within(0).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_socket_that_outlives_its_token_is_opened_anew_with_a_new_one() {
    for sockets in [Sockets::ByHeader, Sockets::ByTicket] {
        let mut stream = Watched::stream(sockets).await;
        stream.nothing_for(LIFETIME / 1_000 * 3).await;
        assert_eq!(stream.driver.host.changes(), [Change::Renewed; 3], "{sockets:?}");
        assert_eq!(stream.driver.host.web.known().sockets, 4);
    }
}

#[tokio::test(start_paused = true)]
async fn tokens_that_a_call_renewed_are_not_renewed_again_for_the_socket() {
    let mut stream = Watched::stream(Sockets::ByHeader).await;
    stream.nothing_for(LIFETIME / 1_000 - 20).await;
    let driver = Arc::clone(&stream.driver);
    driver.call(get()).await.unwrap();
    assert_eq!(driver.host.changes(), [Change::Renewed]);
    stream.nothing_for(60).await;
    assert_eq!(driver.host.web.known().sockets, 2, "the old token's socket was closed");
    assert_eq!(driver.host.changes(), []);
}

#[tokio::test(start_paused = true)]
async fn the_stream_ends_with_the_login() {
    for sockets in [Sockets::ByHeader, Sockets::ByTicket, Sockets::None] {
        let mut stream = Watched::stream(sockets).await;
        stream.nothing_for(5).await;
        stream.driver.host.web.revoke();
        stream.end_within(30).await;
        assert_eq!(stream.seen().last(), Some(&Ended(End::SignedOut)), "{sockets:?}");
        assert_eq!(stream.driver.host.changes(), [Change::Expired]);
    }
}

#[tokio::test(start_paused = true)]
async fn after_signing_out_nothing_is_told_though_the_server_does_not_know() {
    for sockets in [Sockets::ByHeader, Sockets::ByTicket, Sockets::None] {
        let mut stream = Watched::stream(sockets).await;
        stream.nothing_for(5).await;
        for _ in 0..3 {
            stream.driver.host.web.trouble("/auth/logout", Trouble::RequestLost);
        }
        let logout = request("POST", "/auth/logout", Repeat::Never);
        stream.driver.sign_out(logout).await.unwrap_err();
        stream.driver.host.web.tell(1);
        stream.end_within(0).await;
        assert_eq!(stream.seen().last(), Some(&Ended(End::SignedOut)), "{sockets:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn once_someone_else_is_signed_in_the_stream_is_theirs() {
    for sockets in [Sockets::ByHeader, Sockets::ByTicket] {
        let mut stream = Watched::stream(sockets).await;
        stream.nothing_for(5).await;
        let driver = Arc::clone(&stream.driver);
        driver.sign_in(request("POST", "/login", Repeat::Never)).await.unwrap();
        stream.nothing_for(1).await;
        assert_eq!(stream.seen(), [Connected, Reconnecting, Connected], "{sockets:?}");
        // Who was there before is nothing to it any more.
        driver.host.web.revoke();
        stream.nothing_for(1).await;
        assert_eq!(driver.host.web.known().sockets, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_of_nobody_ends_at_once() {
    let mut stream = Watched::stream(Sockets::ByHeader).await;
    stream.driver.sign_out(request("POST", "/auth/logout", Repeat::Never)).await.unwrap();
    stream.end_within(0).await;
    assert_eq!(stream.seen(), [Ended(End::SignedOut)]);
}
