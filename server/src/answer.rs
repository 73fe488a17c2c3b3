//! What routes answer with.

mod pieces;

use std::marker::PhantomData;

use guildhall_core::events::Calendar;
use guildhall_core::export::ExportPieces;
use guildhall_openapi::Export;
use guildhall_openapi::page::Skip;
use poem::http::{HeaderValue, StatusCode, Uri, header};
use poem::{Body, IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;
use serde::Serialize;

use crate::refusal::Refusal;
pub(crate) use pieces::LogId;
use pieces::in_pieces;

/// The result of a route.
pub(crate) type Answer<T> = Result<T, Refusal>;

const JSON: &str = "application/json";

fn one(status: u16, description: &'static str, content: Vec<MetaMediaType>) -> MetaResponses {
    let (status, status_range, headers) = (Some(status), None, Vec::new());
    MetaResponses {
        responses: vec![MetaResponse { description, status, status_range, content, headers }],
    }
}

fn header_meta(name: &str, about: &str) -> MetaHeader {
    MetaHeader {
        name: name.to_owned(),
        description: Some(about.to_owned()),
        required: false,
        deprecated: false,
        schema: String::schema_ref(),
    }
}

/// `200` with a body, written by serde straight to bytes.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: Serialize + Send> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            // Tokens and people's data are nothing for a cache (RFC 6749, 5.1; RFC 9111, 5.2.2.5).
            Ok(body) => Response::builder()
                .header(header::CONTENT_TYPE, JSON)
                .header(header::CACHE_CONTROL, "no-store")
                .body(body),
            Err(error) => {
                let refusal = Refusal::from(guildhall_core::Error::Internal(error.into()));
                poem::error::ResponseError::as_response(&refusal)
            }
        }
    }
}

impl<T: Serialize + Type> ApiResponse for Json<T> {
    fn meta() -> MetaResponses {
        one(200, "Done", vec![MetaMediaType { content_type: JSON, schema: T::schema_ref() }])
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// `200` with a body that tells nothing of anyone: caches may keep it for five minutes.
pub(crate) struct Kept<T>(pub(crate) T);

impl<T: Serialize + Send> IntoResponse for Kept<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.0).into_response();
        if response.status().is_success() {
            let kept = HeaderValue::from_static("public, max-age=300");
            response.headers_mut().insert(header::CACHE_CONTROL, kept);
        }
        response
    }
}

impl<T: Serialize + Type> ApiResponse for Kept<T> {
    fn meta() -> MetaResponses {
        Json::<T>::meta()
    }

    fn register(registry: &mut Registry) {
        Json::<T>::register(registry);
    }
}

/// `200` with iCalendar text, which may come in pieces.
pub(crate) struct ICalendar {
    body: Body,
    log: LogId,
}

impl ICalendar {
    /// The whole of it.
    pub(crate) fn whole(text: String) -> Self {
        Self { body: text.into(), log: LogId::default() }
    }

    /// Piece by piece, as they are read.
    pub(crate) fn pieces(calendar: Calendar) -> Self {
        let (body, log) = in_pieces(calendar);
        Self { body, log }
    }
}

const ICALENDAR: &str = "text/calendar; charset=utf-8";

impl IntoResponse for ICalendar {
    fn into_response(self) -> Response {
        let response = Response::builder().header(header::CONTENT_TYPE, ICALENDAR);
        response.extension(self.log).body(self.body)
    }
}

impl ApiResponse for ICalendar {
    fn meta() -> MetaResponses {
        let (content_type, schema) = (ICALENDAR, String::schema_ref());
        one(200, "Done", vec![MetaMediaType { content_type, schema }])
    }

    fn register(_: &mut Registry) {}
}

/// `200` with the JSON of a `T` for a file of its own, which comes in pieces.
pub(crate) struct Attachment<T> {
    name: &'static str,
    body: Body,
    log: LogId,
    of: PhantomData<fn() -> T>,
}

