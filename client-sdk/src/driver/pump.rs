//! The stream: frames through all connections, one after the other.

mod polling;
mod signal;

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use futures_util::FutureExt as _;
use guildhall_openapi::CloseReason;

use super::{
    BoxFuture, Connection, Driver, End, FrameOf, Heard, Host, Loss, Millis, Repeat, Reply as _,
    Request, Shareable, Socket, Sockets,
};
use crate::engine::updates::{Step, Updates};
use polling::Polling;
pub use signal::Signal;

/// How long a connection may take to come about, and an answer about one that is silent, in
/// milliseconds. What was sent before the device slept may never be answered.
const PATIENCE: u64 = 20_000;

/// One stream. It connects when it is first asked for a frame.
pub struct Pump<H: Host> {
    driver: Arc<Driver<H>>,
    updates: Updates,
    /// What is under way besides. It goes on where whoever waited gave up and comes back.
    task: Option<Task<H>>,
    line: Option<Line<H>>,
    timer: Option<BoxFuture<'static, ()>>,
    signal: Arc<Signal>,
    seen: Connection,
    observer: Box<dyn Observer>,
}

/// Hears how it stands with a stream, each time that changes.
pub trait Observer: Fn(Connection) + Shareable {}
impl<T: Fn(Connection) + Shareable> Observer for T {}

/// A connection.
struct Line<H: Host> {
    socket: Box<dyn Socket<FrameOf<H>>>,
    /// Whose it is.
    who: Option<Millis>,
    /// With which access token it was opened.
    token: String,
}

