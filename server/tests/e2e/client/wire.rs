//! What goes over the wire, counted.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use guildhall_client::driver::{BoxFuture, Sockets};
use guildhall_client::transport::{HttpTransport, TextSocket};
use guildhall_client::{Transport, TransportError};
use guildhall_openapi::Tokens;
use http::{Request, Response};

use crate::support::{Api, Checked};

pub(super) const REFRESH: &str = "POST /auth/refresh";

/// A short life for an access token. Its end is told in whole seconds, so that a socket may be closed
/// up to a second early.
pub(super) const SHORT: Duration = Duration::from_secs(2);

/// A transport that notes what is answered, and may lose some of it.
pub(super) struct Wire<T> {
    transport: Checked<T>,
    answers: Mutex<Vec<Answer>>,
    /// One in so many answers is lost.
    losing: Option<usize>,
}

struct Answer {
    /// Method and path.
    asked: String,
    body: Bytes,
    came: Instant,
}

impl Wire<HttpTransport> {
    /// To a server.
    pub(super) fn to(api: &Api) -> Arc<Self> {
        let url = format!("http://{}", api.address);
        Wire::over(HttpTransport::new(&url, Duration::from_secs(60)).unwrap(), None)
    }
}

impl<T> Wire<T> {
    pub(super) fn over(transport: T, losing: Option<usize>) -> Arc<Self> {
        Arc::new(Self { transport: Checked(transport), answers: Mutex::default(), losing })
    }

    /// How often this was answered, such as `POST /auth/refresh`.
    pub(super) fn count(&self, asked: &str) -> usize {
        let answers = self.answers.lock().unwrap();
        answers.iter().filter(|answer| answer.asked.starts_with(asked)).count()
    }

    /// When the server gave a refresh token that it had not given before.
    pub(super) fn rotations(&self) -> Vec<Instant> {
        let answers = self.answers.lock().unwrap();
        let (mut given, mut rotations) = (HashSet::new(), Vec::new());
        for answer in answers.iter().filter(|answer| answer.asked == REFRESH) {
            let tokens: Tokens = serde_json::from_slice(&answer.body).unwrap();
            if given.insert(tokens.refresh_token) {
                rotations.push(answer.came);
            }
        }
        rotations
    }

    /// Whether there was one for each end of an access token whose life is [`SHORT`], at most.
    pub(super) fn rotations_are_apart(&self) -> bool {
        self.rotations().windows(2).all(|pair| pair[1] - pair[0] > SHORT / 4)
    }
}

impl<T: Transport> Transport for Wire<T> {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(async move {
            let asked = format!("{} {}", request.method(), request.uri());
            let answer = self.transport.send(request).await?;
            let mut answers = self.answers.lock().unwrap();
            answers.push(Answer { asked, body: answer.body().clone(), came: Instant::now() });
            match self.losing {
                Some(losing) if answers.len().is_multiple_of(losing) => {
                    Err(TransportError::new("lost"))
                }
                _ => Ok(answer),
            }
        })
    }

    fn sockets(&self) -> Sockets {
        self.transport.sockets()
    }

    fn connect<'a>(
        &'a self,
        path: &'a str,
        access_token: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Box<dyn TextSocket>, TransportError>> {
        self.transport.connect(path, access_token)
    }
}
