//! What every request passes on its way in and out: a trailing slash goes, an id comes, what is too large, too much or
//! too slow is turned away, errors become problem documents, browsers are told what to be careful with, and what
//! happened is counted.

mod budget;
mod cors;
mod headers;
mod limiter;
mod trace;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guildhall_openapi::stream::Wait;
use guildhall_openapi::{ErrorCode, operations};
use poem::error::ResponseError as _;
use poem::http::uri::PathAndQuery;
use poem::http::{HeaderName, HeaderValue, StatusCode, Uri, header};
use poem::{Endpoint, Request, Response, Result};
use poem_openapi::OperationId;
use tokio::time::timeout;
use tracing::Instrument as _;

use crate::answer::LogId;
use crate::meters::Meters;
use crate::negotiate;
use crate::rarely::Rarely;
use crate::refusal::{Refusal, from_status};

use budget::{Budget, Seen, Visit};
pub(crate) use budget::{
    await_body, block, export_by, hash, request_at_no_cost_to, request_by, search_by_anyone,
};
pub use cors::Cors;
#[cfg(feature = "otel")]
pub(crate) use trace::TARGET;
pub(crate) use trace::{is, span};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Marks an answer that people read as it is, whatever its status.
#[derive(Clone, Copy)]
pub(crate) struct Rendered;

/// No address may be longer (bytes), nor have more parts between slashes.
const LONGEST: usize = 8 << 10;
const DEEPEST: usize = 32;
/// The most that all headers may come to (bytes).
const HEAD: usize = 32 << 10;

#[cfg(test)]
mod tests;

/// What the edge lets through.
#[derive(Clone, Debug)]
pub struct EdgePolicy {
    /// How many requests one user may make in a minute; 0 for any number.
    pub requests_per_user: u32,
    /// The same of one address (a /64 of IPv6), which may hide many.
    pub requests_per_address: u32,
    /// How long a request may take, its body included. `GET /sync` may wait in addition.
    pub request_timeout: Duration,
    /// Which other origins' pages may use the API.
    pub cors: Cors,
}

impl Default for EdgePolicy {
    fn default() -> Self {
        Self {
            requests_per_user: 1_200,
            requests_per_address: 6_000,
            request_timeout: Duration::from_secs(30),
            cors: Cors::default(),
        }
    }
}

/// The edge around all routes, which answer every request.
pub(crate) struct Edge<E> {
    routes: E,
    patience: Duration,
    cors: Cors,
    budget: Arc<Budget>,
    meters: Meters,
    hijacked: Rarely,
}

impl<E: Endpoint<Output = Response>> Edge<E> {
    pub(crate) fn around(routes: E, policy: &EdgePolicy) -> Self {
        let budget = Budget::new(policy.requests_per_user, policy.requests_per_address);
        let (patience, cors) = (policy.request_timeout, policy.cors.clone());
        let (meters, hijacked) = (Meters::default(), Rarely::default());
        Self { routes, patience, cors, budget: Arc::new(budget), meters, hijacked }
    }

    /// The answer, perhaps a stand-in for one, and who paid for it with what.
    async fn answer(&self, request: Request) -> (Response, Seen) {
        let visit = Visit::of(&self.budget, &request);
        // Whoever watches over the server asks as often as they like.
        let is_free = matches!(request.uri().path(), "/healthz" | "/readyz");
        // On the heap: 5 KiB that whatever awaits it would have thrice, and move about.
        let paid = Box::pin(async {
            if !is_free && let Err(refusal) = budget::request() {
                return refusal.as_response();
            }
            if let Some(preflight) = self.cors.preflight(&request) {
                return preflight;
            }
            match self.admit(&request) {
                Ok(()) => self.in_time(request).await,
                Err(code) => Refusal::from(code).as_response(),
            }
        });
        visit.pays(paid).await
    }

    fn admit(&self, request: &Request) -> Result<(), ErrorCode> {
        let uri = request.uri();
        let query = uri.query().map_or(0, str::len);
        let sizes = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
        if uri.path().len() + query > LONGEST {
            return Err(ErrorCode::UriTooLong);
        }
        if uri.path().bytes().filter(|byte| *byte == b'/').count() > DEEPEST {
            return Err(ErrorCode::NotFound);
        }
        if sizes.sum::<usize>() > HEAD {
            return Err(ErrorCode::HeadersTooLarge);
        }
        if self.cors.hijacks(request) {
            if self.hijacked.is_due() {
                let origin = request.headers().get(header::ORIGIN);
                let why = "a page may open no WebSocket; if it is one of yours, name its origin in CORS_ORIGINS";
                tracing::warn!(?origin, why, "forbidden");
            }
            return Err(ErrorCode::Forbidden);
        }
        Ok(())
    }

