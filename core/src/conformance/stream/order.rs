//! Numbers without gaps, in the order of commits, however many write at once.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::{join, join_all, join3};
use guildhall_openapi::messages::ReceivedQuery;
use guildhall_openapi::page::{Limit, Recent};
use guildhall_openapi::{MessageId, Push, SessionState, UserId};
use tokio::task::yield_now;
use tokio::time::sleep;

use super::super::fixtures::{NOW, update};
use super::super::messages::{message, read, send};
use super::super::sessions::{begin, crowd, get_in};
use super::{after, publish, something, told};
use crate::messages::{Known, Sent, Unread};
use crate::storage::Storage;
use crate::stream::reader::Reader;
use crate::stream::{Audience, Log, Place, Told};

/// Reads a user's stream as it is written, until it is said to be over; what they were told alone, and
/// what with everyone.
async fn follow(
    storage: &dyn Storage,
    user: UserId,
    is_over: &AtomicBool,
) -> (Vec<Push>, Vec<Push>) {
    const LIMIT: u32 = 5;
    let mut reader = Reader::at(Place::default(), true);
    let (mut own, mut shared) = (Vec::new(), Vec::new());
    loop {
        let was_over = is_over.load(Ordering::SeqCst);
        let before = reader.place();
        let slice = after(storage, user, before, LIMIT).await;
        reader.read(slice, LIMIT as usize).expect("no row is missing, and all come to the end");
        while let Some((place, push)) = reader.next() {
            let told = if place.own as usize > own.len() { &mut own } else { &mut shared };
            told.push(push.unwrap());
        }
        if was_over && reader.place() == before {
            return (own, shared);
        }
        // A storage in memory may answer without ever making its caller wait, and so leave no turn to
        // those who write.
        yield_now().await;
    }
}

/// The ids of new messages rise in every log, so that whoever looks for newer ones misses none.
fn assert_in_id_order(pushes: &[Push]) {
    let id = |push: &Push| match push {
        Push::NewMessage { message } => Some(message.id),
        _ => None,
    };
    let ids: Vec<MessageId> = pushes.iter().filter_map(id).collect();
    assert!(ids.is_sorted(), "{ids:?}");
}

/// What was acknowledged: the rows, and what they tell.
type Acknowledged = Vec<(Told, Push)>;

fn as_told(push: &Push, rows: Vec<Told>) -> Acknowledged {
    rows.into_iter().map(|told| (told, push.clone())).collect()
}

/// One of many writers, some of whom give up.
async fn write(
    storage: &dyn Storage,
    sender: UserId,
    receiver: UserId,
    number: i64,
) -> Acknowledged {
    let sent = async |sent: Sent| {
        let mut reads = storage.read().await.unwrap();
        let message = reads.messages().by_id(sent.id).await.unwrap().unwrap();
        as_told(&Push::NewMessage { message }, sent.told)
    };
    if number % 3 == 0 {
        return sent(send(storage, sender, receiver).await).await;
    }
    let mut tx = storage.write().await.unwrap();
    let (mut told, push) = (Vec::new(), something(number + 1));
    if number % 4 == 0 {
        told.extend(tx.stream().publish(Audience::Everyone, &push, NOW).await.unwrap());
    }
    let new = if number % 2 == 0 {
        tx.messages().insert(&message(sender, receiver)).await.unwrap()
    } else {
        let audience = Audience::User(receiver);
        told.extend(tx.stream().publish(audience, &push, NOW).await.unwrap());
        None
    };
    if number % 5 == 0 {
        return Vec::new();
    }
    tx.commit().await.unwrap();
    let mut told = as_told(&push, told);
    if let Some(new) = new {
        told.extend(sent(new).await);
    }
    told
}

