//! HTTP by reqwest, WebSockets by tungstenite.

use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use reqwest::Url;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::header::AUTHORIZATION;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::{Said, TextSocket, Transport, answer};
use crate::driver::{BoxFuture, Sockets};
use crate::error::TransportError;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// A server over HTTP/1.1, with TLS where its URL says `https`. Runs on tokio.
#[derive(Debug)]
pub struct HttpTransport {
    base: Url,
    http: reqwest::Client,
}

impl HttpTransport {
    /// A server at `base_url`, each of whose answers is there within `timeout`.
    ///
    /// # Errors
    /// When the URL is none, or none of `http` and `https`.
    pub fn new(base_url: &str, timeout: Duration) -> Result<Self, TransportError> {
        let mut base = Url::parse(base_url).map_err(TransportError::new)?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(TransportError::new(format!("{base_url} is no http or https URL")));
        }
        base.set_query(None);
        base.set_fragment(None);
        let http = reqwest::Client::builder()
            .user_agent(concat!("guildhall-client/", env!("CARGO_PKG_VERSION")))
            // Guildhall redirects nowhere; a redirect elsewhere would take the token along.
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .timeout(timeout)
            .build()
            .map_err(TransportError::new)?;
        Ok(Self { base, http })
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base.as_str().trim_end_matches('/'))
    }
}

impl Transport for HttpTransport {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let response = self
                .http
                .request(parts.method, self.url(&parts.uri.to_string()))
                .headers(parts.headers)
                .body(body)
                .send()
                .await
                .map_err(TransportError::new)?;
            let (status, headers) = (response.status(), response.headers().clone());
            Ok(answer(status, headers, response.bytes().await.map_err(TransportError::new)?))
        })
    }

    fn sockets(&self) -> Sockets {
        Sockets::ByHeader
    }

    fn connect<'a>(
        &'a self,
        path: &'a str,
        access_token: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Box<dyn TextSocket>, TransportError>> {
        Box::pin(async move {
            // `http` becomes `ws`, and `https` `wss`.
            let url = self.url(path).replacen("http", "ws", 1);
            let mut request = url.into_client_request().map_err(TransportError::new)?;
            if let Some(token) = access_token {
                let value = format!("Bearer {token}").parse().map_err(TransportError::new)?;
                request.headers_mut().insert(AUTHORIZATION, value);
            }
            let connected = tokio::time::timeout(CONNECT, connect_async(request)).await;
            let (socket, _) =
                connected.map_err(TransportError::new)?.map_err(TransportError::new)?;
            Ok(Box::new(NativeSocket(socket)) as Box<dyn TextSocket>)
        })
    }
}

struct NativeSocket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl TextSocket for NativeSocket {
    fn hear(&mut self) -> BoxFuture<'_, Said> {
        Box::pin(async move {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => Said::Text(text.to_string()),
                Some(Ok(Message::Close(frame))) => {
                    let (status, reason) = frame
                        .map(|frame| (u16::from(frame.code), frame.reason.to_string()))
                        .unzip();
                    Said::Closed(status, reason.unwrap_or_default())
                }
                Some(Ok(_)) => Said::Alive,
                Some(Err(_)) | None => Said::Closed(None, String::new()),
            }
        })
    }
}
