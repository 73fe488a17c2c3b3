//! Whether the time of a refused sign-in tells that there is such an account: wrong passwords beside unknown
//! emails, one after the other by turns.

use std::net::Ipv4Addr;
use std::time::Instant;

use anyhow::{Result, ensure};
use clap::value_parser;
use serde_json::json;

use crate::http::{Connection, Request};
use crate::report::{Bound, Report};
use crate::server::Launch;
use crate::{Common, api};

/// How much of it.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Calls of each kind.
    #[arg(long, default_value_t = 200, value_parser = value_parser!(u16).range(1..=5000))]
    calls: u16,
}

/// How far the medians may be apart, of the longer one.
const APART: f64 = 0.1;

pub(crate) fn run(common: &Common, options: &Options) -> Result<Report> {
    crate::drive(measure(common, options))
}

async fn measure(common: &Common, options: &Options) -> Result<Report> {
    let (dir, binary) = (common.temp_dir()?, common.server()?);
    let launch = Launch { binary: &binary, args: &[], dir: dir.path(), settings: &[], core: None };
    let server = launch.start()?;
    let mut connection = Connection::open(server.address).await?;
    for number in 0..options.calls {
        api::register(&mut connection, &format!("known-{number}")).await?;
    }
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for number in 0..options.calls {
        // Whoever is first may find things warmer or colder than the other.
        let mut turns = [("known", &mut known), ("nobody", &mut unknown)];
        if number % 2 == 1 {
            turns.reverse();
        }
        for (turn, (name, times)) in turns.into_iter().enumerate() {
            let from = stranger(2 * number + u16::from(turn == 1));
            let mut connection = Connection::from(from, server.address).await?;
            times.push(refused(&mut connection, &format!("{name}-{number}@example.org")).await?);
        }
    }
    server.stop()?;

    let mut report = Report::new("guessing-time", format!("{} calls of each kind", options.calls));
    let known = report.figure("wrong password", "ms", known);
    let unknown = report.figure("unknown email", "ms", unknown);
    report.figure("unknown email / wrong password", "", vec![unknown / known]);
    let apart = (known - unknown).abs() / known.max(unknown);
    report.goal("difference of the medians, of the longer one", Bound::AtMost(APART), apart);
    Ok(report)
}

/// An address of this machine in a block of its own, for guesses from one block are soon held up.
fn stranger(number: u16) -> Ipv4Addr {
    let [high, low] = number.to_be_bytes();
    Ipv4Addr::new(127, 1 + high, low, 1)
}

/// The time of a sign-in that is refused, in milliseconds.
async fn refused(connection: &mut Connection, email: &str) -> Result<f64> {
    let body = json!({"email": email, "password": "tulip-anvil-harbour"});
    let request = Request::post("/login", &body);
    let begun = Instant::now();
    let answer = connection.call(&request).await?;
    let took = begun.elapsed().as_secs_f64() * 1e3;
    ensure!(answer.status == 401, "the server answered {} to a wrong password", answer.status);
    Ok(took)
}
