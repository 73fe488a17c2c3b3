//! Path and query parameters. One that does not fit is refused by its name.

use std::net::IpAddr;
use std::str::FromStr;

use guildhall_openapi::Fault;
use guildhall_openapi::page::{Limit, Page, Recent, Skip};
use guildhall_openapi::stream::Wait;
use guildhall_openapi::text::{Cursor, IdempotencyKey, Search, Token};
use guildhall_openapi::{
    AuditAction, AuditId, EventId, GroupId, LoginId, MessageId, SessionId, SessionState, Timestamp,
    UserId,
};
use poem::{Request, RequestBody, Result};
use poem_openapi::registry::{MetaParamIn, MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};

use crate::refusal::Refusal;

/// What can stand in a parameter.
pub(crate) trait Parameter: Type + Sized {
    /// Reads it.
    fn read(text: &str) -> Result<Self, Fault>;
}

macro_rules! parameters {
    ($($type:ty),*) => {$(
        impl Parameter for $type {
            fn read(text: &str) -> Result<Self, Fault> {
                Self::from_str(text)
            }
        }
    )*};
}
parameters!(
    Limit,
    Skip,
    Search,
    IdempotencyKey,
    AuditAction,
    AuditId,
    EventId,
    GroupId,
    LoginId,
    MessageId,
    SessionId,
    SessionState,
    UserId,
    Cursor,
    Token,
    Wait
);

impl Parameter for Timestamp {
    /// A `+` that was not encoded arrives as a space.
    fn read(text: &str) -> Result<Self, Fault> {
        text.parse().or_else(|fault| text.trim().replace(' ', "+").parse().map_err(|_| fault))
    }
}

impl Parameter for IpAddr {
    fn read(text: &str) -> Result<Self, Fault> {
        text.parse().map_err(|_| Fault::Malformed("it is no address".into()))
    }
}

impl Parameter for bool {
    fn read(text: &str) -> Result<Self, Fault> {
        match text {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(Fault::Malformed("neither true nor false".into())),
        }
    }
}

/// An id in the path.
pub(crate) struct Path<T>(pub(crate) T);

/// A parameter of the query string; the first, where it is there more than once.
#[derive(Clone, Copy)]
pub(crate) struct Query<T>(pub(crate) Option<T>);

macro_rules! extractor {
    ($wrapper:ident, $place:ident, $required:literal, $read:expr) => {
        impl<'a, T: Parameter + Named> ApiExtractor<'a> for $wrapper<T> {
            const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];
            const PARAM_IS_REQUIRED: bool = $required;
            type ParamType = T;
            type ParamRawType = T::RawValueType;

            fn register(registry: &mut Registry) {
                T::register(registry);
            }

            fn param_in() -> Option<MetaParamIn> {
                Some(MetaParamIn::$place)
            }

            fn param_schema_ref() -> Option<MetaSchemaRef> {
                Some(T::schema_ref())
            }

            async fn from_request(
                request: &'a Request,
                _: &mut RequestBody,
                options: ExtractParamOptions<T>,
            ) -> Result<Self> {
                let read: fn(&Request, &'static str) -> Result<Self, Refusal> = $read;
                Ok(read(request, options.name)?)
            }
        }
    };
}

/// A header.
pub(crate) struct Header<T>(pub(crate) Option<T>);

extractor!(Header, Header, false, |request, name| {
    let Some(value) = request.headers().get(name) else { return Ok(Self(None)) };
    let text = value
        .to_str()
        .map_err(|_| Refusal::field(name, Fault::Malformed("it is no ASCII text".into())))?;
    T::read(text).map(|value| Self(Some(value))).map_err(|fault| Refusal::field(name, fault))
});

/// poem-openapi numbers path parameters; an id knows the name of its own.
pub(crate) trait Named {
    const NAME: &'static str;
}

macro_rules! named {
    ($($type:ty = $name:expr),* $(,)?) => {$(
        impl Named for $type {
            const NAME: &'static str = $name;
        }
    )*};
}
named!(
    UserId = UserId::PARAMETER,
    GroupId = GroupId::PARAMETER,
    LoginId = LoginId::PARAMETER,
    EventId = EventId::PARAMETER,
    AuditAction = "action",
    AuditId = AuditId::PARAMETER,
    IpAddr = "ip",
    Timestamp = "time",
    SessionId = SessionId::PARAMETER,
    MessageId = MessageId::PARAMETER,
    Token = "token",
    Cursor = "cursor",
    Wait = "wait",
    SessionState = "state",
    Limit = "limit",
    Skip = "skip",
    Search = "q",
    IdempotencyKey = "Idempotency-Key",
    bool = "flag",
);

/// The part of a list that its three parameters ask for.
pub(crate) fn page<Id>(after: Query<Id>, skip: Query<Skip>, limit: Query<Limit>) -> Page<Id> {
    let (skip, limit) = (skip.0.unwrap_or_default(), limit.0.unwrap_or_default());
    Page { after: after.0, skip, limit }
}

/// The same of a list that is newest first.
pub(crate) fn recent<Id>(before: Query<Id>, skip: Query<Skip>, limit: Query<Limit>) -> Recent<Id> {
    let (skip, limit) = (skip.0.unwrap_or_default(), limit.0.unwrap_or_default());
    Recent { before: before.0, skip, limit }
}

extractor!(Path, Path, true, |request, name| {
    let text = request.raw_path_param(name).unwrap_or_default();
    T::read(text).map(Self).map_err(|fault| Refusal::field(T::NAME, fault))
});

extractor!(Query, Query, false, |request, name| {
    let Some(query) = request.uri().query() else {
        return Ok(Self(None));
    };
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query)
        .map_err(|error| Refusal::field(name, Fault::Malformed(error.to_string())))?;
    pairs
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, text)| T::read(text).map_err(|fault| Refusal::field(name, fault)))
        .transpose()
        .map(Self)
});
