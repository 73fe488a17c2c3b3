//! Direct messages.

use futures_util::future::join_all;
use guildhall_openapi::page::Recent;
use guildhall_openapi::{Message, MessageId, Push, Timestamp, UserId};

use super::accounts::awkward_texts;
use super::fixtures::{NOW, add, delete, draft};
use super::sessions::crowd;
use super::stream::{rows, told};
use crate::messages::{Draft, Known, Sent, Unread};
use crate::storage::Storage;
use crate::stream::Log;

mod lists;

pub use lists::*;

pub(super) fn message(sender: UserId, receiver: UserId) -> Draft {
    Draft { content: format!("{sender} to {receiver}").into(), sender, receiver, now: NOW }
}

/// Sends in one step.
pub(super) async fn send(storage: &dyn Storage, sender: UserId, receiver: UserId) -> Sent {
    storage.steps().send_message(&message(sender, receiver)).await.unwrap().unwrap()
}

/// Sends in a transaction.
async fn send_in_a_transaction(storage: &dyn Storage, draft: &Draft) -> Option<Sent> {
    let mut tx = storage.write().await.unwrap();
    let sent = tx.messages().insert(draft).await.unwrap();
    tx.commit().await.unwrap();
    sent
}

/// Reads and commits.
pub(super) async fn read(
    storage: &dyn Storage,
    receiver: UserId,
    which: Unread,
    now: Timestamp,
) -> Vec<(Message, crate::stream::Told)> {
    let mut tx = storage.write().await.unwrap();
    let read = tx.messages().read(receiver, which, now).await.unwrap();
    tx.commit().await.unwrap();
    read
}

async fn by_id(storage: &dyn Storage, id: MessageId) -> Option<Message> {
    storage.read().await.unwrap().messages().by_id(id).await.unwrap()
}

/// All fields of a message come back, whatever the text and the time and whether it was a step; and
/// both are told, in rows that are named.
pub async fn what_was_sent_is_read_and_told(storage: &dyn Storage) {
    let users = crowd(storage, 2).await;
    let times = [i64::MIN, -1, 0, NOW.as_micros(), i64::MAX].map(Timestamp::from_micros);
    let mut expected = Vec::new();
    for (number, text) in awkward_texts().into_iter().enumerate() {
        let (sender, receiver) = (users[number % 2], users[1 - number % 2]);
        let now = times[number % times.len()];
        let draft = Draft { content: text.repeat(20).into(), sender, receiver, now };
        let sent = if number % 3 == 0 {
            send_in_a_transaction(storage, &draft).await.unwrap()
        } else {
            storage.steps().send_message(&draft).await.unwrap().unwrap()
        };
        let message = Message {
            id: sent.id,
            content: draft.content,
            created_at: now,
            sender_id: sender,
            receiver_id: receiver,
            is_read: false,
            read_at: None,
        };
        assert_eq!(by_id(storage, sent.id).await.as_ref(), Some(&message));
        let mut logs: Vec<_> = sent.told.iter().map(|told| (told.log, told.number)).collect();
        logs.sort();
        let number = i64::try_from(number).unwrap() + 1;
        assert_eq!(logs, users.iter().map(|user| (Log::User(*user), number)).collect::<Vec<_>>());
        expected.push(Push::NewMessage { message });
    }
    for user in users {
        assert_eq!(told(storage, user).await, expected);
    }
    assert_eq!(by_id(storage, MessageId::new(i64::MAX).unwrap()).await, None);
}

/// A message to oneself is one row of one log.
pub async fn a_message_to_oneself_is_told_once(storage: &dyn Storage) {
    let user = add(storage, &draft("alice")).await;
    for number in 1..=3 {
        let sent = send(storage, user, user).await;
        assert_eq!(sent.told.len(), 1);
        assert_eq!((sent.told[0].log, sent.told[0].number), (Log::User(user), number));
    }
    assert_eq!(rows(storage, user).await.own.len(), 3);
    let read = read(storage, user, Unread::From(user, 1000), NOW).await;
    let numbers: Vec<_> = read.iter().map(|(_, told)| told.number).collect();
    assert_eq!(numbers, [4, 5, 6]);
}

