//! Events: who may change them, what they may hold, and who attends.

use std::sync::Arc;

use guildhall_core::openapi::events::{EventQuery, EventSelection};
use guildhall_core::openapi::page::Page;
use guildhall_core::openapi::text::IdempotencyKey;
use guildhall_core::openapi::{
    ErrorCode, Event, EventId, EventPatch, Fault, NewEvent, Timestamp, UserView,
};
use guildhall_core::{Caller, Directory, Policy, Result};

use crate::house::{House, START, code, faults};

fn new_event(title: &str) -> NewEvent {
    let (description, location) = ("Bring a friend.".into(), "The garden".into());
    NewEvent { title: title.into(), description, date: START, location }
}

fn titled(title: &str) -> EventPatch {
    EventPatch { title: Some(title.into()), ..EventPatch::default() }
}

/// A house with a member who organizes, another member and an admin.
async fn house(policy: Policy) -> (House, [Caller; 3]) {
    let house = House::with(policy).await;
    house.member("alice").await;
    house.member("bob").await;
    house.admin("root").await;
    let callers =
        [house.caller("alice").await, house.caller("bob").await, house.caller("root").await];
    (house, callers)
}

async fn announce(house: &House, caller: &Caller, title: &str) -> Result<Event> {
    house.events().create(caller, new_event(title), None).await
}

#[tokio::test]
async fn what_is_announced_is_trimmed_and_the_callers() {
    let (house, [alice, ..]) = house(Policy::default()).await;
    let new = NewEvent {
        description: "\tWelcome ".into(),
        location: " ".into(),
        ..new_event(" Summer\nparty ")
    };
    let event = house.events().create(&alice, new, None).await.unwrap();
    assert_eq!((event.title.as_str(), event.description.as_str()), ("Summer\nparty", "Welcome"));
    assert_eq!((event.location.as_str(), event.organizer_id), ("", alice.id()));
    assert_eq!((event.created_at, event.updated_at), (START, START));
    assert_eq!(house.events().get(event.id).await.unwrap(), event);
    let taken = announce(&house, &alice, "Summer\nparty").await;
    assert_eq!(code(&taken), Some(ErrorCode::EventTitleTaken));
    assert_eq!(code(&announce(&house, &alice, "SUMMER\nparty").await), None);
}

#[tokio::test]
async fn all_fields_of_an_event_that_do_not_fit_are_named_at_once() {
    let (house, [alice, ..]) = house(Policy::default()).await;
    let event = announce(&house, &alice, "Party").await.unwrap();
    let bad = NewEvent {
        title: "t".repeat(201).into(),
        description: "d".repeat(10_001).into(),
        date: START,
        location: "a\0b".into(),
    };
    let patch = EventPatch {
        title: Some(" ".into()),
        description: Some(bad.description.clone()),
        date: None,
        location: Some("l".repeat(501).into()),
    };
    let expected = |title, location| {
        let fields =
            [("title", title), ("description", Fault::TooLong(10_000)), ("location", location)];
        fields.map(|(field, fault)| (field.to_owned(), fault))
    };
    let refused = house.events().create(&alice, bad, None).await;
    assert_eq!(faults(refused), expected(Fault::TooLong(200), Fault::Nul));
    let refused = house.events().update(&alice, event.id, patch).await;
    assert_eq!(faults(refused), expected(Fault::TooShort(1), Fault::TooLong(500)));
    assert_eq!(house.events().get(event.id).await.unwrap(), event);
}

#[tokio::test]
async fn the_organizer_and_admins_change_and_delete() {
    let (house, [alice, bob, root]) = house(Policy::default()).await;
    let event = announce(&house, &alice, "Party").await.unwrap();
    announce(&house, &bob, "Feast").await.unwrap();
    let update = async |caller, patch| house.events().update(caller, event.id, patch).await;
    assert_eq!(code(&update(&bob, titled("Mine")).await), Some(ErrorCode::Forbidden));
    assert_eq!(code(&house.events().delete(&bob, event.id).await), Some(ErrorCode::Forbidden));
    assert_eq!(code(&update(&alice, titled("Feast")).await), Some(ErrorCode::EventTitleTaken));
    house.wait(1);
    let renamed = update(&alice, titled(" Ball ")).await.unwrap();
    let updated_at = Timestamp::from_micros(START.as_micros() + 1_000_000);
    assert_eq!(renamed, Event { title: "Ball".into(), updated_at, ..event.clone() });
    let patch = EventPatch { date: Some(updated_at), ..EventPatch::default() };
    let moved = update(&root, patch).await.unwrap();
    assert_eq!((moved.date, moved.organizer_id), (updated_at, alice.id()));
    house.events().delete(&root, event.id).await.unwrap();
    for gone in [
        code(&house.events().get(event.id).await),
        code(&update(&root, titled("x")).await),
        code(&house.events().delete(&bob, event.id).await),
        code(&house.events().attend(&bob, event.id).await),
        code(&house.events().leave(&bob, event.id).await),
        code(&house.events().attendees(&bob, event.id, &Page::default()).await),
    ] {
        assert_eq!(gone, Some(ErrorCode::EventNotFound));
    }
}

