//! `GET /events.ics` and `GET /events/{event_id}/event.ics`, read by a parser of others.

use guildhall_openapi::{ErrorCode, Event, EventPatch};
use icalendar::{Component, EventLike};
use serde_json::json;

use super::event;
use crate::support::{Api, Reply, World, on_both};

on_both! {
    /// An event that a calendar shows as another, or a text that ends up as a property.
    async fn calendars_are_read_as_they_were_meant(world) {
        empty(world).await;
        odd_texts(world).await;
        all_of_them(world).await;
        refused(world).await;
    }
}

/// Texts that break calendars, and what is read of them.
fn texts() -> Vec<(String, String)> {
    let same = [
        r#"a, b; c: d \ e \n "f" 'g' \, \; \\"#.to_owned(),
        "👩‍👩‍👧‍👦".repeat(28),
        "é".repeat(200),
        ",;\\\n\"".repeat(39) + "x",
        "BEGIN:VEVENT\nEND:VCALENDAR\nATTENDEE:mailto:mallory@example.org".to_owned(),
        "tab\tand  spaces   between".to_owned(),
        format!("{} {}", "x".repeat(66), "y".repeat(100)),
        "שלום مرحبا 李小龙".to_owned(),
    ];
    let changed = [
        ("one\r\ntwo\rthree\u{2028}four\u{85}five", "one\ntwo\nthree\nfour\nfive"),
        ("bell\u{7} escape\u{1b} feed\u{c} delete\u{7f}!", "bell escape feed delete!"),
    ];
    let same = same.map(|text| (text.clone(), text));
    same.into_iter().chain(changed.map(|(text, read)| (text.into(), read.into()))).collect()
}

/// RFC 5545 wants a component in every calendar, and nobody is to see one that is no event.
async fn empty(world: &World) {
    let reply = world.api.get("/events.ics").await;
    assert_eq!(
        reply.body.matches("\nBEGIN:").count(),
        2,
        "a time zone of one kind of time: {reply:?}"
    );
    assert!(reply.body.contains("\r\nBEGIN:VTIMEZONE\r\n"));
    assert_eq!(calendar(&world.api, "/events.ics").await, []);
}

async fn odd_texts(world: &World) {
    let (_, api) = world.someone().await;
    for (text, read) in texts() {
        let body = json!({
            "title": text, "description": text.repeat(10_000 / text.chars().count()),
            "date": "2030-06-01T20:00:00.9+02:00", "location": text,
        });
        let made: Event = api.post("/events", &body).await.json();
        let path = format!("/events/{}/event.ics", made.id);
        let [event] = &*calendar(&world.api, &path).await else { panic!("one event: {path}") };
        assert_eq!(event.get_summary(), Some(read.as_str()));
        assert_eq!(event.get_location(), Some(read.as_str()));
        let described = event.get_description().unwrap();
        assert_eq!(described, read.repeat(10_000 / text.chars().count()));
        let micros = made.created_at.as_micros();
        assert_eq!(event.get_uid(), Some(&*format!("event-{}-{micros}@guildhall", made.id)));
        assert_eq!(event.property_value("DTSTART"), Some("20300601T180000Z"));
        let names: Vec<_> = event.properties().keys().map(String::as_str).collect();
        let expected =
            "CREATED DESCRIPTION DTSTAMP DTSTART LAST-MODIFIED LOCATION SUMMARY UID".split(' ');
        assert_eq!(names, expected.collect::<Vec<_>>());
    }
    let bare = json!({ "title": "Bare", "description": "", "date": "0001-01-01T00:00:00", "location": "" });
    let made: Event = api.post("/events", &bare).await.json();
    let first = calendar(&api, &format!("/events/{}/event.ics", made.id)).await;
    assert_eq!(first[0].property_value("DTSTART"), Some("00010101T000000Z"));
    assert_eq!((first[0].get_description(), first[0].get_location()), (None, None));
    let path = format!("/events/{}", made.id);
    let patch = EventPatch { title: Some("Dressed".into()), ..EventPatch::default() };
    let changed = api.events().update(made.id, &patch).await.unwrap();
    let again = calendar(&api, &format!("{path}/event.ics")).await;
    assert_eq!(again[0].get_uid(), first[0].get_uid(), "the same event for those who know it");
    assert_eq!(again[0].get_summary(), Some("Dressed"));
    assert_eq!(again[0].get_timestamp().unwrap().timestamp(), changed.updated_at.as_secs());
}

/// More than one piece, and the filters of the list.
async fn all_of_them(world: &World) {
    let (user, api) = world.someone().await;
    for number in 0..230 {
        event(&api, &format!("Number {number}")).await;
    }
    let all = calendar(&world.api, "/events.ics").await;
    assert_eq!(all.len(), texts().len() + 1 + 230, "past ones too, without a limit");
    let mut uids: Vec<_> = all.iter().filter_map(Component::get_uid).collect();
    uids.sort_unstable();
    uids.dedup();
    assert_eq!(uids.len(), all.len());
    for (query, count) in [
        (format!("organizer_id={}", user.id), 230),
        ("q=NUMBER+1".into(), 111),
        ("from=2030-06-01T18:00:01".into(), 0),
        ("to=2000-01-01T00:00:00".into(), 1),
        ("limit=1&skip=x&after=x".into(), all.len()),
    ] {
        let path = format!("/events.ics?{query}");
        assert_eq!(calendar(&world.api, &path).await.len(), count, "{query}");
        let stand_ins = world.api.get(&path).await.body.matches("BEGIN:VTIMEZONE").count();
        assert_eq!(stand_ins, usize::from(count == 0), "{query}");
    }
}

async fn refused(world: &World) {
    let api = &world.api;
    api.get("/events/999999/event.ics").await.refused(ErrorCode::EventNotFound);
    api.get("/events/0/event.ics").await.names("event_id");
    for name in ["from", "to", "organizer_id"] {
        api.get(&format!("/events.ics?{name}=x")).await.names(name);
    }
    api.get("/events.ics?q=%00").await.names("q");
    for path in ["/events.ics", "/events/1/event.ics"] {
        api.with_token("x").get(path).await.refused(ErrorCode::NotAuthenticated);
    }
}

/// What another's parser makes of a calendar, of whose lines none is too long.
async fn calendar(api: &Api, path: &str) -> Vec<icalendar::Event> {
    let reply: Reply = api.get(path).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, "text/calendar; charset=utf-8"));
    let lines = reply.body.strip_suffix("\r\n").unwrap().split("\r\n");
    for line in lines {
        assert!(line.len() <= 75 && !line.contains(['\r', '\n']), "{line:?}");
    }
    let calendar: icalendar::Calendar = reply.body.parse().unwrap();
    calendar.events().cloned().collect()
}
