//! From what went wrong to what the caller is told: the one table of errors.

use std::borrow::Cow;
use std::sync::Arc;

use guildhall_core::Error;
use guildhall_core::storage::StorageError;
use guildhall_openapi::{ErrorCode, Fault, FieldError, Language, Problem};
use poem::error::ResponseError;
use poem::http::{HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::registry::{MetaResponses, Registry};
use poem_openapi::{ApiResponse, OperationId};

/// An error on its way out. It becomes a problem document at the edge, where the request's id and
/// the language asked for are known.
#[derive(Clone, Debug)]
pub(crate) struct Refusal(Arc<Error>);

impl Refusal {
    /// One field that does not fit.
    pub(crate) fn field(name: impl Into<Cow<'static, str>>, fault: Fault) -> Self {
        Error::field(name, fault).into()
    }

    /// The body, which does not fit as a whole.
    pub(crate) fn body(how: impl Into<String>) -> Self {
        Self::field("body", Fault::Malformed(how.into()))
    }

    /// Tells the log of a fault that is ours. A server that is about to stop says no on purpose.
    pub(crate) fn note(&self) {
        let is_meant = matches!(&*self.0, Error::Refused(ErrorCode::Unavailable));
        if self.0.code().status() >= 500 && !is_meant {
            tracing::error!(error = %self.0, "a request failed");
        }
    }

    /// The answer in full; of a fault that is ours the log has the rest.
    pub(crate) fn answer(&self, language: Language, request_id: &str) -> Response {
        self.note();
        let code = self.0.code();
        let status = status(code);
        let errors = match &*self.0 {
            Error::Invalid { fields, .. } => fields
                .iter()
                .map(|(field, fault)| FieldError {
                    field: field.to_string(),
                    message: fault.message(language).into_owned(),
                })
                .collect(),
            _ => Vec::new(),
        };
        let problem = Problem {
            r#type: "about:blank".to_owned(),
            title: status.canonical_reason().unwrap_or_default().to_owned(),
            status: code.status(),
            code,
            detail: code.detail(language).to_owned(),
            request_id: request_id.to_owned(),
            errors,
        };
        let mut response = Response::builder()
            .status(status)
            .header(header::CONTENT_TYPE, "application/problem+json")
            .header(header::CONTENT_LANGUAGE, language.tag())
            .body(serde_json::to_vec(&problem).unwrap_or_default());
        if status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        // The rest of the body would be taken for the next request (RFC 9110, 15.5.9).
        if status == StatusCode::REQUEST_TIMEOUT {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }

    fn retry_after(&self) -> Option<u64> {
        match &*self.0 {
            Error::TooMany(wait) => {
                Some(wait.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX))
            }
            Error::Overloaded | Error::Storage(StorageError::Busy(_)) => Some(1),
            Error::Refused(ErrorCode::Timeout) => Some(1),
            _ => None,
        }
    }
}

fn status(code: ErrorCode) -> StatusCode {
    StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// What an answer of poem's own, with no more than a status, means.
pub(crate) fn from_status(status: StatusCode) -> Refusal {
    match status {
        StatusCode::NOT_FOUND => ErrorCode::NotFound.into(),
        StatusCode::METHOD_NOT_ALLOWED => ErrorCode::MethodNotAllowed.into(),
        StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::BodyTooLarge.into(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ErrorCode::UnsupportedMediaType.into(),
        status if status.is_client_error() => Refusal::body("it cannot be read"),
        status => Error::Internal(format!("an answer of status {status}").into()).into(),
    }
}

/// An error of a route, or one that no route answered for: no such path, no such method.
pub(crate) async fn from_error(error: poem::Error) -> Response {
    let mut response = match error.downcast_ref::<Refusal>() {
        Some(refusal) => refusal.as_response(),
        None => from_status(error.status()).as_response(),
    };
    if let Some(operation) = error.data::<OperationId>() {
        response.set_data(OperationId(operation.0));
    }
    response
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self(Arc::new(error))
    }
}

impl From<ErrorCode> for Refusal {
    fn from(code: ErrorCode) -> Self {
        Error::from(code).into()
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Refusal {}

impl ResponseError for Refusal {
    fn status(&self) -> StatusCode {
        status(self.0.code())
    }

    /// A stand-in that carries the refusal to the edge.
    fn as_response(&self) -> Response {
        let mut response = self.status().into_response();
        response.set_data(self.clone());
        response
    }
}

/// The document lists errors from the endpoint table, not from here.
impl ApiResponse for Refusal {
    fn meta() -> MetaResponses {
        MetaResponses { responses: Vec::new() }
    }

    fn register(_: &mut Registry) {}
}
