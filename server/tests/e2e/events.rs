//! `/events`: who announces, changes and attends what.

use futures_util::future::join_all;
use guildhall_client::Call;
use guildhall_core::{Directory, Policy};
use guildhall_openapi::accounts::UserDeletion;
use guildhall_openapi::events::{CreateEvent, EventPatch, EventQuery, EventSelection};
use guildhall_openapi::page::Page;
use guildhall_openapi::{ErrorCode, Event, EventId, NewEvent, Timestamp, UserId, UserView};
use serde_json::json;

use crate::support::{Api, Refused as _, World, on_both};

mod calendar;
mod lists;
mod seed;

/// An event of this title, on a day in spring.
pub(crate) fn new_event(title: &str) -> NewEvent {
    NewEvent {
        title: title.into(),
        description: "Bring a friend.".into(),
        date: Timestamp::from_micros(1_900_000_000_000_000),
        location: "The garden".into(),
    }
}

/// Announces one.
pub(crate) async fn event(api: &Api, title: &str) -> Event {
    api.events().create(&new_event(title)).await.unwrap()
}

on_both! {
    /// An event that is changed by someone whose it is not, or by nobody who should.
    async fn events_are_managed_by_those_who_may(world) {
        announcing(world).await;
        one_of_many(world).await;
        unfit(world).await;
        changing(world).await;
        deleting(world).await;
        attending(world).await;
        attendees(world).await;
        asked_again(world).await;
    }
}

async fn announcing(world: &World) {
    let (alice, api) = world.someone().await;
    let body = json!({
        "title": "  Summer party ", "description": " All are welcome.\n", "date": "2030-06-01T20:00:00.1234567+02:00",
        "location": " The garden ", "organizer_id": 999, "id": 999, "unknown": [],
    });
    let made: Event = api.post("/events", &body).await.json();
    assert_eq!(
        (made.title.as_str(), made.description.as_str()),
        ("Summer party", "All are welcome.")
    );
    assert_eq!((made.location.as_str(), made.organizer_id), ("The garden", alice.id));
    assert_eq!(made.date.to_string(), "2030-06-01T18:00:00.123456Z");
    assert_eq!(made.created_at, made.updated_at);
    let anyone = world.api.events();
    assert_eq!(anyone.get(made.id).await.unwrap(), made);
    let (_, other) = world.someone().await;
    for taken in [&api, &other] {
        let again = taken.events().create(&new_event("Summer party")).await;
        again.refused(ErrorCode::EventTitleTaken);
    }
    event(&other, "summer party").await;
    anyone.get(nothing()).await.refused(ErrorCode::EventNotFound);
    anyone.create(&new_event("x")).await.refused(ErrorCode::NotAuthenticated);
    // A token that is shown has to be good, also where none is needed.
    for path in ["/events".to_owned(), format!("/events/{}", made.id)] {
        world.api.with_token("x").get(&path).await.refused(ErrorCode::NotAuthenticated);
    }
}

async fn one_of_many(world: &World) {
    let (_, api) = world.someone().await;
    let new = new_event("The one");
    let answers = join_all((0..32).map(|_| async { api.events().create(&new).await })).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, 31));
    lost.into_iter().for_each(|answer| drop(answer.refused(ErrorCode::EventTitleTaken)));
    let selection = EventSelection { q: Some("the one".into()), ..EventSelection::default() };
    let query = EventQuery { selection, ..EventQuery::default() };
    let all = world.api.events().list(&query).await.unwrap();
    assert_eq!(all.rows, [won.into_iter().next().unwrap().unwrap()]);
}

async fn unfit(world: &World) {
    let (_, api) = world.someone().await;
    let fits = json!(new_event("Fits"));
    let made = event(&api, "Stays as it is").await;
    let path = format!("/events/{}", made.id);
    for (field, bad) in [
        ("title", json!("")),
        ("title", json!(" \n")),
        ("title", json!("é".repeat(201))),
        ("title", json!("a\0b")),
        ("title", json!(5)),
        ("description", json!("d".repeat(10_001))),
        ("description", json!("\0")),
        ("location", json!("l".repeat(501))),
        ("date", json!("tomorrow")),
        ("date", json!("2030-06-01")),
        ("date", json!("2030-02-30T00:00:00")),
        ("date", json!(1_900_000_000)),
    ] {
        let mut body = fits.clone();
        body[field] = bad.clone();
        api.post("/events", &body).await.names(field);
        api.ask("PUT", &path, &json!({ field: bad })).await.names(field);
    }
    for field in ["title", "description", "date", "location"] {
        let mut body = fits.clone();
        body.as_object_mut().unwrap().remove(field);
        api.post("/events", &body).await.names(field);
    }
    let several =
        json!({ "title": "", "description": "d".repeat(10_001), "location": "l".repeat(501) });
    let problem = api.ask("PUT", &path, &several).await.refused(ErrorCode::ValidationFailed);
    assert_eq!(problem.errors.len(), 3, "all at once");
    assert_eq!(api.events().get(made.id).await.unwrap(), made);
    let full = json!({
        "title": "👍".repeat(200), "description": "é".repeat(10_000), "date": "9999-12-31T23:59:59",
        "location": "字".repeat(500),
    });
    let full_event: Event = api.post("/events", &full).await.json();
    assert_eq!(full_event.description.chars().count(), 10_000);
    for id in ["0", "-1", "abc", "9223372036854775808", "1.0"] {
        let path = format!("/events/{id}");
        api.get(&path).await.names("event_id");
        api.ask("PUT", &path, &json!({})).await.names("event_id");
        api.delete(&path).await.names("event_id");
        api.ask("PUT", &format!("{path}/attendance"), &json!({})).await.names("event_id");
        api.delete(&format!("{path}/attendance")).await.names("event_id");
        api.get(&format!("{path}/attendees")).await.names("event_id");
    }
}