#[tokio::test]
async fn sixteen_calls_at_once_under_a_key_announce_one_event() {
    let (house, [alice, bob, _]) = house(Policy::default()).await;
    let key = IdempotencyKey::from("the-key");
    let create = async || house.events().create(&alice, new_event("Party"), Some(&key)).await;
    let answers = futures_util::future::join_all((0..16).map(|_| create())).await;
    let first = answers[0].as_ref().unwrap();
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap() == first), "{answers:?}");
    let others = house.events().create(&bob, new_event("Party"), Some(&key)).await;
    assert_eq!(code(&others), Some(ErrorCode::EventTitleTaken));
    let reused = house.events().create(&alice, new_event("Feast"), Some(&key)).await;
    assert_eq!(code(&reused), Some(ErrorCode::IdempotencyKeyReused));
}

#[tokio::test]
async fn of_many_who_want_a_title_at_once_one_gets_it() {
    let (house, [alice, ..]) = house(Policy::default()).await;
    let (house, alice) = (Arc::new(house), Arc::new(alice));
    let calls = (0..32).map(|_| {
        let (house, alice) = (Arc::clone(&house), Arc::clone(&alice));
        tokio::spawn(async move { code(&announce(&house, &alice, "Party").await) })
    });
    let codes = futures_util::future::join_all(calls).await;
    let taken = codes.iter().filter(
        |code| matches!(code.as_ref().unwrap(), Some(code) if *code == ErrorCode::EventTitleTaken),
    );
    assert_eq!((taken.count(), codes.len()), (31, 32));
}

#[tokio::test]
async fn attending_twice_is_attending_and_deleted_people_do_not() {
    let (house, [alice, bob, root]) = house(Policy::default()).await;
    let id = announce(&house, &alice, "Party").await.unwrap().id;
    let attendees = async |caller: &Caller| {
        let (views, _) = house.events().attendees(caller, id, &Page::default()).await.unwrap();
        views
    };
    for caller in [&bob, &alice, &bob] {
        house.events().attend(caller, id).await.unwrap();
    }
    let seen = attendees(&alice).await;
    assert_eq!(seen.iter().map(UserView::id).collect::<Vec<_>>(), [alice.id(), bob.id()]);
    assert!(seen.iter().all(|view| matches!(view, UserView::Member(_))), "as the directory");
    assert!(attendees(&root).await.iter().all(|view| matches!(view, UserView::Full(_))));
    for _ in 0..2 {
        house.events().leave(&alice, id).await.unwrap();
    }
    house.accounts().delete(&bob, bob.id()).await.unwrap();
    assert_eq!(attendees(&alice).await, []);
    house.accounts().delete(&alice, alice.id()).await.unwrap();
    assert_eq!(house.events().get(id).await.unwrap().organizer_id, alice.id());
}

#[tokio::test]
async fn a_private_directory_shows_attendees_to_admins() {
    let policy = Policy { directory: Directory::Private, ..Policy::default() };
    let (house, [alice, _, root]) = house(policy).await;
    let id = announce(&house, &alice, "Party").await.unwrap().id;
    house.events().attend(&alice, id).await.unwrap();
    let seen = house.events().attendees(&alice, id, &Page::default()).await;
    assert_eq!(code(&seen), Some(ErrorCode::Forbidden));
    let (seen, _) = house.events().attendees(&root, id, &Page::default()).await.unwrap();
    assert_eq!(seen.len(), 1);
}

#[tokio::test]
async fn a_search_is_folded_and_limited() {
    let (house, [alice, ..]) = house(Policy::default()).await;
    let event = announce(&house, &alice, "Straßenfest").await.unwrap();
    let found = async |q: &str| {
        let selection = EventSelection { q: Some(q.into()), ..EventSelection::default() };
        let query = EventQuery { selection, ..EventQuery::default() };
        let found = house.events().list(query).await;
        found.map(|(events, _)| events.into_iter().map(|event| event.id).collect::<Vec<_>>())
    };
    for (q, ids) in [(" STRASSEN ", vec![event.id]), ("", vec![event.id]), ("gasse", vec![])] {
        assert_eq!(found(q).await.unwrap(), ids as Vec<EventId>, "{q}");
    }
    assert_eq!(faults(found(&"x".repeat(201)).await), [("q".to_owned(), Fault::TooLong(200))]);
}
