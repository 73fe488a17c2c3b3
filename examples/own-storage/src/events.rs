//! Events, and who attends them.

use std::sync::Arc;

use async_trait::async_trait;
use guildhall_core::events::{EventFilter, EventReads, EventWrites, search_key};
use guildhall_core::openapi::page::Page;
use guildhall_core::openapi::{Event, EventId, Push, Timestamp, User, UserId};
use guildhall_core::storage::{Conflict, StorageError};
use guildhall_core::stream::{Log, Told};

use crate::data::{Data, after, check_key, entry, page, set_key};
use crate::stream::News;

#[derive(Clone)]
pub(crate) struct Row {
    event: Event,
    search: String,
}

impl Data {
    pub(crate) fn event(&self, id: EventId) -> Option<Event> {
        self.events.get(&id).map(|row| row.event.clone())
    }

    pub(crate) fn put_event(&mut self, event: Event) -> Result<(), StorageError> {
        let (id, title) = (event.id, event.title.as_str());
        check_key(&self.titles, Some(title), id, Conflict::EventTitleTaken)?;
        let before = self.events.get(&id).map(|row| row.event.title.as_str());
        set_key(&mut self.titles, before, Some(title), id);
        self.events.insert_mut(id, Row { search: search_key(&event), event });
        Ok(())
    }
}

#[async_trait]
impl EventReads for Data {
    async fn by_id(&mut self, id: EventId) -> Result<Option<Event>, StorageError> {
        Ok(self.event(id))
    }

    async fn list(&mut self, filter: &EventFilter) -> Result<(Vec<Event>, bool), StorageError> {
        let EventFilter { from, to, search, organizer, page: part } = filter;
        let rows = self.events.range(after(part.after)).map(|(_, row)| row);
        let found = rows.filter(|Row { event, search: key }| {
            from.is_none_or(|from| event.date >= from)
                && to.is_none_or(|to| event.date < to)
                && search.as_ref().is_none_or(|search| key.contains(search))
                && organizer.is_none_or(|organizer| event.organizer_id == organizer)
        });
        Ok(page(found.map(|row| row.event.clone()), part.skip, part.limit))
    }

    async fn attended(
        &mut self,
        user: UserId,
        part: &Page<EventId>,
    ) -> Result<(Vec<Event>, bool), StorageError> {
        let attended = self.attendees.range(after(part.after));
        let attended = attended.filter(|(_, users)| users.contains(&user));
        Ok(page(attended.filter_map(|(id, _)| self.event(*id)), part.skip, part.limit))
    }

    async fn attendees(
        &mut self,
        event: EventId,
        part: &Page<UserId>,
    ) -> Result<(Vec<User>, bool), StorageError> {
        let ids = self.attendees.get(&event).into_iter();
        let ids = ids.flat_map(|users| users.range(after(part.after)));
        let users = ids.filter_map(|id| self.user(*id)).filter(|user| user.deleted_at.is_none());
        Ok(page(users.cloned(), part.skip, part.limit))
    }
}

#[async_trait]
impl EventWrites for Data {
    async fn insert(&mut self, event: &Event) -> Result<(EventId, Vec<Told>), StorageError> {
        let event = Event { id: self.next_id()?, ..event.clone() };
        let (id, now) = (event.id, event.created_at);
        self.put_event(event.clone())?;
        let push = News::Push(Arc::new(Push::EventCreated { event }));
        Ok((id, vec![self.tell(Log::Everyone, push, now)]))
    }

    async fn lock(&mut self, id: EventId) -> Result<Option<Event>, StorageError> {
        Ok(self.event(id))
    }

    async fn update(&mut self, event: &Event) -> Result<(), StorageError> {
        let Some(Event { organizer_id, created_at, .. }) = self.event(event.id) else {
            return Ok(());
        };
        self.put_event(Event { organizer_id, created_at, ..event.clone() })
    }

    async fn delete(&mut self, id: EventId) -> Result<(), StorageError> {
        if let Some(row) = self.events.get(&id) {
            self.titles.remove_mut(row.event.title.as_str());
            self.events.remove_mut(&id);
            self.attendees.remove_mut(&id);
        }
        Ok(())
    }

    async fn attend(
        &mut self,
        event: EventId,
        user: UserId,
        _now: Timestamp,
    ) -> Result<(), StorageError> {
        if !self.events.contains_key(&event) {
            return Err(Conflict::NoSuchEvent.into());
        }
        entry(&mut self.attendees, event).insert_mut(user);
        Ok(())
    }

    async fn leave(&mut self, event: EventId, user: UserId) -> Result<bool, StorageError> {
        Ok(self.attendees.get_mut(&event).is_some_and(|users| users.remove_mut(&user)))
    }
}
