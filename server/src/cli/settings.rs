//! The settings: environment variables, or options of the same names.

mod audit;
mod edge;
mod keys;
pub(super) mod mail;

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use guildhall_core::passwords::{Cost, Passwords, PoolSize};
use guildhall_core::{Directory, Policy, Registration};
use secrecy::SecretString;

use audit::AuditSettings;
pub use edge::EdgeSettings;
pub(super) use keys::{Algorithm, KeySettings};
use mail::MailSettings;

use super::log::LogFormat;

/// The settings. README has them in a table. Those that are or carry secrets are [`SecretString`]s, which
/// `Debug` does not show.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Settings")]
pub struct Settings {
    /// Where the data is: `sqlite://FILE`, `sqlite::memory:` or `postgresql://…`
    #[arg(
        long,
        env,
        default_value = "sqlite://guildhall.db",
        hide_env_values = true,
        global = true
    )]
    pub database_url: SecretString,

    /// How many connections to PostgreSQL there may be
    #[arg(long, env, default_value_t = 10, global = true, value_parser = clap::value_parser!(u32).range(1..))]
    pub database_connections: u32,

    /// What a start does where the schema is older than the program
    #[arg(long, env, default_value = "apply", global = true)]
    pub migrations: Migrations,

    /// NATS, to carry news between replicas: `nats://HOST`; PostgreSQL carries it unless given
    #[arg(long, env, hide_env_values = true, global = true)]
    pub nats_url: Option<SecretString>,

    /// What signs tokens.
    #[command(flatten)]
    pub keys: KeySettings,

    /// For how many minutes an access token is good; `0.1` is six seconds
    #[arg(long, env, default_value = "30", global = true, value_parser = minutes)]
    pub access_token_expire_minutes: Duration,

    /// After how many days without use a login ends
    #[arg(long, env, default_value_t = 30, global = true, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    pub refresh_token_expire_days: u32,

    /// For how many days the stream can be read again
    #[arg(long, env, default_value_t = 30, global = true, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    pub stream_retention_days: u32,

    /// Those of the audit log
    #[command(flatten)]
    pub audit: AuditSettings,

    /// The address to listen on
    #[arg(long, env, default_value = "127.0.0.1", global = true, value_parser = host)]
    pub host: IpAddr,

    /// The port to listen on; 0 takes a free one
    #[arg(long, env, default_value_t = 8000, global = true)]
    pub port: u16,

    /// A folder of files to serve beside the API, a built web page say; its `index.html` is at `/`
    #[arg(long, env, value_name = "FOLDER", global = true)]
    pub web: Option<PathBuf>,

    /// Who may register
    #[arg(long, env, default_value = "open", global = true)]
    pub registration: Open,

    /// Who may see who is here
    #[arg(long, env, default_value = "members", global = true)]
    pub directory: Visible,

    /// Where to answer `GET /metrics`; nowhere unless given
    #[arg(long, env, global = true)]
    pub metrics_addr: Option<SocketAddr>,

    /// The email of the admin to create where there is none
    #[arg(long, env, global = true)]
    pub admin_email: Option<String>,

    /// The password of that admin
    #[arg(long, env, hide_env_values = true, global = true)]
    pub admin_password: Option<SecretString>,

    /// The memory of one password hash in KiB (Argon2id's m)
    #[arg(long, env, default_value_t = 19_456, global = true, value_parser = clap::value_parser!(u32).range(19_456..=1_048_576))]
    pub password_memory_kib: u32,

    /// The passes over it (Argon2id's t)
    #[arg(long, env, default_value_t = 2, global = true, value_parser = clap::value_parser!(u32).range(2..=100))]
    pub password_passes: u32,

    /// How many passwords are hashed at once; as many as there are processors unless given
    #[arg(long, env, global = true)]
    pub password_threads: Option<NonZeroUsize>,

    /// How mails are sent
    #[command(flatten)]
    pub mail: MailSettings,

    /// What the net may ask of the server
    #[command(flatten)]
    pub edge: EdgeSettings,

    /// What is logged: error, warn, info, debug, trace, or a filter by module
    #[arg(long, env, default_value = "warn,guildhall=info", global = true)]
    pub log: String,

    /// How it is written: for people, or each line a JSON object
    #[arg(long, env, default_value = "pretty", global = true)]
    pub log_format: LogFormat,
}

/// What a start does where the database's schema is older than the program.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Migrations {
    /// It brings the schema to this version.
    Apply,
    /// It refuses, and names what is missing.
    Check,
}

/// Who may register.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Open {
    /// Anyone.
    Open,
    /// Only admins create accounts.
    Closed,
}

/// Who may see who is here.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Visible {
    /// Everyone who is signed in.
    Members,
    /// Everyone.
    Public,
    /// Admins.
    Private,
}

fn host(text: &str) -> Result<IpAddr, std::net::AddrParseError> {
    if text == "localhost" { Ok(IpAddr::from([127, 0, 0, 1])) } else { text.parse() }
}

/// A time of whole seconds, as tokens have it.
fn minutes(text: &str) -> Result<Duration, &'static str> {
    let seconds = text.parse::<f64>().map_or(0.0, |minutes| (minutes * 60.0).round());
    // Also where it is no number at all.
    if !(1.0..=86_400.0).contains(&seconds) {
        return Err("it has to be a number of minutes, from a second (0.02) to a day (1440)");
    }
    Ok(Duration::from_secs_f64(seconds))
}

fn days(days: u32) -> Duration {
    Duration::from_secs(u64::from(days) * 86_400)
}

impl Settings {
    /// The settings that are rules.
    #[must_use]
    pub fn policy(&self) -> Policy {
        Policy {
            registration: match self.registration {
                Open::Open => Registration::Open,
                Open::Closed => Registration::Closed,
            },
            directory: match self.directory {
                Visible::Members => Directory::Members,
                Visible::Public => Directory::Public,
                Visible::Private => Directory::Private,
            },
            access_lifetime: self.access_token_expire_minutes,
            login_lifetime: days(self.refresh_token_expire_days),
            stream_retention: days(self.stream_retention_days),
            audit_retention: self.audit.retention(),
            ..Policy::default()
        }
    }

    /// Starts the threads that hash passwords.
    ///
    /// # Errors
    /// Where the system gives none.
    pub fn passwords(&self) -> Result<Passwords> {
        let mut size = PoolSize::default();
        size.threads = self.password_threads.unwrap_or(size.threads);
        Passwords::start(self.cost()?, size).context("the threads that hash passwords")
    }

    /// What a password hash costs.
    pub(super) fn cost(&self) -> Result<Cost> {
        Ok(Cost::new(self.password_memory_kib, self.password_passes, 1)?)
    }
}
