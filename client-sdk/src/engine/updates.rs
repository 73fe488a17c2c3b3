//! Following the stream: when to connect, from where to go on, when a connection counts as dead,
//! and how long to wait before the next.
//!
//! A server's frame carries the cursor of the place right behind it, so nothing is lost and nothing
//! comes twice as long as the last cursor is kept and what an older connection still says is not
//! heard. Browsers do not show a WebSocket's pings; where nothing was heard for a while, the driver
//! asks the server besides (`GET /sync`) whether this connection missed something.

use super::Millis;
use super::backoff::Backoff;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod through;

/// After how long without a sign of life a connection is looked at, in milliseconds: one and a half
/// of the server's pings.
const SILENCE: u64 = 45_000;
/// How long a stream has to have been open for the next wait to be short again, in milliseconds.
const STEADY: u64 = 10_000;
/// The longest first wait, and the longest of all, before another connection, in milliseconds.
const WAITS: (u64, u64) = (250, 30_000);

/// How it stands with the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// The first connection is being made.
    Connecting,
    /// What happens is told.
    Connected,
    /// The connection was lost; what happens meanwhile will be told.
    Reconnecting,
    /// It is over.
    Ended(End),
}

/// Why it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Whoever opened it closed it.
    Closed,
    /// Nobody is signed in (any more).
    SignedOut,
}

/// What the driver has to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Connect, and tell [`Updates::connected`] or [`Updates::lost`].
    /// It goes on right behind this cursor; where there is none, with what happens from now on.
    Connect(Option<String>),
    /// Wait until then, or until woken.
    Wait(Millis),
    /// Take what the connection says; look again at that time, or when woken.
    Read(Millis),
    /// Drop the connection if it says nothing to a ping, or missed something; else tell
    /// [`Updates::heard`].
    Probe,
    /// Stop.
    End(End),
}

/// How a connection was lost, or could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// It broke, never came about, or the server closed it for a reason that is over soon.
    Broken,
    /// The server closed it because of its access token, of which
    /// [`SignIn::refused`](super::sign_in::SignIn::refused) is to be told.
    Refused,
    /// The server has as many streams of this user open as it wants.
    Crowded,
    /// Nobody is signed in.
    SignedOut,
}

/// What a frame is to this engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The server's word that the stream is open.
    Ready,
    /// Anything that the application wants to hear of.
    News,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Disconnected {
        until: Millis,
    },
    /// The stream is open since `open`, when the first frame came: a connection alone is no promise.
    Connected {
        open: Option<Millis>,
        heard: Millis,
        woken: bool,
    },
    Ended(End),
}

/// One stream, through all its connections.
#[derive(Debug)]
pub struct Updates {
    cursor: Option<String>,
    backoff: Backoff,
    state: State,
    was_connected: bool,
}

impl Updates {
    /// A stream of what happens from now on, or right after a cursor.
    #[must_use]
    pub fn new(cursor: Option<String>) -> Self {
        let state = State::Disconnected { until: 0 };
        Self { cursor, backoff: Backoff::new(WAITS.0, WAITS.1), state, was_connected: false }
    }

    /// How it stands.
    #[must_use]
    pub fn connection(&self) -> Connection {
        match self.state {
            State::Ended(end) => Connection::Ended(end),
            State::Connected { open: Some(_), .. } => Connection::Connected,
            _ if self.was_connected => Connection::Reconnecting,
            _ => Connection::Connecting,
        }
    }

    /// The place behind the last frame.
    #[must_use]
    pub fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// What to do now.
    #[must_use]
    pub fn step(&self, now: Millis) -> Step {
        match self.state {
            // A wait that is longer than any is a clock that was set back.
            State::Disconnected { until } if now < until && until - now <= WAITS.1 => {
                Step::Wait(until)
            }
            State::Disconnected { .. } => Step::Connect(self.cursor.clone()),
            State::Connected { heard, woken, .. } => {
                let quiet = now.checked_sub(heard).is_none_or(|silence| silence >= SILENCE);
                if woken || quiet { Step::Probe } else { Step::Read(heard + SILENCE) }
            }
            State::Ended(end) => Step::End(end),
        }
    }

    /// There is a connection. Whether it is any good, its first frame tells.
    pub fn connected(&mut self, now: Millis) {
        if matches!(self.state, State::Disconnected { .. }) {
            self.state = State::Connected { open: None, heard: now, woken: false };
        }
    }

    /// The connection gave a sign of life.
    pub fn heard(&mut self, now: Millis) {
        if let State::Connected { heard, woken, .. } = &mut self.state {
            (*heard, *woken) = (now, false);
        }
    }

    /// A frame came. Whether the application is to have it.
    pub fn frame(&mut self, kind: Kind, cursor: String, now: Millis) -> bool {
        self.heard(now);
        if let State::Connected { open, .. } = &mut self.state {
            open.get_or_insert(now);
            self.was_connected = true;
        }
        self.cursor = Some(cursor);
        kind == Kind::News
    }

    /// The connection is gone, or did not come about.
    pub fn lost(&mut self, loss: Loss, now: Millis, random: u64) {
        if let State::Connected { open: Some(since), .. } = self.state
            // Tokens that end are no failure.
            && (loss == Loss::Refused || now.saturating_sub(since) >= STEADY)
        {
            self.backoff.reset();
        }
        let wait = self.backoff.next(random);
        self.state = match (self.state, loss) {
            (State::Ended(end), _) => State::Ended(end),
            (_, Loss::SignedOut) => State::Ended(End::SignedOut),
            (_, Loss::Crowded) => State::Disconnected { until: now + WAITS.1 },
            (_, Loss::Broken | Loss::Refused) => State::Disconnected { until: now + wait },
        };
    }

    /// The device woke up, has a network again, or the page is shown again: a wait is over, and a
    /// connection has to show that it lives.
    pub fn wake(&mut self) {
        match &mut self.state {
            State::Disconnected { until } => *until = 0,
            State::Connected { woken, .. } => *woken = true,
            State::Ended(_) => {}
        }
    }

    /// Whoever opened it wants no more.
    pub fn close(&mut self) {
        if !matches!(self.state, State::Ended(_)) {
            self.state = State::Ended(End::Closed);
        }
    }
}
