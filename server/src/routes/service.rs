//! Whether the service lives and is ready.

use guildhall_core::Guildhall;
use poem::web::Data;
use poem::{Result, Route, get, handler};
use serde_json::{Value, json};

use crate::refusal::Refusal;

/// `/healthz` and `/readyz`.
pub(crate) fn routes(route: Route) -> Route {
    route.at("/healthz", get(healthz)).at("/readyz", get(readyz))
}

#[handler]
fn healthz() -> poem::web::Json<Value> {
    poem::web::Json(json!({ "status": "ok" }))
}

#[handler]
async fn readyz(guildhall: Data<&Guildhall>) -> Result<poem::web::Json<Value>> {
    guildhall.ping().await.map_err(Refusal::from)?;
    Ok(poem::web::Json(json!({ "status": "ok" })))
}
