//! `fetch` and `WebSocket` of the browser, by gloo-net.

use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::future::{Either, select};
use gloo_net::http::RequestBuilder;
use gloo_net::websocket::futures::WebSocket;
use gloo_net::websocket::{Message, WebSocketError};
use gloo_timers::future::TimeoutFuture;

use super::{Said, TextSocket, Transport};
use crate::driver::{BoxFuture, Sockets};
use crate::error::TransportError;

/// A server as a web page reaches it. Sockets are opened with tickets, as a page cannot set their
/// headers.
#[derive(Debug)]
pub struct HttpTransport {
    base: String,
    timeout: Duration,
}

impl HttpTransport {
    /// A server at `base_url`, which is absolute, each of whose answers is there within `timeout`.
    ///
    /// # Errors
    /// When the URL is none of `http` and `https`.
    pub fn new(base_url: &str, timeout: Duration) -> Result<Self, TransportError> {
        if !base_url.starts_with("http://") && !base_url.starts_with("https://") {
            return Err(TransportError::new(format!("{base_url} is no http or https URL")));
        }
        Ok(Self { base: base_url.trim_end_matches('/').to_owned(), timeout })
    }
}

/// In milliseconds, as far as a browser's timers go.
fn longest(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX).min(i32::MAX as u32)
}

fn fault(error: impl std::fmt::Display) -> TransportError {
    // The browser's own errors cannot leave their thread; their texts can.
    TransportError::new(error.to_string())
}

impl Transport for HttpTransport {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
        let exchange = async move {
            let (parts, body) = request.into_parts();
            let mut builder =
                RequestBuilder::new(&format!("{}{}", self.base, parts.uri)).method(parts.method);
            for (name, value) in &parts.headers {
                builder = builder.header(name.as_str(), value.to_str().map_err(fault)?);
            }
            // A page's `GET` may have no body at all.
            let request = if body.is_empty() {
                builder.build()
            } else {
                builder.body(String::from_utf8_lossy(&body).as_ref())
            };
            let response = request.map_err(fault)?.send().await.map_err(fault)?;
            let mut answer = http::Response::builder().status(response.status());
            for (name, value) in response.headers().entries() {
                answer = answer.header(name, value);
            }
            let body = response.binary().await.map_err(fault)?;
            answer.body(body.into()).map_err(fault)
        };
        Box::pin(async move {
            let timeout = TimeoutFuture::new(longest(self.timeout));
            match select(Box::pin(exchange), timeout).await {
                Either::Left((answer, _)) => answer,
                Either::Right(_) => Err(TransportError::new("no answer in time")),
            }
        })
    }

    fn sockets(&self) -> Sockets {
        Sockets::ByTicket
    }

    fn connect<'a>(
        &'a self,
        path: &'a str,
        _access_token: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Box<dyn TextSocket>, TransportError>> {
        Box::pin(async move {
            // `http` becomes `ws`, and `https` `wss`.
            let url = format!("{}{path}", self.base).replacen("http", "ws", 1);
            let socket = WebSocket::open(&url).map_err(fault)?;
            Ok(Box::new(WebSocketOfPage(socket)) as Box<dyn TextSocket>)
        })
    }
}

struct WebSocketOfPage(WebSocket);

impl TextSocket for WebSocketOfPage {
    fn hear(&mut self) -> BoxFuture<'_, Said> {
        Box::pin(async move {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => Said::Text(text),
                Some(Ok(Message::Bytes(_))) => Said::Alive,
                Some(Err(WebSocketError::ConnectionClose(close))) => {
                    Said::Closed(Some(close.code), close.reason)
                }
                Some(Err(_)) | None => Said::Closed(None, String::new()),
            }
        })
    }
}
