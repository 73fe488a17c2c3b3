//! The stream through whatever may happen to its connections: every frame, once, in order.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;

/// What the device's clock says at first.
const EPOCH: u64 = 1_000_000_000;
/// How many decisions may follow each other without a frame and without time that passes. A wait is
/// a random part of its longest, and so may be none; but not often.
const MOST_AT_ONCE: u32 = 8;

#[derive(Clone, Debug)]
enum Event {
    /// So many frames are written.
    Write(u64),
    /// Time passes; the driver does what it is told.
    Pass(u64),
    /// The device sleeps: time passes, and nothing is done.
    Sleep(u64),
    Wake,
    /// The connection is closed or breaks. What was on its way is gone, as the driver drops it.
    Lose(Loss),
    /// The connection stays open and says no more.
    Haunt,
    FallOrRise,
    /// The device's clock is put forward or back.
    Jump(i64),
}

/// Out of two numbers: which event it is, one as often as it stands there, and with what.
fn event((which, of): (usize, u32)) -> Event {
    let between = |least: i64, most: i64| least + i64::from(of) % (most - least);
    let millis = |most| between(0, most).unsigned_abs();
    match which {
        0..6 => Event::Write(between(1, 9).unsigned_abs()),
        6..12 => Event::Pass(millis(2_000)),
        12..15 => Event::Pass(millis(100_000)),
        15..16 => Event::Sleep(millis(4_000_000)),
        16..18 => Event::Wake,
        18..20 => Event::Lose(Loss::Broken),
        20..21 => Event::Lose(Loss::Refused),
        21..22 => Event::Lose(Loss::Crowded),
        22..24 => Event::Haunt,
        24..25 => Event::FallOrRise,
        25..27 => Event::Jump(between(-4_000_000, 4_000_000)),
        _ => Event::Jump(between(-40_000, 40_000)),
    }
}

/// Drawn as numbers, which is many times quicker than a strategy for each kind.
fn events() -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec((0..29_usize, any::<u32>()), 1..120)
        .prop_map(|drawn| drawn.into_iter().map(event).collect())
}

struct Line {
    place: u64,
    is_ready: bool,
    is_ghost: bool,
    loss: Option<Loss>,
}

struct World {
    updates: Updates,
    /// The server's log has the frames from 0 to here.
    written: u64,
    is_up: bool,
    line: Option<Line>,
    /// The next frame that is to come; nothing as long as it was not said where the stream begins.
    next: Option<u64>,
    now: u64,
    skew: i64,
    /// Since when there is no connection, and how often the clock jumped meanwhile.
    alone: (u64, u64),
    at_once: u32,
    random: u64,
}

impl World {
    fn new(cursor: Option<u64>, random: u64) -> Self {
        Self {
            updates: Updates::new(cursor.map(|cursor| cursor.to_string())),
            written: 0,
            is_up: true,
            line: None,
            next: cursor,
            now: 0,
            skew: 0,
            alone: (0, 0),
            at_once: 0,
            random,
        }
    }

    fn clock(&self) -> u64 {
        (EPOCH + self.now).saturating_add_signed(self.skew)
    }

    fn random(&mut self) -> u64 {
        // Xorshift.
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }

    fn happen(&mut self, event: &Event) {
        match *event {
            Event::Write(frames) => self.written += frames,
            Event::Pass(millis) => self.follow(self.now + millis),
            Event::Sleep(millis) => {
                self.now += millis;
                self.at_once = 0;
                self.alone = (self.now, 0);
            }
            Event::Wake => {
                self.updates.wake();
                self.at_once = 0;
            }
            Event::Lose(loss) => self.line.iter_mut().for_each(|line| line.loss = Some(loss)),
            Event::Haunt => self.line.iter_mut().for_each(|line| line.is_ghost = true),
            Event::FallOrRise => self.is_up = !self.is_up,
            Event::Jump(by) => {
                self.skew += by;
                self.at_once = 0;
                self.alone.1 += 1;
            }
        }
    }

