//! One kept-alive connection to the server, over hyper.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{HeaderMap, Method, StatusCode};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::net::{TcpSocket, TcpStream};

/// An answer that takes longer is a failure.
const PATIENCE: Duration = Duration::from_secs(20);

/// A request, to be sent as often as one likes.
#[derive(Clone)]
pub(crate) struct Request {
    method: Method,
    path: String,
    bearer: Option<String>,
    json: Bytes,
}

impl Request {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self { method: Method::GET, path: path.into(), bearer: None, json: Bytes::new() }
    }

    pub(crate) fn post(path: impl Into<String>, json: &Value) -> Self {
        Self { method: Method::POST, json: json.to_string().into(), ..Self::get(path) }
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        let bearer = Some(format!("Bearer {token}"));
        Self { bearer, ..self }
    }

    /// The request as it goes over the wire (RFC 9112). Any server of this machine takes the name.
    pub(crate) fn bytes(&self) -> Bytes {
        let Self { method, path, bearer, json } = self;
        let mut text = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n");
        if let Some(bearer) = bearer {
            text.extend(["authorization: ", bearer, "\r\n"]);
        }
        if !json.is_empty() {
            text.push_str("content-type: application/json\r\ncontent-length: ");
            text.extend([&json.len().to_string(), "\r\n"]);
        }
        text.push_str("\r\n");
        [text.as_bytes(), json].concat().into()
    }
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// The body of a success.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T> {
        let Self { status, body, .. } = self;
        let text = String::from_utf8_lossy(body);
        ensure!(status.is_success(), "the server answered {status}: {text}");
        serde_json::from_slice(body).with_context(|| text.into_owned())
    }
}

pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    host: String,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        Self::over(TcpStream::connect(address).await?, address).await
    }

    /// The same from this address of the machine.
    pub(crate) async fn from(own: Ipv4Addr, address: SocketAddr) -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((own, 0).into())?;
        Self::over(socket.connect(address).await?, address).await
    }

    async fn over(stream: TcpStream, address: SocketAddr) -> Result<Self> {
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // Its errors reach whoever waits for an answer.
        tokio::spawn(connection);
        let host = address.to_string();
        Ok(Self { sender, host })
    }

    pub(crate) async fn call(&mut self, request: &Request) -> Result<Answer> {
        let answer = tokio::time::timeout(PATIENCE, self.send(request)).await;
        answer.context("no answer in time")?
    }

    async fn send(&mut self, request: &Request) -> Result<Answer> {
        let mut message = hyper::Request::builder()
            .method(&request.method)
            .uri(&request.path)
            .header(HOST, &self.host);
        if let Some(bearer) = &request.bearer {
            message = message.header(AUTHORIZATION, bearer);
        }
        if !request.json.is_empty() {
            message = message.header(CONTENT_TYPE, "application/json");
        }
        let message = message.body(Full::new(request.json.clone()))?;
        self.sender.ready().await?;
        let response = self.sender.send_request(message).await?;
        let (head, body) = response.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Answer { status: head.status, headers: head.headers, body })
    }
}
