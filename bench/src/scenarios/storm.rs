//! Memory while many sign in at once: a hash wants 19 MiB, so that many of them at once would want
//! much more than a server should.

use std::time::Instant;

use anyhow::Result;
use clap::value_parser;
use futures_util::future::try_join_all;
use serde_json::Value;

use crate::http::Connection;
use crate::report::{Bound, Report};
use crate::server::Launch;
use crate::{Common, api, people, process};

/// How much of it.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Logins at once, each of another person on a connection of their own.
    #[arg(long, default_value_t = 64, value_parser = value_parser!(u32).range(1..=1024))]
    logins: u32,
    /// Rounds, each on a server that was just started.
    #[arg(long, default_value_t = 5, value_parser = value_parser!(u32).range(1..=50))]
    rounds: u32,
}

/// What one found: resident memory in MiB, and milliseconds until all are signed in.
struct Storm {
    before: f64,
    peak: f64,
    took: f64,
}

pub(crate) fn run(common: &Common, options: &Options) -> Result<Report> {
    crate::drive(measure(common, options))
}

async fn measure(common: &Common, options: &Options) -> Result<Report> {
    let dir = common.temp_dir()?;
    let url = format!("sqlite:///{}", dir.path().join("guildhall.db").display());
    people::sign_in(&url, options.logins).await?;
    let binary = common.server()?;
    let launch = Launch { binary: &binary, args: &[], dir: dir.path(), settings: &[], core: None };
    // The passwords were hashed for little, as imported ones may be: the first sign-in of each replaces
    // the hash.
    let replacing = storm(&launch, options.logins).await?;
    let mut storms = Vec::new();
    for _ in 0..options.rounds {
        storms.push(storm(&launch, options.logins).await?);
    }

    let setting = format!("SQLite, {} logins at once, {} rounds", options.logins, options.rounds);
    let mut report = Report::new("storm", setting);
    let each = |of: fn(&Storm) -> f64| storms.iter().map(of).collect();
    report.figure("resident memory after the start", "MiB", each(|storm| storm.before));
    let peak = report.figure("most resident memory", "MiB", each(|storm| storm.peak));
    report.figure("until all are signed in", "ms", each(|storm| storm.took));
    report.figure("most, where each hash is replaced by a better one", "MiB", vec![replacing.peak]);
    report.goal("most resident memory", Bound::AtMost(120.0), peak);
    Ok(report)
}

/// Starts the server and signs everyone in.
async fn storm(launch: &Launch<'_>, logins: u32) -> Result<Storm> {
    let server = launch.start()?;
    let before = process::resident_mib(server.pid())?;
    let mut connections = Vec::new();
    for _ in 0..logins {
        connections.push(Connection::open(server.address).await?);
    }
    let start = Instant::now();
    let logins = connections.iter_mut().zip(0..).map(|(connection, number)| async move {
        let login = api::login(&people::email(number));
        connection.call(&login).await?.json::<Value>()
    });
    try_join_all(logins).await?;
    let took = start.elapsed().as_secs_f64() * 1e3;
    let peak = process::peak_resident_mib(server.pid())?;
    server.stop()?;
    Ok(Storm { before, peak, took })
}
