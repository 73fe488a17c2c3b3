//! Events.

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::{join, join_all};
use guildhall_openapi::page::Page;
use guildhall_openapi::{Event, EventId, Push, Timestamp, UserId};
use tokio::task::yield_now;

use super::accounts::awkward_texts;
use super::fixtures::{NOW, add, conflict, delete, draft};
use crate::storage::{Conflict, Storage};
use crate::stream::{Audience, Log};

mod lists;

pub use lists::*;

/// An event of this title, not stored yet.
pub(super) fn event(title: &str, organizer_id: UserId) -> Event {
    Event {
        id: EventId::FIRST,
        title: title.into(),
        description: format!("about {title}").into(),
        date: NOW,
        location: "here".into(),
        organizer_id,
        created_at: NOW,
        updated_at: NOW,
    }
}

/// Inserts and commits; the event as it is stored.
pub(super) async fn announce(storage: &dyn Storage, mut event: Event) -> Event {
    let mut tx = storage.write().await.unwrap();
    event.id = tx.events().insert(&event).await.unwrap().0;
    tx.commit().await.unwrap();
    event
}

/// The event with this id, as a new reader sees it.
async fn by_id(storage: &dyn Storage, id: EventId) -> Option<Event> {
    storage.read().await.unwrap().events().by_id(id).await.unwrap()
}

async fn attend(storage: &dyn Storage, event: EventId, user: UserId) {
    let mut tx = storage.write().await.unwrap();
    tx.events().attend(event, user, NOW).await.unwrap();
    tx.commit().await.unwrap();
}

async fn attendees(storage: &dyn Storage, event: EventId) -> Vec<UserId> {
    let mut reads = storage.read().await.unwrap();
    let (users, _) = reads.events().attendees(event, &Page::default()).await.unwrap();
    users.into_iter().map(|user| user.id).collect()
}