async fn changing(world: &World) {
    let ((_, api), (_, other), (_, admin)) =
        (world.someone().await, world.someone().await, world.admin().await);
    let (before, taken) = (event(&api, "Before").await, event(&api, "Taken").await);
    let titled = |title: &str| EventPatch { title: Some(title.into()), ..EventPatch::default() };
    let (id, own) = (before.id, api.events());
    other.events().update(id, &titled("Mine")).await.refused(ErrorCode::Forbidden);
    let after = own.update(id, &titled(" After ")).await.unwrap();
    assert_eq!((after.title.as_str(), &after.description), ("After", &before.description));
    assert!(after.updated_at > before.updated_at && after.created_at == before.created_at);
    own.update(id, &titled(&taken.title)).await.refused(ErrorCode::EventTitleTaken);
    // By hand: a time without an offset.
    let moved = json!({ "date": "2031-01-01T00:00:00", "location": "", "title": "After" });
    let moved: Event = admin.ask("PUT", &format!("/events/{id}"), &moved).await.json();
    assert_eq!(
        (moved.date.to_string().as_str(), moved.location.as_str()),
        ("2031-01-01T00:00:00Z", "")
    );
    assert_eq!(moved.organizer_id, before.organizer_id, "an admin who changes it does not take it");
    let same = own.update(id, &EventPatch::default()).await.unwrap();
    assert_eq!((same.title, same.date), (moved.title, moved.date));
    event(&api, "Before").await;
    let missing = admin.events().update(nothing(), &EventPatch::default()).await;
    missing.refused(ErrorCode::EventNotFound);
}

async fn deleting(world: &World) {
    let ((alice, api), (_, other), (_, admin)) =
        (world.someone().await, world.someone().await, world.admin().await);
    let own = api.events();
    for by in [own, admin.events()] {
        let id = event(&api, "Short-lived").await.id;
        other.events().delete(id).await.refused(ErrorCode::Forbidden);
        by.delete(id).await.unwrap();
        by.delete(id).await.refused(ErrorCode::EventNotFound);
        own.get(id).await.refused(ErrorCode::EventNotFound);
        own.attendees(id, &Page::default()).await.refused(ErrorCode::EventNotFound);
    }
    let stays = event(&api, "Outlives its organizer").await;
    api.accounts().delete(alice.id, &UserDeletion::default()).await.unwrap();
    assert_eq!(world.api.events().get(stays.id).await.unwrap(), stays);
    admin.events().delete(stays.id).await.unwrap();
}

async fn attending(world: &World) {
    let ((alice, api), (bob, other)) = (world.someone().await, world.someone().await);
    let id = event(&api, "Well attended").await.id;
    // With a body, which it is not meant to have.
    let attendance = format!("/events/{id}/attendance");
    other.ask("PUT", &attendance, &json!({})).await.done();
    other.events().attend(id).await.unwrap();
    api.events().attend(id).await.unwrap();
    assert_eq!(who(&api, id).await, [alice.id, bob.id]);
    for _ in 0..2 {
        api.events().leave(id).await.unwrap();
    }
    assert_eq!(who(&api, id).await, [bob.id]);
    other.accounts().delete(bob.id, &UserDeletion::default()).await.unwrap();
    assert_eq!(who(&api, id).await, [], "a deleted account attends nothing");
    api.events().attend(nothing()).await.refused(ErrorCode::EventNotFound);
    api.events().leave(nothing()).await.refused(ErrorCode::EventNotFound);
    world.api.events().attend(id).await.refused(ErrorCode::NotAuthenticated);
    world.api.events().leave(id).await.refused(ErrorCode::NotAuthenticated);
}

async fn who(api: &Api, event: EventId) -> Vec<UserId> {
    let users = api.events().attendees(event, &Page::default()).await.unwrap();
    users.iter().map(UserView::id).collect()
}

/// They are shown as the directory shows them.
async fn attendees(world: &World) {
    let ((_, api), (_, admin)) = (world.someone().await, world.admin().await);
    let (id, page) = (event(&api, "Seen by some").await.id, Page::default());
    api.events().attend(id).await.unwrap();
    for (caller, is_full) in [(&api, false), (&admin, true)] {
        let users = caller.events().attendees(id, &page).await.unwrap();
        assert!(users.iter().all(|user| matches!(user, UserView::Full(_)) == is_full), "{users:?}");
    }
    let policy = Policy { directory: Directory::Private, ..Policy::default() };
    let private = world.under(policy).await;
    let hidden = api.moved_to(&private).events().attendees(id, &page).await;
    hidden.refused(ErrorCode::Forbidden);
    assert_eq!(who(&admin.moved_to(&private), id).await.len(), 1);
    world.api.events().attendees(id, &page).await.refused(ErrorCode::NotAuthenticated);
}

async fn asked_again(world: &World) {
    let (_, api) = world.someone().await;
    let create = |title: &str| {
        let call = Call::<CreateEvent>::to(&[]).idempotency_key("one").body(&new_event(title));
        api.send(call)
    };
    let first = create("Only once").await.unwrap();
    assert_eq!(create("Only once").await.unwrap(), first);
    create("Another").await.refused(ErrorCode::IdempotencyKeyReused);
}

/// Of no event.
fn nothing() -> EventId {
    EventId::new(999_999).unwrap()
}
