//! Sockets as such: how they open, what is said on them, why they close. Who only wants to hear what
//! is told takes a [`Listener`](super::Listener).

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use guildhall_openapi::{CloseReason, Frame, Push};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::Api;
use super::checked::frame;

/// Longer than anything takes that is going to come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A connection that is a WebSocket by now.
pub(crate) type Connected = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Opens a WebSocket with the caller's access token, if there is one, in the header.
pub(crate) async fn connect(api: &Api, path: &str) -> Connected {
    let address = format!("ws://{}{path}", api.address);
    let mut request = address.into_client_request().unwrap();
    let token = format!("Bearer {}", api.token().unwrap_or_default());
    request.headers_mut().insert("authorization", token.parse().unwrap());
    connect_async(request).await.unwrap().0
}

/// An open socket, and what was looked at and not taken.
pub(crate) struct Socket(Connected, Option<Message>);

impl Socket {
    /// Opens one at a path, as a browser does.
    pub(crate) async fn at(api: &Api, path: &str) -> Self {
        let (socket, _) = connect_async(format!("ws://{}{path}", api.address)).await.unwrap();
        Self(socket, None)
    }

    /// Opens the caller's, as a program does that can set headers, and takes what comes first.
    pub(crate) async fn of(api: &Api) -> Self {
        let mut socket = Self::with_token(api, "/ws").await;
        assert_eq!(socket.push().await, Push::Ready);
        socket
    }

    /// Opens one with the caller's access token, if there is one, in the header.
    pub(crate) async fn with_token(api: &Api, path: &str) -> Self {
        Self(connect(api, path).await, None)
    }

    async fn message(&mut self) -> Message {
        if let Some(message) = self.1.take() {
            return message;
        }
        loop {
            let message = timeout(PATIENCE, self.0.next()).await.expect("something in time");
            match message.expect("an open socket").unwrap() {
                Message::Ping(_) | Message::Pong(_) => {}
                message => return message,
            }
        }
    }

    /// The next frame, which is one of the document's.
    pub(crate) async fn frame(&mut self) -> Frame {
        frame(self.message().await.to_text().unwrap())
    }

    /// What the next frame tells.
    pub(crate) async fn push(&mut self) -> Push {
        self.frame().await.push
    }

    /// Whether a frame comes next, which is passed over, or an end, which is not.
    pub(crate) async fn has_frame(&mut self) -> bool {
        let message = self.message().await;
        let is_frame = message.is_text();
        self.1 = Some(message).filter(|_| !is_frame);
        is_frame
    }

    /// Closes the socket, and asserts that the server answers.
    pub(crate) async fn says_goodbye(mut self) {
        self.0.close(None).await.unwrap();
        assert!(matches!(self.message().await, Message::Close(_)));
    }

    /// Says a text of so many bytes.
    pub(crate) async fn says(&mut self, length: usize) {
        self.0.send(Message::text("x".repeat(length))).await.unwrap();
    }

    /// Asserts that the connection is gone, or about to go, and nothing is said before.
    pub(crate) async fn breaks(mut self) {
        let next = timeout(PATIENCE, self.0.next()).await.expect("an end in time");
        assert!(matches!(next, None | Some(Err(_) | Ok(Message::Close(_)))), "{next:?}");
    }

    /// Asserts that the server closes the socket for this reason, and says nothing before.
    pub(crate) async fn ends(mut self, reason: CloseReason) {
        match self.message().await {
            Message::Close(Some(frame)) => {
                let said = (u16::from(frame.code), frame.reason.as_str());
                assert_eq!(said, (reason.status(), reason.as_str()));
            }
            other => panic!("a goodbye was expected: {other:?}"),
        }
    }
}
