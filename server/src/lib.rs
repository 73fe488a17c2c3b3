//! Guildhall over HTTP: routes that parse, call the core once and map the answer; no rules.
//!
//! [`app`] is the whole of it as a poem endpoint, for the binary `guildhall`, for tests, and to be
//! mounted in another poem application.

mod answer;
mod docs;
mod document;
mod edge;
mod extract;
mod negotiate;
mod parameter;
mod refusal;
mod routes;
mod socket;

pub mod cli;
#[cfg(feature = "nats")]
pub mod nats;

use guildhall_core::Guildhall;
use poem::middleware::CatchPanic;
use poem::{Endpoint, EndpointExt, Response};

pub use document::document;

/// All routes of Guildhall as one endpoint. It answers every request; it returns no error.
pub fn app(guildhall: &Guildhall) -> impl Endpoint<Output = Response> + use<> {
    edge::Edge::around(routes::all().with(CatchPanic::new()).catch_all_error(refusal::from_error))
        .data(guildhall.clone())
}
