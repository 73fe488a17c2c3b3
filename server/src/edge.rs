//! What every request passes on its way in and out: a trailing slash goes, an id comes, errors
//! become problem documents, and what happened is counted.

use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guildhall_openapi::operations;
use poem::http::uri::PathAndQuery;
use poem::http::{HeaderName, HeaderValue, StatusCode, Uri, header};
use poem::{Endpoint, Request, Response, Result};
use poem_openapi::OperationId;

use crate::meters::Meters;
use crate::negotiate;
use crate::refusal::{Refusal, from_status};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Marks an answer that people read as it is, whatever its status.
#[derive(Clone, Copy)]
pub(crate) struct Rendered;

/// The edge around all routes, which answer every request.
pub(crate) struct Edge<E> {
    routes: E,
    meters: Meters,
}

impl<E: Endpoint<Output = Response>> Edge<E> {
    pub(crate) fn around(routes: E) -> Self {
        Self { routes, meters: Meters::default() }
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for Edge<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let started = Instant::now();
        let language = negotiate::language(&request);
        let method = request.method().clone();
        without_trailing_slash(request.uri_mut());
        // Shares its text with the request.
        let uri = request.uri().clone();
        let id = request_id();
        let mut response = self.routes.call(request).await?;
        let operation = response.data::<OperationId>().map_or("none", |operation| operation.0);
        let status = response.status();
        if status.is_client_error() || status.is_server_error() {
            let refusal = response.data::<Refusal>().cloned();
            let refusal = refusal.unwrap_or_else(|| from_status(status));
            if response.data::<Rendered>().is_some() {
                refusal.note(operation, &id);
            } else {
                response = refusal.answer(operation, language, &id);
            }
            if status == StatusCode::METHOD_NOT_ALLOWED {
                response.headers_mut().insert(header::ALLOW, allowed(uri.path()));
            }
        }
        name(&mut response, &id);
        let status = response.status().as_u16();
        let seconds = started.elapsed().as_secs_f64();
        tracing::debug!(request_id = id, %method, operation, status, seconds, "answered");
        self.meters.record(operation, status, seconds);
        Ok(response)
    }
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
    let methods: Vec<_> = known.map(|o| o.method.as_str()).collect();
    // What is no operation is there to be read: the docs, `/healthz`.
    let is_page = crate::pages::PAGES.contains(&path);
    let methods = if is_page { "GET, POST".to_owned() } else { methods.join(", ") };
    let methods = if methods.is_empty() { "GET".to_owned() } else { methods };
    HeaderValue::try_from(methods).unwrap_or(HeaderValue::from_static("GET"))
}
