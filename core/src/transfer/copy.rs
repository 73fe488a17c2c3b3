//! From a source into a target, and what comes of it.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};

use guildhall_openapi::Timestamp;

use super::file::{Batch, File};
use super::format::{Counting, Footer, Header};
use super::rows::REFERENCES;
use super::{BATCH, Misfit, Restore, Row, Side, Snapshot, Table, Tally, TransferError};
use crate::storage::StorageError;

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Rows are read, and written.
    Copying,
    /// What was written is read back.
    Checking,
}

/// Is told of each batch: what was done to how many rows of a table.
pub type Progress<'a> = &'a mut (dyn FnMut(Phase, Table, u64) + Send);

/// A table that was moved: what was read of it, and what the target holds. They are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// What was read.
    pub read: Tally,
    /// What was read back.
    pub held: Tally,
}

/// Where rows come from.
enum Source<'a, R> {
    Database(Reading<'a>),
    File(File<R>),
}

impl<R: BufRead> Source<'_, R> {
    async fn batch(&mut self) -> Result<Option<Batch>, TransferError> {
        match self {
            Self::Database(reading) => reading.batch().await,
            Self::File(file) => file.batch(),
        }
    }
}

/// All tables of a snapshot, one after the other.
struct Reading<'a> {
    side: Side,
    snapshot: &'a mut dyn Snapshot,
    left: std::slice::Iter<'static, Table>,
    table: Option<Table>,
    last: Option<Row>,
}

impl<'a> Reading<'a> {
    fn of(side: Side, snapshot: &'a mut dyn Snapshot) -> Self {
        Self { side, snapshot, left: Table::ALL.iter(), table: None, last: None }
    }

    async fn batch(&mut self) -> Result<Option<Batch>, TransferError> {
        loop {
            if self.table.is_none() {
                self.table = self.left.next().copied();
                self.last = None;
            }
            let Some(table) = self.table else { return Ok(None) };
            let rows = self.snapshot.rows(table, self.last.as_ref(), BATCH).await;
            let rows = rows.map_err(failed(self.side, table, None))?;
            if rows.len() < BATCH as usize {
                self.table = None;
            }
            if !rows.is_empty() {
                self.last = rows.last().cloned();
                return Ok(Some(Batch { rows, line: None }));
            }
        }
    }
}

fn failed(
    side: Side,
    table: Table,
    line: Option<u64>,
) -> impl FnOnce(StorageError) -> TransferError {
    move |source| TransferError::Table { side, table, line, source }
}

/// The tallies of all tables, while rows come table by table.
struct Tallies(Vec<(Table, Counting)>);

impl Tallies {
    fn new() -> Self {
        Self(Table::ALL.iter().map(|table| (*table, Counting::new())).collect())
    }

    /// Counts rows of one table in; their lines.
    fn add(&mut self, rows: &[Row]) -> Result<Vec<u8>, TransferError> {
        let of = rows.first().map(Row::table);
        let found = self.0.iter_mut().find(|(table, _)| Some(*table) == of);
        found.map_or(Ok(Vec::new()), |(_, counting)| counting.add(rows))
    }

    fn end(self) -> Vec<Tally> {
        self.0.into_iter().map(|(table, counting)| counting.tally(table)).collect()
    }
}

/// Writes all there is as a file.
///
/// # Errors
/// Where the snapshot cannot be read or the file not be written.
pub async fn export(
    snapshot: &mut dyn Snapshot,
    to: &mut (dyn Write + Send),
    now: Timestamp,
    progress: Progress<'_>,
) -> Result<Vec<Tally>, TransferError> {
    line(to, &Header::new(now))?;
    let (mut reading, mut tallies) = (Reading::of(Side::Source, snapshot), Tallies::new());
    while let Some(Batch { rows, .. }) = reading.batch().await? {
        to.write_all(&tallies.add(&rows)?)?;
        told(progress, Phase::Copying, &rows);
    }
    let tallies = tallies.end();
    line(to, &Footer::new(tallies.clone()))?;
    to.flush()?;
    Ok(tallies)
}

fn line(to: &mut dyn Write, what: &impl serde::Serialize) -> Result<(), TransferError> {
    let mut line = serde_json::to_vec(what).map_err(std::io::Error::from)?;
    line.push(b'\n');
    Ok(to.write_all(&line)?)
}

