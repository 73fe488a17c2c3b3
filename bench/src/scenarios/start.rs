//! Time from exec to the first answer, on a database that is there, and memory at rest.

use std::time::Duration;

use anyhow::Result;
use clap::value_parser;

use crate::Common;
use crate::process;
use crate::report::{Bound, Report};
use crate::server::{Launch, Server};

/// How much of it.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Starts.
    #[arg(long, default_value_t = 20, value_parser = value_parser!(u32).range(1..=200))]
    starts: u32,
    /// Rest before memory is read, in seconds.
    #[arg(long, default_value_t = 3, value_parser = value_parser!(u64).range(1..=60))]
    rest: u64,
    /// Servers whose memory is read.
    #[arg(long, default_value_t = 3, value_parser = value_parser!(u32).range(1..=20))]
    rested: u32,
}

pub(crate) fn run(common: &Common, options: &Options) -> Result<Report> {
    let dir = common.temp_dir()?;
    let binary = common.server()?;
    let launch = Launch { binary: &binary, args: &[], dir: dir.path(), settings: &[], core: None };
    let empty = launch.start()?;
    let new_database = millis(empty.ready_after);
    empty.stop()?;

    let starts = (0..options.starts).map(|_| launch.start());
    let times: Vec<(f64, f64)> = starts
        .map(|server| {
            let server = server?;
            let times = (millis(server.answered_after), millis(server.ready_after));
            server.stop().map(|()| times)
        })
        .collect::<Result<_>>()?;
    let memory = (0..options.rested)
        .map(|_| resting_memory(&launch.start()?, options.rest))
        .collect::<Result<_>>()?;

    let setting = format!("{} starts, {} s of rest", options.starts, options.rest);
    let mut report = Report::new("start", setting);
    let (healthy, ready) = times.into_iter().unzip();
    let healthy = report.figure("exec to 200 of /healthz", "ms", healthy);
    let ready = report.figure("exec to 200 of /readyz", "ms", ready);
    report.figure("the same with a new database", "ms", vec![new_database]);
    let memory = report.figure("resident memory at rest", "MiB", memory);
    report.goal("exec to 200 of /healthz, ms", Bound::AtMost(50.0), healthy);
    report.goal("exec to 200 of /readyz, ms", Bound::AtMost(50.0), ready);
    report.goal("resident memory at rest, MiB", Bound::AtMost(15.0), memory);
    Ok(report)
}

fn resting_memory(server: &Server, seconds: u64) -> Result<f64> {
    std::thread::sleep(Duration::from_secs(seconds));
    process::resident_mib(server.pid())
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
