//! Which row is told next: a state machine without I/O.
//!
//! It is given rows as they are heard, in any order, some twice and some never, and slices of the
//! logs as they are read. It gives out each row once, in order, and says when the logs have to be
//! read.

use std::collections::BTreeMap;

use guildhall_openapi::Timestamp;

use super::{Log, Place, Row, Told};

/// What was read of both logs at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice<T> {
    /// How far the logs were.
    pub head: Place,
    /// The first rows of the reader's own log behind the place.
    pub own: Vec<Row<T>>,
    /// The first rows of everyone's log behind the place.
    pub shared: Vec<Row<T>>,
}

impl<T> Slice<T> {
    /// The same of what the rows tell.
    pub(crate) fn map<U>(self, of: impl Fn(T, Timestamp) -> U) -> Slice<U> {
        let row = |Row { number, behind, written_at, push }| {
            let push = of(push, written_at);
            Row { number, behind, written_at, push }
        };
        let rows = |rows: Vec<Row<T>>| rows.into_iter().map(&row).collect();
        Slice { head: self.head, own: rows(self.own), shared: rows(self.shared) }
    }
}

/// The rows that were asked for are no longer there, or never were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gone;

/// How much there is to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Nothing: all that there was has been told.
    Not,
    /// A row is missing that may still be heard.
    Soon,
    /// The logs have to be read.
    Now,
}

/// Rows that are kept for later; if more are heard, they are read when their turn comes.
const KEPT: usize = 256;

/// A reader of both logs.
pub(crate) struct Reader<T> {
    place: Place,
    own: BTreeMap<i64, (i64, T)>,
    shared: BTreeMap<i64, T>,
    /// Rows were not heard, or not kept.
    missed: bool,
}

impl<T> Reader<T> {
    /// Whoever has been told all up to this place. Rows behind it may be there already.
    pub(crate) fn at(place: Place, missed: bool) -> Self {
        Self { place, own: BTreeMap::new(), shared: BTreeMap::new(), missed }
    }

    pub(crate) fn place(&self) -> Place {
        self.place
    }

    /// A row was heard of.
    pub(crate) fn hear(&mut self, told: Told, push: T) {
        if self.own.len() + self.shared.len() >= KEPT {
            self.missed = true;
            return;
        }
        match told.log {
            Log::User(_) if told.number > self.place.own => {
                self.own.insert(told.number, (told.behind, push));
            }
            Log::Everyone if told.number > self.place.shared => {
                self.shared.insert(told.number, push);
            }
            Log::User(_) | Log::Everyone => {}
        }
    }

    /// There may be rows that were not heard.
    pub(crate) fn miss(&mut self) {
        self.missed = true;
    }

    /// The logs were read behind [`Reader::place`], at most `limit` rows of each.
    ///
    /// # Errors
    /// [`Gone`] where a row is not there that would come next. Nothing is changed then.
    pub(crate) fn read(&mut self, slice: Slice<T>, limit: usize) -> Result<(), Gone> {
        let Slice { head, own, shared } = slice;
        follows(self.place.own, &own, head.own, limit)?;
        follows(self.place.shared, &shared, head.shared, limit)?;
        self.missed = own.len() >= limit || shared.len() >= limit;
        for Row { number, behind, push, .. } in own {
            self.own.insert(number, (behind, push));
        }
        for Row { number, push, .. } in shared {
            self.shared.insert(number, push);
        }
        Ok(())
    }

    /// The next row in order, if it is known: the place behind it, and what it tells. What was told
    /// to everyone before a row of one's own was written comes before it.
    pub(crate) fn next(&mut self) -> Option<(Place, T)> {
        let own = self.own.first_entry().filter(|row| *row.key() == self.place.own + 1);
        if let Some(row) = own
            && row.get().0 <= self.place.shared
        {
            self.place.own += 1;
            return Some((self.place, row.remove().1));
        }
        let row = self.shared.first_entry().filter(|row| *row.key() == self.place.shared + 1)?;
        self.place.shared += 1;
        Some((self.place, row.remove()))
    }

    /// Once [`Reader::next`] knows no more: whether there is more all the same.
    pub(crate) fn look(&self) -> Look {
        if self.missed {
            Look::Now
        } else if self.own.is_empty() && self.shared.is_empty() {
            Look::Not
        } else {
            Look::Soon
        }
    }

    /// Goes on from elsewhere.
    pub(crate) fn jump(&mut self, place: Place) {
        *self = Self::at(place, false);
    }
}

/// Whether these rows, all there are up to `head` or the first `limit` of them, begin right behind
/// `place` and have no gap.
fn follows<T>(place: i64, rows: &[Row<T>], head: i64, limit: usize) -> Result<(), Gone> {
    let in_order = rows.iter().zip(place + 1..).all(|(row, expected)| row.number == expected);
    let last = rows.last().map_or(place, |row| row.number);
    let to_the_end = last == head || (last < head && rows.len() >= limit);
    if in_order && to_the_end { Ok(()) } else { Err(Gone) }
}

#[cfg(test)]
mod tests;
