//! `guildhall backup`: a copy of a SQLite database while it is used.

use std::fs::canonicalize;
use std::io::IsTerminal as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use guildhall_storage_sqlite::{Location, backup};
use secrecy::ExposeSecret as _;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::database::spare;
use super::draft::{Draft, Stop, is_free};
use super::secret::file_beside;
use super::{Settings, output};

/// How long a copy that is given up may take to remove what it has beside its file.
const GIVING_UP: Duration = Duration::from_secs(1);

/// A backup to be.
#[derive(Debug, Args)]
pub(super) struct NewBackup {
    /// The file to write
    file: PathBuf,
    /// Replace the file if it is there
    #[arg(long)]
    force: bool,
}

/// `guildhall backup FILE`.
pub(super) async fn take(settings: &Settings, NewBackup { file, force }: NewBackup) -> Result<()> {
    let database = match Location::from_url(settings.database_url.expose_secret().trim()) {
        Some(Location::File(database)) => database,
        Some(Location::Memory) => bail!(
            "DATABASE_URL: a database in memory ends with its process, and nothing else can read it"
        ),
        None => bail!(
            "DATABASE_URL: only SQLite is copied by this; PostgreSQL brings its own: \
             `pg_dump --format=custom --file=FILE URL` (docs/BACKUP.md)"
        ),
    };
    let from =
        canonicalize(&database).with_context(|| format!("DATABASE_URL: {}", database.display()))?;
    let name = file.display().to_string();
    spare(settings, &file)?;
    is_free(&file, force)?;
    let stop = Stop::listen()?;
    let draft = Draft::of(&file).with_context(|| name.clone())?;
    copy(from, draft.path(), stop).await.with_context(|| name.clone())?;
    draft.keep(force).with_context(|| name.clone())?;
    output::line(&format!("{name}: the database as it was a moment ago, checked."))?;
    tell_of_key(settings, &database)
}

/// Copies until it is done or told to stop.
async fn copy(from: PathBuf, to: &Path, mut stop: Stop) -> Result<()> {
    let given_up = Arc::new(AtomicBool::new(false));
    let (to, giving_up) = (to.to_owned(), Arc::clone(&given_up));
    let mut copying = spawn_blocking(move || {
        let shows = std::io::stderr().is_terminal();
        let done = backup(&from, &to, |done, all| show(shows, done, all, &giving_up));
        if shows {
            eprintln!();
        }
        done
    });
    tokio::select! {
        copied = &mut copying => Ok(copied??),
        () = stop.told() => {
            given_up.store(true, Ordering::Relaxed);
            // The check goes on to its end, and has only the one file.
            timeout(GIVING_UP, copying).await.ok();
            bail!("it was given up")
        }
    }
}

fn show(shows: bool, done: u64, all: u64, given_up: &AtomicBool) -> ControlFlow<()> {
    if shows {
        eprint!("\r{} %", done * 100 / all.max(1));
    }
    if given_up.load(Ordering::Relaxed) {
        ControlFlow::Break(())
    } else {
        ControlFlow::Continue(())
    }
}

fn tell_of_key(settings: &Settings, database: &Path) -> Result<()> {
    let key = match &settings.keys.secret_key {
        Some(_) => "SECRET_KEY".to_owned(),
        None => file_beside(database).display().to_string(),
    };
    let why = "Keep that too, elsewhere: without it everyone has to sign in again.";
    output::line(&format!("{key} is not in it. {why}"))
}
