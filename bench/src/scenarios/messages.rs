//! Messages a second: from one person, from many to as many, and from many to one, whose log is then
//! a row that all want.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::value_parser;
use guildhall_storage_postgres::cluster::Cluster;

use crate::Common;
use crate::http::Request;
use crate::load::{self, Load, Pace};
use crate::people::{self, Person, message};
use crate::process;
use crate::report::Report;
use crate::server::{Launch, Server, pin_myself};

/// How much of it.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Senders at once.
    #[arg(long, default_value_t = 64, value_parser = value_parser!(u32).range(2..=256))]
    senders: u32,
    /// Rounds, each of all sides.
    #[arg(long, default_value_t = 5, value_parser = value_parser!(u32).range(1..=50))]
    rounds: u32,
    /// Length of a side's round in seconds.
    #[arg(long, default_value_t = 3, value_parser = value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// On PostgreSQL: a cluster of its own in /tmp, gone afterwards; otherwise on SQLite.
    #[arg(long)]
    postgres: bool,
}

/// Some senders and to whom they write.
struct Side {
    name: &'static str,
    connections: u32,
    requests: Arc<[Request]>,
    /// Messages a second, round by round.
    rates: Vec<f64>,
    /// The server's CPU time for a message, in microseconds.
    cpu: Vec<f64>,
}

pub(crate) fn run(common: &Common, options: &Options) -> Result<Report> {
    crate::drive(measure(common, options))
}

async fn measure(common: &Common, options: &Options) -> Result<Report> {
    // A database of its own has no core of its own here: it shares the bench's. At first, for the
    // cluster stays where its maker is.
    pin_myself(1)?;
    let dir = common.temp_dir()?;
    let cluster = options.postgres.then(Cluster::start).transpose()?;
    let url = match &cluster {
        Some(cluster) => cluster.database("messages")?,
        None => format!("sqlite:///{}", dir.path().join("messages.db").display()),
    };
    let people = people::sign_in(&url, options.senders * 2).await?;
    let (binary, settings) = (common.server()?, [("DATABASE_URL", url.as_str())]);
    let launch =
        Launch { binary: &binary, args: &[], dir: dir.path(), settings: &settings, core: Some(0) };
    let server = launch.start()?;
    let mut sides = sides(&people, options.senders);
    for _ in 0..options.rounds {
        for side in &mut sides {
            side.round(&server, options.seconds).await?;
        }
    }
    server.stop()?;

    let kind = if options.postgres { "PostgreSQL" } else { "SQLite" };
    let setting = format!(
        "{kind}, {} senders, {} rounds of {} s, the server on one core",
        options.senders, options.rounds, options.seconds
    );
    let mut report = Report::new("messages", setting);
    for side in sides {
        report.figure(side.name, "a second", side.rates);
        report.figure(format!("{}: CPU of the server", side.name), "µs", side.cpu);
    }
    Ok(report)
}

fn sides(people: &[Person], senders: u32) -> [Side; 3] {
    let (from, to) = people.split_at(senders as usize);
    let side = |name, connections, requests: Vec<Request>| {
        let (rates, cpu) = (Vec::new(), Vec::new());
        Side { name, connections, requests: requests.into(), rates, cpu }
    };
    let many = from.iter().zip(to).map(|(from, to)| message(from, to.id)).collect();
    let one = from.iter().map(|from| message(from, to[0].id)).collect();
    [
        side("one sender to one reader", 1, vec![message(&from[0], to[0].id)]),
        side("many senders to as many readers", senders, many),
        side("many senders to one reader", senders, one),
    ]
}

impl Side {
    async fn round(&mut self, server: &Server, seconds: u64) -> Result<()> {
        let length = Duration::from_secs(seconds);
        let load = Load { connections: self.connections, pace: Pace::Closed, length };
        let before = process::cpu_time(server.pid())?;
        let outcome = load::run(server.address, load, &self.requests).await?;
        outcome.all_well().context(self.name)?;
        let cpu = process::cpu_time(server.pid())?.saturating_sub(before);
        self.rates.push(outcome.rate());
        self.cpu.push(cpu.as_secs_f64() * 1e6 / outcome.answered() as f64);
        Ok(())
    }
}
