//! `/events`: who announces, changes and attends what.

use futures_util::future::join_all;
use guildhall_core::{Directory, Policy};
use guildhall_openapi::events::CreateEvent;
use guildhall_openapi::{ErrorCode, Event, NewEvent, Timestamp, UserView};
use serde_json::{Value, json};

use crate::support::{Api, Reply, World, on_both};

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
    api.call::<CreateEvent>(&new_event(title)).await
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
    let read = world.api.get(&format!("/events/{}", made.id)).await;
    assert_eq!(read.json::<Event>(), made, "to anyone");
    let (_, other) = world.someone().await;
    for taken in [&api, &other] {
        taken.post("/events", &new_event("Summer party")).await.refused(ErrorCode::EventTitleTaken);
    }
    event(&other, "summer party").await;
    world.api.get("/events/999999").await.refused(ErrorCode::EventNotFound);
    world.api.post("/events", &new_event("x")).await.refused(ErrorCode::NotAuthenticated);
    // A token that is shown has to be good, also where none is needed.
    for path in ["/events".to_owned(), format!("/events/{}", made.id)] {
        world.api.with_token("x").get(&path).await.refused(ErrorCode::NotAuthenticated);
    }
}

async fn one_of_many(world: &World) {
    let (_, api) = world.someone().await;
    let new = new_event("The one");
    let replies = join_all((0..32).map(|_| api.post("/events", &new))).await;
    let (won, lost): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 200);
    assert_eq!((won.len(), lost.len()), (1, 31));
    lost.iter().for_each(|reply| drop(reply.refused(ErrorCode::EventTitleTaken)));
    let made: Event = won[0].json();
    let all: Vec<Event> = world.api.get("/events?q=the+one").await.json();
    assert_eq!(all, [made]);
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
        api.send("PUT", &path, &json!({ field: bad })).await.names(field);
    }
    for field in ["title", "description", "date", "location"] {
        let mut body = fits.clone();
        body.as_object_mut().unwrap().remove(field);
        api.post("/events", &body).await.names(field);
    }
    let several =
        json!({ "title": "", "description": "d".repeat(10_001), "location": "l".repeat(501) });
    let problem = api.send("PUT", &path, &several).await.refused(ErrorCode::ValidationFailed);
    assert_eq!(problem.errors.len(), 3, "all at once");
    assert_eq!(api.get(&path).await.json::<Event>(), made);
    let full = json!({
        "title": "👍".repeat(200), "description": "é".repeat(10_000), "date": "9999-12-31T23:59:59",
        "location": "字".repeat(500),
    });
    let full_event: Event = api.post("/events", &full).await.json();
    assert_eq!(full_event.description.chars().count(), 10_000);
    for id in ["0", "-1", "abc", "9223372036854775808", "1.0"] {
        let path = format!("/events/{id}");
        api.get(&path).await.names("event_id");
        api.send("PUT", &path, &json!({})).await.names("event_id");
        api.delete(&path).await.names("event_id");
        api.send("PUT", &format!("{path}/attendance"), &json!({})).await.names("event_id");
        api.delete(&format!("{path}/attendance")).await.names("event_id");
        api.get(&format!("{path}/attendees")).await.names("event_id");
    }
}

async fn changing(world: &World) {
    let ((_, api), (_, other), (_, admin)) =
        (world.someone().await, world.someone().await, world.admin().await);
    let (before, taken) = (event(&api, "Before").await, event(&api, "Taken").await);
    let path = format!("/events/{}", before.id);
    other.send("PUT", &path, &json!({ "title": "Mine" })).await.refused(ErrorCode::Forbidden);
    let after: Event = api.send("PUT", &path, &json!({ "title": " After " })).await.json();
    assert_eq!((after.title.as_str(), &after.description), ("After", &before.description));
    assert!(after.updated_at > before.updated_at && after.created_at == before.created_at);
    api.send("PUT", &path, &json!({ "title": taken.title }))
        .await
        .refused(ErrorCode::EventTitleTaken);
    let moved = json!({ "date": "2031-01-01T00:00:00", "location": "", "title": "After" });
    let moved: Event = admin.send("PUT", &path, &moved).await.json();
    assert_eq!(
        (moved.date.to_string().as_str(), moved.location.as_str()),
        ("2031-01-01T00:00:00Z", "")
    );
    assert_eq!(moved.organizer_id, before.organizer_id, "an admin who changes it does not take it");
    let same: Event = api.send("PUT", &path, &json!({})).await.json();
    assert_eq!((same.title, same.date), (moved.title, moved.date));
    event(&api, "Before").await;
    admin.send("PUT", "/events/999999", &json!({})).await.refused(ErrorCode::EventNotFound);
}

