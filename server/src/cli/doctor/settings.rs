//! Settings that do not fit, and those that do not fit together.

use tracing_subscriber::EnvFilter;

use super::report::Finding;
use crate::Web;
use crate::cli::{Settings, admin};

/// `refused` names the settings that could not be read, each with the reason.
pub(super) fn check(settings: &Settings, refused: Vec<String>) -> Vec<Finding> {
    let advice = "`guildhall --help` says what fits";
    let told = refused.into_iter().map(|line| match line.split_once(": ") {
        Some((name, reason)) => Finding::fail(name, reason, advice),
        None => Finding::fail("settings", line, advice),
    });
    let mut found: Vec<_> = told.collect();
    if let Err(error) = EnvFilter::try_new(&settings.log) {
        found.push(Finding::fail(
            "LOG",
            error.to_string(),
            "a filter is `warn,guildhall=info`, say",
        ));
    }
    if let Err(error) = admin::first(settings) {
        let line = error.to_string();
        let (name, reason) = line.split_once(": ").unwrap_or(("ADMIN_EMAIL", &line));
        found.push(Finding::fail(name, reason, "give both, or neither"));
    }
    if let Some(Err(error)) = settings.web.as_deref().map(Web::open) {
        found.push(Finding::error("WEB", &error.into(), "name a folder with an index.html"));
    }
    if found.is_empty() {
        found.push(Finding::ok("settings", "all can be read, and fit together"));
    }
    found
}
