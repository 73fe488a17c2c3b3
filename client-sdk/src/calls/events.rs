//! Calls about calendar events.

use guildhall_openapi::events::{
    AttendEvent, CalendarText, CreateEvent, DeleteEvent, EventQuery, EventSelection, GetCalendar,
    GetEvent, GetEventCalendar, LeaveEvent, ListAttendees, ListEvents, UpdateEvent,
};
use guildhall_openapi::page::Page;
use guildhall_openapi::{Event, EventId, EventPatch, NewEvent, UserId, UserView};

use super::calls;
use crate::client::Client;

/// Calendar events, and who attends.
///
/// ```no_run
/// # use guildhall_client::{Client, contract::NewEvent};
/// # async fn run(client: Client) -> Result<(), Box<dyn std::error::Error>> {
/// let new = NewEvent {
///     title: "Summer party".into(),
///     description: "Bring a cake.".into(),
///     date: "2027-06-21T18:00:00Z".parse()?,
///     location: "The garden".into(),
/// };
/// let event = client.events().create(&new).await?;
/// client.events().attend(event.id).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Events<'c>(pub(crate) &'c Client);

impl Client {
    /// Calendar events.
    #[must_use]
    pub fn events(&self) -> Events<'_> {
        Events(self)
    }
}

calls! { Events of "events";
    /// Lists events, in the order of their ids.
    list list() query(query: &EventQuery) -> Event = ListEvents;
    /// Announces an event.
    call create() body(new: &NewEvent) -> Event = CreateEvent;
    /// Reads one event.
    call get(id: EventId) -> Event = GetEvent;
    /// Changes an event (its organizer, admins).
    call update(id: EventId) body(patch: &EventPatch) -> Event = UpdateEvent;
    /// Deletes an event (its organizer, admins).
    call delete(id: EventId) -> () = DeleteEvent;
    /// Says that whoever is signed in attends.
    call attend(id: EventId) -> () = AttendEvent;
    /// Says that whoever is signed in does not attend.
    call leave(id: EventId) -> () = LeaveEvent;
    /// Lists who attends, in the order of their ids.
    list attendees(id: EventId) query(page: &Page<UserId>) -> UserView = ListAttendees;
    /// Events as iCalendar (RFC 5545).
    call calendar() query(selection: &EventSelection) -> CalendarText = GetCalendar;
    /// One event as iCalendar (RFC 5545).
    call event_calendar(id: EventId) -> CalendarText = GetEventCalendar;
}
