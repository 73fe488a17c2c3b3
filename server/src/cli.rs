//! The command line: settings, and what the program can be told to do.

mod admin;
mod database;
mod log;
mod metrics;
mod secret;
mod serve;
mod settings;

use std::env::{self, VarError};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::builder::Resettable;
use clap::error::{ContextKind, ErrorKind};
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

pub use log::LogFormat;
pub use settings::{EdgeSettings, Settings};

/// The people of an application: accounts, sign-in, groups, live sessions, events, messages and a
/// stream of what happens, over HTTP.
///
/// Without a command it serves. Settings are environment variables, or the same names in a file
/// `.env` in the working directory.
#[derive(Parser)]
#[command(version, name = "guildhall")]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve HTTP (the default)
    Serve,
    /// Bring the database's schema to this version
    Migrate {
        /// Only say what is missing; fail if anything is
        #[arg(long)]
        check: bool,
    },
    /// Create an admin
    CreateAdmin(admin::NewAdmin),
    /// Print the OpenAPI document
    Openapi,
}

/// Runs the program on its arguments.
#[must_use]
pub fn main() -> ExitCode {
    if let Some(name) = unreadable() {
        eprintln!("guildhall: {name}: it is no UTF-8");
        return ExitCode::FAILURE;
    }
    let cli = match parse() {
        Ok(cli) => cli,
        Err(error) => return refuse(&error),
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    let done = runtime.block_on(run(cli));
    // A name that is being looked up, of a database that is away say, would hold up the end.
    runtime.shutdown_timeout(Duration::from_millis(400));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// Reads the arguments and the variables. A variable that is empty is none, of all settings: that is how compose files
/// and the like leave one out.
fn parse() -> Result<Cli, clap::Error> {
    let mut command = Cli::command().mut_args(|argument| {
        let is_empty =
            argument.get_env().and_then(env::var_os).is_some_and(|value| value.is_empty());
        if is_empty { argument.env(Resettable::Reset) } else { argument }
    });
    let mut matches = command.try_get_matches_from_mut(env::args_os())?;
    Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
}

/// The variable of ours that is no text, if one is; clap would not name it.
fn unreadable() -> Option<String> {
    let command = Cli::command();
    let names = command.get_arguments().filter_map(|argument| argument.get_env()?.to_str());
    names.map(str::to_owned).find(|name| matches!(env::var(name), Err(VarError::NotUnicode(_))))
}

/// One line, whatever went wrong, that says nothing twice.
fn fail(error: &anyhow::Error) -> ExitCode {
    let mut line = "guildhall".to_owned();
    for cause in error.chain().map(ToString::to_string) {
        if !line.ends_with(&cause) {
            line = format!("{line}: {cause}");
        }
    }
    eprintln!("{line}");
    ExitCode::FAILURE
}

/// A setting that does not fit is named in one line; for the rest clap knows best.
fn refuse(error: &clap::Error) -> ExitCode {
    if !matches!(error.kind(), ErrorKind::InvalidValue | ErrorKind::ValueValidation) {
        error.exit();
    }
    let context = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let argument = context(ContextKind::InvalidArg);
    let name = argument.trim_start_matches('-').split(' ').next().unwrap_or_default();
    let name = name.to_uppercase().replace('-', "_");
    let value = context(ContextKind::InvalidValue);
    let reason = match std::error::Error::source(error) {
        Some(reason) => reason.to_string(),
        None => format!("it is none of {}", context(ContextKind::ValidValue)),
    };
    eprintln!("guildhall: {name}: {value:?} does not fit: {reason}");
    ExitCode::FAILURE
}

async fn run(cli: Cli) -> Result<()> {
    let settings = &cli.settings;
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::serve(settings).await,
        Command::Migrate { check } => migrate(settings, check).await,
        Command::CreateAdmin(new) => admin::create(settings, new).await,
        Command::Openapi => {
            print!("{}", crate::document());
            Ok(())
        }
    }
}

async fn migrate(settings: &Settings, check: bool) -> Result<()> {
    let database = database::open(settings).await?;
    let pending = database.storage.pending_migrations().await.context("DATABASE_URL")?;
    for migration in &pending {
        println!("{migration}");
    }
    match (pending.is_empty(), check) {
        (true, _) => println!("The database is up to date."),
        (false, true) => {
            bail!("{} migrations are missing; `guildhall migrate` applies them", pending.len())
        }
        (false, false) => {
            database.storage.migrate().await.context("DATABASE_URL")?;
            println!("Applied.");
        }
    }
    Ok(())
}
