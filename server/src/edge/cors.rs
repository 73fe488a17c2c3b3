//! Pages of other origins: which of them may read answers (the Fetch standard's CORS protocol), and which may open
//! WebSockets, of which browsers ask nobody (OWASP ASVS 5.0, 4.4.2).

use std::str::FromStr;

use poem::http::header::{self, HeaderMap, HeaderValue};
use poem::http::uri::Authority;
use poem::http::{Method, StatusCode, Uri};
use poem::{IntoResponse as _, Request, Response};

const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE");
const HEADERS: HeaderValue =
    HeaderValue::from_static("Accept-Language, Authorization, Content-Type, Idempotency-Key");
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "Content-Disposition, Link, Retry-After, X-Request-Id, RateLimit-Limit, RateLimit-Remaining, \
     RateLimit-Reset, RateLimit-Policy",
);
/// How long a browser may remember a preflight, in seconds: as long as any of them does.
const AGE: HeaderValue = HeaderValue::from_static("7200");
const ANY: HeaderValue = HeaderValue::from_static("*");

/// The origins, apart from the server's own, whose pages may use the API.
#[derive(Clone, Debug, Default)]
pub struct Cors {
    any: bool,
    origins: Vec<HeaderValue>,
}

impl FromStr for Cors {
    type Err = String;

    /// Origins (RFC 6454) with commas between, `https://app.example.org, http://localhost:5173` say; or `*` alone.
    fn from_str(text: &str) -> Result<Self, String> {
        if text.trim() == "*" {
            return Ok(Self { any: true, origins: Vec::new() });
        }
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        Ok(Self { any: false, origins: parts.map(origin).collect::<Result<_, _>>()? })
    }
}

/// An origin as browsers write it.
fn origin(text: &str) -> Result<HeaderValue, String> {
    if text == "*" {
        return Err("\"*\" stands alone: it is all origins already".to_owned());
    }
    let no = |why| Err(format!("{text:?} is no origin, as https://app.example.org is: {why}"));
    let Some((scheme, rest)) = text.split_once("://") else { return no("it has no scheme") };
    let Ok(authority) = rest.parse::<Authority>() else {
        return no("behind the scheme stands a host and perhaps a port, and nothing else");
    };
    let default = [("http", 80), ("https", 443), ("ws", 80), ("wss", 443)];
    if default.contains(&(scheme, authority.port_u16().unwrap_or_default())) {
        return no("browsers leave the usual port out");
    }
    if authority.as_str().contains(['@', '*']) || authority.host().is_empty() {
        return no("it names one host");
    }
    if text.contains(|c: char| c.is_ascii_uppercase()) {
        return no("it has to be in lower case");
    }
    if text.parse::<Uri>().is_err() {
        return no("it is no URL");
    }
    HeaderValue::try_from(text).or_else(|_| no("it has to be in ASCII"))
}

impl Cors {
    fn allows(&self, origin: &HeaderValue) -> bool {
        self.any || self.origins.contains(origin)
    }

    /// The origin that may read the answer to a request, as the answer has to say it.
    pub(super) fn reader(&self, request: &Request) -> Option<HeaderValue> {
        let origin = request.headers().get(header::ORIGIN)?;
        self.allows(origin).then(|| if self.any { ANY } else { origin.clone() })
    }

    /// The answer to a preflight of an origin that is allowed. Others ask for a method that no path knows.
    pub(super) fn preflight(&self, request: &Request) -> Option<Response> {
        let asked = request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        if request.method() != Method::OPTIONS || !asked {
            return None;
        }
        self.reader(request)?;
        let mut response = StatusCode::NO_CONTENT.into_response();
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, AGE);
        Some(response)
    }

    /// Says who may read an answer.
    pub(super) fn tell(&self, reader: Option<HeaderValue>, headers: &mut HeaderMap) {
        if !self.origins.is_empty() {
            headers.append(header::VARY, HeaderValue::from_static("Origin"));
        }
        let Some(reader) = reader else { return };
        // With `*`, browsers are to send no credentials of their own.
        if !self.any {
            let yes = HeaderValue::from_static("true");
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
        }
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, reader);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }

    /// Whether a request asks for a WebSocket on behalf of a page of a strange origin. Programs name none.
    pub(super) fn hijacks(&self, request: &Request) -> bool {
        let headers = request.headers();
        let Some(origin) = headers.get(header::ORIGIN) else { return false };
        headers.contains_key(header::UPGRADE) && !self.allows(origin) && !is_own(origin, request)
    }
}

/// Whether an origin is the one that was asked: a proxy that speaks TLS hands on the host and not the scheme.
fn is_own(origin: &HeaderValue, request: &Request) -> bool {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    // HTTP/2 has it elsewhere, where this is mounted in a server that speaks it.
    let host = host.or_else(|| request.original_uri().authority().map(Authority::as_str));
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    origin.zip(host).is_some_and(|((_, origin), host)| origin.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_origin_is_named() {
        for good in [
            "",
            "*",
            " https://app.example.org , http://localhost:5173",
            "http://[::1]:3000",
            "capacitor://localhost",
        ] {
            assert!(good.parse::<Cors>().is_ok(), "{good}");
        }
        for bad in [
            "app.example.org",
            "https://app.example.org/",
            "https://app.example.org/page",
            "https://app.example.org:443",
            "http://app.example.org:80",
            "https://*.example.org",
            "https://someone@example.org",
            "https://App.example.org",
            "https://",
            "https://app.example.org, *",
            "null",
            "https://exämple.org",
        ] {
            let why = bad.parse::<Cors>().unwrap_err();
            let part = bad.rsplit(", ").next().unwrap();
            assert!(why.contains(&format!("{part:?}")), "{bad}: {why}");
        }
    }

    #[test]
    fn what_is_wrong_with_an_origin_is_said() {
        for (bad, why) in [
            ("https://App.example.org", "it has to be in lower case"),
            ("*,https://app.example.org", "\"*\" stands alone"),
            ("https://app.example.org, *", "\"*\" stands alone"),
        ] {
            assert!(bad.parse::<Cors>().unwrap_err().contains(why), "{bad}");
        }
    }

    #[test]
    fn a_socket_is_for_the_own_page_those_listed_and_programs() {
        let hijacks = |cors: &str, host: &str, origin: &str| {
            let mut request = Request::builder().uri(Uri::from_static("/ws"));
            request = request.header("upgrade", "websocket").header("host", host);
            if !origin.is_empty() {
                request = request.header("origin", origin);
            }
            cors.parse::<Cors>().unwrap().hijacks(&request.finish())
        };
        for own in ["https://example.org", "http://EXAMPLE.org", ""] {
            assert!(!hijacks("", "example.org", own), "{own}");
        }
        for strange in ["https://evil.example", "https://example.org.evil.example", "null", "x"] {
            assert!(hijacks("https://app.example", "example.org", strange), "{strange}");
            assert!(!hijacks("*", "example.org", strange), "{strange}");
        }
        assert!(hijacks("", "example.org:8000", "http://example.org:9000"), "another port");
        assert!(!hijacks("https://app.example", "example.org", "https://app.example"));
    }
}
