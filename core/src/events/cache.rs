//! Events as they were read, for those that many ask for: never older than what was committed when the asking
//! began, whichever replica changed it, and without a read of their rows. Why that holds:
//! `docs/decisions/0007-fresh-reads.md`.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use guildhall_openapi::{Event, EventId, Push};
use moka::sync::Cache;
use tokio::sync::oneshot;

use crate::error::Result;
use crate::stats::Lookups;
use crate::storage::{Storage, StorageError};
use crate::stream::hub::locked;
use crate::stream::{Log, Row};

/// How much memory the events take at most, in bytes.
const ROOM: u64 = 8 << 20;
/// What an entry takes beside its texts.
const OVERHEAD: usize = 320;
/// Some events share a slot; one is then read again when the other changes.
const SLOTS: usize = 4096;
/// How many rows of everyone's log a look-up reads, as many as a commit may bring; where there are more, all
/// events are read again.
const ROWS: u32 = 256;

/// How far everyone's log was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    /// Another one where the log was found shorter than it had been: it is another log then.
    era: u64,
    number: i64,
}

/// An event that is no older than a version.
struct Entry {
    as_of: Version,
    event: Event,
}

/// What was found of the log.
struct Found {
    /// It was so far when it was last looked at.
    version: Version,
    /// What is older may be anything by now.
    floor: Version,
    /// By slot: the row of this era's log that last told of one of its events.
    changed: Box<[i64]>,
}

impl Found {
    /// The log is so far, and these are its rows behind the present version, or some of them.
    fn learn(&mut self, number: i64, rows: &[Row<Push>], slot: impl Fn(EventId) -> usize) {
        let before = self.version;
        if number < before.number {
            self.version = Version { era: before.era + 1, number };
            self.floor = self.version;
            self.changed.fill(0);
            return;
        }
        self.version.number = number;
        if !rows.iter().map(|row| row.number).eq(before.number + 1..=number) {
            self.floor = self.version;
            return;
        }
        for row in rows {
            if let Some(event) = changed(&row.push) {
                self.changed[slot(event)] = row.number;
            }
        }
    }
}

/// The event that is no longer what it was. A new one was nothing before, and of nothing there is no entry.
fn changed(push: &Push) -> Option<EventId> {
    match push {
        Push::EventUpdated { event } => Some(event.id),
        Push::EventDeleted { event_id } => Some(*event_id),
        Push::EventCreated { .. }
        | Push::Ready
        | Push::ResyncRequired
        | Push::NewMessage { .. }
        | Push::MessageRead { .. }
        | Push::SessionUpdated { .. }
        | Push::SessionDeleted { .. } => None,
    }
}

/// Who waits to know how far the log is.
#[derive(Default)]
struct Line {
    /// They are told once a look-up has ended that began after they came; dropped where it failed.
    waiting: Vec<oneshot::Sender<()>>,
    /// There is a task that looks for them.
    is_served: bool,
}

/// The cache.
pub(crate) struct EventCache {
    entries: Cache<EventId, Arc<Entry>>,
    /// By slot: who was last read. One that is read twice is kept, for most that are read once are never asked
    /// for again, and to keep an event costs as much as to read it.
    read_last: Box<[AtomicI64]>,
    hasher: RandomState,
    found: Mutex<Found>,
    line: Mutex<Line>,
    met: Lookups,
}

impl EventCache {
    pub(crate) fn new() -> Self {
        let found = Found {
            version: Version::default(),
            floor: Version::default(),
            changed: vec![0; SLOTS].into(),
        };
        Self {
            entries: Cache::builder().max_capacity(ROOM).weigher(weight).build(),
            read_last: (0..SLOTS).map(|_| AtomicI64::new(0)).collect(),
            hasher: RandomState::new(),
            found: Mutex::new(found),
            line: Mutex::default(),
            met: Lookups::of("events"),
        }
    }

    /// The event as it is now, or was at a moment since this was called.
    pub(crate) async fn by_id(
        self: &Arc<Self>,
        id: EventId,
        storage: &Arc<dyn Storage>,
    ) -> Result<Option<Event>> {
        if let Some(entry) = self.entries.get(&id)
            && self.holds(id, &entry)
            && self.look(storage).await
            && self.holds(id, &entry)
        {
            self.met.count(true);
            return Ok(Some(entry.event.clone()));
        }
        self.met.count(false);
        // Before the row is read, so that it has all that was told up to there.
        let as_of = locked(&self.found).version;
        let event = storage.read().await?.events().by_id(id).await?;
        if let Some(event) = &event
            && self.read_last[self.slot(id)].swap(id.get(), Ordering::Relaxed) == id.get()
        {
            self.entries.insert(id, Arc::new(Entry { as_of, event: event.clone() }));
        }
        Ok(event)
    }

    fn slot(&self, id: EventId) -> usize {
        usize::try_from(self.hasher.hash_one(id) % SLOTS as u64).unwrap_or(0)
    }

    /// Whether the event was the same when the log was last looked at.
    fn holds(&self, id: EventId, entry: &Entry) -> bool {
        let slot = self.slot(id);
        let found = locked(&self.found);
        entry.as_of >= found.floor && entry.as_of.number >= found.changed[slot]
    }

    /// Waits for a look-up that begins from now on; whether it was done.
    async fn look(self: &Arc<Self>, storage: &Arc<dyn Storage>) -> bool {
        let (done, looked) = oneshot::channel();
        let is_served = {
            let mut line = locked(&self.line);
            line.waiting.push(done);
            std::mem::replace(&mut line.is_served, true)
        };
        if !is_served {
            let clerk = Clerk { cache: Arc::clone(self), is_done: false };
            tokio::spawn(clerk.serve(Arc::clone(storage)));
        }
        looked.await.is_ok()
    }

