//! Events: what takes place when and where, and who attends.
//!
//! An event outlives its organizer's account: it stays in the lists under the organizer's id, and
//! admins may change it. Whoever is deleted attends nothing any more that anyone is shown. With an
//! event goes who attends it.

use std::sync::Arc;

use async_trait::async_trait;
use guildhall_openapi::events::EventQuery;
use guildhall_openapi::page::Page;
use guildhall_openapi::text::{Description, EventTitle, IdempotencyKey, Location};
use guildhall_openapi::{
    ErrorCode, Event, EventId, EventPatch, NewEvent, Push, Timestamp, User, UserId, UserView,
};

use crate::caller::Caller;
use crate::error::{Error, Faults, Result};
use crate::guildhall::Guildhall;
use crate::idempotency::Begun;
use crate::identity;
use crate::storage::StorageError;
use crate::stream::{Aftermath, Audience, Told};

pub(crate) mod cache;
mod calendar;

pub use calendar::Calendar;

/// Which events a list shows, in id order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Only those that begin then or later.
    pub from: Option<Timestamp>,
    /// Only those that begin before.
    pub to: Option<Timestamp>,
    /// Only those whose [`search_key`] holds this, which is folded.
    pub search: Option<String>,
    /// Only those of this organizer.
    pub organizer: Option<UserId>,
    /// Which part of the list.
    pub page: Page<EventId>,
}

/// Where `q` of a list looks: title, description and location, folded. A storage keeps it beside the
/// event, from each insert and update.
#[must_use]
pub fn search_key(event: &Event) -> String {
    let Event { title, description, location, .. } = event;
    let (title, description, location) = (title.as_str(), description.as_str(), location.as_str());
    identity::fold(&format!("{title}\n{description}\n{location}"))
}

/// What a storage can tell of events.
#[async_trait]
pub trait EventReads: Send {
    /// The event with this id.
    async fn by_id(&mut self, id: EventId) -> Result<Option<Event>, StorageError>;

    /// A page of a list and whether there is more after it.
    async fn list(&mut self, filter: &EventFilter) -> Result<(Vec<Event>, bool), StorageError>;

    /// A page of those who attend, in id order and without deleted accounts, and whether there is
    /// more after it. Of an event that is not there: nobody.
    async fn attendees(
        &mut self,
        event: EventId,
        page: &Page<UserId>,
    ) -> Result<(Vec<User>, bool), StorageError>;

    /// A page of the events that a user attends, in id order, and whether there is more after it.
    async fn attended(
        &mut self,
        user: UserId,
        page: &Page<EventId>,
    ) -> Result<(Vec<Event>, bool), StorageError>;
}

/// What a storage can do to events.
#[async_trait]
pub trait EventWrites: EventReads {
    /// Adds an event, whose own id does not count, and tells everyone that it was created
    /// ([`Push::EventCreated`], written at its `created_at`). Conflict: `EventTitleTaken`; titles are the
    /// same only to the letter.
    async fn insert(&mut self, event: &Event) -> Result<(EventId, Vec<Told>), StorageError>;

    /// The event with this id. Locks it.
    async fn lock(&mut self, id: EventId) -> Result<Option<Event>, StorageError>;

    /// Stores title, description, date, location and `updated_at`; the rest stays. Conflict:
    /// `EventTitleTaken`; its own is free to it. It tells nobody: the transaction has to publish it to
    /// everyone as well.
    async fn update(&mut self, event: &Event) -> Result<(), StorageError>;

    /// Removes the event, and with it who attends; its title is free again. As with an update, the
    /// transaction has to tell everyone.
    async fn delete(&mut self, id: EventId) -> Result<(), StorageError>;

    /// Notes that the user attends; again, it changes nothing. Conflict: `NoSuchEvent`. Since when is
    /// for whoever looks into the database: nothing asks for it.
    async fn attend(
        &mut self,
        event: EventId,
        user: UserId,
        now: Timestamp,
    ) -> Result<(), StorageError>;

    /// Notes that the user does not attend; whether they did.
    async fn leave(&mut self, event: EventId, user: UserId) -> Result<bool, StorageError>;
}

/// The service: [`Guildhall::events`].
#[derive(Clone, Copy)]
pub struct Events<'a>(pub(crate) &'a Guildhall);