/// Of many who tell one user something at once, in transactions of which some are dropped and in
/// single steps, each has a number of its own, without gaps; and whoever reads meanwhile, from where
/// they are, finds each number in its turn and nothing missing.
pub async fn numbers_become_visible_in_order(storage: &dyn Storage) {
    let users = crowd(storage, 9).await;
    let (receiver, senders) = (users[0], &users[1..]);
    let is_over = AtomicBool::new(false);
    let writing = async {
        // Few enough that those who read are not kept waiting for a connection.
        let writers = (0..6).map(|writer| async move {
            let mut acknowledged = Vec::new();
            for number in (writer..360).step_by(6) {
                let sender = senders[usize::try_from(number / 6 % 8).unwrap()];
                acknowledged.extend(write(storage, sender, receiver, number).await);
            }
            acknowledged
        });
        let acknowledged = join_all(writers).await.concat();
        is_over.store(true, Ordering::SeqCst);
        acknowledged
    };
    let following = join_all((0..2).map(|_| follow(storage, receiver, &is_over)));
    let (acknowledged, followed) = join(writing, following).await;
    let of = |log| {
        let rows = acknowledged.iter().filter(|(told, _)| told.log == log);
        let rows: BTreeMap<_, _> = rows.map(|(told, push)| (told.number, push.clone())).collect();
        let expected: Vec<_> = (1..=rows.len() as i64).collect();
        assert_eq!(rows.keys().copied().collect::<Vec<_>>(), expected, "{log:?}");
        rows.into_values().collect::<Vec<_>>()
    };
    let (own, shared) = (of(Log::User(receiver)), of(Log::Everyone));
    assert!(own.len() > 100 && shared.len() > 20, "{} {}", own.len(), shared.len());
    for (seen, seen_shared) in followed {
        assert_eq!((&seen, &seen_shared), (&own, &shared));
        assert_in_id_order(&seen);
    }
    for sender in senders {
        assert_eq!(told(storage, *sender).await, of(Log::User(*sender)));
    }
}

/// Two who write to each other, and read what comes, do not keep each other from it; and their
/// conversation is in the end what they wrote.
pub async fn two_write_to_each_other_at_once(storage: &dyn Storage) {
    let users = crowd(storage, 2).await;
    let (alice, bob) = (users[0], users[1]);
    let write = async |number: usize| {
        let (from, to) = [(alice, bob), (bob, alice)][number % 2];
        if number % 20 < 2 {
            read(storage, to, Unread::From(from, 1000), NOW).await;
        }
        send(storage, from, to).await
    };
    let sent = join_all((0..400).map(write)).await;
    for user in users {
        let pushes = told(storage, user).await;
        assert_in_id_order(&pushes);
        let is_new = |push: &&Push| matches!(push, Push::NewMessage { .. });
        assert_eq!(pushes.iter().filter(is_new).count(), 400);
        let mut reads = storage.read().await.unwrap();
        let query = ReceivedQuery {
            unread: Some(true),
            page: Recent { limit: Limit::MAX.try_into().unwrap(), ..Recent::default() },
        };
        let (unread, _) = reads.messages().received(user, &query).await.unwrap();
        let conversations = reads.messages().conversations(user, &Default::default()).await;
        let [Known { conversation, .. }] = &conversations.unwrap().0[..] else {
            panic!("there is one")
        };
        assert_eq!(conversation.unread_count, unread.len() as u64);
        let last = sent.iter().map(|sent| sent.id).max();
        assert_eq!(Some(conversation.last_message.id), last);
    }
}

