//! The table of endpoints: every call that a server answers, with what goes in, what comes out,
//! who may call and what can go wrong. The server's routes and the generated document are checked
//! against it; the client is built on it.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::ErrorCode;

mod access;
#[cfg(feature = "typescript")]
pub(crate) mod signature;

pub use access::{Access, Setting, Verdict, Who};
#[cfg(feature = "typescript")]
pub use signature::{Signature, signatures};

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or acts.
    Post,
    /// Replaces the named fields.
    Put,
    /// Replaces the named fields.
    Patch,
    /// Deletes.
    Delete,
}

impl Method {
    /// The method as HTTP writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// One call, as types: what the generic client sends and reads.
pub trait Endpoint {
    /// The rest of what is known of it.
    const OPERATION: Operation;
    /// The JSON body; `()` for none.
    type Request: Serialize;
    /// The query string; `()` for none.
    type Query: Serialize;
    /// The body of the answer; `()` for `204`.
    type Response: DeserializeOwned;
}

/// One call, as data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The `operationId` of the OpenAPI document.
    pub id: &'static str,
    /// What it does, in a sentence.
    pub summary: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path, with parameters in braces.
    pub path: &'static str,
    /// Who may call.
    pub access: Access,
    /// Whether it takes a body.
    pub has_body: bool,
    /// The codes of its own; [`Operation::errors`] adds those that all such calls share, and those
    /// with which `access` refuses.
    own_errors: &'static [ErrorCode],
}

impl Operation {
    /// Every code this call can answer with.
    pub fn errors(&self) -> impl Iterator<Item = ErrorCode> + use<> {
        use ErrorCode::{
            BodyTooLarge, BodyTooSlow, HeadersTooLarge, Internal, Timeout, TooManyRequests,
            Unavailable, UnsupportedMediaType, UriTooLong, ValidationFailed,
        };
        let body: &[ErrorCode] = if self.has_body {
            &[BodyTooSlow, BodyTooLarge, UnsupportedMediaType, ValidationFailed]
        } else {
            &[]
        };
        let path: &[ErrorCode] = if self.path.contains('{') { &[ValidationFailed] } else { &[] };
        let any = &[UriTooLong, TooManyRequests, HeadersTooLarge, Internal, Unavailable, Timeout];
        let mut codes = [self.own_errors, body, path, any].concat();
        codes.extend(self.refusals());
        codes.sort_unstable();
        codes.dedup();
        codes.into_iter()
    }

    /// Whether it takes an `Idempotency-Key`, under which it can be asked for again without doing
    /// anything twice.
    #[must_use]
    pub const fn is_replayable(&self) -> bool {
        let mut rest = self.own_errors;
        while let [code, others @ ..] = rest {
            if matches!(code, ErrorCode::IdempotencyKeyReused) {
                return true;
            }
            rest = others;
        }
        false
    }
}

/// Declares the endpoints of one aggregate and lists them in `OPERATIONS`.
macro_rules! endpoints {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident = $id:literal $method:ident $path:literal, $access:ident,
        ($request:ty, $query:ty) -> $response:ty, [$($error:ident),*];
    )*) => {
        $(
            $(#[doc = $doc])+
            #[derive(Clone, Copy, Debug)]
            pub struct $name;

            impl $crate::endpoint::Endpoint for $name {
                const OPERATION: $crate::endpoint::Operation = $crate::endpoint::Operation::new(
                    $id,
                    concat!($($doc),+).trim_ascii(),
                    $crate::endpoint::Method::$method,
                    $path,
                    $crate::endpoint::Access::$access,
                    std::mem::size_of::<$request>() > 0,
                    &[$($crate::error::ErrorCode::$error),*],
                );
                type Request = $request;
                type Query = $query;
                type Response = $response;
            }
        )*

        /// The endpoints of this module.
        pub const OPERATIONS: &[$crate::endpoint::Operation] =
            &[$(<$name as $crate::endpoint::Endpoint>::OPERATION),*];

        /// The same endpoints with the types that TypeScript has for them, which are added to
        /// `types`.
        #[cfg(feature = "typescript")]
        pub(crate) fn signatures(
            types: &mut $crate::typescript::Types,
        ) -> Vec<$crate::endpoint::Signature> {
            vec![$($crate::endpoint::Signature::of::<$name>(types)),*]
        }
    };
}
pub(crate) use endpoints;

impl Operation {
    pub(crate) const fn new(
        id: &'static str,
        summary: &'static str,
        method: Method,
        path: &'static str,
        access: Access,
        has_body: bool,
        own_errors: &'static [ErrorCode],
    ) -> Self {
        Self { id, summary, method, path, access, has_body, own_errors }
    }
}

/// All endpoints, aggregate by aggregate.
pub fn operations() -> impl Iterator<Item = &'static Operation> {
    [
        crate::logins::OPERATIONS,
        crate::recovery::OPERATIONS,
        crate::keys::OPERATIONS,
        crate::accounts::OPERATIONS,
        crate::groups::OPERATIONS,
        crate::sessions::OPERATIONS,
        crate::events::OPERATIONS,
        crate::messages::OPERATIONS,
        crate::stream::OPERATIONS,
        crate::audit::OPERATIONS,
        crate::export::OPERATIONS,
    ]
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::operations;

    #[test]
    fn ids_and_routes_are_unique() {
        let ids: HashSet<_> = operations().map(|o| o.id).collect();
        let routes: HashSet<_> = operations().map(|o| (o.method, o.path)).collect();
        assert_eq!((ids.len(), routes.len()), (operations().count(), operations().count()));
    }

    #[test]
    fn summaries_are_sentences() {
        for o in operations() {
            assert!(o.summary.starts_with(char::is_uppercase), "{}", o.id);
            assert!(o.summary.ends_with('.'), "{}", o.id);
        }
    }

    #[test]
    fn calls_that_make_rows_can_be_asked_for_again() {
        let replayable: Vec<_> = operations().filter(|o| o.is_replayable()).map(|o| o.id).collect();
        assert_eq!(
            replayable,
            ["create_user", "create_group", "create_session", "create_event", "send_message"]
        );
    }
}
