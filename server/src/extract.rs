//! What routes take from a request: the body, who is asking, from where.

use std::pin::pin;

use futures_util::StreamExt as _;
use guildhall_core::{Caller, Error, Guildhall, Origin};
use guildhall_openapi::logins::PasswordGrant;
use guildhall_openapi::{Credentials, ErrorCode, Fault, Language};
use poem::http::header;
use poem::{FromRequest, Request, RequestBody, Result};
use poem_openapi::registry::{MetaMediaType, MetaRequest, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions, SecurityScheme};
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::refusal::Refusal;
use crate::{edge, negotiate};

/// No body may be larger (bytes).
pub(crate) const MOST: usize = 1 << 20;

/// So much of a body that is too large is read all the same: a connection that is closed on someone
/// who still sends loses the answer (RFC 9112, 9.6).
const DRAINED: usize = 8 << 20;

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

/// The body of a sign-in: JSON, or the form of the OAuth2 password flow.
pub(crate) struct LoginBody(pub(crate) Credentials);

/// Reads the body whole, and its media type without parameters.
async fn read(request: &Request, body: &mut RequestBody) -> Result<(String, Vec<u8>), Refusal> {
    let media = request.header(header::CONTENT_TYPE).unwrap_or(JSON);
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let announced = request.header(header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
    let waits_for_a_word = request.header(header::EXPECT).is_some();
    let at_once = if waits_for_a_word { MOST } else { DRAINED };
    if announced.is_some_and(|length: usize| length > at_once) {
        return Err(ErrorCode::BodyTooLarge.into());
    }
    let body = body.take().map_err(|_| Refusal::body("it was read before"))?;
    let (mut bytes, mut length) = (Vec::new(), 0);
    let mut pieces = pin!(body.into_bytes_stream());
    edge::await_body(true);
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| Refusal::body(error.to_string()))?;
        length += piece.len();
        if length <= MOST {
            bytes.extend_from_slice(&piece);
        } else if length > DRAINED {
            break;
        }
    }
    edge::await_body(false);
    if length > MOST {
        return Err(ErrorCode::BodyTooLarge.into());
    }
    Ok((media, bytes))
}

/// The body as text. serde would pass over broken UTF-8 in fields that nobody knows, and mend that
/// of a form.
fn utf8(bytes: &[u8]) -> Result<&str, Refusal> {
    std::str::from_utf8(bytes).map_err(|_| Refusal::body("it is no UTF-8"))
}

fn parse_json<T: DeserializeOwned>(media: &str, bytes: &[u8]) -> Result<T, Refusal> {
    if media != JSON && !(media.starts_with("application/") && media.ends_with("+json")) {
        return Err(ErrorCode::UnsupportedMediaType.into());
    }
    let text = utf8(bytes)?;
    // serde would take an array for an object.
    match text.trim_ascii_start().chars().next() {
        Some('{') => {}
        None => return Err(Refusal::field("body", Fault::Missing)),
        Some(_) => return Err(Refusal::body("it is no JSON object")),
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        // A number where an enum is wanted counts as broken syntax for serde_json.
        let is_json = || serde_json::from_str::<IgnoredAny>(text).is_ok();
        if error.is_data() || is_json() {
            misfit(&path, &error.to_string())
        } else {
            Refusal::body(error.to_string())
        }
    })?;
    json.end().map_err(|error| Refusal::body(error.to_string()))?;
    Ok(value)
}

/// A field that does not fit, from serde's words for it.
fn misfit(path: &str, words: &str) -> Refusal {
    let words = words.split(" at line ").next().unwrap_or_default();
    if let Some(field) = words.strip_prefix("missing field `").and_then(|w| w.strip_suffix('`')) {
        return Refusal::field(field.to_owned(), Fault::Missing);
    }
    let field = if path == "." { "body" } else { path };
    Refusal::field(field.to_owned(), Fault::Malformed(words.to_owned()))
}

fn request_meta(content: Vec<MetaMediaType>) -> Option<MetaRequest> {
    Some(MetaRequest { description: None, content, required: true })
}

impl<'a, T: Type + DeserializeOwned> ApiExtractor<'a> for Body<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        request_meta(vec![MetaMediaType { content_type: JSON, schema: T::schema_ref() }])
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> Result<Self> {
        let (media, bytes) = read(request, body).await?;
        Ok(Self(parse_json(&media, &bytes)?))
    }
}

impl<'a> ApiExtractor<'a> for LoginBody {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        Credentials::register(registry);
        PasswordGrant::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        request_meta(vec![
            MetaMediaType { content_type: JSON, schema: Credentials::schema_ref() },
            MetaMediaType { content_type: FORM, schema: PasswordGrant::schema_ref() },
        ])
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> Result<Self> {
        let (media, bytes) = read(request, body).await?;
        if media == FORM {
            let grant: PasswordGrant = serde_urlencoded::from_str(utf8(&bytes)?)
                .map_err(|error| misfit(".", &error.to_string()))?;
            return Ok(Self(grant.into()));
        }
        Ok(Self(parse_json(&media, &bytes)?))
    }
}

/// An email (or a username) and the password; the client fields stay empty.
#[derive(SecurityScheme)]
#[oai(ty = "oauth2", rename = "account", flows(password(token_url = "login")))]
struct PasswordFlow(
    #[expect(dead_code, reason = "only its description is used")] poem_openapi::auth::Bearer,
);

