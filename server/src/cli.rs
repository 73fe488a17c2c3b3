//! The command line: settings, and what the program can be told to do.

mod admin;
mod ask;
mod backup;
mod console;
mod database;
mod doctor;
mod draft;
mod greeting;
mod health;
mod import;
mod log;
mod logins;
mod metrics;
#[cfg(not(feature = "otel"))]
mod no_otel;
mod output;
mod reference;
mod secret;
mod serve;
mod settings;
mod shell;
mod takeover;
mod transfer;
mod users;

use std::collections::HashSet;
use std::env::{self, VarError};
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::builder::Resettable;
use clap::error::{ContextKind, ErrorKind};
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

pub use log::LogFormat;
#[cfg(feature = "otel")]
pub(crate) use log::SPAN_ENDPOINTS;
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
    /// Copy a SQLite database while it is used
    Backup(backup::NewBackup),
    /// Ask the server at HOST and PORT whether it is ready; fail unless it is
    Health,
    /// Create an admin; the password is asked for, or the first line of standard input
    CreateAdmin(admin::NewAdmin),
    /// Write all that the database holds as JSON lines, secrets too
    Export(transfer::Export),
    /// Read what a file of `export`, or the database of another back end, holds into this one
    Import(import::Import),
    /// Copy all that a database holds into another, which must be empty
    Move(transfer::Move),
    /// Accounts: list, show, change and delete them
    Users(users::Users),
    /// The devices on which someone is signed in
    Logins(logins::Logins),
    /// Check settings, database, keys, mail and machine; change nothing
    Doctor(doctor::Doctor),
    /// Print the OpenAPI document
    Openapi,
    /// Print what completes these commands in a shell
    Completions {
        /// For which
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one for each command
    Man {
        /// The folder to write them in; it is made if it is not there
        #[arg(long, value_name = "FOLDER")]
        out: Option<PathBuf>,
    },
    /// Print docs/REFERENCE.md
    #[command(hide = true)]
    Reference,
}

/// Runs the program on its arguments.
#[must_use]
pub fn main() -> ExitCode {
    if let Some(name) = unreadable() {
        eprintln!("guildhall: {name}: it is no UTF-8");
        return ExitCode::FAILURE;
    }
    let (cli, refused) = match parse() {
        Ok(parsed) => parsed,
        Err(error) => return refuse(&error),
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    let done = runtime.block_on(run(cli, refused));
    // A name that is being looked up, of a database that is away say, would hold up the end.
    runtime.shutdown_timeout(Duration::from_millis(400));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // All that could be done is done, and said.
        Err(error) if error.is::<takeover::LeftOut>() => ExitCode::from(takeover::LeftOut::STATUS),
        Err(error) if is_interrupt(&error) => {
            // So that the shell goes on in a line of its own.
            eprintln!();
            ExitCode::from(INTERRUPTED)
        }
        Err(error) => fail(&error),
    }
}

/// What a shell makes of a program that Ctrl-C ended: 128 and the number of SIGINT.
const INTERRUPTED: u8 = 130;

/// Whether Ctrl-C was typed where a password was asked for: the terminal does not make a signal of it then.
fn is_interrupt(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::Interrupted)
}

/// Reads the arguments and the variables. A variable that is empty is none, of all settings: that is how compose files
/// and the like leave one out. The doctor goes on without those that do not fit, and is told of them.
fn parse() -> Result<(Cli, Vec<String>), clap::Error> {
    let (mut unfit, mut refused) = (HashSet::new(), Vec::new());
    let mut first = None;
    loop {
        match parse_without(&unfit) {
            Ok(cli) if refused.is_empty() || matches!(cli.command, Some(Command::Doctor(_))) => {
                return Ok((cli, refused));
            }
            Ok(_) => return Err(first.unwrap_or_else(unnamed)),
            Err(error) => {
                let named = described(&error);
                let is_new = named.as_ref().is_some_and(|(name, _)| unfit.insert(name.clone()));
                let Some((name, reason)) = named.filter(|_| is_new) else {
                    return Err(first.unwrap_or(error));
                };
                refused.push(format!("{name}: {reason}"));
                first.get_or_insert(error);
            }
        }
    }
}

