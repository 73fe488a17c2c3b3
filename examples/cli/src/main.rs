//! guild: Guildhall in a terminal. Arguments become one command, and what becomes of it an exit code.

mod account;
mod args;
mod ask;
mod chat;
mod dates;
mod events;
mod failure;
mod keep;
mod output;
mod people;
mod screen;
mod sessions;
mod watch;

use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use clap::Parser as _;
use guildhall_client::{Client, Error};

use args::{Cli, Command};
use failure::{Failure, INTERRUPTED};
use output::Output;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misused(&error),
    };
    let output = Output::new(cli.json, cli.colour);
    let ends_on_request = matches!(cli.command, Command::Chat(_) | Command::Watch);
    tokio::select! {
        // First, so that the signal is heard before a password is asked for: killed there, the
        // terminal would go on hiding what is typed.
        biased;
        _ = tokio::signal::ctrl_c() => {
            if io::stderr().is_terminal() {
                // So that the shell goes on in a line of its own.
                eprintln!();
            }
            if ends_on_request { ExitCode::SUCCESS } else { INTERRUPTED.into() }
        }
        done = run(cli, output) => match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => {
                if !failure.is_silent() {
                    output.fail(&failure);
                }
                failure.exit_code.into()
            }
        },
    }
}

async fn run(cli: Cli, output: Output) -> Result<(), Failure> {
    let store = keep::login_at(&cli.server)?;
    let client = Client::builder(&cli.server).token_store(store).build();
    let client = client.map_err(|error| match error {
        Error::Transport(error) => Failure::usage(format!("--server {}: {error}", cli.server)),
        other => other.into(),
    })?;
    match cli.command {
        Command::Register(account) => account::register(&client, output, account).await,
        Command::Login { name } => account::login(&client, output, name).await,
        Command::Logout => account::logout(&client, output).await,
        Command::Whoami => account::whoami(&client, output).await,
        Command::Users { query } => people::list(&client, output, query).await,
        Command::Events(command) => events::run(&client, output, command).await,
        Command::Msg { name, text } => chat::send(&client, output, &name, text).await,
        Command::Chat(args) => chat::chat(&client, output, args).await,
        Command::Sessions { command } => sessions::run(&client, output, command).await,
        Command::Watch => watch::watch(&client, output).await,
    }
}

/// Help, a version, or arguments that do not fit, which clap tells people about in its own way.
fn misused(error: &clap::Error) -> ExitCode {
    let wants_json = std::env::args_os().any(|argument| argument == "--json");
    if error.use_stderr() && wants_json {
        let text = error.to_string();
        let line = text.lines().next().unwrap_or_default();
        let failure = Failure::usage(line.trim_start_matches("error: "));
        Output::new(true, clap::ColorChoice::Never).fail(&failure);
        return failure.exit_code.into();
    }
    error.exit()
}
