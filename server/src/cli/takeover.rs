//! `guildhall import` of another back end's database.

use std::fs::File;
use std::io::{self, BufWriter, Stdout, Write, stdout};
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use guildhall_core::clock::{Clock as _, SystemClock};
use guildhall_core::openapi::UserId;
use guildhall_core::takeover::{
    Hearer, How, Note, OldId, Source, Summary, TakeOverError, take_over,
};
use guildhall_storage_postgres::OldPostgres;
use guildhall_storage_sqlite::{Location, OldSqlite};
use secrecy::{ExposeSecret as _, SecretString};

use super::{Settings, database};

/// What is taken over, and how.
pub(super) struct TakeOver {
    /// The URL of the old database.
    pub(super) from: SecretString,
    pub(super) dry_run: bool,
    pub(super) json: bool,
    pub(super) map: Option<PathBuf>,
}

/// Some rows could not be taken, which has been said.
#[derive(Debug, thiserror::Error)]
#[error("some rows were left out")]
pub(super) struct LeftOut;

impl LeftOut {
    /// Neither that of a failure nor that of a command line that cannot be read.
    pub(super) const STATUS: u8 = 3;
}

/// Takes the people of another back end over.
pub(super) async fn run(settings: &Settings, what: TakeOver) -> Result<()> {
    let mut source = open(&what.from).await?;
    ensure!(
        what.from.expose_secret().trim() != settings.database_url.expose_secret().trim(),
        "--from: it is the database of DATABASE_URL"
    );
    let storage = database::open_to_fill(settings, what.dry_run).await?;
    let how = How { now: SystemClock.now(), dry_run: what.dry_run };
    let mut report = Report::to(&what)?;
    let done = take_over(&mut *source, &*storage, how, &mut report).await;
    let summary = done.map_err(|error| match error {
        TakeOverError::Storage(error) => anyhow::Error::from(error).context("DATABASE_URL"),
        error => anyhow::Error::from(error).context("--from"),
    })?;
    report.end(&summary)?;
    if summary.left_out() > 0 { Err(LeftOut.into()) } else { Ok(()) }
}

/// Opens the old database by its URL, as SQLAlchemy reads it: the driver is named behind a `+`, and what stands
/// behind a `?` is for the driver of a SQLite file.
async fn open(from: &SecretString) -> Result<Box<dyn Source>> {
    let url = from.expose_secret().trim();
    let (scheme, rest) = url.split_once(':').unwrap_or((url, ""));
    match scheme.split('+').next() {
        Some("sqlite") => {
            let url = format!("sqlite:{}", rest.split('?').next().unwrap_or_default());
            let Some(Location::File(file)) = Location::from_url(&url) else {
                bail!("--from: a database in memory holds nothing");
            };
            ensure!(file.exists(), "--from: there is no {}", file.display());
            Ok(Box::new(OldSqlite::open(&file).await.context("--from")?))
        }
        Some("postgresql" | "postgres") => {
            Ok(Box::new(OldPostgres::open(&format!("postgresql:{rest}")).await.context("--from")?))
        }
        _ => bail!("--from: it is neither a file nor a URL of sqlite: or postgresql:"),
    }
}

/// Says what is taken and what is not, as it comes.
struct Report {
    json: bool,
    out: BufWriter<Stdout>,
    map: Option<BufWriter<File>>,
    /// The first thing that could not be said.
    failed: Option<anyhow::Error>,
}

impl Report {
    fn to(what: &TakeOver) -> Result<Self> {
        let map = what.map.as_ref().map(|file| {
            let mut map = BufWriter::new(File::create_new(file)?);
            writeln!(map, "old_id,new_id").map(|()| map)
        });
        let map = map.transpose().context("--map")?;
        Ok(Self { json: what.json, out: BufWriter::new(stdout()), map, failed: None })
    }

    fn said(&mut self, said: io::Result<()>, of: &'static str) {
        if let Err(error) = said {
            self.failed.get_or_insert(anyhow::Error::from(error).context(of));
        }
    }

    fn end(mut self, summary: &Summary) -> Result<()> {
        let said = if self.json {
            writeln!(self.out, "{}", serde_json::to_string(summary)?)
        } else {
            self.out.write_all(table(summary).as_bytes())
        };
        let said = said.and_then(|()| self.out.flush());
        self.said(said, "standard output");
        let written = self.map.as_mut().map_or(Ok(()), Write::flush);
        self.said(written, "--map");
        self.failed.map_or(Ok(()), Err)
    }
}

impl Hearer for Report {
    fn note(&mut self, note: Note) {
        let said = if self.json {
            serde_json::to_string(&note)
                .map_err(io::Error::from)
                .and_then(|note| writeln!(self.out, "{note}"))
        } else {
            writeln!(self.out, "{note}")
        };
        self.said(said, "standard output");
    }

    fn numbered(&mut self, old: &OldId, new: UserId) {
        let written = self.map.as_mut().map_or(Ok(()), |map| writeln!(map, "{old},{new}"));
        self.said(written, "--map");
    }
}

/// The summary, for people.
fn table(summary: &Summary) -> String {
    let Summary { tables, not_read, passwords, dry_run } = summary;
    let widest = tables.keys().map(|name| name.chars().count()).max().unwrap_or_default().max(5);
    let mut lines = vec![format!(
        "{:widest$}  {:>9}  {:>9}  {:>13}  {:>9}  {:>9}",
        "table", "read", "taken", "already taken", "left out", "changed"
    )];
    for (name, count) in tables {
        lines.push(format!(
            "{name:widest$}  {:>9}  {:>9}  {:>13}  {:>9}  {:>9}",
            count.read, count.taken, count.already_taken, count.left_out, count.changed
        ));
    }
    if *passwords > 0 {
        lines.push(format!("{passwords} people have to set a new password."));
    }
    if !not_read.is_empty() {
        lines.push(format!("Not read: {}.", not_read.join(", ")));
    }
    if *dry_run {
        lines.push("Nothing was kept.".to_owned());
    }
    lines.join("\n") + "\n"
}
