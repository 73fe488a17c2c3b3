//! What users are told.

use futures_util::future::join_all;
use guildhall_openapi::{
    Event, EventId, Push, Session, SessionId, SessionState, Timestamp, UserId,
};

use super::accounts::awkward_texts;
use super::fixtures::{NOW, add, draft};
use super::messages::{message, read, send};
use super::sessions::{begin, crowd, get_in};
use crate::messages::Unread;
use crate::storage::Storage;
use crate::stream::{Audience, Log, Place, Slice, Told};

mod order;
mod prune;

pub use order::*;
pub use prune::*;

pub(super) async fn after(
    storage: &dyn Storage,
    user: UserId,
    place: Place,
    limit: u32,
) -> Slice<Option<Push>> {
    storage.read().await.unwrap().stream().after(user, place, limit).await.unwrap()
}

/// All that stands in the two logs of a user.
pub(super) async fn rows(storage: &dyn Storage, user: UserId) -> Slice<Option<Push>> {
    let slice = after(storage, user, Place::default(), 10_000).await;
    let head = storage.read().await.unwrap().stream().head(user).await.unwrap();
    assert_eq!(slice.head, head);
    let mut reads = storage.read().await.unwrap();
    assert_eq!(reads.stream().number(Log::User(user)).await.unwrap(), head.own);
    assert_eq!(reads.stream().number(Log::Everyone).await.unwrap(), head.shared);
    slice
}

/// All that a user was told alone.
pub(super) async fn told(storage: &dyn Storage, user: UserId) -> Vec<Push> {
    let own = rows(storage, user).await.own.into_iter().zip(1..);
    let push = own.map(|(row, number)| {
        assert_eq!(row.number, number);
        row.push.unwrap()
    });
    push.collect()
}

pub(super) async fn told_everyone(storage: &dyn Storage) -> Vec<Push> {
    let shared = rows(storage, UserId::new(i64::MAX).unwrap()).await.shared;
    shared.into_iter().map(|row| row.push.unwrap()).collect()
}

/// Publishes and commits.
pub(super) async fn publish(storage: &dyn Storage, audience: Audience, push: &Push) -> Vec<Told> {
    let mut tx = storage.write().await.unwrap();
    let told = tx.stream().publish(audience, push, NOW).await.unwrap();
    tx.commit().await.unwrap();
    told
}

/// Something to tell, of which no two are the same.
pub(super) fn something(number: i64) -> Push {
    Push::SessionDeleted { session_id: SessionId::new(number).unwrap() }
}

fn logs(told: &[Told]) -> Vec<Log> {
    let mut logs: Vec<_> = told.iter().map(|told| told.log).collect();
    logs.sort();
    logs
}

/// Who was told nothing is at the beginning of logs that are not there.
pub async fn who_was_told_nothing_is_at_the_beginning(storage: &dyn Storage) {
    let user = add(storage, &draft("alice")).await;
    for user in [user, UserId::new(i64::MAX).unwrap()] {
        for place in [Place::default(), Place { own: 7, shared: i64::MAX }] {
            let slice = after(storage, user, place, 100).await;
            let head = Place::default();
            assert_eq!(slice, Slice { head, own: Vec::new(), shared: Vec::new() });
        }
        let mut reads = storage.read().await.unwrap();
        assert_eq!(reads.stream().head(user).await.unwrap(), Place::default());
        let heads = reads.stream().heads(&[Log::Everyone, Log::User(user)]).await.unwrap();
        assert_eq!(heads, []);
        for log in [Log::Everyone, Log::User(user)] {
            assert_eq!(reads.stream().number(log).await.unwrap(), 0);
        }
    }
}

/// A session's owner, its users and whoever else is named are told, each once, and one of them where
/// they are the same; nobody else is.
pub async fn a_session_is_told_to_those_it_concerns(storage: &dyn Storage) {
    let users = crowd(storage, 7).await;
    let [owner, one, two, left, stranger] = [3, 1, 5, 4, 0].map(|user| users[user]);
    let (id, other) = (begin(storage, owner, "one").await, begin(storage, one, "other").await);
    let mut expected = [const { Vec::new() }; 7];
    let mut number = 0;
    let mut check = async |audience, whom: &[usize]| {
        number += 1;
        let push = something(number);
        let told = publish(storage, audience, &push).await;
        assert_eq!(logs(&told), whom.iter().map(|u| Log::User(users[*u])).collect::<Vec<_>>());
        for user in whom {
            expected[*user].push(push.clone());
        }
        for (user, expected) in users.iter().zip(&expected) {
            assert_eq!(&super::stream::told(storage, *user).await, expected);
        }
    };
    check(Audience::Session(id, None), &[3]).await;
    for user in [two, one] {
        get_in(storage, id, user).await;
    }
    get_in(storage, other, stranger).await;
    check(Audience::Session(id, None), &[1, 3, 5]).await;
    check(Audience::Session(id, Some(left)), &[1, 3, 4, 5]).await;
    check(Audience::Session(id, Some(one)), &[1, 3, 5]).await;
    check(Audience::Session(id, Some(owner)), &[1, 3, 5]).await;
    get_in(storage, id, owner).await;
    check(Audience::Session(id, None), &[1, 3, 5]).await;
    check(Audience::User(left), &[4]).await;
    check(Audience::Session(SessionId::new(404).unwrap(), None), &[]).await;
    check(Audience::Session(SessionId::new(404).unwrap(), Some(left)), &[4]).await;
    assert_eq!(told_everyone(storage).await, []);
}

