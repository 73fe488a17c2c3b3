//! Events: what takes place when and where, and who attends.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::accounts::UserView;
use crate::endpoint::endpoints;
use crate::ids::{EventId, UserId};
use crate::page::Page;
use crate::text::{Description, EventTitle, Location, Search};
use crate::time::Timestamp;

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Event {
    /// The event's id.
    pub id: EventId,
    /// What it is called, unique among events.
    pub title: EventTitle,
    /// What it is about.
    pub description: Description,
    /// When it begins.
    pub date: Timestamp,
    /// Where it takes place.
    pub location: Location,
    /// Who organizes it; the id stays when the person's account is deleted.
    pub organizer_id: UserId,
    /// When it was announced.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// The body of `POST /events`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct NewEvent {
    /// What it is called, unique among events.
    pub title: EventTitle,
    /// What it is about.
    pub description: Description,
    /// When it begins; without an offset, in UTC.
    pub date: Timestamp,
    /// Where it takes place.
    pub location: Location,
}

/// The body of `PUT /events/{event_id}`. Fields left out stay.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "poem", oai(skip_serializing_if_is_none))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct EventPatch {
    /// A new title, unique among events.
    pub title: Option<EventTitle>,
    /// A new description.
    pub description: Option<Description>,
    /// A new beginning; without an offset, in UTC.
    pub date: Option<Timestamp>,
    /// A new place.
    pub location: Option<Location>,
}

/// Which events are asked for: the query of `GET /events.ics`, and of `GET /events` beside its
/// page.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct EventSelection {
    /// Only events that begin at this time or later.
    pub from: Option<Timestamp>,
    /// Only events that begin before this time.
    pub to: Option<Timestamp>,
    /// Only events with this in their title, description or location, without regard to case.
    pub q: Option<Search>,
    /// Only events of this organizer.
    pub organizer_id: Option<UserId>,
}

/// The query of `GET /events`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct EventQuery {
    /// Which events.
    #[serde(flatten)]
    pub selection: EventSelection,
    /// Which part of the list.
    #[serde(flatten)]
    pub page: Page<EventId>,
}

/// Events as iCalendar (RFC 5545): the one answer that is `text/calendar` and no JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CalendarText(pub String);

endpoints! {
    /// Lists events.
    ListEvents = "list_events" Get "/events", Anyone,
        ((), EventQuery) -> Vec<Event>, [NotAuthenticated, ValidationFailed];
    /// Announces an event.
    CreateEvent = "create_event" Post "/events", Member,
        (NewEvent, ()) -> Event, [EventTitleTaken, IdempotencyKeyReused];
    /// Reads one event.
    GetEvent = "get_event" Get "/events/{event_id}", Anyone,
        ((), ()) -> Event, [NotAuthenticated, EventNotFound];
    /// Changes an event.
    UpdateEvent = "update_event" Put "/events/{event_id}", Owner,
        (EventPatch, ()) -> Event, [EventTitleTaken, EventNotFound];
    /// Deletes an event.
    DeleteEvent = "delete_event" Delete "/events/{event_id}", Owner, ((), ()) -> (), [EventNotFound];
    /// Notes that the caller attends.
    AttendEvent = "attend_event" Put "/events/{event_id}/attendance", Member,
        ((), ()) -> (), [EventNotFound];
    /// Notes that the caller does not attend.
    LeaveEvent = "leave_event" Delete "/events/{event_id}/attendance", Member,
        ((), ()) -> (), [EventNotFound];
    /// Lists who attends.
    ListAttendees = "list_attendees" Get "/events/{event_id}/attendees", DirectoryMember,
        ((), Page<UserId>) -> Vec<UserView>, [EventNotFound];
    /// Reads events as a calendar.
    GetCalendar = "get_calendar" Get "/events.ics", Anyone,
        ((), EventSelection) -> CalendarText, [NotAuthenticated, ValidationFailed];
    /// Reads one event as a calendar.
    GetEventCalendar = "get_event_calendar" Get "/events/{event_id}/event.ics", Anyone,
        ((), ()) -> CalendarText, [NotAuthenticated, EventNotFound];
}
