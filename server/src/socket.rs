//! A stream over a WebSocket (RFC 6455).

use std::pin::pin;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use guildhall_core::clock::{Clock as _, SystemClock};
use guildhall_core::stream::Stream;
use guildhall_openapi::stream::Frame;
use guildhall_openapi::{CloseReason, Fault, Timestamp};
use poem::web::websocket::{Message, WebSocket, WebSocketConfig, WebSocketStream};
use poem::{FromRequest, IntoResponse, Request, RequestBody, Response, Result};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

use crate::refusal::Refusal;

/// How often a reader is asked for a sign of life. One that gives none until the next time is gone.
const PING: Duration = Duration::from_secs(30);
/// How long a frame may be on its way out before its reader counts as too slow.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a reader has to take the closing frame and to answer it.
const GOODBYE: Duration = Duration::from_secs(2);
/// Readers have nothing to say but pongs and goodbyes (bytes).
const HEARD: usize = 512;

/// A request for a WebSocket.
pub(crate) struct Upgrade(WebSocket);

impl<'a> FromRequest<'a> for Upgrade {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> Result<Self> {
        let socket = WebSocket::from_request(request, body).await;
        let none = || Fault::Malformed("it has to ask for a WebSocket (RFC 6455)".into());
        Ok(Self(socket.map_err(|_| Refusal::field("Upgrade", none()))?))
    }
}

impl Upgrade {
    /// Goes over to the socket, and sends what the stream tells; closes it at once where there is a
    /// reason instead of a stream.
    pub(crate) fn answer(self, stream: Result<Stream, CloseReason>) -> Switched {
        // poem's buffers are 128 KiB a socket where nothing is said.
        let config = WebSocketConfig::default()
            .read_buffer_size(HEARD)
            .write_buffer_size(0)
            .max_message_size(Some(HEARD))
            .max_frame_size(Some(HEARD));
        let upgraded = self.0.config(config).on_upgrade(async move |mut socket| {
            let mut stream = stream;
            let reason = match &mut stream {
                Ok(stream) => serve(&mut socket, stream).await,
                Err(reason) => Some(*reason),
            };
            if let Some(reason) = reason {
                close(&mut socket, reason).await;
            }
            // Not before: a server that stops waits for its streams, and so for their goodbyes.
            drop(stream);
        });
        Switched(upgraded.into_response())
    }
}

/// Sends what the stream tells until one side ends; why this one does.
async fn serve(socket: &mut WebSocketStream, stream: &mut Stream) -> Option<CloseReason> {
    let sockets = metrics::gauge!("guildhall_sockets");
    sockets.increment(1);
    let reason = relay(socket, stream).await;
    sockets.decrement(1);
    reason
}

async fn relay(socket: &mut WebSocketStream, stream: &mut Stream) -> Option<CloseReason> {
    let lag = metrics::histogram!("guildhall_stream_lag_seconds");
    let mut ping = interval_at(Instant::now() + PING, PING);
    // Time that the machine slept through is no silence of the reader's.
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut lives = true;
    loop {
        // Whatever the reader says meanwhile, what is being read for them is read once.
        let mut next = pin!(stream.next());
        let delivery = loop {
            tokio::select! {
                delivery = &mut next => break delivery,
                heard = socket.next() => match heard {
                    Some(Ok(Message::Close(_))) => {
                        // The answer to it waits to be sent (RFC 6455, 5.5.1).
                        timeout(GOODBYE, socket.close()).await.map(Result::ok).ok();
                        return None;
                    }
                    Some(Ok(_)) => lives = true,
                    Some(Err(_)) | None => return None,
                },
                _ = ping.tick() => {
                    if !std::mem::take(&mut lives) {
                        return None;
                    }
                    if let Err(end) = send(socket, Message::Ping(Vec::new())).await {
                        return end;
                    }
                }
            }
        };
        match delivery {
            Ok(delivery) => {
                if let Err(end) = send(socket, Message::Text(delivery.json())).await {
                    return end;
                }
                if let Some(written_at) = delivery.written_at() {
                    lag.record(since(written_at));
                }
            }
            Err(end) => return end.close_reason(),
        }
    }
}

/// Seconds since then; none where the clocks of two machines are apart.
fn since(then: Timestamp) -> f64 {
    let micros = SystemClock.now().as_micros().saturating_sub(then.as_micros());
    Duration::from_micros(u64::try_from(micros).unwrap_or(0)).as_secs_f64()
}

/// Sends a message to a reader who takes it in time; else why the socket is closed, if it is still
/// open.
async fn send(socket: &mut WebSocketStream, message: Message) -> Result<(), Option<CloseReason>> {
    match timeout(PATIENCE, socket.send(message)).await {
        Ok(sent) => sent.map_err(|_| None),
        Err(_) => Err(Some(CloseReason::TooSlow)),
    }
}

/// Says why, and waits for the answer: a connection that is cut while the other side still sends may
/// lose what was said last.
async fn close(socket: &mut WebSocketStream, reason: CloseReason) {
    let goodbye = Message::close_with(reason.status(), reason.as_str());
    let said = async {
        socket.send(goodbye).await?;
        while let Some(Ok(_)) = socket.next().await {}
        Ok::<_, std::io::Error>(())
    };
    // Whoever is slow has other frames to take before. Whoever does not answer is cut off.
    let patience = if reason == CloseReason::TooSlow { PATIENCE } else { GOODBYE };
    timeout(patience, said).await.map(Result::ok).ok();
}

/// `101`, and what is told over the socket.
pub(crate) struct Switched(Response);

impl IntoResponse for Switched {
    fn into_response(self) -> Response {
        self.0
    }
}

impl ApiResponse for Switched {
    fn meta() -> MetaResponses {
        let content =
            MetaMediaType { content_type: "application/json", schema: Frame::schema_ref() };
        MetaResponses {
            responses: vec![MetaResponse {
                description: "The connection is a WebSocket; each text message is one of these",
                status: Some(101),
                status_range: None,
                content: vec![content],
                headers: Vec::new(),
            }],
        }
    }

    fn register(registry: &mut Registry) {
        Frame::register(registry);
    }
}