    async fn in_time(&self, request: Request) -> Response {
        let waits = request.uri().path() == "/sync";
        let wait = Duration::from_secs(if waits { Wait::MAX } else { 0 });
        match timeout(self.patience + wait, self.routes.get_response(request)).await {
            Ok(response) => response,
            // Whoever sends slowly is no fault of the server's.
            Err(_) if budget::awaits_body() => Refusal::from(ErrorCode::BodyTooSlow).as_response(),
            Err(_) => Refusal::from(ErrorCode::Timeout).as_response(),
        }
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for Edge<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let id = request_id();
        let span = trace::span(&id, &request);
        Ok(self.respond(request, &id).instrument(span).await)
    }
}

impl<E: Endpoint<Output = Response>> Edge<E> {
    /// The answer as it leaves. `id` is the request's.
    async fn respond(&self, mut request: Request, id: &str) -> Response {
        let started = Instant::now();
        let language = negotiate::language(&request);
        without_trailing_slash(request.uri_mut());
        // Shares its text with the request.
        let uri = request.uri().clone();
        let reader = self.cors.reader(&request);
        let address = request.remote_addr().as_socket_addr().map(SocketAddr::ip);
        let (mut response, Seen { left, is_refused, .. }) = self.answer(request).await;
        let operation = response.data::<OperationId>().map_or("none", |operation| operation.0);
        let status = response.status();
        if status.is_client_error() || status.is_server_error() {
            let refusal = response.data::<Refusal>().cloned();
            let refusal = refusal.unwrap_or_else(|| from_status(status));
            if response.data::<Rendered>().is_some() {
                refusal.note();
            } else {
                response = refusal.answer(language, id);
            }
            if status == StatusCode::METHOD_NOT_ALLOWED {
                response.headers_mut().insert(header::ALLOW, allowed(uri.path()));
            }
        }
        name(&mut response, id);
        if let Some(log) = response.data::<LogId>() {
            log.set(id);
        }
        let said = response.status();
        let headers = response.headers_mut();
        headers::secure(uri.path(), headers);
        self.cors.tell(reader, headers);
        // Another limit than the budget, on guessing say, has nothing to do with what is left of it.
        let is_of_another = said == StatusCode::TOO_MANY_REQUESTS && !is_refused;
        if let Some(left) = left.filter(|_| !is_of_another) {
            self.budget.tell(left, headers);
        }
        let status = response.status().as_u16();
        let seconds = started.elapsed().as_secs_f64();
        trace::answered(status, seconds);
        if response.status() == StatusCode::FORBIDDEN {
            tracing::info!(asked = loggable(uri.path()), ?address, "forbidden");
        }
        self.meters.record(operation, status, seconds);
        response
    }
}

/// A path without the token that opens a socket.
fn loggable(path: &str) -> &str {
    const SOCKETS: &str = "/ws/";
    path.find(SOCKETS).map_or(path, |at| &path[..at + SOCKETS.len()])
}

/// Tells the caller under which id the log has a request.
pub(crate) fn name(response: &mut Response, id: &str) {
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
}

/// A name for a request: nobody has to be kept from guessing it, so it costs no good randomness.
pub(crate) fn request_id() -> String {
    URL_SAFE_NO_PAD.encode(&fastrand::u128(..).to_ne_bytes()[..12])
}

/// A trailing slash is optional on every path.
fn without_trailing_slash(uri: &mut Uri) {
    let path = uri.path();
    let trimmed = path.trim_end_matches('/');
    if trimmed.len() == path.len() || trimmed.is_empty() {
        return;
    }
    let path_and_query = match uri.query() {
        Some(query) => PathAndQuery::try_from(format!("{trimmed}?{query}")),
        None => PathAndQuery::try_from(trimmed),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = path_and_query.ok();
    if let Ok(changed) = Uri::from_parts(parts) {
        *uri = changed;
    }
}

/// The methods that a path knows (RFC 9110, 15.5.6).
fn allowed(path: &str) -> HeaderValue {
    let fits = |template: &str| {
        let (mut template, mut path) = (template.split('/'), path.split('/'));
        loop {
            match (template.next(), path.next()) {
                (None, None) => return true,
                (Some(t), Some(p)) if t == p || t.starts_with('{') => {}
                _ => return false,
            }
        }
    };
    // A path that is written out goes before one with a parameter, as the routes do.
    let is_written_out = operations().any(|o| o.path == path);
    let known = operations().filter(|o| o.path == path || !is_written_out && fits(o.path));
    let mut methods: Vec<_> = known.map(|o| o.method.as_str()).collect();
    // What is no operation is there to be read: the docs, `/healthz`.
    if crate::pages::PAGES.contains(&path) {
        methods.extend(["GET", "POST"]);
    } else if methods.is_empty() {
        methods.push("GET");
    }
    // What can be read can be asked for without its body.
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    HeaderValue::try_from(methods.join(", ")).unwrap_or(HeaderValue::from_static("GET, HEAD"))
}
