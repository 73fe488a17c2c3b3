//! The routes, one file per aggregate.

mod accounts;
mod audit;
mod events;
mod groups;
mod logins;
mod messages;
mod recovery;
mod service;
mod sessions;
mod stream;

use std::collections::HashMap;

use guildhall_openapi::endpoint::Operation;
use guildhall_openapi::operations;
use poem::endpoint::BoxEndpoint;
use poem::http::Method;
use poem::{Endpoint, Request, Response, Result, Route, RouteMethod};
use poem_openapi::{OpenApi, Tags};

use crate::{docs, edge, pages};

/// How the document groups calls.
#[derive(Tags)]
pub(crate) enum Tag {
    /// Signing in and out, and the devices on which one is signed in.
    #[oai(rename = "Sign-in")]
    SignIn,
    /// The people.
    Users,
    /// What takes place when and where, and who attends.
    Events,
    /// What people write to each other.
    Messages,
    /// What people are told as it happens.
    Stream,
    /// What was done, by whom and from where.
    #[oai(rename = "Audit log")]
    Audit,
    /// What people are in, one group each at most.
    Groups,
    /// What people take part in together, from a start to an end.
    Sessions,
}

/// The routes that the OpenAPI document describes.
pub(crate) fn described() -> impl OpenApi {
    (
        (accounts::Routes, groups::Routes, logins::Routes, recovery::Routes, sessions::Routes),
        (events::Routes, messages::Routes, stream::Routes, audit::Routes),
    )
}

/// The call that a route answers. Where the contract says `{event_id}`, poem says `:param0`.
fn operation(method: &Method, path: &str) -> Option<&'static Operation> {
    fn shape(path: &str) -> impl Iterator<Item = &str> {
        path.split('/').map(|part| if part.starts_with([':', '{']) { "" } else { part })
    }
    let is_it =
        |o: &&Operation| o.method.as_str() == method.as_str() && shape(o.path).eq(shape(path));
    operations().find(is_it)
}

/// A route whose requests the log knows by their call.
struct Named {
    endpoint: BoxEndpoint<'static>,
    operation: Option<&'static Operation>,
}

impl Endpoint for Named {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        if let Some(operation) = self.operation {
            edge::is(operation);
        }
        self.endpoint.call(request).await
    }
}

/// All routes.
pub(crate) fn all() -> Route {
    // Not through `OpenApiService`, which would turn errors into text before the edge sees them.
    let mut table: HashMap<String, HashMap<Method, BoxEndpoint<'static>>> = HashMap::new();
    described().add_routes(&mut table);
    let route = table.into_iter().fold(Route::new(), |route, (path, methods)| {
        let methods = methods.into_iter().fold(RouteMethod::new(), |all, (method, endpoint)| {
            let operation = operation(&method, &path);
            all.method(method, Named { endpoint, operation })
        });
        route.at(path, methods)
    });
    service::routes(pages::routes(docs::routes(route)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A call that the log does not know.
    #[test]
    fn each_route_is_a_call_of_the_contract() {
        let mut table: HashMap<String, HashMap<Method, BoxEndpoint<'static>>> = HashMap::new();
        described().add_routes(&mut table);
        let routes =
            table.iter().flat_map(|(path, methods)| methods.keys().map(move |m| (m, path)));
        let mut found: Vec<_> = routes
            .map(|(method, path)| operation(method, path).map(|o| o.id).ok_or(path))
            .collect();
        found.sort_unstable();
        let mut all: Vec<_> = operations().map(|operation| Ok(operation.id)).collect();
        all.sort_unstable();
        assert_eq!(found, all);
    }
}
