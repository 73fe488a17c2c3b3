//! Guildhall over HTTP: routes that parse, call the core once and map the answer; no rules.
//!
//! [`app`] is the whole of it as a poem endpoint, for the binary `guildhall`, for tests, and to be
//! mounted in another poem application.

mod answer;
mod authenticated;
mod docs;
mod document;
mod draining;
mod edge;
mod extract;
mod listen;
mod negotiate;
mod pages;
mod parameter;
mod rarely;
mod refusal;
mod routes;
mod socket;
mod web;

pub mod cli;
pub mod mailer;
pub mod meters;
#[cfg(feature = "nats")]
pub mod nats;
#[cfg(feature = "otel")]
mod otel;

use guildhall_core::Guildhall;
use poem::middleware::CatchPanic;
use poem::{Endpoint, EndpointExt, Response};

pub use authenticated::Authenticated;
pub use document::document;
pub use edge::{Cors, EdgePolicy};
pub use listen::Proxies;
pub use web::Web;

/// All routes of Guildhall as one endpoint. It answers every request; it returns no error. It counts for the
/// recorder of `metrics` that is installed when a call is first answered, so that one comes first.
///
/// Who is calling is the request's `remote_addr`.
pub fn app(guildhall: &Guildhall) -> impl Endpoint<Output = Response> + use<> {
    app_with(guildhall, None, &EdgePolicy::default())
}

/// The same with another policy at its edge, and with the files of a folder at all paths that are none of the API's.
pub fn app_with(
    guildhall: &Guildhall,
    web: Option<Web>,
    policy: &EdgePolicy,
) -> impl Endpoint<Output = Response> + use<> {
    let routes = match web {
        Some(web) => web.beside(routes::all()),
        None => routes::all(),
    };
    guarded(routes, policy).data(guildhall.clone())
}

/// The edge around routes, which may panic.
fn guarded(
    routes: poem::Route,
    policy: &EdgePolicy,
) -> edge::Edge<impl Endpoint<Output = Response> + use<>> {
    let routes = routes.with(CatchPanic::new()).catch_all_error(refusal::from_error);
    edge::Edge::around(routes, policy)
}
