//! The pages that describe the API: the OpenAPI document, and Swagger UI from files that the program carries.

use std::sync::LazyLock;

use poem::http::{HeaderValue, StatusCode, header};
use poem::{Body, Endpoint, IntoResponse, Request, Response, Route, get, handler};
use serde_json::json;

use crate::document;

/// Made when it is first asked for: the routes say all of it, so the program need not carry it besides.
static DOCUMENT: LazyLock<String> = LazyLock::new(document);
const PAGE: &[u8] = include_bytes!("../assets/docs.html");
const START: &[u8] = include_bytes!("../assets/docs.js");
const BUNDLE: &[u8] = include_bytes!("../assets/swagger-ui/swagger-ui-bundle.js.gz");
const STYLE: &[u8] = include_bytes!("../assets/swagger-ui/swagger-ui.css.gz");
/// All is the server's own, and nothing stands inline. Swagger UI carries pictures in its style sheet.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
);
/// Where the document says at which address its paths begin.
const SERVER: &str = "\"url\": \"/\"";

/// `/openapi.json` and `/docs`.
pub(crate) fn routes(route: Route) -> Route {
    route
        .at("/openapi.json", get(described))
        .at("/docs", get(page))
        .at("/docs/start.js", get(file("text/javascript", START)))
        .at("/docs/swagger-ui-bundle.js", get(compressed("text/javascript", BUNDLE)))
        .at("/docs/swagger-ui.css", get(compressed("text/css", STYLE)))
}

/// Where the calls are is a part of the document: below `/`, or where another application has mounted them.
#[handler]
fn described(request: &Request) -> Response {
    let at = request.original_uri().path().trim_end_matches('/');
    let mounted = at.strip_suffix("/openapi.json").filter(|prefix| !prefix.is_empty());
    let body: Body = match mounted {
        None => DOCUMENT.as_str().into(),
        Some(prefix) => DOCUMENT.replacen(SERVER, &format!("\"url\": {}", json!(prefix)), 1).into(),
    };
    Response::builder().header(header::CONTENT_TYPE, "application/json").body(body)
}

/// The page finds its files beside `/docs`, so a trailing slash has to go.
#[handler]
fn page(request: &Request) -> Response {
    if request.original_uri().path().ends_with('/') {
        return StatusCode::PERMANENT_REDIRECT
            .with_header(header::LOCATION, "../docs")
            .into_response();
    }
    content("text/html; charset=utf-8", PAGE)
        .with_header(header::CONTENT_SECURITY_POLICY, POLICY)
        .into_response()
}

/// poem would call bytes `application/octet-stream`, and add a second type to that.
fn content(media: &'static str, bytes: &'static [u8]) -> Response {
    Response::builder().header(header::CONTENT_TYPE, media).body(bytes)
}

fn file(media: &'static str, bytes: &'static [u8]) -> impl Endpoint {
    poem::endpoint::make_sync(move |_| content(media, bytes))
}

fn compressed(media: &'static str, bytes: &'static [u8]) -> impl Endpoint {
    poem::endpoint::make_sync(move |_| {
        content(media, bytes)
            .with_header(header::CONTENT_ENCODING, "gzip")
            .with_header(header::CACHE_CONTROL, "max-age=86400")
    })
}
