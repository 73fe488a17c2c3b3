//! The checks behind `cargo xtask test`, in the order in which they run.

use std::time::Instant;

use anyhow::{Result, anyhow};
use clap::ValueEnum;

use crate::process::{FEATURES, cargo, command, run};
use crate::{examples, fuzz, install, npm, process, wasm};

/// One check. They run in this order; the tests are last, so that the closing lines of the whole run are their summary.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Check {
    /// Formatting
    Fmt,
    /// Lints
    Clippy,
    /// Documentation builds, and its links lead somewhere
    Doc,
    /// What web pages use builds for wasm32, and the npm package of it is small enough and works
    Npm,
    /// The examples do what their READMEs say, those that are pages in a browser
    Examples,
    /// Licences, duplicates, sources and advisories of the dependencies
    Deny,
    /// The alerts for Prometheus are well formed, and come when they should
    Alerts,
    /// Examples in documentation
    Doctest,
    /// Calendars are read by a parser of others as they were written
    Calendar,
    /// Calls that fit the OpenAPI document, and calls that do not, are answered as it says
    Schemathesis,
    /// Databases of applications made with SQLAlchemy are taken over, and answer as before
    TakeOver,
    /// What reads hostile text, tried by a fuzzer where there is one
    Fuzz,
    /// Every other test
    Nextest,
}

/// Runs every check and stops at the first that fails.
///
/// # Errors
///
/// That check's error, naming it.
pub(crate) fn run_all() -> Result<()> {
    Check::value_variants().iter().copied().try_for_each(Check::run)
}

impl Check {
    /// Installs what this check needs, runs it and says how long that took.
    ///
    /// # Errors
    ///
    /// Names the check, and how to run it alone.
    pub(crate) fn run(self) -> Result<()> {
        eprintln!("==> {}", self.name());
        let start = Instant::now();
        self.carry_out().map_err(|cause| {
            let name = self.name();
            anyhow!("the check `{name}` failed: {cause:#}\nto run it alone: cargo xtask test --only {name}")
        })?;
        // nextest closes with its own duration, and its summary is to stay the end of the output.
        if self != Self::Nextest {
            eprintln!("    {} took {:.1} s", self.name(), start.elapsed().as_secs_f64());
        }
        Ok(())
    }

    fn carry_out(self) -> Result<()> {
        match self {
            Self::Fmt => run(&mut cargo(&["fmt", "--all", "--check"])),
            Self::Clippy => {
                run(cargo(&["clippy", "--workspace", "--all-targets", "--locked", FEATURES])
                    .args(["--", "-D", "warnings"]))?;
                run(cargo(&["clippy", "--package", "guildhall-server", "--no-default-features"])
                    .args(["--locked", "--", "-D", "warnings"]))
            }
            Self::Doc => run(cargo(&["doc", "--workspace", "--no-deps", "--locked", FEATURES])
                .env("RUSTDOCFLAGS", "-D warnings")),
            Self::Npm => {
                wasm::check()?;
                npm::build()?;
                npm::test()
            }
            Self::Examples => examples::test(),
            Self::Deny => deny(),
            Self::Alerts => {
                install::prometheus()?;
                let alerts = |how, file| run(command("promtool").args([how, "rules", file]));
                alerts("check", "deploy/prometheus/alerts.yml")?;
                alerts("test", "deploy/prometheus/alerts.test.yml")
            }
            Self::Doctest => {
                run(&mut cargo(&["test", "--doc", "--workspace", "--locked", FEATURES]))
            }
            Self::Calendar => {
                let script = "server/tests/read_calendar.py";
                run(install::python()?.arg(script).arg(process::server()?))
            }
            Self::Schemathesis => {
                install::postgres()?;
                let programs = process::programs()?;
                run(install::python()?.arg("server/tests/explore_api.py").args(programs))
            }
            Self::TakeOver => {
                install::postgres()?;
                let programs = process::programs()?;
                let script = "server/tests/takeover/take_over.py";
                run(install::python()?.arg(script).args(programs))
            }
            Self::Fuzz => fuzz::run_all(),
            Self::Nextest => {
                install::postgres()?;
                install::nats()?;
                install::haproxy()?;
                install::cargo_tool(&install::NEXTEST)?;
                run(&mut cargo(&["nextest", "run", "--workspace", "--locked", FEATURES]))
            }
        }
    }

    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

/// The advisories are apart from the rest because their database comes from another host than the crates: a build
/// machine may reach the one and not the other. What a fetched database knows fails the check.
fn deny() -> Result<()> {
    install::cargo_tool(&install::DENY)?;
    run(&mut cargo(&["deny", "--locked", "check", "bans", "licenses", "sources"]))?;
    let fetched = cargo(&["deny", "fetch", "db"]).output()?.status.success();
    if !fetched {
        eprintln!("    advisories were NOT checked: their database could not be fetched");
        return Ok(());
    }
    run(&mut cargo(&["deny", "--locked", "check", "advisories"]))
}
