//! `guildhall users`: accounts at the console.

mod show;

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand, ValueEnum};
use guildhall_core::Guildhall;
use guildhall_openapi::accounts::UserQuery;
use guildhall_openapi::page::{Limit, Page};
use guildhall_openapi::{GroupId, Role, User};
use secrecy::ExposeSecret as _;

use super::console::{change, in_words, look};
use super::{Settings, ask, output};

/// What to do with accounts.
#[derive(Debug, Args)]
pub(super) struct Users {
    #[command(subcommand)]
    command: Command,
    /// Print JSON: the account, or a list of them, as the API has them
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List accounts
    List(Filter),
    /// Show an account
    Show(Named),
    #[command(flatten)]
    Change(Change),
}

#[derive(Debug, Subcommand)]
enum Change {
    /// Shut an account; its logins end at once
    Disable(Named),
    /// Open an account again
    Enable(Named),
    /// Delete an account: its names are free again, what it made stays
    Delete {
        #[command(flatten)]
        named: Named,
        /// Overwrite what tells of the person, too; also of an account that is deleted already
        #[arg(long)]
        erase: bool,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Say what an account may do
    SetRole {
        #[command(flatten)]
        named: Named,
        /// What it may do
        role: Kind,
    },
    /// Set a password, asked for or the first line of standard input; all logins end
    ResetPassword {
        #[command(flatten)]
        named: Named,
        /// Have a running server mail a link to set one instead; the old one is good until then
        #[arg(long)]
        mail: bool,
    },
}

/// Whose account.
#[derive(Debug, Args)]
pub(super) struct Named {
    /// An id, an email or a username
    user: String,
}

/// Which accounts are listed, in the order of their ids.
#[derive(Debug, Args)]
struct Filter {
    /// Only those with this in their username or full name
    #[arg(long, value_name = "TEXT")]
    q: Option<String>,
    /// Only those who may do this
    #[arg(long)]
    role: Option<Kind>,
    /// Only those in this group, by its id
    #[arg(long, value_name = "ID", value_parser = group)]
    group: Option<GroupId>,
    /// Deleted ones, too
    #[arg(long)]
    include_deleted: bool,
    /// How many at most; all of them unless given
    #[arg(long, value_name = "COUNT")]
    limit: Option<usize>,
}

/// What an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Use what is there for members
    User,
    /// Manage everyone's accounts and content
    Admin,
}

impl From<Kind> for Role {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::User => Self::User,
            Kind::Admin => Self::Admin,
        }
    }
}

fn group(text: &str) -> Result<GroupId, String> {
    text.parse().map_err(|_| "it is no id of a group: a positive number".to_owned())
}

impl Named {
    pub(super) async fn find(&self, guildhall: &Guildhall) -> Result<User> {
        let found = guildhall.console().user(&self.user).await.map_err(in_words);
        found.with_context(|| output::harmless(&self.user))
    }
}

/// `guildhall users …`.
pub(super) async fn run(settings: &Settings, users: Users) -> Result<()> {
    let json = users.json;
    match users.command {
        Command::List(filter) => {
            let users = look(settings, async |guildhall| list(guildhall, &filter).await).await?;
            output::show(json, &users, || show::table(&users))
        }
        Command::Show(named) => {
            let user = look(settings, async |guildhall| named.find(guildhall).await).await?;
            output::show(json, &user, || show::one(&user))
        }
        Command::Change(deed) => {
            let work = async |guildhall: &Guildhall| act(guildhall, deed).await;
            let (user, said) = change(settings, work).await?;
            output::show(json, &user, || format!("{} {said}", show::name(&user)))
        }
    }
}

/// Changes an account; what it is afterwards, and what is said of it.
async fn act(guildhall: &Guildhall, deed: Change) -> Result<(User, &'static str)> {
    let console = guildhall.console();
    let (Change::Disable(named)
    | Change::Enable(named)
    | Change::Delete { named, .. }
    | Change::SetRole { named, .. }
    | Change::ResetPassword { named, .. }) = &deed;
    let user = named.find(guildhall).await?;
    let (done, said) = match deed {
        Change::Disable(_) => {
            let done = console.set_disabled(user.id, true).await;
            (done, "is disabled and signed out everywhere.")
        }
        Change::Enable(_) => (console.set_disabled(user.id, false).await, "can sign in."),
        Change::SetRole { role, .. } => {
            let said = if role == Kind::Admin { "is an admin." } else { "is no admin." };
            (console.set_role(user.id, role.into()).await, said)
        }
        Change::Delete { erase, yes, .. } => {
            let what = if erase { "Erasing an account" } else { "Deleting an account" };
            if !yes {
                ask::confirm(what, &user.username)?;
            }
            let said = if erase { "is what is left of it." } else { "is deleted." };
            (console.delete(user.id, erase).await, said)
        }
        Change::ResetPassword { mail: true, .. } => {
            let done = console.mail_reset(user.id).await;
            (done, "is signed out everywhere; a running server sends the mail.")
        }
        Change::ResetPassword { mail: false, .. } => {
            let password = ask::new_password()?;
            let done = console.set_password(user.id, &password.expose_secret().into()).await;
            (done, "has a new password and is signed out everywhere.")
        }
    };
    Ok((done.map_err(in_words)?, said))
}

/// All accounts of which the filter is true, page by page.
async fn list(guildhall: &Guildhall, filter: &Filter) -> Result<Vec<User>> {
    let most = filter.limit.unwrap_or(usize::MAX);
    let mut query = UserQuery {
        q: filter.q.as_deref().map(Into::into),
        group: filter.group,
        include_deleted: filter.include_deleted,
        page: Page { limit: Limit::try_from(Limit::MAX).unwrap_or_default(), ..Page::default() },
    };
    let mut listed = Vec::new();
    loop {
        let (users, more) = guildhall.console().users(query.clone()).await.map_err(in_words)?;
        query.page.after = users.last().map(|user| user.id);
        let wanted = |user: &User| filter.role.is_none_or(|role| user.role == role.into());
        listed.extend(users.into_iter().filter(wanted).take(most - listed.len()));
        if !more || listed.len() == most {
            return Ok(listed);
        }
    }
}
