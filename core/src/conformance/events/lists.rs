//! Lists of events, and of who attends one.

use guildhall_openapi::page::{Limit, Page, Skip};
use guildhall_openapi::{Event, EventId, Timestamp};

use super::super::fixtures::{NOW, add, by_id, draft};
use super::{announce, attend, event};
use crate::events::{EventFilter, search_key};
use crate::identity::fold;
use crate::storage::Storage;

pub(super) async fn list(storage: &dyn Storage, filter: &EventFilter) -> (Vec<Event>, bool) {
    storage.read().await.unwrap().events().list(filter).await.unwrap()
}

/// Pages by `skip` and by `after`, in id order whatever the dates, each with the word whether there
/// is more.
pub async fn pages_of_events_are_in_id_order(storage: &dyn Storage) {
    assert_eq!(list(storage, &EventFilter::default()).await, (vec![], false));
    let alice = add(storage, &draft("alice")).await;
    let mut ids = Vec::new();
    for number in 0..7_i64 {
        let date = Timestamp::from_micros(NOW.as_micros() - number);
        let event = Event { date, ..event(&format!("event {number}"), alice) };
        ids.push(announce(storage, event).await.id);
    }
    for (after, skip, limit, shown, more) in [
        (None, 0, 100, 0..7, false),
        (None, 0, 7, 0..7, false),
        (None, 0, 6, 0..6, true),
        (None, 3, 3, 3..6, true),
        (None, 6, 3, 6..7, false),
        (None, Skip::MAX, Limit::MAX, 7..7, false),
        (Some(3), 0, 3, 4..7, false),
        (Some(3), 0, 2, 4..6, true),
        (Some(1), 2, 2, 4..6, true),
        (Some(6), 0, 1, 7..7, false),
    ] {
        let page = page(after.map(|index: usize| ids[index]), skip, limit);
        for from in [None, Some(Timestamp::from_micros(0))] {
            let filter = EventFilter { from, page, ..EventFilter::default() };
            let (events, has_more) = list(storage, &filter).await;
            let events: Vec<_> = events.iter().map(|event| event.id).collect();
            assert_eq!((&*events, has_more), (&ids[shown.clone()], more), "{filter:?}");
        }
    }
}

fn page<Id>(after: Option<Id>, skip: u64, limit: u64) -> Page<Id> {
    Page { after, skip: skip.try_into().unwrap(), limit: limit.try_into().unwrap() }
}

/// Every set of filters shows what each of them alone would leave; `from` counts, `to` does not.
pub async fn filters_of_events_go_together(storage: &dyn Storage) {
    let (alice, bob) = (add(storage, &draft("alice")).await, add(storage, &draft("bob")).await);
    let mut events = Vec::new();
    for number in 0..24_i64 {
        let organizer = if number % 3 == 0 { alice } else { bob };
        let title = format!("{} {number}", ["Walk", "Talk"][(number % 2) as usize]);
        let date = Timestamp::from_micros(NOW.as_micros() + number * 7 % 24);
        events.push(announce(storage, Event { date, ..event(&title, organizer) }).await);
    }
    let at = |micros| Timestamp::from_micros(NOW.as_micros() + micros);
    for combination in 0..32 {
        let on = |bit: u8| combination & bit != 0;
        let filter = EventFilter {
            from: on(1).then(|| at(5)),
            to: on(2).then(|| at(19)),
            search: on(4).then(|| "talk".into()),
            organizer: on(8).then_some(bob),
            page: Page { after: on(16).then(|| events[4].id), ..Page::default() },
        };
        let expected = events.iter().filter(|event| {
            filter.from.is_none_or(|from| event.date >= from)
                && filter.to.is_none_or(|to| event.date < to)
                && filter.search.as_ref().is_none_or(|part| search_key(event).contains(part))
                && filter.organizer.is_none_or(|organizer| event.organizer_id == organizer)
                && filter.page.after.is_none_or(|after| event.id > after)
        });
        let (shown, more) = list(storage, &filter).await;
        assert_eq!(shown, expected.cloned().collect::<Vec<_>>(), "{filter:?}");
        assert!(!more);
    }
}