/// To whom is not there, or deleted, nothing is sent: no row is left, no number taken, and the
/// transaction goes on.
pub async fn nobody_writes_to_whom_is_not_there(storage: &dyn Storage) {
    let users = crowd(storage, 2).await;
    let (alice, gone) = (users[0], users[1]);
    send(storage, alice, gone).await;
    delete(storage, gone).await;
    for nobody in [gone, UserId::new(404).unwrap(), UserId::new(i64::MAX).unwrap()] {
        let draft = message(alice, nobody);
        assert_eq!(storage.steps().send_message(&draft).await.unwrap(), None);
        let mut tx = storage.write().await.unwrap();
        assert_eq!(tx.messages().insert(&draft).await.unwrap(), None);
        tx.messages().insert(&message(alice, alice)).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        let mut reads = storage.read().await.unwrap();
        assert_eq!(reads.stream().head(nobody).await.unwrap().own, i64::from(nobody == gone));
    }
    let numbers = rows(storage, alice).await.own.into_iter().map(|row| row.number);
    assert_eq!(numbers.collect::<Vec<_>>(), [1, 2, 3, 4]);
    let page = Recent::default();
    let (sent, _) = storage.read().await.unwrap().messages().sent(alice, &page).await.unwrap();
    assert_eq!(sent.len(), 4);
}

/// Reading tells each message's sender, in id order, the messages as they then are. What was read
/// already, or sent to someone else, is left as it is and not told.
pub async fn what_is_read_is_told_once(storage: &dyn Storage) {
    let users = crowd(storage, 3).await;
    let (alice, bob, carol) = (users[0], users[1], users[2]);
    let mut sent = Vec::new();
    for _ in 0..4 {
        sent.push(send(storage, alice, bob).await.id);
    }
    let others =
        [send(storage, carol, bob), send(storage, alice, carol), send(storage, bob, alice)];
    let mut left = Vec::new();
    for other in others {
        left.push(by_id(storage, other.await.id).await.unwrap());
    }
    let later = |by| Timestamp::from_micros(NOW.as_micros() + by);
    let reading = [
        (bob, Unread::One(sent[2]), &sent[2..3]),
        (bob, Unread::One(sent[2]), &[]),
        (alice, Unread::One(sent[0]), &[]),
        (carol, Unread::One(sent[0]), &[]),
        (bob, Unread::One(MessageId::new(404).unwrap()), &[]),
        (carol, Unread::From(bob, 1000), &[]),
        (bob, Unread::From(alice, 2), &sent[..2]),
        (bob, Unread::From(alice, 1000), &sent[3..]),
        (bob, Unread::From(alice, 1000), &[]),
    ];
    let mut pushes = told(storage, alice).await;
    for (time, (receiver, which, expected)) in reading.into_iter().enumerate() {
        let now = later(i64::try_from(time).unwrap());
        let read = read(storage, receiver, which, now).await;
        let ids: Vec<_> = read.iter().map(|(message, _)| message.id).collect();
        assert_eq!(ids, expected, "{which:?}");
        for (message, row) in read {
            assert_eq!((message.is_read, message.read_at), (true, Some(now)));
            assert_eq!(by_id(storage, message.id).await.as_ref(), Some(&message));
            pushes.push(Push::MessageRead { message });
            let number = i64::try_from(pushes.len()).unwrap();
            assert_eq!((row.log, row.number), (Log::User(alice), number));
        }
    }
    // Of new messages the stream tells the present state as well.
    for push in &mut pushes {
        if let Push::NewMessage { message } = push {
            *message = by_id(storage, message.id).await.unwrap();
        }
    }
    assert_eq!(told(storage, alice).await, pushes);
    for message in left {
        assert_eq!(by_id(storage, message.id).await, Some(message));
    }
}