/// All fields of an event come back, whatever the texts and times.
pub async fn what_was_announced_is_read(storage: &dyn Storage) {
    let alice = add(storage, &draft("alice")).await;
    let times = [i64::MIN, -1, 0, NOW.as_micros(), i64::MAX].map(Timestamp::from_micros);
    for (number, text) in awkward_texts().into_iter().enumerate() {
        let time = times[number % times.len()];
        let announced = announce(
            storage,
            Event {
                description: text.repeat(20).into(),
                location: text.as_str().into(),
                date: time,
                created_at: time,
                updated_at: time,
                ..event(&text, alice)
            },
        )
        .await;
        assert_eq!(by_id(storage, announced.id).await, Some(announced.clone()));
        let mut tx = storage.write().await.unwrap();
        assert_eq!(tx.events().lock(announced.id).await.unwrap(), Some(announced));
    }
    let last = EventId::new(i64::MAX).unwrap();
    assert_eq!(by_id(storage, last).await, None);
    let mut tx = storage.write().await.unwrap();
    assert_eq!(tx.events().lock(last).await.unwrap(), None);
    tx.events().update(&Event { id: last, ..event("nothing", alice) }).await.unwrap();
    tx.events().delete(last).await.unwrap();
    assert!(!tx.events().leave(last, alice).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(by_id(storage, last).await, None);
}

/// `update` changes all but id, organizer and `created_at`.
pub async fn an_update_of_an_event_changes_what_it_may(storage: &dyn Storage) {
    let (alice, bob) = (add(storage, &draft("alice")).await, add(storage, &draft("bob")).await);
    let before = announce(storage, event("before", alice)).await;
    let other = announce(storage, event("other", alice)).await;
    let later = Timestamp::from_micros(NOW.as_micros() + 1);
    let changed = Event {
        id: before.id,
        date: later,
        location: "there".into(),
        updated_at: later,
        ..event("after", alice)
    };
    let mut tx = storage.write().await.unwrap();
    let given = Event { organizer_id: bob, created_at: later, ..changed.clone() };
    tx.events().update(&given).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(by_id(storage, before.id).await, Some(changed));
    assert_eq!(by_id(storage, other.id).await, Some(other));
    announce(storage, event("before", alice)).await;
}

/// A title is unique to the letter; one that is taken is named, on insert and on update, and the
/// transaction goes on.
pub async fn a_taken_title_is_named(storage: &dyn Storage) {
    let alice = add(storage, &draft("alice")).await;
    let party = announce(storage, event("Party", alice)).await;
    for free in ["party", "Party!", "PARTY", "Ｐarty", "Party\u{301}"] {
        announce(storage, event(free, alice)).await;
    }
    let mut tx = storage.write().await.unwrap();
    let taken = tx.events().insert(&event("Party", alice)).await;
    assert_eq!(conflict(taken), Conflict::EventTitleTaken);
    let mut feast = event("Feast", alice);
    feast.id = tx.events().insert(&feast).await.unwrap().0;
    let renamed = Event { title: "Party".into(), ..feast.clone() };
    let taken = tx.events().update(&renamed).await;
    assert_eq!(conflict(taken), Conflict::EventTitleTaken);
    tx.events().update(&party).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(by_id(storage, feast.id).await, Some(feast));
}

/// The unique key decides a race: one wins, the others are told and can go on.
pub async fn one_of_many_gets_a_title(storage: &dyn Storage) {
    let alice = add(storage, &draft("alice")).await;
    let run = |number: u32| async move {
        let mut tx = storage.write().await.unwrap();
        let won = match tx.events().insert(&event("The one", alice)).await {
            Ok(_) => true,
            lost => {
                assert_eq!(conflict(lost), Conflict::EventTitleTaken);
                let own = event(&format!("Number {number}"), alice);
                tx.events().insert(&own).await.unwrap();
                false
            }
        };
        tx.commit().await.unwrap();
        won
    };
    let won = join_all((0..32).map(run)).await;
    assert_eq!(won.iter().filter(|won| **won).count(), 1);
    let (events, _) = list(storage, &Default::default()).await;
    assert_eq!(events.len(), 32, "those who lost went on");
}

/// Attending twice, in turn or at once, is attending; leaving tells whether there was anything to
/// leave.
pub async fn attending_again_changes_nothing(storage: &dyn Storage) {
    let (alice, bob) = (add(storage, &draft("alice")).await, add(storage, &draft("bob")).await);
    let party = announce(storage, event("Party", alice)).await.id;
    let other = announce(storage, event("Other", alice)).await.id;
    join_all((0..16).map(|_| attend(storage, party, bob))).await;
    attend(storage, party, alice).await;
    assert_eq!(attendees(storage, party).await, [alice, bob]);
    assert_eq!(attendees(storage, other).await, []);
    for left in [true, false] {
        let mut tx = storage.write().await.unwrap();
        assert_eq!(tx.events().leave(party, bob).await.unwrap(), left);
        assert!(!tx.events().leave(other, bob).await.unwrap());
        tx.commit().await.unwrap();
    }
    assert_eq!(attendees(storage, party).await, [alice]);
    attend(storage, party, bob).await;
    assert_eq!(attendees(storage, party).await, [alice, bob]);
}

/// An event that is not there is a conflict for those who attend, and the transaction goes on.
pub async fn nobody_attends_what_is_not_there(storage: &dyn Storage) {
    let alice = add(storage, &draft("alice")).await;
    let party = announce(storage, event("Party", alice)).await.id;
    let nothing = EventId::new(404).unwrap();
    let mut tx = storage.write().await.unwrap();
    let attended = tx.events().attend(nothing, alice, NOW).await;
    assert_eq!(conflict(attended), Conflict::NoSuchEvent);
    tx.events().attend(party, alice, NOW).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(attendees(storage, party).await, [alice]);
    assert_eq!(attendees(storage, nothing).await, []);
}

/// With an event goes who attends it, and nothing else; its title is free again, its id is not.
pub async fn a_deleted_event_is_gone(storage: &dyn Storage) {
    let alice = add(storage, &draft("alice")).await;
    let party = announce(storage, event("Party", alice)).await;
    let other = announce(storage, event("Other", alice)).await;
    attend(storage, party.id, alice).await;
    attend(storage, other.id, alice).await;
    let mut tx = storage.write().await.unwrap();
    tx.events().delete(party.id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(by_id(storage, party.id).await, None);
    assert_eq!(attendees(storage, party.id).await, []);
    assert_eq!(attendees(storage, other.id).await, [alice]);
    let again = announce(storage, event("Party", alice)).await;
    assert!(again.id > other.id, "{again:?}");
    assert_eq!(attendees(storage, again.id).await, []);
}

/// An event outlives its organizer's account; whoever is deleted is not among those who attend.
pub async fn a_deleted_account_organizes_but_does_not_attend(storage: &dyn Storage) {
    let (alice, bob) = (add(storage, &draft("alice")).await, add(storage, &draft("bob")).await);
    let party = announce(storage, event("Party", alice)).await;
    attend(storage, party.id, alice).await;
    attend(storage, party.id, bob).await;
    delete(storage, alice).await;
    assert_eq!(by_id(storage, party.id).await, Some(party.clone()));
    assert_eq!(attendees(storage, party.id).await, [bob]);
}

/// Whoever is told a number of everyone's log reads from then on what was done with every number up to it,
/// however many change the event at once; and what is dropped moves nothing.
pub async fn a_number_of_everyones_log_stands_for_all_changes(storage: &dyn Storage) {
    const WRITERS: i64 = 4;
    const CHANGES: i64 = 20;
    let alice = add(storage, &draft("alice")).await;
    let id = announce(storage, event("Party", alice)).await.id;
    // Its date tells how often it was changed.
    let change = async |is_kept: bool| {
        let mut tx = storage.write().await.unwrap();
        let mut event = tx.events().lock(id).await.unwrap().unwrap();
        event.date = Timestamp::from_micros(event.date.as_micros() + 1);
        tx.events().update(&event).await.unwrap();
        let push = Push::EventUpdated { event };
        tx.stream().publish(Audience::Everyone, &push, NOW).await.unwrap();
        if is_kept {
            tx.commit().await.unwrap();
        }
    };
    let is_over = AtomicBool::new(false);
    let write = async {
        let writer = async || {
            for number in 0..CHANGES {
                change(number % 5 != 4).await;
                yield_now().await;
            }
        };
        join_all((0..WRITERS).map(|_| writer())).await;
        is_over.store(true, Ordering::SeqCst);
    };
    let number =
        async || storage.read().await.unwrap().stream().number(Log::Everyone).await.unwrap();
    let changes = async || by_id(storage, id).await.unwrap().date.as_micros() - NOW.as_micros();
    let look = async {
        while !is_over.load(Ordering::SeqCst) {
            // The first number is the announcement's.
            let told = number().await - 1;
            let changes = changes().await;
            assert!(changes >= told, "{changes} changes are read, {told} were told");
            yield_now().await;
        }
    };
    join(write, look).await;
    let kept = WRITERS * CHANGES * 4 / 5;
    assert_eq!((changes().await, number().await), (kept, kept + 1));
}
