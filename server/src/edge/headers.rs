//! What answers tell browsers to be careful with (OWASP ASVS 5.0, 3.4), and caches to leave alone (14.3.2).

use poem::http::header::{self, HeaderMap, HeaderValue};

const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
const NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
/// Of answers that are for programs: a browser that shows one runs nothing of it.
const DATA: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
/// Of the server's own pages below [`PAGES`], which have forms and no scripts.
const FORMS: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; \
     base-uri 'none'",
);
const PAGES: &str = "/auth/pages/";

/// Adds what an answer at this path does not say by itself: a route that knows better keeps its own.
pub(super) fn secure(path: &str, headers: &mut HeaderMap) {
    let policy = if path.starts_with(PAGES) { FORMS } else { DATA };
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, NOSNIFF);
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::REFERRER_POLICY, NO_REFERRER),
        (header::CACHE_CONTROL, NO_STORE),
    ] {
        headers.entry(name).or_insert(value);
    }
}