/// Sessions of the same people in another order, one or several in a transaction, and messages among
/// them, do not keep each other from being told.
pub async fn many_are_told_at_once_by_many(storage: &dyn Storage) {
    let users = crowd(storage, 5).await;
    let mut sessions = Vec::new();
    for first in 0..5 {
        let id = begin(storage, users[first], "one").await;
        for next in 1..3 {
            get_in(storage, id, users[(first + next * 2) % 5]).await;
        }
        sessions.push(id);
    }
    let tell = async |number: usize| {
        let (from, to) = (users[number % 5], users[number / 5 % 5]);
        let ids = [sessions[number % 5], sessions[number / 5 % 5], sessions[number / 25 % 5]];
        match number % 4 {
            0 => {
                let audience = Audience::Session(ids[0], Some(to));
                publish(storage, audience, &something(2)).await;
            }
            1 => {
                let mut tx = storage.write().await.unwrap();
                tx.stream().lock(&ids).await.unwrap();
                for id in ids {
                    let audience = Audience::Session(id, None);
                    let told = tx.stream().publish(audience, &something(1), NOW).await.unwrap();
                    assert_eq!(told.len(), 3);
                }
                tx.commit().await.unwrap();
            }
            _ => drop(send(storage, from, to).await),
        }
    };
    join_all((0..200).map(tell)).await;
    let mut pushes = Vec::new();
    for user in users {
        let told = told(storage, user).await;
        assert_in_id_order(&told);
        pushes.extend(told);
    }
    assert_eq!(pushes.iter().filter(|push| **push == something(1)).count(), 50 * 3 * 3);
}

/// Who leaves all sessions and tells those who stay, and who ends or removes one of these and tells
/// those in it, take turns.
pub async fn sessions_are_left_while_others_change_them(storage: &dyn Storage) {
    let users = crowd(storage, 4).await;
    for _ in 0..8 {
        let mut sessions = Vec::new();
        for (owner, other) in [(0, 1), (3, 0), (1, 3), (3, 1)] {
            let id = begin(storage, users[owner], "one").await;
            for user in [other, 2] {
                get_in(storage, id, users[user]).await;
            }
            sessions.push(id);
        }
        let leave = async {
            let mut tx = storage.write().await.unwrap();
            tx.accounts().lock(users[2]).await.unwrap().unwrap();
            let left = tx.sessions().leave_all(users[2]).await.unwrap();
            tx.stream().lock(&left).await.unwrap();
            for id in &left {
                let session = tx.sessions().by_id(*id).await.unwrap().unwrap();
                assert_ne!(session.state, SessionState::Ended, "what was left is locked");
                let push = Push::SessionUpdated { session };
                let told = tx.stream().publish(Audience::Session(*id, None), &push, NOW).await;
                assert_eq!(told.unwrap().len(), 2);
            }
            tx.commit().await.unwrap();
            left.len()
        };
        let change = async |place: usize| {
            let id = sessions[place];
            let mut tx = storage.write().await.unwrap();
            tx.sessions().lock(id).await.unwrap().unwrap();
            let audience = Audience::Session(id, None);
            tx.stream().publish(audience, &something(1), NOW).await.unwrap();
            if place == 0 {
                tx.sessions().delete(id).await.unwrap();
            } else {
                tx.sessions().set_state(id, SessionState::Ended, Some(NOW)).await.unwrap();
            }
            tx.commit().await.unwrap();
        };
        let (_, left, _) = join3(join(change(0), change(3)), leave, change(1)).await;
        assert!((1..=4).contains(&left));
    }
}

/// Whoever holds an account's lock and then tells someone does not wait for a message of that account,
/// which waits for them.
pub async fn a_message_does_not_wait_for_its_sender(storage: &dyn Storage) {
    let users = crowd(storage, 2).await;
    let (alice, bob) = (users[0], users[1]);
    for number in 1..=8 {
        let mut tx = storage.write().await.unwrap();
        let mut account = tx.accounts().lock(bob).await.unwrap().unwrap();
        account.user.full_name = Some(format!("number {number}").into());
        update(&mut *tx, &account).await.unwrap();
        let tell = async {
            sleep(Duration::from_millis(20)).await;
            tx.stream().publish(Audience::User(alice), &something(number), NOW).await.unwrap();
            tx.commit().await.unwrap();
        };
        join3(send(storage, bob, alice), send(storage, alice, bob), tell).await;
    }
    assert_eq!((told(storage, alice).await.len(), told(storage, bob).await.len()), (24, 16));
}
