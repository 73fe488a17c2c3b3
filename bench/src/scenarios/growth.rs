//! What lists and look-ups cost in small and in large databases: as much, or else a list is read from
//! end to end somewhere. Three databases of one kind are measured in the same rounds.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::value_parser;
use guildhall_storage_postgres::cluster::Cluster;

use crate::Common;
use crate::closed::{self, Round};
use crate::report::{Bound, Report};
use crate::server::pin_myself;

mod lookup;
mod place;
mod subjects;

use place::{Place, Size};
use subjects::{Ask, Subject};

/// How much of it.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Events, users and rows of a stream, in each of three databases.
    #[arg(
        long,
        value_delimiter = ',',
        num_args = 1,
        default_values_t = [10_000, 100_000, 1_000_000],
        value_parser = value_parser!(u64).range(10_000..=10_000_000)
    )]
    sizes: Vec<u64>,
    /// Messages that one person received, in each.
    #[arg(
        long,
        value_delimiter = ',',
        num_args = 1,
        default_values_t = [100, 10_000, 100_000],
        value_parser = value_parser!(u64).range(100..=1_000_000)
    )]
    messages: Vec<u64>,
    /// 10,000,000 rows of a stream in the largest.
    #[arg(long)]
    large: bool,
    /// Rounds, each of everything in all three.
    #[arg(long, default_value_t = 7, value_parser = value_parser!(u32).range(1..=50))]
    rounds: u32,
    /// Length of each in milliseconds, on one connection without a pause.
    #[arg(long, default_value_t = 1000, value_parser = value_parser!(u64).range(50..=60_000))]
    millis: u64,
    /// On PostgreSQL: a cluster of its own in /tmp, gone afterwards; otherwise on SQLite.
    #[arg(long)]
    postgres: bool,
}

/// Rows of the largest stream where it is asked for.
const LARGE: u64 = 10_000_000;
/// By how much what costs the same may seem to grow.
const GROWTH: f64 = 1.3;

pub(crate) fn run(common: &Common, options: &Options) -> Result<Report> {
    crate::drive(measure(common, options))
}

impl Options {
    fn sizes(&self) -> Result<Vec<Size>> {
        ensure!(self.sizes.len() == 3 && self.messages.len() == 3, "there are three databases");
        let sizes = self.sizes.iter().zip(&self.messages);
        let mut sizes: Vec<_> = sizes
            .map(|(rows, messages)| Size { rows: *rows, messages: *messages, stream: *rows })
            .collect();
        if self.large {
            sizes[2].stream = LARGE;
        }
        Ok(sizes)
    }
}

async fn measure(common: &Common, options: &Options) -> Result<Report> {
    pin_myself(1)?;
    let (dir, binary) = (common.temp_dir()?, common.server()?);
    let cluster = options.postgres.then(Cluster::start).transpose()?;
    let mut places = Vec::new();
    for (number, size) in options.sizes()?.into_iter().enumerate() {
        let folder = dir.path().join(number.to_string());
        std::fs::create_dir(&folder)?;
        let url = match &cluster {
            Some(cluster) => cluster.database(&format!("growth{number}"))?,
            None => format!("sqlite:///{}", folder.join("growth.db").display()),
        };
        places.push(Place::fill(size, url, &folder, &binary).await?);
    }
    let mut subjects = subjects::all(&places).await?;
    let length = Duration::from_millis(options.millis);
    // The first round of each warms caches up.
    for round in 0..=options.rounds as usize {
        for subject in &mut subjects {
            subject.round(&places, round, length).await.context(subject.name)?;
        }
    }
    for place in places {
        place.server.stop()?;
    }

    let (kind, own) = match options.postgres {
        true => ("PostgreSQL (fsync off)", "database and load on the other"),
        false => ("SQLite", "the load on the other"),
    };
    let setting = format!(
        "{kind}, one connection, {} rounds of {} ms each, the server on one core, {own}",
        options.rounds, options.millis
    );
    let mut report = Report::new("growth", setting);
    for subject in subjects {
        subject.tell(&mut report);
    }
    Ok(report)
}

impl Subject {
    async fn round(&mut self, places: &[Place], round: usize, length: Duration) -> Result<()> {
        // Not always in the same order, in case one leaves something behind for the next.
        let begin = round % places.len();
        for number in (begin..places.len()).chain(0..begin) {
            let (place, side) = (&places[number], &mut self.sides[number]);
            let found = match &side.ask {
                Ask::Http(requests) => {
                    closed::round(place.server.target(), 1, length, requests).await?
                }
                Ask::Name(names) => lookup::round(&place.url, names, length).await?,
            };
            if round > 0 {
                side.rounds.push(found);
            }
        }
        Ok(())
    }

    fn tell(self, report: &mut Report) {
        let Self { name, unit, sides } = self;
        for side in &sides {
            let mut figure = |what: &str, of: fn(&Round) -> f64| {
                let name = format!("{name}, {} {unit}{what}", thousands(side.size));
                report.figure(name, "µs", side.rounds.iter().map(of).collect());
            };
            figure("", |round| round.median);
            figure(": CPU", |round| round.cpu);
        }
        let mut growth = |what: &str, of: fn(&Round) -> f64| {
            let pairs = sides[0].rounds.iter().zip(&sides[2].rounds);
            let ratios = pairs.map(|(small, large)| of(large) / of(small)).collect();
            report.figure(format!("{name}: {what} in the largest to the smallest"), "", ratios)
        };
        let latency = growth("latency", |round| round.median);
        growth("CPU", |round| round.cpu);
        let goal = format!("{name}: latency in the largest to the smallest");
        report.goal(goal, Bound::AtMost(GROWTH), latency);
    }
}

/// With a comma before every three digits.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let grouped: Vec<_> = digits.as_bytes().rchunks(3).rev().collect();
    String::from_utf8_lossy(&grouped.join(&b',')).into_owned()
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_are_grouped() {
        let grouped = [7, 1_000, 12_345, 1_000_000].map(super::thousands);
        assert_eq!(grouped, ["7", "1,000", "12,345", "1,000,000"]);
    }
}
