//! The stream, as a program reads it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::{Stream, StreamExt as _, stream};
use guildhall_openapi::Frame;
use tokio::sync::watch;

use crate::client::Client;
use crate::driver::{Connection, Pump, Signal};
#[cfg(target_arch = "wasm32")]
use crate::page::Page;

/// What happens to whoever is signed in: a [`Stream`] of frames, through lost connections, restarts
/// of the server and renewed tokens, without a gap and without a repetition.
///
/// It ends when nobody is signed in any more. Where frames may be missing all the same, because the
/// cursor it was to go on from is too old, say, a [`Push::ResyncRequired`] comes: what is shown has
/// to be read anew then. [`Push::Ready`] does not come; [`Frames::connection`] tells of that. Frames
/// of kinds that this version does not know are passed over.
///
/// It connects when it is first polled, and closes when it is dropped. A program that shows lists, and then
/// what changes them, takes its place in the stream before it reads the lists, so that nothing falls in
/// between; what is in both has the same id:
///
/// ```no_run
/// # use guildhall_client::{Client, Error, contract::events::EventQuery, contract::stream::SyncQuery};
/// # async fn run(client: Client) -> Result<(), Error> {
/// let place = client.sync(&SyncQuery::default()).await?.cursor;
/// let events = client.events().list(&EventQuery::default()).await?;
/// let stream = client.stream_from(place.into_string());
/// # Ok(()) }
/// ```
///
/// [`Push::ResyncRequired`]: guildhall_openapi::Push::ResyncRequired
/// [`Push::Ready`]: guildhall_openapi::Push::Ready
///
/// ```no_run
/// # use futures_util::StreamExt as _;
/// # use guildhall_client::{Client, contract::Push};
/// # async fn run(client: Client) {
/// let mut stream = client.stream();
/// while let Some(frame) = stream.next().await {
///     match frame.push {
///         Push::NewMessage { message } => println!("{}", &*message.content),
///         Push::ResyncRequired => println!("read everything again"),
///         _ => {}
///     }
/// }
/// # }
/// ```
pub struct Frames {
    frames: BoxStream,
    connection: watch::Receiver<Connection>,
    signal: Arc<Signal>,
    /// It wakes the stream, which may outlive the client.
    #[cfg(target_arch = "wasm32")]
    _page: Option<std::rc::Rc<Page>>,
}

#[cfg(not(target_arch = "wasm32"))]
type BoxStream = stream::BoxStream<'static, Frame>;
#[cfg(target_arch = "wasm32")]
type BoxStream = stream::LocalBoxStream<'static, Frame>;

impl Frames {
    pub(crate) fn open(client: &Client, cursor: Option<String>) -> Self {
        let (tell, connection) = watch::channel(Connection::Connecting);
        let observer = Box::new(move |connection| {
            tell.send_replace(connection);
        });
        let pump = Pump::new(client.driver.clone(), cursor, observer);
        let signal = pump.signal();
        let frames =
            stream::unfold(
                pump,
                |mut pump| async move { pump.next().await.map(|frame| (frame, pump)) },
            );
        // So that it may be polled behind its end.
        let frames = frames.fuse();
        Self {
            frames: Box::pin(frames),
            connection,
            signal,
            #[cfg(target_arch = "wasm32")]
            _page: client.page.clone(),
        }
    }

    /// Tells how it stands with the connection, each time that changes.
    #[must_use]
    pub fn connection(&self) -> watch::Receiver<Connection> {
        self.connection.clone()
    }

    /// What wakes and closes this stream from elsewhere: a program that knows that the device was
    /// asleep or has a network again says so once each time, and need not wait for the stream to
    /// try. What is being tried is begun anew. In a web page the client does that by itself.
    #[must_use]
    pub fn signal(&self) -> Arc<Signal> {
        Arc::clone(&self.signal)
    }
}

impl Stream for Frames {
    type Item = Frame;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Frame>> {
        self.frames.as_mut().poll_next(context)
    }
}

impl std::fmt::Debug for Frames {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frames").field("connection", &*self.connection.borrow()).finish()
    }
}
