//! Settings that do not fit, and those that do not fit together.

use tracing_subscriber::EnvFilter;

use super::report::Finding;
use crate::Web;
use crate::cli::{Settings, admin};

/// `refused` names the settings that could not be read, each with the reason.
pub(super) async fn check(settings: &Settings, refused: Vec<String>) -> Vec<Finding> {
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
    found.extend(first_admin(settings).await);
    if let Some(Err(error)) = settings.web.as_deref().map(Web::open) {
        found.push(Finding::error("WEB", &error.into(), "name a folder with an index.html"));
    }
    if found.is_empty() {
        found.push(Finding::ok("settings", "all can be read, and fit together"));
    }
    found
}

/// What a first start would say of the admin that it is to make.
async fn first_admin(settings: &Settings) -> Option<Finding> {
    let first = match admin::first(settings) {
        Ok(first) => first?,
        Err(error) => {
            let line = error.to_string();
            let (name, reason) = line.split_once(": ").unwrap_or(("ADMIN_EMAIL", &line));
            return Some(Finding::fail(name, reason, "give both, or neither"));
        }
    };
    let error = admin::try_first(settings, first).await.err()?;
    let advice = "mend them; or remove both, where there is an admin already";
    Some(Finding::error("ADMIN_EMAIL, ADMIN_PASSWORD", &error, advice))
}
