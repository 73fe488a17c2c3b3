//! Taking over an application's people from the database that it had before: users, groups, live
//! sessions, events and messages, as applications made with FastAPI and SQLAlchemy keep them.
//!
//! A storage lends a [`Source`], which reads the old database; [`take_over`] finds the tables by their
//! names and columns, reads each row under the rules of the contract, and writes it under the id that
//! it had ([`TakeOverWrites`]), all in one transaction. What cannot be taken is left out and noted, row
//! by row ([`Note`]); nothing is guessed. docs/TAKE-OVER.md is for those who do it.
//!
//! Again, it takes what has come since: a row that stands there already is passed over, and one whose id
//! something else has is noted.

mod accounts;
mod events;
mod fields;
mod groups;
mod messages;
mod note;
mod sessions;
mod source;
mod tables;
mod writes;

use std::collections::{BTreeMap, HashMap, HashSet};

use guildhall_openapi::{GroupId, Timestamp, UserId};

use crate::storage::{Conflict, Source as Fault, Storage, StorageError, Transaction};

pub use note::{Count, Kind, Note, Reason, Summary};
pub use source::{OldId, OldRow, OldTable, Reference, Source};
pub use writes::{Put, TakeOverWrites};

use fields::{Fields, Refused};
use tables::Tables;

/// Why nothing was taken over.
#[derive(Debug, thiserror::Error)]
pub enum TakeOverError {
    /// The database that is read is one of Guildhall.
    #[error("it is a database of Guildhall, and no other application's")]
    Guildhall,
    /// It has none of the tables that are read.
    #[error(
        "it has no table of users, groups, sessions, events or messages that could be read; it has {0}"
    )]
    NoTables(String),
    /// The old database failed.
    #[error("the old database: {0}")]
    Old(#[source] StorageError),
    /// The new one did.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Who was numbered before, as is said, is not there.
    #[error("it has {0} as number {1}, and there is no such account: it is of another database")]
    NotThere(String, UserId),
    /// The hearer did not hear all.
    #[error(transparent)]
    Hearer(Fault),
}

/// How it is done.
#[derive(Clone, Copy, Debug)]
pub struct How<'a> {
    /// The present, for what the old database does not know the time of.
    pub now: Timestamp,
    /// Do it all, and undo it at the end.
    pub dry_run: bool,
    /// Who was numbered before, where that was kept.
    pub known: Option<&'a HashMap<OldId, UserId>>,
}

/// What hears of each row that was not taken as it was, and of each person who got another id.
pub trait Hearer: Send {
    /// A row that was left out or changed.
    fn note(&mut self, note: Note);
    /// A person whose old id, as it stands in the old database, could not be kept.
    fn numbered(&mut self, old: &str, new: UserId);
    /// All was written, and is made to last next; on a dry run it is not asked.
    ///
    /// # Errors
    /// Where something was not heard that has to be: nothing is taken over then.
    fn before_commit(&mut self) -> Result<(), Fault>;
}

/// Takes over what `source` holds into `storage`, whose schema is there.
///
/// # Errors
/// Where a database fails, or the old one is none that can be read. Nothing is taken over then.
pub async fn take_over(
    source: &mut dyn Source,
    storage: &dyn Storage,
    how: How<'_>,
    hearer: &mut dyn Hearer,
) -> Result<Summary, TakeOverError> {
    let tables = Tables::find(source.tables())?;
    let tx = storage.write_at_length().await?;
    let mut taking = Taking {
        source,
        tx,
        hearer,
        now: how.now,
        known: how.known,
        people: HashMap::new(),
        groups: HashSet::new(),
        numbered: how.known.into_iter().flat_map(HashMap::values).copied().collect(),
        counts: BTreeMap::new(),
        passwords: 0,
        highest: None,
    };
    if let Some(table) = &tables.groups {
        taking.take_groups(table).await?;
    }
    if let Some(table) = &tables.users {
        taking.take_users(table).await?;
    }
    if let Some(table) = &tables.sessions {
        taking.take_sessions(table, tables.taking_part.as_ref()).await?;
    }
    if let Some(table) = &tables.events {
        taking.take_events(table).await?;
    }
    if let Some(table) = &tables.messages {
        taking.take_messages(table).await?;
    }
    let Taking { mut tx, hearer, counts, passwords, .. } = taking;
    if !how.dry_run {
        tx.take_over().close().await?;
        hearer.before_commit().map_err(TakeOverError::Hearer)?;
        tx.commit().await?;
    }
    Ok(Summary { tables: counts, not_read: tables.not_read, passwords, dry_run: how.dry_run })
}

/// Who an old id is.
#[derive(Clone, Copy, Debug)]
struct Person {
    id: UserId,
    is_deleted: bool,
}

