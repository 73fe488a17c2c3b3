//! What carries requests and the stream: HTTP natively, `fetch` in browsers, or a server that is
//! called in process.

use std::sync::Arc;

use bytes::Bytes;
#[cfg(not(target_arch = "wasm32"))]
use http::{HeaderMap, StatusCode};

use crate::driver::{BoxFuture, Shareable, Sockets};
use crate::error::TransportError;

#[cfg(feature = "in-process")]
mod in_process;
#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(target_arch = "wasm32")]
mod web;

#[cfg(feature = "in-process")]
pub use in_process::InProcess;
#[cfg(not(target_arch = "wasm32"))]
pub use native::HttpTransport;
#[cfg(target_arch = "wasm32")]
pub use web::HttpTransport;

/// What carries requests and the stream.
pub trait Transport: Shareable {
    /// Makes one request. Its URI is a path with a query, from the server's root.
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>>;

    /// How [`Transport::connect`] is to be called. With [`Sockets::None`] it never is: the stream is
    /// read by `GET /sync` then.
    fn sockets(&self) -> Sockets;

    /// Opens a WebSocket at a path, with the access token in the header where one is given.
    fn connect<'a>(
        &'a self,
        path: &'a str,
        access_token: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Box<dyn TextSocket>, TransportError>>;
}

/// An open WebSocket. Dropping it closes it.
pub trait TextSocket: Shareable {
    /// What it says next. Nothing is lost where the future is dropped.
    fn hear(&mut self) -> BoxFuture<'_, Said>;
}

/// What an open WebSocket says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A text message.
    Text(String),
    /// A ping.
    Alive,
    /// It is closed, or broken: the status and reason of the closing frame (RFC 6455, 7.4), if there
    /// was one.
    Closed(Option<u16>, String),
}

/// An answer out of its parts.
#[cfg(not(target_arch = "wasm32"))]
fn answer(status: StatusCode, headers: HeaderMap, body: Bytes) -> http::Response<Bytes> {
    let mut answer = http::Response::new(body);
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    answer
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
        (**self).send(request)
    }

    fn sockets(&self) -> Sockets {
        (**self).sockets()
    }

    fn connect<'a>(
        &'a self,
        path: &'a str,
        access_token: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Box<dyn TextSocket>, TransportError>> {
        (**self).connect(path, access_token)
    }
}
