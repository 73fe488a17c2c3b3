//! `guildhall logins`: the devices on which someone is signed in, at the console.

use anstyle::Style;
use anyhow::{Context as _, Result};
use clap::{ArgGroup, Args, Subcommand};
use guildhall_core::Guildhall;
use guildhall_openapi::{Login, LoginId};

use super::Settings;
use super::console::{change, in_words, look};
use super::output::{self, Line};
use super::users::Named;

/// What to do with logins.
#[derive(Debug, Args)]
pub(super) struct Logins {
    #[command(subcommand)]
    command: Command,
    /// Print JSON: a list of logins, as the API has them
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the devices on which someone is signed in
    List(Named),
    /// Sign devices out at once
    // By itself clap has the group first, where the user has to be.
    #[command(
        group = ArgGroup::new("which").args(["login", "all"]).required(true),
        override_usage = "guildhall logins revoke <USER> <LOGIN|--all>"
    )]
    Revoke {
        #[command(flatten)]
        named: Named,
        /// Which, by its id; `guildhall logins list` has them
        #[arg(value_parser = id)]
        login: Option<LoginId>,
        /// All of them
        #[arg(long)]
        all: bool,
    },
}

fn id(text: &str) -> Result<LoginId, String> {
    text.parse().map_err(|_| "it is no id of a login: a positive number".to_owned())
}

/// `guildhall logins …`.
pub(super) async fn run(settings: &Settings, logins: Logins) -> Result<()> {
    let json = logins.json;
    match logins.command {
        Command::List(named) => {
            let list = async |guildhall: &Guildhall| {
                let user = named.find(guildhall).await?;
                guildhall.console().logins(user.id).await.map_err(in_words)
            };
            let logins = look(settings, list).await?;
            output::show(json, &logins, || table(&logins))
        }
        Command::Revoke { named, login, all: _ } => {
            let work = async |guildhall: &Guildhall| revoke(guildhall, &named, login).await;
            let revoked = change(settings, work).await?;
            output::show(json, &revoked, || match revoked.len() {
                1 => "1 device is signed out.".to_owned(),
                count => format!("{count} devices are signed out."),
            })
        }
    }
}

/// Ends one login of someone, or all; what they were.
async fn revoke(
    guildhall: &Guildhall,
    named: &Named,
    login: Option<LoginId>,
) -> Result<Vec<Login>> {
    let (user, console) = (named.find(guildhall).await?.id, guildhall.console());
    let mut logins = console.logins(user).await.map_err(in_words)?;
    let Some(login) = login else {
        console.revoke_all(user).await.map_err(in_words)?;
        return Ok(logins);
    };
    logins.retain(|one| one.id == login);
    console.revoke(user, login).await.map_err(in_words).with_context(|| login.to_string())?;
    Ok(logins)
}

fn table(logins: &[Login]) -> String {
    let line = |login: &Login| Line {
        style: Style::new(),
        cells: [
            login.id.to_string(),
            login.created_at.to_string().chars().take(16).collect(),
            login.last_seen_at.to_string().chars().take(16).collect(),
            login.ip.clone().unwrap_or_default(),
            login.user_agent.clone().unwrap_or_default(),
        ],
    };
    let lines: Vec<_> = logins.iter().map(line).collect();
    output::table(["ID", "SIGNED IN (UTC)", "LAST SEEN (UTC)", "ADDRESS", "DEVICE"], &lines)
}