    /// Looks how far the log is, and what it told meanwhile. Never beside another look-up.
    async fn look_up(&self, storage: &dyn Storage) -> Result<(), StorageError> {
        let before = locked(&self.found).version.number;
        let mut reads = storage.read().await?;
        let number = reads.stream().number(Log::Everyone).await?;
        let behind = u32::try_from(number - before).ok();
        let rows = match behind.filter(|behind| (1..=ROWS).contains(behind)) {
            // Where they cannot be read they are missing, and that is all.
            Some(behind) => reads.stream().shared(before, behind).await.unwrap_or_default(),
            None => Vec::new(),
        };
        locked(&self.found).learn(number, &rows, |id| self.slot(id));
        Ok(())
    }
}

fn weight(_: &EventId, entry: &Arc<Entry>) -> u32 {
    let Event { title, description, location, .. } = &entry.event;
    let texts = [title.as_str(), description.as_str(), location.as_str()];
    let bytes = OVERHEAD + texts.map(str::len).iter().sum::<usize>();
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// Serves the line until nobody is in it, whoever of them goes away meanwhile.
struct Clerk {
    cache: Arc<EventCache>,
    is_done: bool,
}

impl Clerk {
    async fn serve(mut self, storage: Arc<dyn Storage>) {
        while let Some(waiting) = self.next() {
            let look_up = AssertUnwindSafe(self.cache.look_up(&*storage)).catch_unwind();
            if matches!(look_up.await, Ok(Ok(()))) {
                for one in waiting {
                    // Whoever is not there any more need not be told.
                    one.send(()).ok();
                }
            }
        }
    }

    /// Those who came before the next look-up begins.
    fn next(&mut self) -> Option<Vec<oneshot::Sender<()>>> {
        let mut line = locked(&self.cache.line);
        line.waiting.retain(|one| !one.is_closed());
        if line.waiting.is_empty() {
            line.is_served = false;
            self.is_done = true;
            return None;
        }
        Some(std::mem::take(&mut line.waiting))
    }
}

impl Drop for Clerk {
    fn drop(&mut self) {
        if !self.is_done {
            *locked(&self.cache.line) = Line::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use guildhall_openapi::{Timestamp, UserId};

    use super::*;

    fn event(id: i64, text: &str) -> Event {
        let time = Timestamp::from_micros(0);
        Event {
            id: EventId::new(id).unwrap_or(EventId::FIRST),
            title: text.into(),
            description: text.into(),
            date: time,
            location: text.into(),
            organizer_id: UserId::FIRST,
            created_at: time,
            updated_at: time,
        }
    }

    fn row(number: i64, push: Push) -> Row<Push> {
        Row { number, behind: 0, written_at: Timestamp::from_micros(0), push }
    }

    #[test]
    fn what_is_kept_has_its_bounds() {
        let cache = EventCache::new();
        for id in 1..4000 {
            let event = event(id, &"x".repeat(5000));
            cache.entries.insert(event.id, Arc::new(Entry { as_of: Version::default(), event }));
        }
        cache.entries.run_pending_tasks();
        let size = cache.entries.weighted_size();
        assert!((ROOM / 2..=ROOM).contains(&size), "{size}");
        let texts: usize = cache.entries.iter().map(|(_, e)| 3 * e.event.title.len()).sum();
        assert!(texts as u64 <= size);
    }

    #[test]
    fn an_entry_holds_until_its_event_changes_or_rows_are_missing() {
        let cache = EventCache::new();
        let learn = |number, rows: &[Row<Push>]| {
            locked(&cache.found).learn(number, rows, |id| cache.slot(id));
        };
        let read = |id| {
            let as_of = locked(&cache.found).version;
            Entry { as_of, event: event(id, "x") }
        };
        let holds = |entry: &Entry| cache.holds(entry.event.id, entry);
        let unread = Entry { as_of: Version::default(), event: event(1, "x") };
        learn(7, &[]);
        assert!(!holds(&unread), "nobody knows what the first seven rows told");
        let [one, two] = [1, 2].map(read);
        learn(7, &[]);
        assert!(holds(&one) && holds(&two));
        learn(8, &[row(8, Push::EventCreated { event: event(3, "x") })]);
        assert!(holds(&one) && holds(&two));
        learn(9, &[row(9, Push::EventUpdated { event: event(1, "y") })]);
        assert!(!holds(&one) && holds(&two));
        let one = read(1);
        assert!(holds(&one));
        learn(10, &[row(10, Push::EventDeleted { event_id: two.event.id })]);
        assert!(holds(&one) && !holds(&two));
        let two = read(2);
        learn(12, &[row(12, Push::EventUpdated { event: event(2, "y") })]);
        assert!(!holds(&one) && !holds(&two), "the eleventh is missing");
        let [one, two] = [1, 2].map(read);
        learn(12 + i64::from(ROWS) + 1, &[]);
        assert!(!holds(&one) && !holds(&two), "too many to be read");
        let [one, two] = [1, 2].map(read);
        learn(5, &[]);
        assert!(!holds(&one) && !holds(&two), "it is another log");
        let one = read(1);
        assert!(holds(&one));
        learn(29, &[]);
        assert!(!holds(&one) && !holds(&two), "also once it is as long as the first was");
    }
}