impl Attachment<Export> {
    /// Piece by piece, as they are read.
    pub(crate) fn pieces(name: &'static str, pieces: ExportPieces) -> Self {
        let (body, log) = in_pieces(pieces);
        Self { name, body, log, of: PhantomData }
    }
}

impl<T> IntoResponse for Attachment<T> {
    fn into_response(self) -> Response {
        Response::builder()
            .header(header::CONTENT_TYPE, JSON)
            .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", self.name))
            .header(header::CACHE_CONTROL, "no-store")
            .extension(self.log)
            .body(self.body)
    }
}

impl<T: Serialize + Type> ApiResponse for Attachment<T> {
    fn meta() -> MetaResponses {
        let mut meta = Json::<T>::meta();
        for response in &mut meta.responses {
            let about = "That it is a file, and what to call it";
            response.headers.push(header_meta("Content-Disposition", about));
        }
        meta
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// `204`.
pub(crate) struct Done;

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl ApiResponse for Done {
    fn meta() -> MetaResponses {
        one(204, "Done", Vec::new())
    }

    fn register(_: &mut Registry) {}
}

/// A page of a list, and where the next one is.
pub(crate) struct Listing<T> {
    rows: Vec<T>,
    next: Option<HeaderValue>,
}

impl<T> Listing<T> {
    /// A page; where there is `more`, the next one begins after the last row's id.
    pub(crate) fn new(uri: &Uri, rows: Vec<T>, more: bool, id: impl Fn(&T) -> i64) -> Self {
        Self::going_on(uri, "after", rows, more, id)
    }

    /// The same of a list that is newest first, whose next page is before the last row's id.
    pub(crate) fn recent(uri: &Uri, rows: Vec<T>, more: bool, id: impl Fn(&T) -> i64) -> Self {
        Self::going_on(uri, "before", rows, more, id)
    }

    /// The same of a list whose next page begins after so many rows.
    pub(crate) fn counted(uri: &Uri, rows: Vec<T>, more: bool, skipped: Skip) -> Self {
        let shown = i64::try_from(skipped.get() + rows.len() as u64).ok().filter(|_| more);
        Self { next: shown.and_then(|shown| next(uri, "skip", shown)), rows }
    }

    fn going_on(uri: &Uri, from: &str, rows: Vec<T>, more: bool, id: impl Fn(&T) -> i64) -> Self {
        let last = rows.last().filter(|_| more).map(id);
        Self { next: last.and_then(|last| next(uri, from, last)), rows }
    }
}

/// `Link` (RFC 8288) to the same list from `last` on, relative to the request's own address.
fn next(uri: &Uri, from: &str, last: i64) -> Option<HeaderValue> {
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_str(uri.query().unwrap_or_default()).unwrap_or_default();
    let mut kept: Vec<_> =
        pairs.into_iter().filter(|(key, _)| key != from && key != "skip").collect();
    kept.push((from.to_owned(), last.to_string()));
    let query = serde_urlencoded::to_string(kept).ok()?;
    HeaderValue::try_from(format!("<?{query}>; rel=\"next\"")).ok()
}

impl<T: Serialize + Send> IntoResponse for Listing<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.rows).into_response();
        if let Some(next) = self.next {
            response.headers_mut().insert(header::LINK, next);
        }
        response
    }
}

impl<T: Serialize + Type> ApiResponse for Listing<T> {
    fn meta() -> MetaResponses {
        let mut meta = Json::<Vec<T>>::meta();
        for response in &mut meta.responses {
            let about = "Where the next page is (`rel=\"next\"`), if there is one";
            response.headers.push(header_meta("Link", about));
        }
        meta
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

#[cfg(test)]
mod tests {
    use super::next;

    #[test]
    fn the_next_page_keeps_the_filters() {
        let uri = "/users?q=a%26b&skip=3&limit=2&after=1".parse().unwrap();
        assert_eq!(next(&uri, "after", 9).unwrap(), "<?q=a%26b&limit=2&after=9>; rel=\"next\"");
    }
}
