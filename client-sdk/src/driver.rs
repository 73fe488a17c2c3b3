//! Does what the engines decide, on any host: natively, in a browser, in process.
//!
//! The driver knows nothing of JSON: a [`Host`] carries payloads and answers, and reads from them
//! the little that the engines need. The typed client puts serde on top; the npm package hands the
//! browser's parsed JSON through.

mod calls;
mod keep;
mod pump;
#[cfg(test)]
mod tests;
mod word;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

pub use crate::engine::Millis;
pub use crate::engine::sign_in::{Change, SavedLogin};
pub use crate::engine::updates::{Connection, End, Kind, Loss};
pub use pump::{Observer, Pump, Signal};

use crate::engine::sign_in::SignIn;
use word::Word;

/// A future that a host runs. Browsers have one thread; elsewhere it may move between threads.
#[cfg(not(target_arch = "wasm32"))]
pub type BoxFuture<'a, T> = futures_util::future::BoxFuture<'a, T>;
/// A future that a host runs. Browsers have one thread; elsewhere it may move between threads.
#[cfg(target_arch = "wasm32")]
pub type BoxFuture<'a, T> = futures_util::future::LocalBoxFuture<'a, T>;

/// `Send + Sync` where there are threads, nothing in browsers.
#[cfg(not(target_arch = "wasm32"))]
pub trait Shareable: Send + Sync + 'static {}
#[cfg(not(target_arch = "wasm32"))]
impl<T: Send + Sync + 'static> Shareable for T {}
/// `Send + Sync` where there are threads, nothing in browsers.
#[cfg(target_arch = "wasm32")]
pub trait Shareable: 'static {}
#[cfg(target_arch = "wasm32")]
impl<T: 'static> Shareable for T {}

/// One HTTP request. `P` is what the host makes of its body and of what goes along with it.
#[derive(Clone)]
pub struct Request<P> {
    /// The HTTP method, in capitals.
    pub method: &'static str,
    /// Path and query, from the server's root.
    pub path: String,
    /// The body.
    pub payload: P,
    /// Whether it may be made again.
    pub repeat: Repeat,
}

impl<P: Default> Request<P> {
    fn get(path: String) -> Self {
        Self { method: "GET", path, payload: P::default(), repeat: Repeat::Freely }
    }
}

/// Whether a request may be made again where no answer came, though it may have been carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Not by itself: done twice, it does or says something else.
    Never,
    /// Without harm: it changes nothing (RFC 9110, 9.2.1), or the server knows it again.
    Freely,
    /// With this `Idempotency-Key`, under which the server does it once.
    UnderKey(String),
}

/// What the driver reads from an answer.
pub trait Reply: Clone + Shareable {
    /// One frame of the stream, as the application gets it.
    type Frame: Shareable;

    /// The HTTP status.
    fn status(&self) -> u16;
    /// Whether it is a problem document with this code.
    fn has_code(&self, code: &str) -> bool;
    /// `Retry-After`, in seconds.
    fn retry_after(&self) -> Option<u64>;
    /// The tokens of an answer to a sign-in or refresh; `obtained_at` and `signed_in_at` are set by
    /// the driver.
    fn tokens(&self) -> Option<SavedLogin>;
    /// The ticket of an answer to `POST /ws/ticket`.
    fn ticket(&self) -> Option<String>;
    /// The frames of an answer to `GET /sync`, and the cursor behind them.
    fn frames(&self) -> Option<(Vec<Told<Self::Frame>>, String)>;
    /// What an application gets instead where there are none, if it wants to hear of the cursor
    /// alone.
    fn place(&self) -> Option<Self::Frame> {
        None
    }
}

/// A frame, and what the driver has to know of it.
#[derive(Clone, Debug)]
pub struct Told<F> {
    /// Whether the application wants it.
    pub kind: Kind,
    /// The place right behind it.
    pub cursor: String,
    /// The frame; nothing where this version knows no such kind.
    pub frame: Option<F>,
}

/// What an open socket says.
#[derive(Debug)]
pub enum Heard<F> {
    /// A frame.
    Told(Told<F>),
    /// A ping, or something else without meaning.
    Alive,
    /// It is closed, with this status (RFC 6455, 7.4.1).
    Closed(Option<u16>, String),
}

/// One open WebSocket. Dropping it closes it.
pub trait Socket<F>: Shareable {
    /// What it says next. Nothing is lost where the future is dropped.
    fn hear(&mut self) -> BoxFuture<'_, Heard<F>>;
}