/// Reads a file into an empty target, which is for the caller to commit.
///
/// # Errors
/// Where the file is not whole, a line does not fit, or the target is not empty or does not hold afterwards what
/// was read. The target is then to be dropped.
pub async fn import(
    from: impl BufRead + Send,
    target: &mut dyn Restore,
    progress: Progress<'_>,
) -> Result<Vec<Moved>, TransferError> {
    let mut source = Source::File(File::open(from)?);
    let read = fill(&mut source, target, progress).await?;
    if let Source::File(file) = &source {
        for (said, read) in file.tallies().iter().zip(&read) {
            differ(Side::Source, said, read, "it says of itself that it has", "it has")?;
        }
        if let Some(untold) = read.get(file.tallies().len()) {
            return Err(TransferError::Differs {
                side: Side::Source,
                table: untold.name,
                one: untold.said(),
                other: "the last line says nothing of them".to_owned(),
            });
        }
    }
    for (table, column, to) in REFERENCES.iter().copied() {
        let rows = target.astray(table, column, to).await;
        let rows = rows.map_err(failed(Side::Target, table, None))?;
        if rows > 0 {
            return Err(TransferError::Astray { table, column, to, rows });
        }
    }
    check(read, target, progress).await
}

/// Copies all there is into an empty target, which is for the caller to commit.
///
/// # Errors
/// As [`import`].
pub async fn copy(
    from: &mut dyn Snapshot,
    target: &mut dyn Restore,
    progress: Progress<'_>,
) -> Result<Vec<Moved>, TransferError> {
    let mut source = Source::<&[u8]>::Database(Reading::of(Side::Source, from));
    let read = fill(&mut source, target, progress).await?;
    check(read, target, progress).await
}

/// Writes what the source has, each batch while the next one is read.
async fn fill<R: BufRead>(
    source: &mut Source<'_, R>,
    target: &mut dyn Restore,
    progress: Progress<'_>,
) -> Result<Vec<Tally>, TransferError> {
    for table in Table::stored() {
        let rows = target.rows(table, None, 1).await;
        if !rows.map_err(failed(Side::Target, table, None))?.is_empty() {
            return Err(TransferError::NotEmpty(table));
        }
    }
    let mut tallies = Tallies::new();
    let mut next = source.batch().await?;
    while let Some(batch) = next {
        tallies.add(&batch.rows)?;
        let (inserted, after) = tokio::join!(target.insert(&batch.rows), source.batch());
        fits(inserted, &batch)?;
        told(progress, Phase::Copying, &batch.rows);
        next = after?;
    }
    Ok(tallies.end())
}

fn fits(
    inserted: Result<Result<(), Misfit>, StorageError>,
    batch: &Batch,
) -> Result<(), TransferError> {
    let Some(first) = batch.rows.first() else { return Ok(()) };
    match inserted {
        Ok(Ok(())) => Ok(()),
        Ok(Err(Misfit { index, key })) => Err(TransferError::Misfit {
            row: format!("{:?}", batch.rows.get(index).unwrap_or(first)),
            line: batch.line.map(|line| line + index as u64),
            what: key.to_string(),
        }),
        Err(source) => Err(failed(Side::Target, first.table(), batch.line)(source)),
    }
}

/// Reads back what was written.
async fn check(
    read: Vec<Tally>,
    target: &mut dyn Restore,
    progress: Progress<'_>,
) -> Result<Vec<Moved>, TransferError> {
    let (mut reading, mut tallies) = (Reading::of(Side::Target, target), Tallies::new());
    // By table name, the last id that a row has.
    let mut greatest = BTreeMap::new();
    while let Some(Batch { rows, .. }) = reading.batch().await? {
        tallies.add(&rows)?;
        told(progress, Phase::Checking, &rows);
        for row in &rows {
            is_above(row, &greatest)?;
        }
        if let Some((last, id)) = rows.last().and_then(|last| Some((last, last.id()?))) {
            greatest.insert(last.table().name(), id);
        }
    }
    let held = tallies.end();
    let both = read.into_iter().zip(held);
    both.map(|(read, held)| {
        differ(Side::Target, &read, &held, "there were", "the database holds")?;
        Ok(Moved { read, held })
    })
    .collect()
}

/// An id that is given again would make old tokens good again.
fn is_above(row: &Row, greatest: &BTreeMap<&str, i64>) -> Result<(), TransferError> {
    let Row::Ids(ids) = row else { return Ok(()) };
    match greatest.get(&*ids.name) {
        Some(greatest) if ids.last < *greatest => Err(TransferError::Misfit {
            row: format!("{row:?}"),
            line: None,
            what: format!("the last id is said to be {}, and a row has {greatest}", ids.last),
        }),
        _ => Ok(()),
    }
}

fn differ(
    side: Side,
    one: &Tally,
    other: &Tally,
    has: &str,
    and: &str,
) -> Result<(), TransferError> {
    if one == other {
        return Ok(());
    }
    let table = one.name;
    let (one, other) = (format!("{has} {}", one.said()), format!("{and} {}", other.said()));
    Err(TransferError::Differs { side, table, one, other })
}

fn told(progress: Progress<'_>, phase: Phase, rows: &[Row]) {
    if let Some(first) = rows.first() {
        progress(phase, first.table(), rows.len() as u64);
    }
}
