//! The calls of events.

use guildhall_openapi::events::{
    AttendEvent, CreateEvent, DeleteEvent, EventPatch, GetCalendar, GetEvent, GetEventCalendar,
    LeaveEvent, ListAttendees, ListEvents, UpdateEvent,
};

use super::Walk;
use crate::events::new_event;
use crate::support::Api;

/// Makes each once, as anyone who is signed in, and leaves nothing behind.
pub(super) async fn make_calls(walk: &mut Walk<'_>, api: &Api) {
    let new = new_event("Summer party");
    let event = walk.call::<CreateEvent>(api, 0, &new).await;
    let id = event.id.get();
    assert_eq!(walk.call::<GetEvent>(api, id, &()).await, event);
    assert_eq!(walk.call::<ListEvents>(api, 0, &()).await, [event]);
    let patch = EventPatch { location: Some("inside".into()), ..EventPatch::default() };
    let changed = walk.call::<UpdateEvent>(api, id, &patch).await;
    assert_eq!((changed.title, changed.location), (new.title, "inside".into()));
    walk.call::<AttendEvent>(api, id, &()).await;
    assert_eq!(walk.call::<ListAttendees>(api, id, &()).await.len(), 1);
    let all = walk.call::<GetCalendar>(api, 0, &()).await;
    assert_eq!(walk.call::<GetEventCalendar>(api, id, &()).await, all);
    walk.call::<LeaveEvent>(api, id, &()).await;
    walk.call::<DeleteEvent>(api, id, &()).await;
}
