//! `guildhall export`, `guildhall move`, and `guildhall import` of a file.

mod shown;

use std::fs::File;
use std::io::{BufReader, BufWriter, Write, stdout};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use guildhall_core::clock::{Clock as _, SystemClock};
use guildhall_core::transfer::{self, Restore, Side, Tally, Transfer, TransferError};
use secrecy::SecretString;

use super::database::{Database, Named, Place, given, open, open_existing, open_to_fill, spare};
use super::draft::{Draft, Stop, is_free};
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
    /// The database to read, as DATABASE_URL has it; unless given, that of the variable FROM_DATABASE_URL, which no list of
    /// processes shows
    from: Option<SecretString>,
    /// The database to fill; its schema is made or brought to this version; unless given, that of TO_DATABASE_URL
    to: Option<SecretString>,
}

/// `guildhall export`.
pub(super) async fn export(settings: &Settings, Export { file, force }: Export) -> Result<()> {
    let Some(file) = file else {
        let mut out = BufWriter::new(stdout());
        return write(settings, &mut out, "standard output").await.map(drop);
    };
    spare(settings, &file)?;
    is_free(&file, force)?;
    let name = file.display().to_string();
    let mut stop = Stop::listen()?;
    let mut draft = Draft::of(&file).with_context(|| name.clone())?;
    let tallies = {
        let mut out = BufWriter::new(draft.file());
        tokio::select! {
            tallies = write(settings, &mut out, &name) => tallies?,
            () = stop.told() => bail!("{name}: it was given up"),
        }
    };
    draft.keep(force).context(name)?;
    output::print(&exported(&tallies))
}

/// Writes all there is into a file of this name.
async fn write(settings: &Settings, to: &mut (dyn Write + Send), name: &str) -> Result<Vec<Tally>> {
    let storage = open_existing(settings).await?.storage;
    let mut snapshot = storage.snapshot().await.context("DATABASE_URL")?;
    let bar = Bar::over(&mut *snapshot, 1).await?;
    let now = SystemClock.now();
    let tallies = transfer::export(&mut *snapshot, to, now, &mut bar.progress()).await;
    bar.end();
    tallies.with_context(|| name.to_owned())
}

/// `guildhall import` of a file.
pub(super) async fn import(settings: &Settings, from: &Path, dry_run: bool) -> Result<()> {
    let name = || from.display().to_string();
    let file = BufReader::with_capacity(1 << 20, File::open(from).with_context(name)?);
    let storage = if dry_run {
        open_to_fill(settings, true).await?
    } else {
        prepared(open(settings).await?, "DATABASE_URL").await?
    };
    let mut target = storage.restore().await.context("DATABASE_URL")?;
    let bar = Bar::endless();
    let tables = transfer::import(file, &mut *target, &mut bar.progress()).await;
    let tables = tables.map_err(|error| said_of(error, &name(), "DATABASE_URL"))?;
    bar.end();
    if dry_run {
        return output::print(&format!("{}It fits. Nothing was kept.\n", moved(&tables)));
    }
    keep(&*storage, target, "DATABASE_URL").await?;
    output::print(&moved(&tables))
}

/// `guildhall move`.
pub(super) async fn run_move(settings: &Settings, Move { from, to }: Move) -> Result<()> {
    let from = given(from, "FROM", "FROM_DATABASE_URL")?;
    let to = given(to, "TO", "TO_DATABASE_URL")?;
    let (from, to) = (Named::by("FROM", &from, settings), Named::by("TO", &to, settings));
    ensure!(!from.is_same(to), "TO: it is the database that is read");
    let source = from.open_existing().await?.storage;
    let to = to.open().await?;
    ensure!(!matches!(to.place, Place::Memory), "TO: a database in memory ends with this program");
    let storage = prepared(to, "TO").await?;
    let mut snapshot = source.snapshot().await.context("FROM")?;
    let mut target = storage.restore().await.context("TO")?;
    let bar = Bar::over(&mut *snapshot, 2).await.context("FROM")?;
    let tables = transfer::copy(&mut *snapshot, &mut *target, &mut bar.progress()).await;
    let tables = tables.map_err(|error| said_of(error, "FROM", "TO"))?;
    bar.end();
    keep(&*storage, target, "TO").await?;
    output::print(&moved(&tables))
}

/// A database that holds nothing, with this version's schema. One that holds anything, named by a slip perhaps, stays as
/// it is.
async fn prepared(database: Database, name: &'static str) -> Result<Arc<dyn Transfer>> {
    let storage = database.storage;
    if let Some(table) = storage.filled().await.context(name)? {
        return Err(TransferError::NotEmpty(table)).context(name);
    }
    storage.migrate().await.context(name)?;
    Ok(storage)
}

/// The error behind the name of what is to blame.
fn said_of(error: TransferError, from: &str, to: &str) -> anyhow::Error {
    let name = match error.side() {
        Side::Source => from,
        Side::Target => to,
    };
    anyhow::Error::from(error).context(name.to_owned())
}

async fn keep(storage: &dyn Transfer, filled: Box<dyn Restore>, name: &'static str) -> Result<()> {
    filled.commit().await.context(name)?;
    if let Err(error) = storage.settle().await {
        eprintln!("guildhall: {name}: all of it is kept; {:#}", anyhow::Error::from(error));
    }
    Ok(())
}
