//! What a call takes and gives, in the names that TypeScript has for it.

use ts_rs::TS;

use super::{Endpoint, Operation};
use crate::ids;
use crate::typescript::{self, Types};

/// One call with the types of [`typescript::declarations`], as the npm package's method for it
/// declares them.
#[derive(Clone, Debug)]
pub struct Signature {
    /// What is known of the call besides.
    pub operation: &'static Operation,
    /// The path's parameters in their order, by name and type: `("user_id", "UserId")`.
    pub parameters: Vec<(&'static str, &'static str)>,
    /// The type of the JSON body, if it takes one.
    pub request: Option<String>,
    /// The type of the query, if it takes one.
    pub query: Option<String>,
    /// The type of the answer; `void` for `204`.
    pub response: String,
}

impl Signature {
    /// What `E` takes and gives. Its types, and those within them, are added to `types`.
    pub(crate) fn of<E: Endpoint>(types: &mut Types) -> Self
    where
        E::Request: TS + 'static,
        E::Query: TS + 'static,
        E::Response: TS + 'static,
    {
        types.add::<E::Response>();
        types.add::<E::Request>();
        types.add_query::<E::Query>();
        Self {
            operation: &E::OPERATION,
            parameters: E::OPERATION.parameters().map(|name| (name, parameter(name))).collect(),
            request: typescript::name::<E::Request>(),
            query: typescript::name::<E::Query>(),
            response: typescript::name::<E::Response>().unwrap_or_else(|| "void".to_owned()),
        }
    }
}

/// The type of a path's parameter: what carries no id is text.
fn parameter(name: &str) -> &'static str {
    let id = ids::PARAMETERS.iter().find(|(parameter, _)| *parameter == name);
    id.map_or("string", |(_, id)| *id)
}

/// All endpoints, in the order of [`operations`](super::operations).
pub fn signatures() -> impl Iterator<Item = Signature> {
    all(&mut Types::default()).into_iter()
}

/// All endpoints, in the same order; their types are added to `types`.
pub(crate) fn all(types: &mut Types) -> Vec<Signature> {
    [
        crate::logins::signatures,
        crate::recovery::signatures,
        crate::keys::signatures,
        crate::accounts::signatures,
        crate::groups::signatures,
        crate::sessions::signatures,
        crate::events::signatures,
        crate::messages::signatures,
        crate::stream::signatures,
        crate::audit::signatures,
        crate::export::signatures,
    ]
    .into_iter()
    .flat_map(|module| module(types))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::{Signature, signatures};
    use crate::endpoint::operations;

    fn of(id: &str) -> Signature {
        signatures().find(|signature| signature.operation.id == id).unwrap()
    }

    #[test]
    fn every_operation_has_its_signature() {
        assert!(signatures().map(|signature| signature.operation).eq(operations()));
        for Signature { operation, request, .. } in signatures() {
            assert_eq!(request.is_some(), operation.has_body, "{}", operation.id);
        }
    }

    #[test]
    fn types_go_by_their_names() {
        let update = of("update_user");
        assert_eq!(update.parameters, [("user_id", "UserId")]);
        assert_eq!(update.request.as_deref(), Some("UserPatch"));
        assert_eq!((update.query, update.response.as_str()), (None, "User"));
        let list = of("list_users");
        assert_eq!(list.query.as_deref(), Some("UserQuery"));
        assert_eq!((list.request, list.response.as_str()), (None, "UserView[]"));
        assert_eq!(of("list_groups").query.as_deref(), Some("Page<GroupId>"));
        assert_eq!(of("logout").response, "void");
        let join = of("add_session_user");
        assert_eq!(join.parameters, [("session_id", "SessionId"), ("user_id", "UserId")]);
        assert_eq!(of("open_stream_by_token").parameters, [("token", "string")]);
    }
}