enum Task<H: Host> {
    Opening(BoxFuture<'static, Result<Line<H>, Loss>>),
    Probing(BoxFuture<'static, bool>),
}

/// What happened first.
enum First<H: Host> {
    Heard(Heard<FrameOf<H>>),
    Opened(Result<Line<H>, Loss>),
    Probed(bool),
    Time,
    Signal,
}

impl<H: Host> Pump<H> {
    /// The stream of whoever is signed in: from now on, or right after a cursor.
    pub fn new(
        driver: Arc<Driver<H>>,
        cursor: Option<String>,
        observer: Box<dyn Observer>,
    ) -> Self {
        let signal = Arc::<Signal>::default();
        let mut state = driver.state();
        state.streams.retain(|stream| stream.strong_count() > 0);
        state.streams.push(Arc::downgrade(&signal));
        drop(state);
        Self {
            driver,
            updates: Updates::new(cursor),
            task: None,
            line: None,
            timer: None,
            signal,
            seen: Connection::Connecting,
            observer,
        }
    }

    /// What wakes and closes it from elsewhere.
    pub fn signal(&self) -> Arc<Signal> {
        Arc::clone(&self.signal)
    }

    /// The place behind the last frame.
    pub fn cursor(&self) -> Option<&str> {
        self.updates.cursor()
    }

    /// The next frame; nothing once it is over. Nothing is lost where the future is dropped.
    pub async fn next(&mut self) -> Option<FrameOf<H>> {
        loop {
            self.take_signal();
            self.observe();
            let patience = self.now() + PATIENCE;
            let until = match self.updates.step(self.now()) {
                Step::End(_) => {
                    (self.task, self.line) = (None, None);
                    return None;
                }
                _ if self.task.is_some() => patience,
                Step::Connect(cursor) => {
                    let driver = Arc::clone(&self.driver);
                    self.begin(Task::Opening(Box::pin(open(driver, cursor))));
                    patience
                }
                Step::Probe => {
                    let driver = Arc::clone(&self.driver);
                    let cursor = self.updates.cursor().map(str::to_owned);
                    self.begin(Task::Probing(Box::pin(probe(driver, cursor))));
                    patience
                }
                Step::Wait(until) => {
                    self.timer = None;
                    until
                }
                Step::Read(until) => until,
            };
            match self.first(until).await {
                First::Heard(heard) => {
                    // It lives: what else was asked about it does not matter.
                    self.task = None;
                    if let Some(frame) = self.take(heard) {
                        self.observe();
                        return Some(frame);
                    }
                }
                First::Opened(Ok(line)) => {
                    (self.task, self.line) = (None, Some(line));
                    self.updates.connected(self.now());
                }
                First::Opened(Err(loss)) => self.lose(loss),
                First::Probed(true) => {
                    self.task = None;
                    self.updates.heard(self.now());
                }
                First::Probed(false) => self.lose(Loss::Broken),
                First::Time if self.task.is_some() => self.lose(Loss::Broken),
                First::Time | First::Signal => {}
            }
        }
    }

    fn begin(&mut self, task: Task<H>) {
        (self.task, self.timer) = (Some(task), None);
    }

    fn now(&self) -> u64 {
        self.driver.host.now()
    }

    fn take_signal(&mut self) {
        let (woken, closed) = self.signal.take();
        if woken {
            if !self.is_ours() {
                self.lose(Loss::Broken);
            }
            self.updates.wake();
            // What was sent before the device slept may never be answered.
            self.task = None;
        }
        if closed {
            self.updates.close();
        }
    }

    fn observe(&mut self) {
        let connection = self.updates.connection();
        if connection != self.seen {
            self.seen = connection;
            (self.observer)(connection);
        }
    }

    /// Waits for what the socket says, if there is one, for what is under way, for a time, and for
    /// the signal.
    async fn first(&mut self, until: u64) -> First<H> {
        let Self { driver, task, line, timer, signal, .. } = self;
        let timer = timer.get_or_insert_with(|| {
            let wait = until.saturating_sub(driver.host.now());
            driver.host.sleep(wait)
        });
        let mut hear = line.as_mut().map(|line| line.socket.hear());
        let first = poll_fn(|context| {
            if signal.poll(context).is_ready() {
                return Poll::Ready(First::Signal);
            }
            if let Some(hear) = &mut hear
                && let Poll::Ready(heard) = hear.poll_unpin(context)
            {
                return Poll::Ready(First::Heard(heard));
            }
            let done = match task {
                Some(Task::Opening(task)) => task.poll_unpin(context).map(First::Opened),
                Some(Task::Probing(task)) => task.poll_unpin(context).map(First::Probed),
                None => Poll::Pending,
            };
            if done.is_ready() {
                return done;
            }
            timer.poll_unpin(context).map(|()| First::Time)
        })
        .await;
        drop(hear);
        if matches!(first, First::Time) {
            self.timer = None;
        }
        first
    }

    /// Whether the connection is that of whoever is signed in: they may have signed out, or someone
    /// else in, and the server not know.
    fn is_ours(&self) -> bool {
        self.line.as_ref().is_none_or(|line| line.who == self.driver.who())
    }

    fn take(&mut self, heard: Heard<FrameOf<H>>) -> Option<FrameOf<H>> {
        let now = self.now();
        match heard {
            Heard::Told(_) if !self.is_ours() => self.lose(Loss::Broken),
            Heard::Told(told) => {
                let wanted = self.updates.frame(told.kind, told.cursor, now);
                return told.frame.filter(|_| wanted);
            }
            Heard::Alive => self.updates.heard(now),
            Heard::Closed(status, reason) => self.lose(match status {
                Some(1008) => Loss::Refused,
                Some(1013) if reason == CloseReason::TooMany.as_str() => Loss::Crowded,
                _ => Loss::Broken,
            }),
        }
        None
    }

    fn lose(&mut self, loss: Loss) {
        if let Some(line) = self.line.take()
            && loss == Loss::Refused
        {
            self.driver.state().sign_in.refused(&line.token);
        }
        self.task = None;
        let now = self.now();
        self.updates.lost(loss, now, self.driver.host.random());
    }
}

/// Opens the stream as its host can.
async fn open<H: Host>(driver: Arc<Driver<H>>, cursor: Option<String>) -> Result<Line<H>, Loss> {
    let token = driver.access().await.map_err(|_| Loss::Broken)?.ok_or(Loss::SignedOut)?;
    let who = driver.who();
    let sockets = driver.host.sockets();
    if sockets == Sockets::None {
        let polling = Polling::open(driver, cursor).await?;
        return Ok(Line { socket: Box::new(polling), who, token });
    }
    let query = cursor.map(|cursor| ["?cursor=", plain(&cursor)].concat()).unwrap_or_default();
    let (path, header) = if sockets == Sockets::ByHeader {
        (["/ws", &query].concat(), Some(token.as_str()))
    } else {
        (["/ws/", &ticket(&driver).await?, &query].concat(), None)
    };
    let socket = driver.host.connect(&path, header).await.map_err(|_| Loss::Broken)?;
    Ok(Line { socket, who, token })
}

/// A cursor as it stands in a query. The server's own have nothing else in them; instead of what is
/// none goes one that is nobody's, to which the server says so.
fn plain(cursor: &str) -> &str {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    if cursor.bytes().all(is_plain) { cursor } else { "-" }
}

/// Whether a socket, of which nothing was heard for long, still told everything up to its cursor.
async fn probe<H: Host>(driver: Arc<Driver<H>>, cursor: Option<String>) -> bool {
    // It said nothing ever.
    let Some(cursor) = cursor else { return false };
    let request = Request::get(["/sync?wait=0&cursor=", plain(&cursor)].concat());
    let answer = driver.call(request).await.ok().and_then(|reply| reply.frames());
    answer.is_some_and(|(frames, _)| frames.is_empty())
}

async fn ticket<H: Host>(driver: &Arc<Driver<H>>) -> Result<String, Loss> {
    let request = Request {
        method: "POST",
        path: "/ws/ticket".to_owned(),
        payload: H::Payload::default(),
        // A ticket that nobody got opens nothing.
        repeat: Repeat::Freely,
    };
    let reply = driver.call(request).await.map_err(|_| Loss::Broken)?;
    let lost = if driver.login().is_none() { Loss::SignedOut } else { Loss::Broken };
    reply.ticket().ok_or(lost)
}

impl<H: Host> Drop for Pump<H> {
    fn drop(&mut self) {
        if !matches!(self.seen, Connection::Ended(_)) {
            (self.observer)(Connection::Ended(End::Closed));
        }
    }
}