async fn deleting(world: &World) {
    let ((alice, api), (_, other), (_, admin)) =
        (world.someone().await, world.someone().await, world.admin().await);
    for by in [&api, &admin] {
        let path = format!("/events/{}", event(&api, "Short-lived").await.id);
        other.delete(&path).await.refused(ErrorCode::Forbidden);
        by.delete(&path).await.done();
        by.delete(&path).await.refused(ErrorCode::EventNotFound);
        api.get(&path).await.refused(ErrorCode::EventNotFound);
        api.get(&format!("{path}/attendees")).await.refused(ErrorCode::EventNotFound);
    }
    let stays = event(&api, "Outlives its organizer").await;
    api.delete(&format!("/users/{}", alice.id)).await.done();
    let path = format!("/events/{}", stays.id);
    assert_eq!(world.api.get(&path).await.json::<Event>(), stays);
    admin.delete(&path).await.done();
}

async fn attending(world: &World) {
    let ((alice, api), (bob, other)) = (world.someone().await, world.someone().await);
    let path = format!("/events/{}", event(&api, "Well attended").await.id);
    let attendance = format!("{path}/attendance");
    for _ in 0..2 {
        other.send("PUT", &attendance, &json!({})).await.done();
    }
    // Without a body, as it is meant.
    Reply::to(api.request("PUT", &attendance)).await.done();
    assert_eq!(who(&api, &path).await, [alice.id.get(), bob.id.get()]);
    for _ in 0..2 {
        api.delete(&attendance).await.done();
    }
    assert_eq!(who(&api, &path).await, [bob.id.get()]);
    other.delete(&format!("/users/{}", bob.id)).await.done();
    assert_eq!(who(&api, &path).await, Vec::<i64>::new(), "a deleted account attends nothing");
    for method in ["PUT", "DELETE"] {
        let nothing = api.send(method, "/events/999999/attendance", &json!({})).await;
        nothing.refused(ErrorCode::EventNotFound);
        let nobody = world.api.send(method, &attendance, &json!({})).await;
        nobody.refused(ErrorCode::NotAuthenticated);
    }
}

async fn who(api: &Api, path: &str) -> Vec<i64> {
    let users: Vec<UserView> = api.get(&format!("{path}/attendees")).await.json();
    users.iter().map(|user| user.id().get()).collect()
}

/// They are shown as the directory shows them.
async fn attendees(world: &World) {
    let ((_, api), (_, admin)) = (world.someone().await, world.admin().await);
    let path = format!("/events/{}/attendees", event(&api, "Seen by some").await.id);
    Reply::to(api.request("PUT", &path.replace("attendees", "attendance"))).await.done();
    for (caller, is_full) in [(&api, false), (&admin, true)] {
        let users: Vec<UserView> = caller.get(&path).await.json();
        assert!(users.iter().all(|user| matches!(user, UserView::Full(_)) == is_full), "{users:?}");
    }
    let policy = Policy { directory: Directory::Private, ..Policy::default() };
    let private = world.under(policy).await;
    api.moved_to(&private).get(&path).await.refused(ErrorCode::Forbidden);
    assert_eq!(admin.moved_to(&private).get(&path).await.json::<Vec<Value>>().len(), 1);
    world.api.get(&path).await.refused(ErrorCode::NotAuthenticated);
}

async fn asked_again(world: &World) {
    let (_, api) = world.someone().await;
    let create = |title: &str| {
        let body = new_event(title);
        Reply::to(api.request("POST", "/events").header("idempotency-key", "one").json(&body))
    };
    let first: Event = create("Only once").await.json();
    assert_eq!(create("Only once").await.json::<Event>(), first);
    create("Another").await.refused(ErrorCode::IdempotencyKeyReused);
}
