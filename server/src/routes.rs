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

use poem::endpoint::BoxEndpoint;
use poem::http::Method;
use poem::{Route, RouteMethod};
use poem_openapi::{OpenApi, Tags};

use crate::{docs, pages};

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

/// All routes.
pub(crate) fn all() -> Route {
    // Not through `OpenApiService`, which would turn errors into text before the edge sees them.
    let mut table: HashMap<String, HashMap<Method, BoxEndpoint<'static>>> = HashMap::new();
    described().add_routes(&mut table);
    let route = table.into_iter().fold(Route::new(), |route, (path, methods)| {
        let methods = methods
            .into_iter()
            .fold(RouteMethod::new(), |all, (method, endpoint)| all.method(method, endpoint));
        route.at(path, methods)
    });
    service::routes(pages::routes(docs::routes(route)))
}
