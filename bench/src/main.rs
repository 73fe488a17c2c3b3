//! Load and ceilings: what Guildhall costs on the machine at hand.
//!
//! One file per scenario in [`scenarios`]. Each is bounded in count and time, talks to nothing but
//! this machine, and takes the sides of a comparison in alternating rounds, so that what else the
//! machine does falls on both. `docs/BENCHMARKS.md` says what the figures mean.

mod api;
mod ceiling;
mod closed;
mod fill;
mod http;
mod load;
mod people;
mod process;
mod report;
mod rows;
mod scenarios;
mod server;
mod wire;

use std::fs::File;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};

use crate::ceiling::Ceiling;
use crate::report::Report;
use crate::scenarios::{
    growth, guessing_time, kill, logins_beside_me, messages, pages, requests, sockets, start,
    storm, writers,
};

#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    #[command(flatten)]
    Scenario(Scenario),
    /// A program to be measured beside the server: `requests` starts it
    #[command(hide = true, subcommand)]
    Ceiling(Ceiling),
}

/// What all scenarios share.
#[derive(clap::Args)]
struct Common {
    /// Also write the report to this file, as JSON.
    #[arg(long, global = true)]
    json: Option<PathBuf>,
    /// End with an error where a goal is missed.
    #[arg(long, global = true)]
    check: bool,
    /// Where the databases are made: a real disk, or a commit costs nothing. [default: the
    /// system's place for temporary files]
    #[arg(long, global = true)]
    dir: Option<PathBuf>,
    /// The server's binary. [default: `guildhall` beside this one]
    #[arg(long, global = true)]
    server: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Scenario {
    /// Inserts a second through the SQLite storage: one writer, and many.
    Writers(writers::Options),
    /// The latency of GET /auth/me, alone and beside a storm of logins.
    LoginsBesideMe(logins_beside_me::Options),
    /// Time from exec to the first answer, and idle memory.
    Start(start::Options),
    /// The page of events at the last ids beside the first page, and what filters cost.
    Pages(pages::Options),
    /// Messages a second, to many and to one.
    Messages(messages::Options),
    /// What idle sockets cost, and how fast messages reach them.
    Sockets(sockets::Options),
    /// Acknowledged registrations that a SIGKILL loses: none.
    Kill(kill::Options),
    /// Requests a second of the calls that are made most, beside their ceilings.
    Requests(requests::Options),
    /// What lists and look-ups cost in small and in large databases.
    Growth(growth::Options),
    /// Whether the time of a refused sign-in tells that there is such an account.
    GuessingTime(guessing_time::Options),
    /// Memory while many sign in at once.
    Storm(storm::Options),
}

impl Common {
    fn temp_dir(&self) -> Result<tempfile::TempDir> {
        let parent = self.dir.clone().unwrap_or_else(std::env::temp_dir);
        tempfile::Builder::new()
            .prefix("guildhall-bench-")
            .tempdir_in(&parent)
            .with_context(|| format!("no directory can be made in {}", parent.display()))
    }

    fn server(&self) -> Result<PathBuf> {
        let binary = match &self.server {
            Some(binary) => binary.clone(),
            None => std::env::current_exe()?.with_file_name("guildhall"),
        };
        let binary = binary.canonicalize();
        binary.context("there is no server: `cargo build --release -p guildhall-server`, or name one with --server")
    }
}

fn main() -> Result<()> {
    let Cli { common, command } = Cli::parse();
    if cfg!(debug_assertions) {
        eprintln!("note: this is a debug build; its figures mean nothing");
    }
    let scenario = match command {
        Command::Ceiling(ceiling) => return ceiling.run(),
        Command::Scenario(scenario) => scenario,
    };
    let before = process::others_percent()?;
    let mut report = match &scenario {
        Scenario::Writers(options) => writers::run(&common, options),
        Scenario::LoginsBesideMe(options) => logins_beside_me::run(&common, options),
        Scenario::Start(options) => start::run(&common, options),
        Scenario::Pages(options) => pages::run(&common, options),
        Scenario::Messages(options) => messages::run(&common, options),
        Scenario::Sockets(options) => sockets::run(&common, options),
        Scenario::Kill(options) => kill::run(&common, options),
        Scenario::Requests(options) => requests::run(&common, options),
        Scenario::Growth(options) => growth::run(&common, options),
        Scenario::GuessingTime(options) => guessing_time::run(&common, options),
        Scenario::Storm(options) => storm::run(&common, options),
    }?;
    report.others(before, process::others_percent()?);
    print!("{report}");
    if let Some(path) = &common.json {
        let file = File::create(path).with_context(|| path.display().to_string())?;
        serde_json::to_writer_pretty(file, &report)?;
    }
    if common.check && !report.goals_met() {
        bail!("a goal was missed");
    }
    Ok(())
}

/// Runs a scenario that drives a server: on one thread, to leave the machine to the server.
fn drive(scenario: impl Future<Output = Result<Report>>) -> Result<Report> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(scenario)
}