/// Of several devices that read at once, one is the first with each message.
pub async fn each_message_is_read_by_one_of_many(storage: &dyn Storage) {
    let users = crowd(storage, 2).await;
    let (alice, bob) = (users[0], users[1]);
    for _ in 0..5 {
        send(storage, alice, bob).await;
    }
    let one = send(storage, alice, bob).await.id;
    let device = |number: usize| {
        let which = [Unread::From(alice, 1000), Unread::One(one)][number % 2];
        read(storage, bob, which, NOW)
    };
    let read = join_all((0..16).map(device)).await.concat();
    let mut numbers: Vec<_> = read.iter().map(|(_, told)| told.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (7..13).collect::<Vec<_>>());
    assert_eq!(told(storage, alice).await.len(), 12);
}

/// However much is read at once, each message is told.
pub async fn much_is_read_at_once(storage: &dyn Storage) {
    let users = crowd(storage, 2).await;
    let (alice, bob) = (users[0], users[1]);
    let mut tx = storage.write().await.unwrap();
    for _ in 0..400 {
        tx.messages().insert(&message(alice, bob)).await.unwrap().unwrap();
    }
    tx.commit().await.unwrap();
    let read = read(storage, bob, Unread::From(alice, 1000), NOW).await;
    assert_eq!(read.len(), 400);
    assert!(read.is_sorted_by(|(a, at), (b, bt)| a.id < b.id && at.number + 1 == bt.number));
    let told = told(storage, alice).await.split_off(400);
    let read = read.into_iter().map(|(message, _)| Push::MessageRead { message });
    assert_eq!(told, read.collect::<Vec<_>>());
}

/// Of many messages at once, among few and some to whom is not there, each has its own numbers, without
/// gaps; both are told under them, and conversations are in the end what was written.
pub async fn messages_at_once_are_each_told_under_their_numbers(storage: &dyn Storage) {
    let users = crowd(storage, 4).await;
    let (gone, nobody) = (users[3], UserId::new(404).unwrap());
    delete(storage, gone).await;
    let receivers = [users[0], users[1], users[2], gone, users[0], nobody, users[1]];
    let drafts = (0..350).map(|number| Draft {
        content: format!("number {number}").as_str().into(),
        ..message(users[number % 3], receivers[number / 3 % receivers.len()])
    });
    let send = async |draft: Draft| {
        let sent = storage.steps().send_message(&draft).await.unwrap();
        assert_eq!(sent.is_none(), [gone, nobody].contains(&draft.receiver));
        sent.map(|Sent { id, told }| (draft.with_id(id), told))
    };
    let sent: Vec<_> = join_all(drafts.map(send)).await.into_iter().flatten().collect();
    assert_eq!(sent.len(), 251);
    for user in [gone, nobody] {
        assert_eq!(told(storage, user).await, []);
    }
    for user in &users[..3] {
        let pushes = told(storage, *user).await;
        let of_user = |message: &Message| [message.sender_id, message.receiver_id].contains(user);
        let expected = sent.iter().filter(|(message, _)| of_user(message)).count();
        assert_eq!(pushes.len(), expected, "as many rows as messages");
        assert!(pushes.is_sorted_by_key(|push| match push {
            Push::NewMessage { message } => message.id,
            other => panic!("{other:?}"),
        }));
        for (message, rows) in sent.iter().filter(|(message, _)| of_user(message)) {
            let mut rows = rows.iter().filter(|row| row.log == Log::User(*user));
            let (Some(row), None) = (rows.next(), rows.next()) else { panic!("{message:?}") };
            let push = &pushes[usize::try_from(row.number).unwrap() - 1];
            assert_eq!(push, &Push::NewMessage { message: message.clone() });
        }
        let mut reads = storage.read().await.unwrap();
        let (known, _) = reads.messages().conversations(*user, &Default::default()).await.unwrap();
        assert_eq!(known.len(), 3);
        for Known { conversation, other_wrote } in known {
            let other = conversation.user.id;
            let from = |from, to| {
                let is = move |m: &&Message| (m.sender_id, m.receiver_id) == (from, to);
                sent.iter().map(|(message, _)| message).filter(is)
            };
            assert_eq!(conversation.unread_count, from(other, *user).count() as u64);
            assert!(other_wrote);
            let last = from(other, *user).chain(from(*user, other)).map(|message| message.id).max();
            assert_eq!(Some(conversation.last_message.id), last);
        }
    }
}