/// A search looks for the very characters, in title, description and location, without regard to
/// case, and follows a change.
pub async fn a_search_finds_events_by_what_they_say(storage: &dyn Storage) {
    let alice = add(storage, &draft("alice")).await;
    let texts = [
        ("100% fun", "", ""),
        ("Second", "a snake_case word", ""),
        ("Third", "", r"Room 1\2"),
        ("ÉCOLE", "🎉 and more", "the Garden"),
    ];
    let mut ids = Vec::new();
    for (title, description, location) in texts {
        let (description, location) = (description.into(), location.into());
        let event = Event { description, location, ..event(title, alice) };
        ids.push(announce(storage, event).await.id);
    }
    let changed = Event { id: ids[1], ..event("changed", alice) };
    for (part, found) in [
        ("100%", vec![0]),
        ("%", vec![0]),
        ("_", vec![1]),
        ("SNAKE_", vec![1]),
        (r"1\2", vec![2]),
        (r"\", vec![2]),
        ("école", vec![3]),
        ("🎉", vec![3]),
        ("garden", vec![3]),
        ("d", vec![1, 2, 3]),
        ("nothing", vec![]),
    ] {
        let found: Vec<EventId> = found.into_iter().map(|index: usize| ids[index]).collect();
        assert_eq!(searched(storage, part).await, found, "{part}");
    }
    let mut tx = storage.write().await.unwrap();
    tx.events().update(&changed).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(searched(storage, "snake").await, []);
    assert_eq!(searched(storage, "changed").await, [ids[1]]);
}

async fn searched(storage: &dyn Storage, part: &str) -> Vec<EventId> {
    let filter = EventFilter { search: Some(fold(part)), ..EventFilter::default() };
    list(storage, &filter).await.0.into_iter().map(|event| event.id).collect()
}

/// Those who attend come whole, in id order and in pages.
pub async fn pages_of_attendees_are_in_id_order(storage: &dyn Storage) {
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(add(storage, &draft(&format!("user{number}"))).await);
    }
    let party = announce(storage, event("Party", ids[0])).await.id;
    for id in ids.iter().rev() {
        attend(storage, party, *id).await;
    }
    for (after, skip, limit, shown, more) in [
        (None, 0, 5, 0..5, false),
        (None, 0, 4, 0..4, true),
        (None, 2, 2, 2..4, true),
        (Some(1), 0, 3, 2..5, false),
        (Some(1), 1, 1, 3..4, true),
        (Some(4), 0, 5, 5..5, false),
    ] {
        let page = page(after.map(|index: usize| ids[index]), skip, limit);
        let mut reads = storage.read().await.unwrap();
        let (users, has_more) = reads.events().attendees(party, &page).await.unwrap();
        assert_eq!(has_more, more, "{page:?}");
        assert_eq!(users.iter().map(|user| user.id).collect::<Vec<_>>(), ids[shown], "{page:?}");
        for user in users {
            assert_eq!(Some(&user), by_id(storage, user.id).await.map(|a| a.user).as_ref());
        }
    }
}

/// What one attends comes whole, in id order and in pages, without what others attend.
pub async fn pages_of_attended_events_are_in_id_order(storage: &dyn Storage) {
    let (alice, bob) = (add(storage, &draft("alice")).await, add(storage, &draft("bob")).await);
    let (mut events, mut ids) = (Vec::new(), Vec::new());
    for number in 0..10 {
        events.push(announce(storage, event(&format!("event {number}"), alice)).await);
    }
    for (number, event) in events.iter().enumerate().rev() {
        let goes = number % 3 != 0;
        attend(storage, event.id, if goes { alice } else { bob }).await;
        if goes {
            ids.insert(0, event.id);
        }
    }
    for (after, skip, limit, shown, more) in [
        (None, 0, 6, 0..6, false),
        (None, 0, 5, 0..5, true),
        (None, 2, 2, 2..4, true),
        (Some(1), 0, 4, 2..6, false),
        (Some(1), 1, 2, 3..5, true),
        (Some(5), 0, 5, 6..6, false),
    ] {
        let page = page(after.map(|index: usize| ids[index]), skip, limit);
        let mut reads = storage.read().await.unwrap();
        let (attended, has_more) = reads.events().attended(alice, &page).await.unwrap();
        let expected = events.iter().filter(|event| ids[shown.clone()].contains(&event.id));
        assert_eq!((attended, has_more), (expected.cloned().collect(), more), "{page:?}");
    }
}