impl Events<'_> {
    /// A page of the events and whether there is more.
    ///
    /// # Errors
    /// `validation_failed`.
    pub async fn list(&self, query: EventQuery) -> Result<(Vec<Event>, bool)> {
        let filter = filter(query)?;
        Ok(self.0.storage.read().await?.events().list(&filter).await?)
    }

    /// The event with this id.
    ///
    /// # Errors
    /// `event_not_found`.
    pub async fn get(&self, id: EventId) -> Result<Event> {
        let event = self.0.events.by_id(id, &self.0.storage).await?;
        event.ok_or_else(|| ErrorCode::EventNotFound.into())
    }

    /// Announces an event that the caller organizes. Called again with the same key, it gives the
    /// first answer and creates nothing.
    ///
    /// # Errors
    /// `validation_failed`, `event_title_taken`, `idempotency_key_reused`.
    pub async fn create(
        &self,
        caller: &Caller,
        new: NewEvent,
        key: Option<&IdempotencyKey>,
    ) -> Result<Event> {
        let once = self.0.once(caller, key, "create_event", &new)?;
        let now = self.0.now();
        let NewEvent { title, description, date, location } = new;
        let patch = EventPatch {
            title: Some(title),
            description: Some(description),
            date: Some(date),
            location: Some(location),
        };
        let mut event = Event {
            id: EventId::FIRST,
            title: String::new().into(),
            description: String::new().into(),
            date,
            location: String::new().into(),
            organizer_id: caller.id(),
            created_at: now,
            updated_at: now,
        };
        apply(&mut event, check(patch)?);
        if !once.has_key() {
            return self.create_at_once(event).await;
        }
        let mut tx = match once.begin(self.0).await? {
            Begun::Before(event) => return Ok(event),
            Begun::Now(tx) => tx,
        };
        let (id, told) = tx.events().insert(&event).await?;
        event.id = id;
        let push = Push::EventCreated { event: event.clone() };
        let aftermath = Aftermath::told(push, event.created_at, told);
        once.end(self.0, tx, event, aftermath).await
    }

    /// The same in one step.
    async fn create_at_once(&self, mut event: Event) -> Result<Event> {
        let storage = Arc::clone(&self.0.storage);
        let step = async move {
            let (id, told) = storage.steps().create_event(&event).await?;
            event.id = id;
            let push = Push::EventCreated { event: event.clone() };
            let aftermath = Aftermath::told(push, event.created_at, told);
            Ok((event, aftermath))
        };
        self.0.step(step).await
    }

    /// Changes an event. For its organizer and for admins.
    ///
    /// # Errors
    /// `validation_failed`, `event_not_found`, `forbidden`, `event_title_taken`.
    pub async fn update(&self, caller: &Caller, id: EventId, patch: EventPatch) -> Result<Event> {
        let patch = check(patch)?;
        let mut tx = self.0.storage.write().await?;
        let mut event = owned(caller, tx.events().lock(id).await?)?;
        apply(&mut event, patch);
        event.updated_at = self.0.now();
        tx.events().update(&event).await?;
        let push = Push::EventUpdated { event: event.clone() };
        let told = tx.stream().publish(Audience::Everyone, &push, event.updated_at).await?;
        self.0.commit(tx, Aftermath::told(push, event.updated_at, told)).await?;
        Ok(event)
    }

    /// Deletes an event. For its organizer and for admins.
    ///
    /// # Errors
    /// `event_not_found`, `forbidden`.
    pub async fn delete(&self, caller: &Caller, id: EventId) -> Result<()> {
        let mut tx = self.0.storage.write().await?;
        owned(caller, tx.events().lock(id).await?)?;
        tx.events().delete(id).await?;
        let (push, now) = (Push::EventDeleted { event_id: id }, self.0.now());
        let told = tx.stream().publish(Audience::Everyone, &push, now).await?;
        self.0.commit(tx, Aftermath::told(push, now, told)).await
    }

    /// Notes that the caller attends; again, it changes nothing.
    ///
    /// # Errors
    /// `event_not_found`.
    pub async fn attend(&self, caller: &Caller, id: EventId) -> Result<()> {
        let mut tx = self.0.storage.write().await?;
        tx.events().attend(id, caller.id(), self.0.now()).await?;
        self.0.commit(tx, []).await
    }

    /// Notes that the caller does not attend; again, it changes nothing.
    ///
    /// # Errors
    /// `event_not_found`.
    pub async fn leave(&self, caller: &Caller, id: EventId) -> Result<()> {
        let mut tx = self.0.storage.write().await?;
        if !tx.events().leave(id, caller.id()).await? {
            tx.events().by_id(id).await?.ok_or(ErrorCode::EventNotFound)?;
        }
        self.0.commit(tx, []).await
    }

    /// A page of those who attend, as the directory shows them, and whether there is more.
    ///
    /// # Errors
    /// `forbidden` where the directory is private and the caller no admin; `event_not_found`.
    pub async fn attendees(
        &self,
        caller: &Caller,
        id: EventId,
        page: &Page<UserId>,
    ) -> Result<(Vec<UserView>, bool)> {
        let view = self.0.accounts().view(Some(caller))?;
        let mut reads = self.0.storage.read().await?;
        let (users, more) = reads.events().attendees(id, page).await?;
        if users.is_empty() {
            reads.events().by_id(id).await?.ok_or(ErrorCode::EventNotFound)?;
        }
        Ok((users.into_iter().map(|user| view.of(user)).collect(), more))
    }
}

/// The event, if it is there and the caller may change it.
fn owned(caller: &Caller, event: Option<Event>) -> Result<Event> {
    let event = event.ok_or(ErrorCode::EventNotFound)?;
    caller.must_be(event.organizer_id)?;
    Ok(event)
}

fn filter(query: EventQuery) -> Result<EventFilter> {
    let EventQuery { selection, page } = query;
    let search = selection.q.map(|q| q.check().map(identity::fold)).transpose();
    let search = search.map_err(|fault| Error::field("q", fault))?;
    Ok(EventFilter {
        from: selection.from,
        to: selection.to,
        search: search.filter(|search| !search.is_empty()),
        organizer: selection.organizer_id,
        page,
    })
}

/// The patch with its texts checked and trimmed.
fn check(patch: EventPatch) -> Result<EventPatch> {
    let mut faults = Faults::default();
    let EventPatch { title, description, date, location } = patch;
    let title = title.and_then(|title| faults.check("title", title.check().map(EventTitle::from)));
    let description = description.and_then(|description| {
        faults.check("description", description.check().map(Description::from))
    });
    let location = location
        .and_then(|location| faults.check("location", location.check().map(Location::from)));
    faults.done()?;
    Ok(EventPatch { title, description, date, location })
}

fn apply(event: &mut Event, patch: EventPatch) {
    fn set<T>(field: &mut T, new: Option<T>) {
        if let Some(new) = new {
            *field = new;
        }
    }
    let EventPatch { title, description, date, location } = patch;
    set(&mut event.title, title);
    set(&mut event.description, description);
    set(&mut event.date, date);
    set(&mut event.location, location);
}
