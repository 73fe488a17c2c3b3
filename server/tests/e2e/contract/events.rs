//! The calls of events.

use guildhall_client::Client;
use guildhall_openapi::events::{EventPatch, EventQuery, EventSelection};
use guildhall_openapi::page::Page;

use crate::events::new_event;

/// Makes each once, as anyone who is signed in, and leaves nothing behind.
pub(super) async fn make_calls(client: &Client) {
    let (events, new) = (client.events(), new_event("Summer party"));
    let event = events.create(&new).await.unwrap();
    let id = event.id;
    assert_eq!(events.get(id).await.unwrap(), event);
    assert_eq!(events.list(&EventQuery::default()).await.unwrap().rows, [event]);
    let patch = EventPatch { location: Some("inside".into()), ..EventPatch::default() };
    let changed = events.update(id, &patch).await.unwrap();
    assert_eq!((changed.title, changed.location), (new.title, "inside".into()));
    events.attend(id).await.unwrap();
    assert_eq!(events.attendees(id, &Page::default()).await.unwrap().len(), 1);
    let all = events.calendar(&EventSelection::default()).await.unwrap();
    assert_eq!(events.event_calendar(id).await.unwrap(), all);
    events.leave(id).await.unwrap();
    events.delete(id).await.unwrap();
}