/// A take-over that is under way.
struct Taking<'a> {
    source: &'a mut dyn Source,
    tx: Box<dyn Transaction>,
    hearer: &'a mut dyn Hearer,
    now: Timestamp,
    known: Option<&'a HashMap<OldId, UserId>>,
    /// Who was taken, now or before.
    people: HashMap<OldId, Person>,
    groups: HashSet<GroupId>,
    /// Who was numbered, now or before, so that no two old ids are one person.
    numbered: HashSet<UserId>,
    counts: BTreeMap<String, Count>,
    passwords: u64,
    /// The highest id of an account, once it was asked for.
    highest: Option<i64>,
}

impl Taking<'_> {
    async fn open(&mut self, table: &OldTable, order: &[&str]) -> Result<(), TakeOverError> {
        self.counts.entry(table.name.clone()).or_default();
        self.source.open(&table.name, order).await.map_err(TakeOverError::Old)
    }

    /// The next rows, none at the end.
    async fn next(&mut self, table: &OldTable) -> Result<Vec<OldRow>, TakeOverError> {
        let rows = self.source.next().await.map_err(TakeOverError::Old)?;
        self.count(table).read += rows.len() as u64;
        Ok(rows)
    }

    fn count(&mut self, table: &OldTable) -> &mut Count {
        self.counts.entry(table.name.clone()).or_default()
    }

    /// Notes why a row, or a field of it, is not taken as it was.
    fn note(&mut self, kind: Kind, row: &Fields<'_>, field: &'static str, reason: &Reason) {
        let note = Note::new(kind, row.table(), row.shown_id(), field, reason);
        match kind {
            Kind::LeftOut => self.counts.entry(note.table.clone()).or_default().left_out += 1,
            Kind::Changed => self.counts.entry(note.table.clone()).or_default().changed += 1,
            Kind::Password => self.passwords += 1,
        }
        self.hearer.note(note);
    }

    /// Reads rows; those that cannot be taken are noted.
    fn read<'r, T>(
        &mut self,
        table: &'r OldTable,
        rows: &'r [OldRow],
        read: impl Fn(&Self, &mut Fields<'r>) -> Result<T, Refused>,
    ) -> Vec<(Fields<'r>, T)> {
        let fields = rows.iter().map(|row| Fields::of(&table.name, row));
        let all: Vec<_> = fields
            .map(|mut fields| {
                let row = read(self, &mut fields);
                (fields, row)
            })
            .collect();
        let taken = all.into_iter().filter_map(|(fields, row)| match row {
            Ok(row) => Some((fields, row)),
            Err((field, reason)) => {
                self.note(Kind::LeftOut, &fields, field, &reason);
                None
            }
        });
        taken.collect()
    }

    /// Leaves out rows whose id one before them has: a table without a primary key may hold such.
    fn once<'r, T>(&mut self, read: Vec<(Fields<'r>, T)>) -> Vec<(Fields<'r>, T)> {
        let mut ids = HashSet::new();
        let (once, again): (Vec<_>, Vec<_>) =
            read.into_iter().partition(|(row, _)| ids.insert(OldId::of(&row.shown_id())));
        for (row, _) in again {
            self.note(Kind::LeftOut, &row, "id", &Reason::SameId);
        }
        once
    }

    /// Counts what became of a row, and notes what is to be noted; whether it stands there now.
    fn settle<T>(
        &mut self,
        mut row: Fields<'_>,
        put: Put<T>,
        is_same: impl FnOnce(&T) -> bool,
    ) -> bool {
        let count = self.counts.entry(row.table().to_owned()).or_default();
        let (field, reason) = match put {
            Put::Added => {
                count.taken += 1;
                for (kind, field, reason) in row.take_notes() {
                    self.note(kind, &row, field, &reason);
                }
                return true;
            }
            Put::Stands(before) if is_same(&before) => {
                count.already_taken += 1;
                return true;
            }
            Put::Stands(_) => ("id", Reason::IdTaken),
            Put::Refused(conflict) => (key_of(conflict), Reason::Taken(conflict)),
        };
        self.note(Kind::LeftOut, &row, field, &reason);
        false
    }

    /// Who is meant, if they were taken.
    fn person(
        &self,
        row: &Fields<'_>,
        field: &'static str,
        columns: &[&str],
    ) -> Result<Option<Person>, Refused> {
        let Some(old) = row.reference(field, columns)? else { return Ok(None) };
        let person = self.people.get(&old).copied();
        person.map(Some).ok_or((field, Reason::Reference("a user")))
    }
}

/// The field over which there is a conflict.
fn key_of(conflict: Conflict) -> &'static str {
    match conflict {
        Conflict::EmailTaken => "email",
        Conflict::UsernameTaken => "username",
        Conflict::EventTitleTaken => "title",
        Conflict::GroupNameTaken => "name",
        Conflict::NoSuchEvent | Conflict::NoSuchGroup => "id",
    }
}
