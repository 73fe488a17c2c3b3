//! `guildhall doctor`: whether the server will run well with these settings, here. It changes nothing, makes nothing and
//! prints no secret.

mod database;
mod edge;
mod keys;
mod machine;
mod mail;
mod report;
mod settings;

use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;
use futures_util::future::{BoxFuture, FutureExt as _, join_all};
use tokio::time::timeout;

use super::Settings;
use report::{Finding, Verdict};

/// How long each subject may take; all of them are looked at at once.
const PATIENCE: Duration = Duration::from_secs(5);

/// How findings are told.
#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Print JSON: a list of findings
    #[arg(long)]
    json: bool,
}

/// Checks everything. `refused` are settings that could not be read, which count as not given.
///
/// # Errors
/// Where something is wrong with which the server does not start, or not work.
pub(super) async fn run(settings: &Settings, doctor: &Doctor, refused: Vec<String>) -> Result<()> {
    let subjects: [(&'static str, BoxFuture<'_, Vec<Finding>>); 8] = [
        ("settings", settings::check(settings, refused).boxed()),
        ("keys", async { keys::check(settings) }.boxed()),
        ("database", database::check(settings).boxed()),
        ("clock", edge::clock(settings).boxed()),
        ("edge", async { edge::check(settings) }.boxed()),
        ("mail", mail::check(settings).boxed()),
        ("news", database::news(settings).boxed()),
        ("machine", machine::check(settings).boxed()),
    ];
    let looks = subjects.map(|(subject, look)| async move {
        let advice = "see what keeps it from answering: a firewall, a name that is not known, a busy machine";
        let late = || vec![Finding::fail(subject, "it took longer than 5 s", advice)];
        timeout(PATIENCE, look).await.unwrap_or_else(|_| late())
    });
    let findings: Vec<_> = join_all(looks).await.into_iter().flatten().collect();
    report::print(&findings, doctor.json)?;
    match findings.iter().filter(|finding| finding.verdict == Verdict::Fail).count() {
        0 => Ok(()),
        1 => bail!("1 check failed"),
        count => bail!("{count} checks failed"),
    }
}
