//! What the log has of a request: a span for all lines that are written while it is answered, and a line at its end.
//! Both have the target `guildhall::requests`, so that a filter can ask for the line (`guildhall::requests=debug`) or do
//! without either (`=off`).

use guildhall_openapi::UserId;
use guildhall_openapi::endpoint::Operation;
use poem::Request;
use tracing::Span;
use tracing::field::Empty;

pub(crate) const TARGET: &str = "guildhall::requests";

/// The span of a request. It is as grave as lines can be, because it is on wherever one of them is.
pub(crate) fn span(id: &str, request: &Request) -> Span {
    let span = tracing::error_span!(
        target: TARGET,
        "request",
        request_id = id,
        method = %request.method(),
        operation = Empty,
        path = Empty,
        user = Empty
    );
    #[cfg(feature = "otel")]
    crate::otel::continues(&span, request.headers());
    span
}

/// The request that is being answered is this call. Its path is the template: what stands in its place may be a token.
pub(crate) fn is(operation: &Operation) {
    tracing::record_all!(Span::current(), operation = operation.id, path = operation.path);
}

/// The request that is being answered is this user's.
pub(super) fn is_by(user: UserId) {
    Span::current().record("user", user.get());
}

/// It was answered so, after so long.
pub(super) fn answered(status: u16, seconds: f64) {
    // To the microsecond: what is behind that is noise.
    let ms = (seconds * 1e6).round() / 1e3;
    tracing::debug!(target: TARGET, status, ms, "answered");
    #[cfg(feature = "otel")]
    crate::otel::answered(status);
}
