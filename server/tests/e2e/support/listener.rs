//! The stream as programs read it.

use std::pin::Pin;

use futures_util::StreamExt as _;
use futures_util::stream::Peekable;
use guildhall_client::{Client, Connection, End, Frames};
use guildhall_openapi::{Frame, Push};
use tokio::sync::watch;
use tokio::time::timeout;

use super::socket::PATIENCE;

/// What someone is told, through the client.
pub(crate) struct Listener {
    frames: Pin<Box<Peekable<Frames>>>,
    pub(crate) connection: watch::Receiver<Connection>,
}

impl Listener {
    /// What they are told from now on.
    pub(crate) async fn of(client: &Client) -> Self {
        let mut listener = Self::to(client.stream());
        listener.is(Connection::Connected).await;
        listener
    }

    /// A stream that was not read so far.
    pub(crate) fn to(frames: Frames) -> Self {
        let connection = frames.connection();
        Self { frames: Box::pin(frames.peekable()), connection }
    }

    /// Waits until that is how it stands with the connection; no frame is lost.
    pub(crate) async fn is(&mut self, connection: Connection) {
        let Self { frames, connection: now } = self;
        let stands = async {
            tokio::select! {
                stands = now.wait_for(|now| *now == connection) => drop(stands.unwrap()),
                // Nothing happens to a stream that nobody reads.
                _ = frames.as_mut().peek() => {}
            }
        };
        timeout(PATIENCE, stands).await.expect("in time");
        assert_eq!(*now.borrow(), connection);
    }

    /// The next frame.
    pub(crate) async fn frame(&mut self) -> Frame {
        let frame = timeout(PATIENCE, self.frames.next()).await.expect("something in time");
        frame.expect("a stream that goes on")
    }

    /// What the next frame tells.
    pub(crate) async fn push(&mut self) -> Push {
        self.frame().await.push
    }

    /// Asserts that it ends, with nothing told before.
    pub(crate) async fn ends(mut self) {
        let frame = timeout(PATIENCE, self.frames.next()).await.expect("an end in time");
        assert_eq!(frame, None);
        assert_eq!(*self.connection.borrow(), Connection::Ended(End::SignedOut));
    }
}