/// An access token, as `POST /login` gives it.
#[derive(SecurityScheme)]
#[oai(ty = "bearer", rename = "bearer", bearer_format = "JWT")]
struct BearerToken(
    #[expect(dead_code, reason = "only its description is used")] poem_openapi::auth::Bearer,
);

/// Who is asking.
pub(crate) struct SignedIn(pub(crate) Caller);

/// Who is asking, if anyone says so. A token that is shown has to be good.
pub(crate) struct MaybeSignedIn(pub(crate) Option<Caller>);

/// Who is asking for logins to end. It is no part of the user's budget: a thief who spends that cannot keep the owner
/// from throwing them out.
pub(crate) struct Leaving(pub(crate) Caller);

/// The token of the `Authorization` header (RFC 6750, 2.1); `None` where there is no such header.
fn bearer(request: &Request) -> Result<Option<&str>, Refusal> {
    let Some(header) = request.header(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let (scheme, token) = header.split_once(' ').ok_or_else(not_authenticated)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(not_authenticated());
    }
    Ok(Some(token.trim()))
}

/// Who is asking, if anyone says so.
pub(crate) async fn caller(request: &Request) -> Result<Option<Caller>, Refusal> {
    let caller = known(request).await?;
    if let Some(caller) = &caller {
        edge::request_by(caller.id())?;
    }
    Ok(caller)
}

/// The same at no cost to them.
async fn caller_at_no_cost(request: &Request) -> Result<Option<Caller>, Refusal> {
    let caller = known(request).await?;
    if let Some(caller) = &caller {
        edge::request_at_no_cost_to(caller.id());
    }
    Ok(caller)
}

async fn known(request: &Request) -> Result<Option<Caller>, Refusal> {
    let Some(token) = bearer(request)? else { return Ok(None) };
    let guildhall: &Guildhall = request.data().ok_or_else(no_guildhall)?;
    Ok(Some(guildhall.logins().authenticate(token, ip(request)).await?))
}

macro_rules! security {
    ($wrapper:ident, $optional:literal, $caller:ident, $found:expr) => {
        impl<'a> ApiExtractor<'a> for $wrapper {
            const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];
            type ParamType = ();
            type ParamRawType = ();

            fn register(registry: &mut Registry) {
                <PasswordFlow as ApiExtractor>::register(registry);
                <BearerToken as ApiExtractor>::register(registry);
            }

            fn security_schemes() -> Vec<&'static str> {
                vec!["account", "bearer"]
            }

            fn has_security_fallback() -> bool {
                $optional
            }

            async fn from_request(
                request: &'a Request,
                _: &mut RequestBody,
                _: ExtractParamOptions<()>,
            ) -> Result<Self> {
                let found: fn(Option<Caller>) -> Result<Self, Refusal> = $found;
                Ok(found($caller(request).await?)?)
            }
        }
    };
}
security!(SignedIn, false, caller, |caller| caller.map(Self).ok_or_else(not_authenticated));
security!(MaybeSignedIn, true, caller, |caller| Ok(Self(caller)));
security!(Leaving, false, caller_at_no_cost, |caller| caller
    .map(Self)
    .ok_or_else(not_authenticated));

/// The access token that came with a request, for a route that judges it itself; empty where none
/// did.
pub(crate) struct Bearer(pub(crate) String);

impl<'a> FromRequest<'a> for Bearer {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> Result<Self> {
        Ok(Self(bearer(request).ok().flatten().unwrap_or_default().to_owned()))
    }
}

/// The address that the request comes from.
pub(crate) struct Address(pub(crate) Option<std::net::IpAddr>);

impl<'a> FromRequest<'a> for Address {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> Result<Self> {
        Ok(Self(ip(request)))
    }
}

/// What the form of a page sends.
pub(crate) struct Form<T>(pub(crate) T);

impl<'a, T: DeserializeOwned> FromRequest<'a> for Form<T> {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> Result<Self> {
        let (media, bytes) = read(request, body).await?;
        if media != FORM {
            return Err(Refusal::from(ErrorCode::UnsupportedMediaType).into());
        }
        let form = serde_urlencoded::from_str(utf8(&bytes)?);
        Ok(Self(form.map_err(|error| misfit(".", &error.to_string()))?))
    }
}

/// The language that the request asks for.
pub(crate) struct Speaks(pub(crate) Language);

impl<'a> FromRequest<'a> for Speaks {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> Result<Self> {
        Ok(Self(negotiate::language(request)))
    }
}

/// The device that the request comes from.
pub(crate) struct Device(pub(crate) Origin);

/// Where proxies stand between, [`crate::listen`] has put the caller in the place of the peer.
fn ip(request: &Request) -> Option<std::net::IpAddr> {
    request.remote_addr().as_socket_addr().map(std::net::SocketAddr::ip)
}

impl<'a> FromRequest<'a> for Device {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> Result<Self> {
        let user_agent = request.header(header::USER_AGENT).map(str::to_owned);
        Ok(Self(Origin { ip: ip(request), user_agent }))
    }
}

/// A fault of the application that Guildhall is mounted in.
fn no_guildhall() -> Refusal {
    Error::Internal("Guildhall is not among the request's data: `.data(guildhall)`".into()).into()
}

/// The refusal for a call without a valid sign-in.
pub(crate) fn not_authenticated() -> Refusal {
    ErrorCode::NotAuthenticated.into()
}
