//! The typed client's host: bytes and serde over any transport and store.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use guildhall_openapi::stream::SyncAnswer;
use guildhall_openapi::{Frame, Problem, Push, Tokens};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use crate::auth::SignInState;
use crate::driver::{
    BoxFuture, Change, Heard, Host, Kind, Millis, Repeat, Reply, Request, SavedLogin, Socket,
    Sockets, Told,
};
use crate::error::{Error, TransportError};
use crate::store::TokenStore;
use crate::transport::{Said, TextSocket, Transport};

/// Where the client runs, and on what.
pub(crate) struct TypedHost {
    pub(crate) transport: Box<dyn Transport>,
    pub(crate) store: Box<dyn TokenStore>,
    pub(crate) sign_in: watch::Sender<SignInState>,
    pub(crate) language: Option<HeaderValue>,
}

/// Why nothing came back.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    Transport(TransportError),
    Store(Arc<std::io::Error>),
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Transport(error) => Self::Transport(error),
            Fault::Store(error) => Self::Store(error),
        }
    }
}

/// An answer in full.
#[derive(Clone, Debug)]
pub(crate) struct Answer(pub(crate) Arc<http::Response<Bytes>>);

impl Answer {
    fn read<T: DeserializeOwned>(&self) -> Option<T> {
        let is_success = self.0.status().is_success();
        is_success.then(|| serde_json::from_slice(self.0.body()).ok()).flatten()
    }
}

impl Reply for Answer {
    type Frame = Frame;

    fn status(&self) -> u16 {
        self.0.status().as_u16()
    }

    fn has_code(&self, code: &str) -> bool {
        serde_json::from_slice::<Problem>(self.0.body())
            .is_ok_and(|problem| problem.code.as_str() == code)
    }

    fn retry_after(&self) -> Option<u64> {
        self.0.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()
    }

    fn tokens(&self) -> Option<SavedLogin> {
        let tokens: Tokens = self.read()?;
        Some(SavedLogin {
            access_token: tokens.access_token.into_string(),
            refresh_token: tokens.refresh_token.into_string(),
            signed_in_at: 0,
            obtained_at: 0,
            lifetime: tokens.expires_in.saturating_mul(1000),
        })
    }

    fn ticket(&self) -> Option<String> {
        let ticket: guildhall_openapi::stream::Ticket = self.read()?;
        Some(ticket.ticket.into_string())
    }

    fn frames(&self) -> Option<(Vec<Told<Frame>>, String)> {
        /// With frames of any kind, where a newer server tells of things unheard of.
        #[derive(Deserialize)]
        struct Any {
            frames: Vec<serde_json::Value>,
            cursor: String,
        }
        if let Some(answer) = self.read::<SyncAnswer>() {
            let frames = answer.frames.into_iter().map(told).collect();
            return Some((frames, answer.cursor.into_string()));
        }
        let answer: Any = self.read()?;
        let frames = answer.frames.iter().filter_map(|json| read_frame(&json.to_string()));
        Some((frames.collect(), answer.cursor))
    }
}

fn told(frame: Frame) -> Told<Frame> {
    let kind = if frame.push == Push::Ready { Kind::Ready } else { Kind::News };
    Told { kind, cursor: frame.cursor.as_str().to_owned(), frame: Some(frame) }
}

/// A frame, of which only the cursor counts where this version does not know its kind.
fn read_frame(json: &str) -> Option<Told<Frame>> {
    #[derive(Deserialize)]
    struct Place {
        cursor: String,
    }
    serde_json::from_str(json).map(told).ok().or_else(|| {
        let Place { cursor } = serde_json::from_str(json).ok()?;
        Some(Told { kind: Kind::News, cursor, frame: None })
    })
}

impl Host for TypedHost {
    type Payload = Bytes;
    type Reply = Answer;
    type Fault = Fault;

    fn send<'a>(
        &'a self,
        request: &'a Request<Bytes>,
        access_token: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Answer, Fault>> {
        Box::pin(async move {
            let request = self.request(request, access_token).map_err(Fault::Transport)?;
            let response = self.transport.send(request).await.map_err(Fault::Transport)?;
            Ok(Answer(Arc::new(response)))
        })
    }

    fn connect<'a>(
        &'a self,
        path: &'a str,
        access_token: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Box<dyn Socket<Frame>>, Fault>> {
        Box::pin(async move {
            let socket = self.transport.connect(path, access_token).await;
            let socket = socket.map_err(Fault::Transport)?;
            Ok(Box::new(FrameSocket(socket)) as Box<dyn Socket<Frame>>)
        })
    }

    fn sockets(&self) -> Sockets {
        self.transport.sockets()
    }

    fn payload(&self, json: String) -> Bytes {
        json.into()
    }

    fn load(&self) -> Result<Option<SavedLogin>, Fault> {
        self.store.load().map_err(|error| Fault::Store(error.into()))
    }

    fn save(&self, login: Option<&SavedLogin>) -> Result<(), Fault> {
        self.store.save(login).map_err(|error| Fault::Store(error.into()))
    }

    fn changed(&self, change: Change) {
        self.sign_in.send_replace(SignInState::after(change));
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the client asks for the time"
    )]
    fn now(&self) -> Millis {
        let since = web_time::SystemTime::now().duration_since(web_time::UNIX_EPOCH);
        since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    fn random(&self) -> u64 {
        fastrand::u64(..)
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn sleep(&self, wait: Millis) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(Duration::from_millis(wait)))
    }

    #[cfg(target_arch = "wasm32")]
    fn sleep(&self, wait: Millis) -> BoxFuture<'static, ()> {
        Box::pin(gloo_timers::future::sleep(Duration::from_millis(wait)))
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        tokio::spawn(task);
    }

    #[cfg(target_arch = "wasm32")]
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        wasm_bindgen_futures::spawn_local(task);
    }
}

impl TypedHost {
    fn request(
        &self,
        request: &Request<Bytes>,
        access_token: Option<&str>,
    ) -> Result<http::Request<Bytes>, TransportError> {
        let mut builder = http::Request::builder().method(request.method).uri(&request.path);
        if let Some(token) = access_token {
            let mut value =
                HeaderValue::try_from(format!("Bearer {token}")).map_err(TransportError::new)?;
            // Not for the logs of whoever carries it.
            value.set_sensitive(true);
            builder = builder.header(AUTHORIZATION, value);
        }
        if !request.payload.is_empty() {
            builder = builder.header(CONTENT_TYPE, "application/json");
        }
        if let Repeat::UnderKey(key) = &request.repeat {
            builder = builder.header("idempotency-key", key);
        }
        if let Some(language) = &self.language {
            builder = builder.header(http::header::ACCEPT_LANGUAGE, language);
        }
        builder.body(request.payload.clone()).map_err(TransportError::new)
    }
}

struct FrameSocket(Box<dyn TextSocket>);

impl Socket<Frame> for FrameSocket {
    fn hear(&mut self) -> BoxFuture<'_, Heard<Frame>> {
        Box::pin(async move {
            match self.0.hear().await {
                Said::Text(json) => read_frame(&json).map_or(Heard::Alive, Heard::Told),
                Said::Alive => Heard::Alive,
                Said::Closed(status, reason) => Heard::Closed(status, reason),
            }
        })
    }
}
