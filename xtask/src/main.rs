//! `cargo xtask`: sets up what the workspace needs and checks it.

mod bench;
mod checks;
mod examples;
mod fuzz;
mod install;
mod methods;
mod npm;
mod permissions;
mod process;
mod rust_web;
#[cfg(test)]
mod security;
mod typescript;
mod wasm;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Set-up and checks of Guildhall")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install what is missing, then run every check; the tests come last
    Test {
        /// Run this one check alone
        #[arg(long, value_name = "CHECK")]
        only: Option<checks::Check>,
    },
    /// Write docs/PERMISSIONS.md anew, from the table of endpoints
    Permissions,
    /// Write contract.ts and methods.ts in client-sdk/web/npm/src anew, from the contract
    Typescript,
    /// Build the npm package @guildhall/client, and show what it weighs
    Wasm,
    /// Build an example that is a web page, and serve it
    Example {
        /// Which one
        page: examples::Page,
    },
    /// Measure what Guildhall costs on this machine, beside what the machine gives; all of it takes an hour
    Bench {
        /// Only these
        scenarios: Vec<bench::Scenario>,
        /// Options of guildhall-bench, for each of them
        #[arg(last = true)]
        options: Vec<OsString>,
    },
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Test { only: None } => checks::run_all(),
        Task::Test { only: Some(check) } => check.run(),
        Task::Permissions => permissions::write(),
        Task::Typescript => typescript::write().and_then(|()| methods::write()),
        Task::Wasm => npm::build(),
        Task::Example { page } => page.show(),
        Task::Bench { scenarios, options } => bench::measure(&scenarios, &options),
    };
    let Err(error) = outcome else {
        return ExitCode::SUCCESS;
    };
    // Not `fn main() -> Result`: a backtrace, where one is asked for, would bury what failed.
    eprintln!("error: {error:#}");
    ExitCode::FAILURE
}
