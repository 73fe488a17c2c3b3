use super::*;

/// How long one wait after the other may be, and the random number that makes it as long.
const LONGEST: [u64; 9] = [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000];

fn connect(cursor: Option<&str>) -> Step {
    Step::Connect(cursor.map(str::to_owned))
}

/// A stream that is open since 1000.
fn open() -> Updates {
    let mut updates = Updates::new(None);
    updates.connected(1_000);
    assert!(!updates.frame(Kind::Ready, "c0".to_owned(), 1_000));
    updates
}

#[test]
fn it_goes_on_right_behind_the_last_frame() {
    assert_eq!(Updates::new(Some("c".to_owned())).step(0), connect(Some("c")));
    let mut updates = Updates::new(None);
    assert_eq!(updates.step(0), connect(None));
    updates.connected(0);
    assert!(!updates.frame(Kind::Ready, "c0".to_owned(), 0), "that is no news");
    assert!(updates.frame(Kind::News, "c1".to_owned(), 0));
    assert_eq!(updates.cursor(), Some("c1"));
    updates.lost(Loss::Broken, 0, 0);
    assert_eq!(updates.step(0), connect(Some("c1")));
}

#[test]
fn waits_double_up_to_half_a_minute() {
    let mut updates = Updates::new(None);
    let mut now = 0;
    for wait in LONGEST {
        updates.lost(Loss::Broken, now, wait);
        assert_eq!(updates.step(now), Step::Wait(now + wait));
        now += wait;
        assert_eq!(updates.step(now), connect(None));
    }
}

#[test]
fn waits_begin_anew_after_a_stream_that_was_open_for_a_while() {
    for (lost_at, random, wait) in [(10_999, 500, 500), (11_000, 251, 0)] {
        let mut updates = Updates::new(None);
        updates.lost(Loss::Broken, 0, 0);
        updates.connected(1_000);
        updates.frame(Kind::Ready, "c0".to_owned(), 1_000);
        updates.lost(Loss::Broken, lost_at, random);
        let waits = updates.step(lost_at) == Step::Wait(lost_at + wait);
        assert!(waits || wait == 0, "{:?}", updates.step(lost_at));
        assert_eq!(updates.step(lost_at + wait), connect(Some("c0")));
    }
}

#[test]
fn a_connection_that_says_nothing_is_none() {
    let mut updates = Updates::new(None);
    updates.lost(Loss::Broken, 0, 0);
    updates.connected(0);
    assert_eq!(updates.connection(), Connection::Connecting);
    updates.heard(20_000);
    assert_eq!(updates.connection(), Connection::Connecting, "a ping is no frame");
    updates.lost(Loss::Broken, 20_000, 500);
    assert_eq!(updates.step(20_000), Step::Wait(20_500), "and waits do not begin anew");
}

#[test]
fn it_is_told_how_it_stands() {
    let mut updates = Updates::new(None);
    assert_eq!(updates.connection(), Connection::Connecting);
    updates.lost(Loss::Broken, 0, 0);
    assert_eq!(updates.connection(), Connection::Connecting);
    updates.connected(0);
    updates.frame(Kind::Ready, "c0".to_owned(), 0);
    assert_eq!(updates.connection(), Connection::Connected);
    updates.lost(Loss::Refused, 0, 0);
    assert_eq!(updates.connection(), Connection::Reconnecting);
    updates.connected(0);
    assert_eq!(updates.connection(), Connection::Reconnecting);
    updates.frame(Kind::News, "c1".to_owned(), 0);
    assert_eq!(updates.connection(), Connection::Connected);
    updates.close();
    assert_eq!(updates.connection(), Connection::Ended(End::Closed));
}

#[test]
fn silence_is_looked_into_until_there_is_a_sign_of_life() {
    let mut updates = open();
    assert_eq!(updates.step(45_999), Step::Read(46_000));
    assert_eq!(updates.step(46_000), Step::Probe);
    updates.heard(46_000);
    assert_eq!(updates.step(46_000), Step::Read(91_000));
    updates.frame(Kind::News, "c1".to_owned(), 50_000);
    assert_eq!(updates.step(50_000), Step::Read(95_000));
}

#[test]
fn a_connection_is_looked_into_where_the_clock_went_back() {
    let mut updates = open();
    assert_eq!(updates.step(999), Step::Probe);
    updates.heard(999);
    assert_eq!(updates.step(999), Step::Read(45_999));
}

#[test]
fn after_waking_nothing_is_waited_for_and_nothing_taken_for_granted() {
    let mut updates = open();
    updates.wake();
    assert_eq!(updates.step(1_000), Step::Probe);
    updates.heard(1_000);
    assert_eq!(updates.step(1_000), Step::Read(46_000));
    for loss in [Loss::Broken, Loss::Crowded] {
        updates.lost(loss, 2_000, 250);
        assert_ne!(updates.step(2_000), connect(Some("c0")));
        updates.wake();
        assert_eq!(updates.step(2_000), connect(Some("c0")));
    }
}

#[test]
fn a_server_with_enough_streams_is_left_alone_for_half_a_minute() {
    let mut updates = open();
    updates.lost(Loss::Crowded, 2_000, 0);
    assert_eq!(updates.step(2_000), Step::Wait(32_000));
    assert_eq!(updates.step(32_000), connect(Some("c0")));
}

#[test]
fn a_clock_that_goes_back_makes_no_wait_endless() {
    let mut updates = open();
    updates.lost(Loss::Crowded, 1_000_000, 0);
    assert_eq!(updates.step(1_000_000), Step::Wait(1_030_000));
    assert_eq!(updates.step(999_999), connect(Some("c0")));
}

#[test]
fn it_ends_once() {
    let mut closed = open();
    closed.close();
    let mut signed_out = open();
    signed_out.lost(Loss::SignedOut, 1_000, 0);
    for (mut updates, end) in [(closed, End::Closed), (signed_out, End::SignedOut)] {
        assert_eq!(updates.step(1_000), Step::End(end));
        updates.wake();
        updates.connected(1_000);
        updates.lost(Loss::Broken, 1_000, 0);
        updates.lost(Loss::SignedOut, 1_000, 0);
        updates.close();
        assert_eq!(updates.step(1_000_000), Step::End(end));
        assert_eq!(updates.connection(), Connection::Ended(end));
    }
}
