//! Stands in for the export of spans where the program was built without it.

use std::env;
use std::time::Duration;

use anyhow::Result;
use tracing_subscriber::layer::Identity;

use super::log::SPAN_ENDPOINTS;

/// There is none.
pub(super) enum Export {}

impl Export {
    pub(super) const PATIENCE: Duration = Duration::ZERO;

    pub(super) fn from_environment() -> Result<Option<Self>> {
        Ok(None)
    }

    pub(super) fn layer(&self) -> Identity {
        match *self {}
    }

    pub(super) async fn end(self) {
        match self {}
    }
}

/// Warns where an export is asked for.
pub(super) fn warn() {
    let is_set = |name: &&str| env::var_os(name).is_some_and(|value| !value.is_empty());
    if let Some(name) = SPAN_ENDPOINTS.into_iter().find(is_set) {
        tracing::warn!("{name}: this program was built without its feature `otel`");
    }
}
