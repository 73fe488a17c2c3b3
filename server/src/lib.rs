//! Guildhall over HTTP: routes that parse, call the core once and map the answer; no rules.
//!
//! [`app`] is the whole of it as a poem endpoint, for the binary `guildhall`, for tests, and to be
//! mounted in another poem application.

mod answer;
mod authenticated;
mod docs;
mod document;
mod edge;
mod extract;
mod meters;
mod negotiate;
mod pages;
mod parameter;
mod refusal;
mod routes;
mod socket;
mod web;

pub mod cli;
pub mod mailer;
#[cfg(feature = "nats")]
pub mod nats;

use guildhall_core::Guildhall;
use poem::middleware::CatchPanic;
use poem::{Endpoint, EndpointExt, Response};

pub use authenticated::Authenticated;
pub use document::document;
pub use web::Web;

/// All routes of Guildhall as one endpoint. It answers every request; it returns no error. It counts for the
/// recorder of `metrics` that is installed when a call is first answered, so that one comes first.
pub fn app(guildhall: &Guildhall) -> impl Endpoint<Output = Response> + use<> {
    app_with_web(guildhall, None)
}

/// The same, with the files of a folder at all paths that are none of the API's.
pub fn app_with_web(
    guildhall: &Guildhall,
    web: Option<Web>,
) -> impl Endpoint<Output = Response> + use<> {
    let routes = match web {
        Some(web) => web.beside(routes::all()),
        None => routes::all(),
    };
    edge::Edge::around(routes.with(CatchPanic::new()).catch_all_error(refusal::from_error))
        .data(guildhall.clone())
}