fn unnamed() -> clap::Error {
    Cli::command().error(ErrorKind::InvalidValue, "a setting does not fit")
}

fn parse_without(unfit: &HashSet<String>) -> Result<Cli, clap::Error> {
    let mut command = Cli::command().mut_args(|argument| {
        let is_out = argument.get_env().is_some_and(|name| {
            let is_empty = env::var_os(name).is_some_and(|value| value.is_empty());
            is_empty || unfit.contains(&*name.to_string_lossy())
        });
        if is_out { argument.env(Resettable::Reset) } else { argument }
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

fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("guildhall: {}", one_line(error));
    ExitCode::FAILURE
}

/// One line, whatever went wrong, that says nothing twice.
fn one_line(error: &anyhow::Error) -> String {
    let mut line = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if line.is_empty() {
            line = cause;
        } else if !line.ends_with(&cause) {
            line = format!("{line}: {cause}");
        }
    }
    line
}

/// A setting that does not fit is named in one line; for the rest clap knows best.
fn refuse(error: &clap::Error) -> ExitCode {
    let Some((name, reason)) = described(error) else { error.exit() };
    eprintln!("guildhall: {name}: {reason}");
    ExitCode::FAILURE
}

/// The setting or argument that does not fit, and why.
fn described(error: &clap::Error) -> Option<(String, String)> {
    if !matches!(error.kind(), ErrorKind::InvalidValue | ErrorKind::ValueValidation) {
        return None;
    }
    let context = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let argument = context(ContextKind::InvalidArg);
    let name = argument.trim_matches(['-', '<', '>', '[', ']']);
    let name = name.split(' ').next().unwrap_or_default();
    let value = context(ContextKind::InvalidValue);
    let reason = match std::error::Error::source(error) {
        Some(reason) => reason.to_string(),
        None => format!("it is none of {}", context(ContextKind::ValidValue)),
    };
    let name = name.to_uppercase().replace('-', "_");
    Some((name, format!("{value:?} does not fit: {reason}")))
}

async fn run(cli: Cli, refused: Vec<String>) -> Result<()> {
    let settings = &cli.settings;
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::serve(settings).await,
        Command::Migrate { check } => migrate(settings, check).await,
        Command::Backup(new) => backup::take(settings, new).await,
        Command::Health => health::ask(settings).await,
        Command::Export(what) => transfer::export(settings, what).await,
        Command::Move(what) => transfer::run_move(settings, what).await,
        Command::Import(what) => import::import(settings, what).await,
        Command::CreateAdmin(new) => admin::create(settings, new).await,
        Command::Users(users) => users::run(settings, users).await,
        Command::Logins(logins) => logins::run(settings, logins).await,
        Command::Doctor(doctor) => doctor::run(settings, &doctor, refused).await,
        Command::Openapi => output::print(&crate::document()),
        Command::Completions { shell } => shell::completions(Cli::command(), shell),
        Command::Man { out } => shell::manual(Cli::command(), out.as_deref()),
        Command::Reference => output::print(&reference::page(Cli::command())),
    }
}

async fn migrate(settings: &Settings, check: bool) -> Result<()> {
    let database = if check {
        database::open_to_look(settings).await?
    } else {
        database::open(settings).await?
    };
    let pending = database.storage.pending_migrations().await.context("DATABASE_URL")?;
    for migration in &pending {
        output::line(migration)?;
    }
    match (pending.is_empty(), check) {
        (true, _) => output::line("The database is up to date."),
        (false, true) => bail!("{}", database::missing(&pending)),
        (false, false) => {
            database.storage.migrate().await.context("DATABASE_URL")?;
            output::line("Applied.")
        }
    }
}
