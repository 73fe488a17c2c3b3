//! Events.

use guildhall_openapi::Event;

use super::fields::{Fields, Refused};
use super::note::Reason;
use super::source::OldTable;
use super::{TakeOverError, Taking};

/// The columns that may say who organizes an event.
const ORGANIZER: [&str; 5] = ["organizer_id", "organiser_id", "owner_id", "creator_id", "user_id"];

impl Taking<'_> {
    pub(super) async fn take_events(&mut self, table: &OldTable) -> Result<(), TakeOverError> {
        self.open(table, &["id"]).await?;
        loop {
            let rows = self.next(table).await?;
            if rows.is_empty() {
                return Ok(());
            }
            let read = self.read(table, &rows, Self::event);
            let read = self.once(read);
            let events: Vec<_> = read.iter().map(|(_, event)| event.clone()).collect();
            let put = self.tx.take_over().events(&events, self.now).await?;
            for ((row, event), put) in read.into_iter().zip(put) {
                self.settle(row, put, |before| {
                    before.title == event.title && before.organizer_id == event.organizer_id
                });
            }
        }
    }

    fn event(&self, row: &mut Fields<'_>) -> Result<Event, Refused> {
        let organizer = self.person(row, "organizer_id", &ORGANIZER)?;
        let created_at = row.time("created_at", &["created_at"])?.unwrap_or(self.now);
        Ok(Event {
            id: row.id()?,
            title: row.text("title", &["title"])?,
            description: row.text("description", &["description"])?,
            date: row.time("date", &["date"])?.ok_or(("date", Reason::Missing))?,
            location: row.text("location", &["location"])?,
            organizer_id: organizer.ok_or(("organizer_id", Reason::Missing))?.id,
            created_at,
            updated_at: row.time("updated_at", &["updated_at"])?.unwrap_or(created_at),
        })
    }
}
