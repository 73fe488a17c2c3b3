//! A server in the same process, called without a socket.

use std::sync::Arc;

use bytes::Bytes;
use poem::endpoint::{BoxEndpoint, EndpointExt as _};
use poem::{Body, Endpoint, Request, Response};

use super::{TextSocket, Transport, answer};
use crate::driver::{BoxFuture, Sockets};
use crate::error::TransportError;

/// A poem application, such as `guildhall_server::app(&guildhall)`, called without a socket: for
/// tests, and for programs that have the server inside. The stream is read by `GET /sync`.
#[derive(Clone)]
pub struct InProcess(Arc<BoxEndpoint<'static, Response>>);

impl InProcess {
    /// Calls this application.
    pub fn new(app: impl Endpoint<Output = Response> + 'static) -> Self {
        Self(Arc::new(app.boxed()))
    }
}

impl std::fmt::Debug for InProcess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InProcess")
    }
}

impl Transport for InProcess {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let mut request =
                Request::builder().method(parts.method).uri(parts.uri).body(Body::from_bytes(body));
            *request.headers_mut() = parts.headers;
            let response = self.0.get_response(request).await;
            let (parts, body) = response.into_parts();
            let body = body.into_bytes().await.map_err(TransportError::new)?;
            Ok(answer(parts.status, parts.headers, body))
        })
    }

    fn sockets(&self) -> Sockets {
        Sockets::None
    }

    fn connect<'a>(
        &'a self,
        _path: &'a str,
        _access_token: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Box<dyn TextSocket>, TransportError>> {
        Box::pin(async { Err(TransportError::new("there are no sockets in process")) })
    }
}
