//! Requests a second of the calls that are made most, beside what bare programs that do only the
//! part that cannot be left out give on the same core: their ratio is what Guildhall adds.

use std::time::Duration;

use anyhow::{Context, Result};
use clap::value_parser;

use crate::Common;
use crate::ceiling::hashes_in;
use crate::closed::{self, Requests, Round, Target};
use crate::report::{Bound, Report};

mod cases;
mod stage;

use cases::{Case, Kind, Name, Rival};
use stage::{SERVERS_CORE, Stage};

/// How much of it.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only this call; can be given several times.
    #[arg(long)]
    only: Vec<Name>,
    /// Connections, each with a request in flight all the time.
    #[arg(long, default_value_t = 32, value_parser = value_parser!(u32).range(1..=1024))]
    connections: u32,
    /// Rounds, each of Guildhall and of its ceilings.
    #[arg(long, default_value_t = 7, value_parser = value_parser!(u32).range(1..=50))]
    rounds: u32,
    /// Length of a side's round in seconds.
    #[arg(long, default_value_t = 3, value_parser = value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// Events in the list, and in the ceiling's table.
    #[arg(long, default_value_t = 100_000, value_parser = value_parser!(u64).range(2_000..=10_000_000))]
    events: u64,
    /// On PostgreSQL: a cluster of its own in /tmp, gone afterwards; otherwise on SQLite.
    #[arg(long)]
    postgres: bool,
}

/// Before the first round of a side.
const WARM_UP: Duration = Duration::from_secs(1);

pub(crate) fn run(common: &Common, options: &Options) -> Result<Report> {
    crate::drive(measure(common, options))
}

async fn measure(common: &Common, options: &Options) -> Result<Report> {
    let stage = Stage::set(common, options).await?;
    let mut cases = cases::all(&stage, options);
    for case in &mut cases {
        eprintln!("{}", case.name());
        case.measure(&stage, options).await.with_context(|| case.name())?;
    }
    stage.clear()?;

    let place = if options.postgres {
        "PostgreSQL (fsync off), the server on one core, database and load on the other"
    } else {
        "SQLite, the server on one core, the load on the other"
    };
    let setting = format!(
        "{place}, {} events, {} connections, {} rounds of {} s each",
        options.events, options.connections, options.rounds, options.seconds
    );
    let mut report = Report::new("requests", setting);
    for case in cases {
        case.tell(&mut report);
    }
    Ok(report)
}

impl Case {
    async fn measure(&mut self, stage: &Stage, options: &Options) -> Result<()> {
        let length = Duration::from_secs(options.seconds);
        let ask = async |target: Target, requests: &Requests, length| {
            closed::round(target, options.connections, length, requests).await
        };
        let server = stage.server.target();
        let (plain, tuned) = (stage.ceiling.target(), stage.tuned.target());
        let ask_rival = async |rival: &Rival, length: Duration| {
            match &rival.kind {
                Kind::Plain(requests) => ask(plain, requests, length).await,
                Kind::Tuned(requests) => ask(tuned, requests, length).await,
                Kind::Hashes => hashes_in(length, SERVERS_CORE, &stage.bench),
            }
            .context(rival.name)
        };
        ask(server, &self.requests, WARM_UP).await?;
        for rival in &self.rivals {
            ask_rival(rival, WARM_UP).await?;
        }
        for round in 0..options.rounds {
            // Each goes first as often as the other, in case the first leaves something behind.
            let own_first = round % 2 == 0;
            if own_first {
                self.rounds.push(ask(server, &self.requests, length).await?);
            }
            for rival in &mut self.rivals {
                let round = ask_rival(rival, length).await?;
                rival.rounds.push(round);
            }
            if !own_first {
                self.rounds.push(ask(server, &self.requests, length).await?);
            }
        }
        Ok(())
    }

    fn tell(self, report: &mut Report) {
        let name = self.name();
        tell_side(report, &name, &self.rounds);
        for Rival { name: ceiling, rounds, goal, .. } in self.rivals {
            tell_side(report, &format!("{name}, ceiling: {ceiling}"), &rounds);
            let mut ratio = |what: &str, of: fn(&Round) -> f64| {
                let pairs = self.rounds.iter().zip(&rounds);
                let ratios = pairs.map(|(own, other)| of(own) / of(other)).collect();
                report.figure(format!("{name}: ratio of {what} to {ceiling}"), "", ratios)
            };
            let rates = ratio("the rates", |round| round.rate);
            ratio("CPU", |round| round.cpu);
            if let Some(goal) = goal {
                let goal_name = format!("{name}: ratio of the rates to {ceiling}");
                report.goal(goal_name, Bound::AtLeast(goal), rates);
            }
        }
    }
}

fn tell_side(report: &mut Report, name: &str, rounds: &[Round]) {
    let mut figure = |what: &str, unit, of: fn(&Round) -> f64| {
        report.figure(format!("{name}{what}"), unit, rounds.iter().map(of).collect());
    };
    figure("", "a second", |round| round.rate);
    figure(": CPU for one", "µs", |round| round.cpu);
    // Where it is far from 100 something else was what limited the rate.
    figure(": of its core", "%", |round| 100.0 * round.busy);
}
