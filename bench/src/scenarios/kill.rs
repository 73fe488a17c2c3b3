//! A burst of registrations, a SIGKILL in the middle of it, a start on the same file: whoever got a
//! 200 must be there.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::value_parser;

use crate::http::Connection;
use crate::report::{Bound, Report};
use crate::server::{Launch, Server};
use crate::{Common, api};

/// How much of it.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Kills.
    #[arg(long, default_value_t = 5, value_parser = value_parser!(u32).range(1..=50))]
    rounds: u32,
    /// Length of the burst before a kill, in milliseconds; each is a little longer than the last.
    #[arg(long, default_value_t = 3000, value_parser = value_parser!(u64).range(100..=60_000))]
    millis: u64,
    /// Connections of the burst.
    #[arg(long, default_value_t = 32, value_parser = value_parser!(u32).range(1..=256))]
    connections: u32,
}

const ADMIN: &str = "admin@example.org";

/// What the clients of a burst know.
#[derive(Default)]
struct Burst {
    acknowledged: Vec<String>,
    unanswered: Vec<String>,
    refused: u32,
}

pub(crate) fn run(common: &Common, options: &Options) -> Result<Report> {
    crate::drive(measure(common, options))
}

async fn measure(common: &Common, options: &Options) -> Result<Report> {
    let dir = common.temp_dir()?;
    let binary = common.server()?;
    let launch = Launch {
        binary: &binary,
        args: &[],
        dir: dir.path(),
        settings: &[("ADMIN_EMAIL", ADMIN), ("ADMIN_PASSWORD", api::PASSWORD)],
        core: None,
    };
    let mut server = launch.start()?;
    let (mut acknowledged, mut unanswered) = (HashSet::new(), HashSet::new());
    let (mut rates, mut restarts, mut lost, mut refused) = (vec![], vec![], vec![], 0);
    for round in 0..options.rounds {
        // Not always at the same point of a commit.
        let length = Duration::from_micros(options.millis * 1000 + u64::from(round) * 1370);
        let burst = burst(&mut server, round, options.connections, length).await?;
        server = launch.start()?;

        rates.push(burst.acknowledged.len() as f64 / length.as_secs_f64());
        restarts.push(server.ready_after.as_secs_f64() * 1e3);
        refused += burst.refused;
        acknowledged.extend(burst.acknowledged);
        unanswered.extend(burst.unanswered);
        let stored = stored(server.address).await?;
        lost.push(acknowledged.difference(&stored).count() as f64);
        if round + 1 == options.rounds {
            let found = acknowledged.intersection(&stored).count();
            let unknown = unanswered.intersection(&stored).count();
            let counts = (found, unknown);
            return Ok(report(
                options,
                counts,
                [acknowledged.len(), unanswered.len()],
                f64::from(refused),
                [rates, restarts, lost],
            ));
        }
    }
    anyhow::bail!("no round was asked for")
}

fn report(
    options: &Options,
    (found, unknown): (usize, usize),
    [acknowledged, unanswered]: [usize; 2],
    refused: f64,
    [rates, restarts, lost]: [Vec<f64>; 3],
) -> Report {
    let setting = format!(
        "{} kills, each after {} ms of registrations on {} connections",
        options.rounds, options.millis, options.connections
    );
    let mut report = Report::new("kill", setting);
    let mut count = |name: &str, count: f64| report.figure(name, "", vec![count]);
    count("acknowledged", acknowledged as f64);
    count("found of these", found as f64);
    count("unanswered at the kill", unanswered as f64);
    count("found of these nevertheless", unknown as f64);
    count("refused", refused);
    report.figure("acknowledged per second", "1/s", rates);
    report.figure("exec to 200 of /readyz after a kill", "ms", restarts);
    let all_lost = lost.iter().sum();
    report.figure("lost", "", lost);
    report.goal("acknowledged and lost", Bound::AtMost(0.0), all_lost);
    report
}

async fn burst(
    server: &mut Server,
    round: u32,
    connections: u32,
    length: Duration,
) -> Result<Burst> {
    let start = Instant::now();
    let mut clients = Vec::new();
    for number in 0..connections {
        let connection = Connection::open(server.address).await?;
        let name = format!("r{round}-c{number}");
        clients.push(tokio::spawn(register_all(connection, name)));
    }
    tokio::time::sleep_until((start + length).into()).await;
    server.kill()?;
    let mut burst = Burst::default();
    for client in clients {
        let client = client.await?;
        burst.acknowledged.extend(client.acknowledged);
        burst.unanswered.extend(client.unanswered);
        burst.refused += client.refused;
    }
    Ok(burst)
}

/// Registers one after the other until the connection breaks.
async fn register_all(mut connection: Connection, prefix: String) -> Burst {
    const MOST: u32 = 100_000;
    let mut burst = Burst::default();
    for number in 0..MOST {
        let name = format!("{prefix}-{number}");
        match connection.call(&api::registration(&name)).await {
            Ok(answer) if answer.status.is_success() => burst.acknowledged.push(name),
            Ok(_) => burst.refused += 1,
            Err(_) => {
                burst.unanswered.push(name);
                break;
            }
        }
    }
    burst
}

async fn stored(address: SocketAddr) -> Result<HashSet<String>> {
    let mut connection = Connection::open(address).await?;
    let token = api::log_in(&mut connection, ADMIN).await?;
    let names = api::usernames(&mut connection, &token).await?;
    Ok(names.into_iter().collect())
}