/// What is for everyone is one row, whoever they are.
pub async fn everyone_is_told_in_one_row(storage: &dyn Storage) {
    let user = add(storage, &draft("alice")).await;
    for number in 1..4 {
        let told = publish(storage, Audience::Everyone, &something(number)).await;
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].log, told[0].number), (Log::Everyone, number));
    }
    let expected: Vec<_> = (1..4).map(something).collect();
    assert_eq!(told_everyone(storage).await, expected);
    assert_eq!(told(storage, user).await, []);
    assert_eq!(rows(storage, user).await.head, Place { own: 0, shared: 3 });
}

/// Whatever is told comes back as it was, also when what it told of has changed or is gone.
pub async fn what_was_told_stays_as_it_was(storage: &dyn Storage) {
    let owner_id = add(storage, &draft("alice")).await;
    let id = begin(storage, owner_id, "a session").await;
    let mut expected = Vec::new();
    for (number, text) in awkward_texts().into_iter().enumerate() {
        let created_at = Timestamp::from_micros([i64::MIN, -1, i64::MAX][number % 3]);
        let session = Session {
            id,
            name: text.as_str().into(),
            state: SessionState::ALL[number % 3],
            owner_id,
            created_at,
            ended_at: (number % 2 == 0).then_some(created_at),
            users: Vec::new(),
        };
        let event = Event {
            id: EventId::FIRST,
            title: text.as_str().into(),
            description: text.repeat(20).into(),
            date: created_at,
            location: text.as_str().into(),
            organizer_id: owner_id,
            created_at,
            updated_at: created_at,
        };
        expected.push(Push::SessionUpdated { session });
        expected.push(if number % 2 == 0 {
            Push::EventCreated { event }
        } else {
            Push::EventUpdated { event }
        });
    }
    expected.push(Push::SessionDeleted { session_id: id });
    expected.push(Push::EventDeleted { event_id: EventId::FIRST });
    for push in &expected {
        publish(storage, Audience::Session(id, None), push).await;
        publish(storage, Audience::Everyone, push).await;
    }
    let mut tx = storage.write().await.unwrap();
    tx.sessions().delete(id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(told(storage, owner_id).await, expected);
    assert_eq!(told_everyone(storage).await, expected);
}

/// A row says how far everyone's log was: what was committed before is not behind it, and what came
/// later is. What is said to the writer is no more than that.
pub async fn a_row_comes_behind_what_everyone_was_told_before(storage: &dyn Storage) {
    let users = crowd(storage, 2).await;
    let mut expected = Vec::new();
    for number in 0..4 {
        let mut told = send(storage, users[0], users[1]).await.told;
        told.extend(publish(storage, Audience::User(users[1]), &something(1)).await);
        let read = read(storage, users[0], Unread::From(users[0], 1000), NOW).await;
        assert_eq!(read, []);
        let read =
            super::messages::read(storage, users[1], Unread::From(users[0], 1000), NOW).await;
        told.extend(read.into_iter().map(|(_, told)| told));
        assert!(told.iter().all(|told| told.behind == number), "{number}: {told:?}");
        // Of users[0]: sent, read; of users[1]: received, told.
        expected.extend([number, number]);
        publish(storage, Audience::Everyone, &something(1)).await;
    }
    for user in users {
        let behind = rows(storage, user).await.own.into_iter().map(|row| row.behind);
        assert_eq!(behind.collect::<Vec<_>>(), expected);
    }
}

/// Each log is read from its own place on, at most `limit` rows of each, with the heads of both.
pub async fn logs_are_read_from_a_place_on(storage: &dyn Storage) {
    let user = add(storage, &draft("alice")).await;
    for number in 1..=5 {
        publish(storage, Audience::User(user), &something(number)).await;
        if number <= 3 {
            publish(storage, Audience::Everyone, &something(number + 10)).await;
        }
    }
    let (own, shared) = (1..=5, 1..=3);
    for (place_of_own, place_of_shared, limit) in
        [(0, 0, 100), (0, 0, 2), (2, 0, 2), (4, 2, 100), (5, 3, 100), (3, 9, 1), (7, 0, 0)]
    {
        let place = Place { own: place_of_own, shared: place_of_shared };
        let slice = after(storage, user, place, limit).await;
        assert_eq!(slice.head, Place { own: 5, shared: 3 });
        let numbers = |all: &std::ops::RangeInclusive<i64>, place, of| {
            let behind = all.clone().filter(|number| *number > place).take(limit as usize);
            behind.map(|number| (number, Some(something(number + of)))).collect::<Vec<_>>()
        };
        let shown = |rows: Vec<crate::stream::Row<_>>| {
            rows.into_iter().map(|row| (row.number, row.push)).collect::<Vec<_>>()
        };
        let mut reads = storage.read().await.unwrap();
        let read = reads.stream().shared(place.shared, limit).await.unwrap();
        let whole = slice.shared.iter().map(|row| (row.number, row.push.clone().unwrap()));
        assert!(read.into_iter().map(|row| (row.number, row.push)).eq(whole), "{place:?}");
        assert_eq!(shown(slice.own), numbers(&own, place.own, 0), "{place:?}");
        assert_eq!(shown(slice.shared), numbers(&shared, place.shared, 10), "{place:?}");
    }
}

/// The heads of many logs, without those that have no rows.
pub async fn heads_of_many_logs_are_told_at_once(storage: &dyn Storage) {
    let users = crowd(storage, 3).await;
    send(storage, users[0], users[1]).await;
    send(storage, users[0], users[0]).await;
    publish(storage, Audience::Everyone, &something(1)).await;
    // A log that is locked has no row yet.
    let id = begin(storage, users[2], "one").await;
    let mut tx = storage.write().await.unwrap();
    tx.stream().lock(&[id]).await.unwrap();
    tx.commit().await.unwrap();
    let asked = (0..1000).map(|name| Log::named(name).unwrap()).collect::<Vec<_>>();
    let mut reads = storage.read().await.unwrap();
    let mut heads = reads.stream().heads(&asked).await.unwrap();
    heads.sort();
    let expected = [(Log::Everyone, 1), (Log::User(users[0]), 2), (Log::User(users[1]), 1)];
    assert_eq!(heads, expected);
    let one = reads.stream().heads(&[Log::User(users[0]), Log::User(users[2])]).await.unwrap();
    assert_eq!(one, [(Log::User(users[0]), 2)]);
    assert_eq!(reads.stream().heads(&[]).await.unwrap(), []);
}

/// A transaction that is dropped has told nobody anything, and has taken no number.
pub async fn what_is_dropped_was_never_told(storage: &dyn Storage) {
    let users = crowd(storage, 2).await;
    let (alice, bob) = (users[0], users[1]);
    let sent = send(storage, alice, bob).await;
    for _ in 0..3 {
        let mut tx = storage.write().await.unwrap();
        assert_eq!(tx.messages().read(bob, Unread::One(sent.id), NOW).await.unwrap().len(), 1);
        tx.messages().insert(&message(alice, bob)).await.unwrap().unwrap();
        tx.stream().publish(Audience::Everyone, &something(1), NOW).await.unwrap();
        drop(tx);
    }
    for user in users {
        assert_eq!(rows(storage, user).await.head, Place { own: 1, shared: 0 });
    }
    let told = publish(storage, Audience::Everyone, &something(1)).await;
    assert_eq!(told[0].number, 1);
    let told = super::messages::read(storage, bob, Unread::From(alice, 1000), NOW).await[0].1;
    assert_eq!((told.log, told.number), (Log::User(alice), 2));
    let mut reads = storage.read().await.unwrap();
    let (conversations, _) =
        reads.messages().conversations(bob, &Default::default()).await.unwrap();
    assert_eq!((conversations.len(), conversations[0].conversation.unread_count), (1, 0));
}

/// A ticket is spent once, also of many at once, and for good only by a commit.
pub async fn a_ticket_is_spent_once(storage: &dyn Storage) {
    let spend = async |ticket: &str| {
        let mut tx = storage.write().await.unwrap();
        let is_first = tx.stream().spend_ticket(ticket, NOW).await.unwrap();
        tx.commit().await.unwrap();
        is_first
    };
    let mut tx = storage.write().await.unwrap();
    assert!(tx.stream().spend_ticket("a", NOW).await.unwrap());
    drop(tx);
    let spent = join_all((0..16).map(|_| spend("a"))).await;
    assert_eq!(spent.into_iter().filter(|is_first| *is_first).count(), 1);
    assert!(spend("A").await, "another one");
    assert!(!spend("a").await);
}
