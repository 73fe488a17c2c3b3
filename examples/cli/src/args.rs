//! What can be said on the command line.

use clap::{Args, ColorChoice, Parser, Subcommand};
use guildhall_client::contract::page::Limit;
use guildhall_client::contract::{EventId, SessionId, Timestamp};

use crate::dates;

/// Where options stand in the help that go with all commands.
const EVERYWHERE: &str = "Everywhere";

/// Guildhall in a terminal.
#[derive(Debug, Parser)]
#[command(
    name = "guild",
    version,
    arg_required_else_help = true,
    after_help = "\
Passwords are asked for. Without a terminal they come from GUILD_PASSWORD, or are the first line of \
the input.

Exit codes: 0 done (also when Ctrl-C ends watch or chat), 1 failed, 2 misused, 130 interrupted."
)]
pub(crate) struct Cli {
    /// The server.
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "URL", env = "GUILD_SERVER")]
    #[arg(default_value = "http://127.0.0.1:8000")]
    pub(crate) server: String,
    /// JSON instead of text: one value, or one a line from watch and chat.
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub(crate) json: bool,
    /// Whether to use colours.
    #[arg(long, alias = "color", global = true, help_heading = EVERYWHERE, value_name = "WHEN")]
    #[arg(default_value = "auto")]
    pub(crate) colour: ColorChoice,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make an account, and sign in.
    Register(NewAccountArgs),
    /// Sign in.
    Login {
        /// A username or an email address.
        name: Option<String>,
    },
    /// Sign out.
    Logout,
    /// Show who is signed in.
    Whoami,
    /// List people.
    Users {
        /// Only those with this in a name.
        #[arg(long, short)]
        query: Option<String>,
    },
    /// List and announce events.
    #[command(subcommand)]
    Events(EventCommand),
    /// Send a message.
    Msg {
        /// To whom: a username.
        name: String,
        /// What it says.
        text: String,
    },
    /// Talk with someone: what each line says is sent, and what comes is shown.
    Chat(ChatArgs),
    /// List live sessions, and take part.
    Sessions {
        #[command(subcommand)]
        command: Option<SessionCommand>,
    },
    /// Show what happens, as it happens.
    Watch,
}

#[derive(Debug, Args)]
pub(crate) struct NewAccountArgs {
    /// The name under which others will know you.
    pub(crate) username: String,
    /// Where mail goes.
    #[arg(long)]
    pub(crate) email: String,
    /// Your name.
    #[arg(long)]
    pub(crate) full_name: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EventCommand {
    /// List events by date.
    List {
        /// Only those that begin then or later: 2027-06-21, "2027-06-21 18:00", today, tomorrow, or
        /// with an offset, 2027-06-21T18:00:00Z.
        #[arg(long, value_parser = dates::read)]
        from: Option<Timestamp>,
        /// Only those that begin before then.
        #[arg(long, value_parser = dates::read)]
        to: Option<Timestamp>,
        /// Only those with this in title, description or location.
        #[arg(long, short)]
        query: Option<String>,
    },
    /// Announce an event.
    Create {
        /// What it is called.
        title: String,
        /// When it begins, as in `events list --from`.
        #[arg(long, value_parser = dates::read)]
        date: Timestamp,
        /// Where it takes place.
        #[arg(long, default_value = "", hide_default_value = true)]
        location: String,
        /// What it is about.
        #[arg(long, default_value = "", hide_default_value = true)]
        description: String,
    },
    /// Say that you come.
    Attend { id: EventId },
    /// Say that you do not come.
    Leave { id: EventId },
}

#[derive(Debug, Args)]
pub(crate) struct ChatArgs {
    /// With whom: a username.
    pub(crate) name: String,
    /// How many earlier messages to show.
    #[arg(long, value_name = "COUNT", default_value = "20")]
    pub(crate) history: Limit,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SessionCommand {
    /// List sessions: the same as no command.
    List,
    #[command(flatten)]
    Change(SessionChange),
}

#[derive(Debug, Subcommand)]
pub(crate) enum SessionChange {
    /// Make a session, which is not started yet.
    Create { name: String },
    /// Start a session of yours.
    Start { id: SessionId },
    /// End a session of yours, for good.
    Stop { id: SessionId },
    /// Join a session.
    Join { id: SessionId },
    /// Leave a session.
    Leave { id: SessionId },
}
