//! `guildhall export`, `guildhall move`, and `guildhall import` of a file.

mod shown;

use std::fs::File;
use std::io::{BufReader, BufWriter, stdout};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use guildhall_core::clock::{Clock as _, SystemClock};
use guildhall_core::transfer::{self, Moved, Restore, TransferError};
use secrecy::{ExposeSecret as _, SecretString};

use super::database::{Named, open_existing, open_to_fill};
use super::draft::Draft;
use super::{Settings, output};
use shown::{Bar, exported, moved};

/// Where an export goes.
#[derive(Debug, Args)]
pub(super) struct Export {
    /// The file to write, for its owner alone; standard output unless given
    file: Option<PathBuf>,
    /// Replace the file if it is there
    #[arg(long, requires = "file")]
    force: bool,
}

/// From where to where.
#[derive(Debug, Args)]
pub(super) struct Move {
    /// The database to read, as DATABASE_URL has it
    from: SecretString,
    /// The database to fill; its schema is made or brought to this version
    to: SecretString,
}

/// `guildhall export`.
pub(super) async fn export(settings: &Settings, Export { file, force }: Export) -> Result<()> {
    // Before anything is read: what stands in the way is said at once.
    let draft = file.as_deref().map(|file| Draft::of(file, force)).transpose()?;
    let storage = open_existing(settings).await?.storage;
    let mut snapshot = storage.snapshot().await.context("DATABASE_URL")?;
    let bar = Bar::over(&mut *snapshot, 1).await?;
    let mut progress = bar.progress();
    let now = SystemClock.now();
    let Some(mut draft) = draft else {
        let mut out = BufWriter::new(stdout());
        let done = transfer::export(&mut *snapshot, &mut out, now, &mut progress).await;
        done.context("standard output")?;
        return Ok(());
    };
    let tallies = {
        let mut out = BufWriter::new(draft.file());
        transfer::export(&mut *snapshot, &mut out, now, &mut progress).await
    };
    let tallies = tallies.with_context(|| draft.name())?;
    draft.keep(force)?;
    bar.end();
    output::print(&exported(&tallies))
}

/// `guildhall import` of a file.
pub(super) async fn import(settings: &Settings, from: &Path, dry_run: bool) -> Result<()> {
    let name = || from.display().to_string();
    let file = BufReader::with_capacity(1 << 20, File::open(from).with_context(name)?);
    let storage = open_to_fill(settings, dry_run).await?;
    let mut target = storage.restore().await.context("DATABASE_URL")?;
    let bar = Bar::endless();
    let tables = transfer::import(file, &mut *target, &mut bar.progress()).await;
    let tables = tables.map_err(|error| said_of(error, &name(), "DATABASE_URL"))?;
    finish(target, &bar, &tables, dry_run).await
}

/// `guildhall move`.
pub(super) async fn run_move(settings: &Settings, Move { from, to }: Move) -> Result<()> {
    ensure!(
        from.expose_secret().trim() != to.expose_secret().trim(),
        "TO: it is the database that is read"
    );
    let source = Named::by("FROM", &from, settings).open_existing().await?.storage;
    let target = Named::by("TO", &to, settings).open().await?.storage;
    target.migrate().await.context("TO")?;
    let mut snapshot = source.snapshot().await.context("FROM")?;
    let mut target = target.restore().await.context("TO")?;
    let bar = Bar::over(&mut *snapshot, 2).await?;
    let tables = transfer::copy(&mut *snapshot, &mut *target, &mut bar.progress()).await;
    let tables = tables.map_err(|error| said_of(error, "FROM", "TO"))?;
    finish(target, &bar, &tables, false).await
}

/// The error behind the name of what is to blame.
fn said_of(error: TransferError, from: &str, to: &str) -> anyhow::Error {
    let name = if matches!(error, TransferError::NotEmpty(_)) { to } else { from };
    anyhow::Error::from(error).context(name.to_owned())
}

async fn finish(
    target: Box<dyn Restore>,
    bar: &Bar,
    tables: &[Moved],
    dry_run: bool,
) -> Result<()> {
    if !dry_run {
        target.commit().await?;
    }
    bar.end();
    let kept = if dry_run { "It fits. Nothing was kept.\n" } else { "" };
    output::print(&format!("{}{kept}", moved(tables)))
}
