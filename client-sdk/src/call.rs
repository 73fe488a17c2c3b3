//! One call of the contract, with what goes along.

use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use guildhall_openapi::Endpoint;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// One call of the contract, made by [`Client::send`](crate::Client::send): for calls that need
/// more than their method gives.
pub struct Call<E> {
    pub(crate) path: String,
    pub(crate) body: Bytes,
    pub(crate) idempotency_key: Option<String>,
    endpoint: PhantomData<fn() -> E>,
}

impl<E: Endpoint> Call<E> {
    /// A call whose path has these parameters, in their order.
    #[must_use]
    pub fn to(parameters: &[&dyn fmt::Display]) -> Self {
        let mut path = String::new();
        let mut parameters = parameters.iter();
        for part in E::OPERATION.path.split_inclusive('/') {
            if part.starts_with('{') {
                let value = parameters.next().map(ToString::to_string).unwrap_or_default();
                path.extend(utf8_percent_encode(&value, NON_ALPHANUMERIC));
                path += if part.ends_with('/') { "/" } else { "" };
            } else {
                path += part;
            }
        }
        Self { path, body: Bytes::new(), idempotency_key: None, endpoint: PhantomData }
    }

    /// With this body.
    #[must_use]
    pub fn body(mut self, body: &E::Request) -> Self {
        // Types of the contract are maps with text keys, which is all that could fail.
        self.body = serde_json::to_vec(body).unwrap_or_default().into();
        self
    }

    /// With this query.
    #[must_use]
    pub fn query(mut self, query: &E::Query) -> Self {
        // As above: flat structs of numbers and texts.
        let query = serde_urlencoded::to_string(query).unwrap_or_default();
        if !query.is_empty() {
            self.path = format!("{}?{query}", self.path);
        }
        self
    }

    /// Under this `Idempotency-Key` instead of a random one, so that a program that was stopped can
    /// ask again after it was started. For calls that create something; a server remembers a key for
    /// a day.
    #[must_use]
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }

    /// The list at a path, from another place on.
    pub(crate) fn at(path: &str, query: &str) -> Self {
        let path = path.split('?').next().unwrap_or_default();
        Self { path: format!("{path}?{query}"), ..Self::to(&[]) }
    }
}

impl<E: Endpoint> fmt::Debug for Call<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // No body: there are passwords in some.
        f.debug_struct(E::OPERATION.id).field("path", &self.path).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use guildhall_openapi::events::{EventQuery, EventSelection, GetEventCalendar, ListEvents};
    use guildhall_openapi::sessions::RemoveSessionUser;
    use guildhall_openapi::stream::OpenStreamByToken;
    use guildhall_openapi::{SessionId, UserId};

    use super::*;

    #[test]
    fn parameters_stand_in_the_path() {
        let (session, user) = (SessionId::FIRST, UserId::new(7).unwrap());
        let call = Call::<RemoveSessionUser>::to(&[&session, &user]);
        assert_eq!(call.path, "/sessions/1/users/7");
        assert_eq!(Call::<GetEventCalendar>::to(&[&9]).path, "/events/9/event.ics");
        assert_eq!(Call::<OpenStreamByToken>::to(&[&"a/b?"]).path, "/ws/a%2Fb%3F");
    }

    #[test]
    fn queries_are_encoded_and_replaced() {
        let selection = EventSelection { q: Some("a & b".into()), ..EventSelection::default() };
        let query = EventQuery { selection, ..EventQuery::default() };
        let call = Call::<ListEvents>::to(&[]).query(&query);
        assert_eq!(call.path, "/events?q=a+%26+b&skip=0&limit=100");
        assert_eq!(Call::<ListEvents>::at(&call.path, "after=7").path, "/events?after=7");
    }
}
