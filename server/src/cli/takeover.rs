//! `guildhall import` of another back end's database.

mod map;

use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufWriter, ErrorKind, Stdout, Write, stdout};
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail, ensure};
use guildhall_core::clock::{Clock as _, SystemClock};
use guildhall_core::openapi::UserId;
use guildhall_core::storage::Source as Fault;
use guildhall_core::takeover::{
    Hearer, How, Note, OldId, Source, Summary, TakeOverError, take_over,
};
use guildhall_storage_postgres::OldPostgres;
use guildhall_storage_sqlite::{Location, OldSqlite};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use map::{Before, Map};

use super::database::Named;
use super::output::harmless;
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
    let from = plain(what.from.expose_secret());
    let from = Named::by("--from", &from, settings);
    let is_own = from.is_same(Named::of(settings));
    ensure!(!is_own, "--from: it is the database of DATABASE_URL");
    let mut source = open(from).await?;
    let before = what.map.as_deref().map(Before::read).transpose().context("--map")?;
    let known = before.as_ref().map(Before::known).transpose().context("--map")?;
    let storage = database::open_to_fill(settings, what.dry_run).await?;
    let map = what.map.as_deref().zip(before).filter(|_| !what.dry_run);
    let map = map.map(|(file, before)| Map::draft(file, &before)).transpose().context("--map")?;
    let mut report = Report::new(what.json, map, known.as_ref());
    let how = How { now: SystemClock.now(), dry_run: what.dry_run, known: known.as_ref() };
    let done = take_over(&mut *source, &*storage, how, &mut report).await;
    let summary = done.map_err(said_of)?;
    let said = report.end(&summary);
    if what.dry_run { said } else { said.context("all was taken over and kept") }?;
    if summary.left_out() > 0 { Err(LeftOut.into()) } else { Ok(()) }
}

/// The error behind the name of what is to blame. The old database may have put anything into it.
fn said_of(error: TakeOverError) -> anyhow::Error {
    match error {
        TakeOverError::Storage(error) => anyhow::Error::from(error).context("DATABASE_URL"),
        TakeOverError::Hearer(error) => anyhow::Error::from_boxed(error),
        error @ TakeOverError::NotThere(..) => anyhow!("{}", line(&error)).context("--map"),
        error => anyhow!("{}", line(&error)).context("--from"),
    }
}

/// One line that a terminal does not obey.
fn line(said: &impl ToString) -> String {
    harmless(&said.to_string()).replace('\n', "\\u000a")
}

/// The URL of a SQLite file as SQLAlchemy reads it: the driver is named behind a `+`, and what stands behind a `?` is for
/// that. Another URL as it is.
fn plain(url: &str) -> SecretString {
    let url = url.trim();
    let (scheme, rest) = url.split_once(':').unwrap_or((url, ""));
    if scheme.split('+').next() != Some("sqlite") {
        return url.into();
    }
    format!("sqlite:{}", rest.split('?').next().unwrap_or_default()).into()
}

/// Opens the old database.
async fn open(from: Named<'_>) -> Result<Box<dyn Source>> {
    match from.location() {
        Some(Location::File(file)) => {
            ensure!(file.exists(), "--from: there is no {}", file.display());
            return Ok(Box::new(OldSqlite::open(&file).await.context("--from")?));
        }
        Some(Location::Memory) => bail!("--from: a database in memory holds nothing"),
        None => {}
    }
    let Some(url) = from.server() else {
        bail!("--from: it is neither a file nor a URL of sqlite: or postgresql:");
    };
    Ok(Box::new(OldPostgres::open(&url).await.context("--from")?))
}

/// Says what is taken and what is not, as it comes.
struct Report<'a> {
    json: bool,
    out: BufWriter<Stdout>,
    /// None on a dry run.
    map: Option<Map>,
    /// Who is in the map already.
    known: Option<&'a HashMap<OldId, UserId>>,
    /// The first thing that could not be said.
    failed: Option<anyhow::Error>,
}

impl<'a> Report<'a> {
    fn new(json: bool, map: Option<Map>, known: Option<&'a HashMap<OldId, UserId>>) -> Self {
        Self { json, out: BufWriter::new(stdout()), map, known, failed: None }
    }

    fn fail(&mut self, error: impl Into<anyhow::Error>, of: &'static str) {
        self.failed.get_or_insert(error.into().context(of));
    }

    /// Prints lines. Whoever reads no further, `head` say, has had enough.
    fn say(&mut self, said: serde_json::Result<String>) {
        let said = said.map_err(io::Error::from);
        let said = said.and_then(|said| writeln!(self.out, "{said}"));
        self.printed(said);
    }

    fn printed(&mut self, printed: io::Result<()>) {
        match printed {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                self.fail(error, "standard output");
            }
            _ => {}
        }
    }

    fn flush(&mut self) {
        let flushed = self.out.flush();
        self.printed(flushed);
    }

    fn end(mut self, summary: &Summary) -> Result<()> {
        let kept = self.map.take().map_or(Ok(()), Map::keep);
        self.say(if self.json { json(summary) } else { Ok(table(summary)) });
        self.flush();
        kept?;
        self.failed.map_or(Ok(()), Err)
    }
}

/// A line of JSON. It may hold characters that a terminal obeys as they are; none stands outside of a string.
fn json(value: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string(value).map(|text| harmless(&text))
}

impl Hearer for Report<'_> {
    fn note(&mut self, note: Note) {
        self.say(if self.json { json(&note) } else { Ok(line(&note)) });
    }

    fn numbered(&mut self, old: &str, new: UserId) {
        let id = OldId::of(&old.into());
        let is_known = self.known.zip(id).is_some_and(|(known, id)| known.contains_key(&id));
        let Some(map) = self.map.as_mut().filter(|_| !is_known) else { return };
        if let Err(error) = map.add(old, new) {
            self.fail(error, "--map");
        }
    }

    fn before_commit(&mut self) -> Result<(), Fault> {
        self.flush();
        if let Some(Err(error)) = self.map.as_mut().map(Map::sync) {
            self.fail(error, "--map");
        }
        self.failed.take().map_or(Ok(()), |error| Err(error.into()))
    }
}

/// The summary, for people.
fn table(summary: &Summary) -> String {
    let Summary { tables, not_read, passwords, dry_run } = summary;
    let tables: BTreeMap<_, _> = tables.iter().map(|(name, count)| (line(name), count)).collect();
    let widest = tables.keys().map(|name| name.chars().count()).max().unwrap_or_default().max(5);
    let mut lines = vec![format!(
        "{:widest$}  {:>9}  {:>9}  {:>13}  {:>9}  {:>9}",
        "table", "read", "taken", "already taken", "left out", "changed"
    )];
    for (name, count) in &tables {
        lines.push(format!(
            "{name:widest$}  {:>9}  {:>9}  {:>13}  {:>9}  {:>9}",
            count.read, count.taken, count.already_taken, count.left_out, count.changed
        ));
    }
    if *passwords > 0 {
        lines.push(format!("{passwords} people have to set a new password."));
    }
    if !not_read.is_empty() {
        let not_read: Vec<_> = not_read.iter().map(line).collect();
        lines.push(format!("Not read: {}.", not_read.join(", ")));
    }
    if *dry_run {
        lines.push("Nothing was kept.".to_owned());
    }
    lines.join("\n")
}
