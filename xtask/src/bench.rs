//! `cargo xtask bench`: what Guildhall costs on this machine, scenario by scenario.

mod figures;

use std::ffi::OsString;
use std::fs;

use anyhow::Result;
use clap::ValueEnum;

use crate::process::{cargo, command, run, target};

/// What is run; most of them exist for each database.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    Requests,
    RequestsPostgres,
    Growth,
    GrowthPostgres,
    Storm,
    GuessingTime,
    Writers,
    LoginsBesideMe,
    Start,
    Pages,
    PagesPostgres,
    Messages,
    MessagesPostgres,
    Sockets,
    Kill,
}

impl Scenario {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

/// Builds server and bench, runs these scenarios, or all where none is named, with these options for each, and shows
/// what they found. In `target/bench` it leaves a JSON file for each, and the table for `docs/BENCHMARKS.md`.
///
/// # Errors
///
/// Fails when a scenario does; a goal that is missed is no failure.
pub(crate) fn measure(scenarios: &[Scenario], options: &[OsString]) -> Result<()> {
    let scenarios = if scenarios.is_empty() { Scenario::value_variants() } else { scenarios };
    run(&mut cargo(&[
        "build",
        "--release",
        "--locked",
        "--package",
        "guildhall-server",
        "--package",
        "guildhall-bench",
    ]))?;
    let (bench, folder) = (target()?.join("release/guildhall-bench"), target()?.join("bench"));
    fs::create_dir_all(&folder)?;
    let mut table = figures::HEAD.to_owned();
    for scenario in scenarios {
        let name = scenario.name();
        eprintln!("==> {name}");
        let json = folder.join(&name).with_extension("json");
        let mut program = command(&bench);
        match name.strip_suffix("-postgres") {
            Some(name) => program.args([name, "--postgres"]),
            None => program.arg(&name),
        };
        run(program.arg("--json").arg(&json).args(options))?;
        table.push_str(&figures::rows(&name, &fs::read_to_string(&json)?)?);
        println!();
    }
    fs::write(folder.join("figures.md"), &table)?;
    print!("{table}");
    Ok(())
}