    /// Does what the engine decides, as the driver does, up to a time.
    fn follow(&mut self, end: u64) {
        loop {
            self.at_once += 1;
            assert!(self.at_once <= MOST_AT_ONCE, "it spins: {:?}", self.updates);
            let (now, clock) = (self.now, self.clock());
            match self.updates.step(clock) {
                Step::Connect(cursor) => self.connect(cursor.as_deref()),
                Step::Probe => self.probe(),
                Step::Wait(until) => {
                    assert!(clock < until && until - clock <= WAITS.1, "{until} at {clock}");
                    self.idle(end.min(now + until - clock));
                }
                Step::Read(until) => {
                    assert!(clock < until && until - clock <= SILENCE, "{until} at {clock}");
                    if !self.read() {
                        self.idle(end.min(now + until - clock));
                    }
                }
                Step::End(end) => panic!("it ended: {end:?}"),
            }
            let is_ready = self.line.as_ref().is_some_and(|line| line.is_ready);
            assert_eq!(is_ready, self.updates.connection() == Connection::Connected);
            if self.now == end && now == end && self.at_once == 0 {
                return;
            }
        }
    }

    fn idle(&mut self, until: u64) {
        self.now = until;
        self.at_once = 0;
    }

    fn connect(&mut self, cursor: Option<&str>) {
        assert!(self.line.is_none(), "there is a connection");
        assert_eq!(cursor, self.next.map(|next| next.to_string()).as_deref());
        let (since, jumps) = self.alone;
        assert!(self.now - since <= WAITS.1 * (1 + jumps), "alone since {since}");
        if self.is_up {
            let place = self.next.unwrap_or(self.written);
            self.line = Some(Line { place, is_ready: false, is_ghost: false, loss: None });
            self.updates.connected(self.clock());
        } else {
            self.lose(Loss::Broken);
        }
    }

    fn lose(&mut self, loss: Loss) {
        self.line = None;
        self.alone = (self.now, 0);
        let random = self.random();
        self.updates.lost(loss, self.clock(), random);
    }

    /// Asks the server whether the connection missed something.
    fn probe(&mut self) {
        assert!(self.line.is_some(), "there is nothing to look into");
        let place = self.updates.cursor().map(|cursor| cursor.parse::<u64>().unwrap());
        if self.is_up && place == Some(self.written) {
            self.updates.heard(self.clock());
        } else {
            self.lose(Loss::Broken);
        }
    }

    /// Takes what the connection says, if it says something.
    fn read(&mut self) -> bool {
        let clock = self.clock();
        let line = self.line.as_mut().expect("something to read");
        if let Some(loss) = line.loss.filter(|_| !line.is_ghost) {
            self.lose(loss);
        } else if line.is_ghost || (line.is_ready && line.place == self.written) {
            return false;
        } else if line.is_ready {
            line.place += 1;
            assert!(self.updates.frame(Kind::News, line.place.to_string(), clock));
            assert_eq!(self.next.replace(line.place), Some(line.place - 1), "in order");
            self.at_once = 0;
        } else {
            line.is_ready = true;
            assert!(!self.updates.frame(Kind::Ready, line.place.to_string(), clock));
            self.next = Some(line.place);
        }
        true
    }
}

fn config() -> ProptestConfig {
    let rng_seed = RngSeed::Fixed(7);
    ProptestConfig { cases: 1500, rng_seed, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_frame_comes_once_and_in_order(
        cursor in prop::option::of(Just(0)),
        random in 1..u64::MAX,
        events in events(),
    ) {
        let mut world = World::new(cursor, random);
        events.iter().for_each(|event| world.happen(event));
        world.is_up = true;
        // A wait, a silence that is looked into, and another wait.
        world.follow(world.now + WAITS.1 * 2 + SILENCE + 1_000);
        prop_assert_eq!(world.next, Some(world.written));
    }
}
