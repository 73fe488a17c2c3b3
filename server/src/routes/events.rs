//! Events.

use guildhall_core::Guildhall;
use guildhall_openapi::events::{EventQuery, EventSelection};
use guildhall_openapi::page::{Limit, Page, Skip};
use guildhall_openapi::text::{IdempotencyKey, Search};
use guildhall_openapi::{Event, EventId, EventPatch, NewEvent, Timestamp, UserId, UserView};
use poem::http::Uri;
use poem::web::Data;
use poem_openapi::OpenApi;

use super::Tag;
use crate::answer::{Answer, Done, ICalendar, Json, Listing};
use crate::edge;
use crate::extract::{Body, MaybeSignedIn, SignedIn};
use crate::parameter::{Header, Path, Query};
use crate::refusal::Refusal;

pub(crate) struct Routes;

/// Searching costs more than reading.
fn pay(caller: &MaybeSignedIn, selection: &EventSelection) -> Result<(), Refusal> {
    let is_dear = caller.0.is_none() && selection.q.is_some();
    if is_dear { edge::search_by_anyone() } else { Ok(()) }
}

#[OpenApi(tag = "Tag::Events")]
impl Routes {
    /// List events
    ///
    /// In id order. For depth, `after` costs the same on every page.
    #[oai(path = "/events", method = "get", operation_id = "list_events")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn list_events(
        &self,
        guildhall: Data<&Guildhall>,
        caller: MaybeSignedIn,
        uri: &Uri,
        /// Only events that begin at this time or later; without an offset, in UTC.
        from: Query<Timestamp>,
        /// Only events that begin before this time; without an offset, in UTC.
        to: Query<Timestamp>,
        /// Only events with this in their title, description or location, without regard to case.
        q: Query<Search>,
        /// Only events of this organizer.
        organizer_id: Query<UserId>,
        /// Only events after the one with this id.
        after: Query<EventId>,
        /// How many events to leave out at the beginning.
        skip: Query<Skip>,
        /// How many events at most.
        limit: Query<Limit>,
    ) -> Answer<Listing<Event>> {
        let (skip, limit) = (skip.0.unwrap_or_default(), limit.0.unwrap_or_default());
        let page = Page { after: after.0, skip, limit };
        let (from, to, q, organizer_id) = (from.0, to.0, q.0, organizer_id.0);
        let selection = EventSelection { from, to, q, organizer_id };
        pay(&caller, &selection)?;
        let (events, more) = guildhall.events().list(EventQuery { selection, page }).await?;
        Ok(Listing::new(uri, events, more, |event| event.id.get()))
    }

    /// Announce an event
    ///
    /// The caller organizes it. Titles are unique, to the letter.
    #[oai(path = "/events", method = "post", operation_id = "create_event")]
    async fn create_event(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        /// Asked again with the same key, the call gives its first answer and creates nothing.
        #[oai(name = "Idempotency-Key")]
        key: Header<IdempotencyKey>,
        body: Body<NewEvent>,
    ) -> Answer<Json<Event>> {
        Ok(Json(guildhall.events().create(&caller.0, body.0, key.0.as_ref()).await?))
    }

    /// Read an event
    #[oai(path = "/events/:event_id", method = "get", operation_id = "get_event")]
    async fn get_event(
        &self,
        guildhall: Data<&Guildhall>,
        _caller: MaybeSignedIn,
        /// The event.
        event_id: Path<EventId>,
    ) -> Answer<Json<Event>> {
        Ok(Json(guildhall.events().get(event_id.0).await?))
    }

    /// Change an event
    ///
    /// For its organizer and for admins. Fields left out stay.
    #[oai(path = "/events/:event_id", method = "put", operation_id = "update_event")]
    async fn update_event(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        /// The event.
        event_id: Path<EventId>,
        body: Body<EventPatch>,
    ) -> Answer<Json<Event>> {
        Ok(Json(guildhall.events().update(&caller.0, event_id.0, body.0).await?))
    }

    /// Delete an event
    ///
    /// For its organizer and for admins.
    #[oai(path = "/events/:event_id", method = "delete", operation_id = "delete_event")]
    async fn delete_event(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        /// The event.
        event_id: Path<EventId>,
    ) -> Answer<Done> {
        guildhall.events().delete(&caller.0, event_id.0).await?;
        Ok(Done)
    }

    /// Attend an event
    ///
    /// Asked again, it changes nothing.
    #[oai(path = "/events/:event_id/attendance", method = "put", operation_id = "attend_event")]
    async fn attend_event(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        /// The event.
        event_id: Path<EventId>,
    ) -> Answer<Done> {
        guildhall.events().attend(&caller.0, event_id.0).await?;
        Ok(Done)
    }

    /// Attend an event no more
    ///
    /// Asked again, it changes nothing.
    #[oai(path = "/events/:event_id/attendance", method = "delete", operation_id = "leave_event")]
    async fn leave_event(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        /// The event.
        event_id: Path<EventId>,
    ) -> Answer<Done> {
        guildhall.events().leave(&caller.0, event_id.0).await?;
        Ok(Done)
    }

    /// List who attends an event
    ///
    /// In id order, without deleted accounts, each as the directory shows it; under
    /// `DIRECTORY=private` for admins alone.
    #[oai(path = "/events/:event_id/attendees", method = "get", operation_id = "list_attendees")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn list_attendees(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        uri: &Uri,
        /// The event.
        event_id: Path<EventId>,
        /// Only people after the one with this id.
        after: Query<UserId>,
        /// How many people to leave out at the beginning.
        skip: Query<Skip>,
        /// How many people at most.
        limit: Query<Limit>,
    ) -> Answer<Listing<UserView>> {
        let (skip, limit) = (skip.0.unwrap_or_default(), limit.0.unwrap_or_default());
        let page = Page { after: after.0, skip, limit };
        let (users, more) = guildhall.events().attendees(&caller.0, event_id.0, &page).await?;
        Ok(Listing::new(uri, users, more, |user| user.id().get()))
    }

    /// Read the events as a calendar
    ///
    /// iCalendar (RFC 5545), to subscribe to: all events that are asked for, past ones too, without a
    /// limit. An event's `UID` stays the same for ever.
    #[oai(path = "/events.ics", method = "get", operation_id = "get_calendar")]
    async fn get_calendar(
        &self,
        guildhall: Data<&Guildhall>,
        caller: MaybeSignedIn,
        /// Only events that begin at this time or later; without an offset, in UTC.
        from: Query<Timestamp>,
        /// Only events that begin before this time; without an offset, in UTC.
        to: Query<Timestamp>,
        /// Only events with this in their title, description or location, without regard to case.
        q: Query<Search>,
        /// Only events of this organizer.
        organizer_id: Query<UserId>,
    ) -> Answer<ICalendar> {
        let (from, to, q, organizer_id) = (from.0, to.0, q.0, organizer_id.0);
        let selection = EventSelection { from, to, q, organizer_id };
        pay(&caller, &selection)?;
        Ok(ICalendar::pieces(guildhall.events().calendar(selection).await?))
    }

    /// Read an event as a calendar
    #[oai(
        path = "/events/:event_id/event.ics",
        method = "get",
        operation_id = "get_event_calendar"
    )]
    async fn get_event_calendar(
        &self,
        guildhall: Data<&Guildhall>,
        _caller: MaybeSignedIn,
        /// The event.
        event_id: Path<EventId>,
    ) -> Answer<ICalendar> {
        Ok(ICalendar::whole(guildhall.events().calendar_of(event_id.0).await?))
    }
}