/// How a stream's socket is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sockets {
    /// With the access token in the `Authorization` header.
    ByHeader,
    /// With a ticket in the path.
    ByTicket,
    /// There are none: `GET /sync` is asked again and again.
    None,
}

/// What the driver runs on.
pub trait Host: Shareable + Sized {
    /// What a request carries.
    type Payload: Default + Shareable;
    /// What comes back.
    type Reply: Reply;
    /// Why nothing came back.
    type Fault: Clone + Shareable;

    /// Makes one HTTP request.
    fn send<'a>(
        &'a self,
        request: &'a Request<Self::Payload>,
        access_token: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Self::Reply, Self::Fault>>;

    /// Opens a WebSocket.
    fn connect<'a>(
        &'a self,
        path: &'a str,
        access_token: Option<&'a str>,
    ) -> BoxFuture<'a, Opened<Self>>;

    /// How sockets can be opened here.
    fn sockets(&self) -> Sockets;

    /// The body of a request from its JSON text.
    fn payload(&self, json: String) -> Self::Payload;

    /// Reads the store. Nothing stored is a fact; `Err` says that it cannot be told.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn load(&self) -> Result<Option<SavedLogin>, Self::Fault>;

    /// Writes the store.
    ///
    /// # Errors
    /// When it cannot be written.
    fn save(&self, login: Option<&SavedLogin>) -> Result<(), Self::Fault>;

    /// Tells whoever watches the sign-in. No lock of the driver is held.
    fn changed(&self, change: Change);

    /// The time by this device's clock.
    fn now(&self) -> Millis;

    /// A random number.
    fn random(&self) -> u64;

    /// Waits. Dropping the future ends the wait.
    fn sleep(&self, wait: Millis) -> BoxFuture<'static, ()>;

    /// Runs something to its end, whoever waits for it.
    fn spawn(&self, task: BoxFuture<'static, ()>);
}

/// A host's frames.
pub type FrameOf<H> = <<H as Host>::Reply as Reply>::Frame;

/// A socket, or why there is none.
pub type Opened<H> = Result<Box<dyn Socket<FrameOf<H>>>, <H as Host>::Fault>;

/// An answer, whatever it says, or why there is none.
pub type Outcome<H> = Result<<H as Host>::Reply, <H as Host>::Fault>;

/// The renewal that is under way, for all who wait for it: nothing where they should go on, an
/// outcome where that is theirs too.
type Renewing<H> = Word<Option<Outcome<H>>>;

/// One client: makes calls, stays signed in, follows the stream.
pub struct Driver<H: Host> {
    host: H,
    state: Mutex<State<H>>,
}

struct State<H: Host> {
    sign_in: SignIn,
    /// The renewal that is under way, and the refresh token that it is made with.
    renewing: Option<(String, Renewing<H>)>,
    /// How many threads are about to write the store.
    writers: usize,
    /// The store could not be written.
    is_detached: bool,
    /// What wakes the streams that are open.
    streams: Vec<Weak<Signal>>,
}

impl<H: Host> State<H> {
    /// Whether what the store says is not what holds, or not yet.
    fn is_ahead(&self) -> bool {
        self.is_detached || self.writers > 0
    }
}

impl<H: Host> Driver<H> {
    /// A client on this host, signed in as its store says.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn new(host: H) -> Result<Arc<Self>, H::Fault> {
        let sign_in = SignIn::new(host.load()?);
        let streams = Vec::new();
        let state = State { sign_in, renewing: None, writers: 0, is_detached: false, streams };
        Ok(Arc::new(Self { host, state: Mutex::new(state) }))
    }

    /// What it runs on.
    pub fn host(&self) -> &H {
        &self.host
    }

    /// Wakes all streams: the device woke up, has a network again, or the page is shown again.
    pub fn wake(&self) {
        let streams = self.state().streams.clone();
        streams.iter().filter_map(Weak::upgrade).for_each(|signal| signal.wake());
    }

    /// Held for a few instructions at a time: never across an await, a call of the host's observers,
    /// or anything else that could come back here.
    fn state(&self) -> MutexGuard<'_, State<H>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<H: Host> std::fmt::Debug for Driver<H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Driver").field("sign_in", &self.state().sign_in).finish_non_exhaustive()
    }
}
