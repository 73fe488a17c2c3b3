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

/// The call that a route answers. Where the contract says `{id}`, poem says `:id`.
fn operation(method: &Method, path: &str) -> Option<&'static Operation> {
    let bare = |part: &str| part.trim_matches([':', '{', '}']).to_owned();
    let parts: Vec<_> = path.split('/').map(bare).collect();
    operations().find(|operation| {
        operation.method.as_str() == method.as_str()
            && operation.path.split('/').map(bare).eq(parts.iter().cloned())
    })
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
