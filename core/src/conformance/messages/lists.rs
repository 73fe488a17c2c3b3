//! Lists of messages, and conversations.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use futures_util::future::join_all;
use guildhall_openapi::messages::{ConversationQuery, ReceivedQuery};
use guildhall_openapi::page::{Limit, Recent, Skip};
use guildhall_openapi::{Message, MessageId, UserId};

use super::super::fixtures::{NOW, change, delete};
use super::super::sessions::crowd;
use super::{by_id, read, send};
use crate::messages::{Known, Unread};
use crate::storage::Storage;

type Shown = (Vec<Message>, bool);

/// Pages of a list: from the beginning and before some message, by `skip`, of several lengths.
fn pages(all: &[Message]) -> Vec<Recent<MessageId>> {
    let mut pages = Vec::new();
    let ids = all.iter().map(|message| message.id).step_by(5);
    for before in [None].into_iter().chain(ids.map(Some)) {
        for (skip, limit) in [(0, Limit::MAX), (0, 1), (0, 4), (3, 4), (4, 3), (Skip::MAX, 1)] {
            let (skip, limit) = (skip.try_into().unwrap(), limit.try_into().unwrap());
            pages.push(Recent { before, skip, limit });
        }
    }
    pages
}

/// A page of those of all messages, in the order of their ids, of which this is so.
fn page_of(all: &[Message], page: &Recent<MessageId>, which: impl Fn(&Message) -> bool) -> Shown {
    let is_before = |message: &&Message| page.before.is_none_or(|before| message.id < before);
    let newest = all.iter().rev().filter(is_before).filter(|message| which(message)).cloned();
    let (skip, limit) = (page.skip.get() as usize, page.limit.get() as usize);
    let mut shown: Vec<_> = newest.skip(skip).take(limit + 1).collect();
    let more = shown.len() > limit;
    shown.truncate(limit);
    (shown, more)
}

/// Writes among these, in changing directions, some to themselves, and some of it is read.
async fn correspondence(storage: &dyn Storage, users: &[UserId]) -> Vec<Message> {
    let mut ids = Vec::new();
    for number in 0..40 {
        let (from, to) = (users[number % 3], users[number * number / 3 % 3]);
        ids.push((send(storage, from, to).await.id, to));
    }
    for (number, (id, receiver)) in ids.iter().enumerate() {
        if number % 4 < 2 {
            read(storage, *receiver, Unread::One(*id), NOW).await;
        }
    }
    let mut all = Vec::new();
    for (id, _) in ids {
        all.push(by_id(storage, id).await.unwrap());
    }
    assert!(all.is_sorted_by_key(|message| message.id));
    all
}

/// What one received, all or what is unread or what is read, and what one sent: newest first, page by
/// page.
pub async fn messages_are_listed_newest_first(storage: &dyn Storage) {
    let users = crowd(storage, 4).await;
    let all = correspondence(storage, &users).await;
    for user in users {
        for page in pages(&all) {
            let mut reads = storage.read().await.unwrap();
            for unread in [None, Some(true), Some(false)] {
                let query = ReceivedQuery { unread, page };
                let shown = reads.messages().received(user, &query).await.unwrap();
                let expected = page_of(&all, &page, |message| {
                    message.receiver_id == user && unread.is_none_or(|un| message.is_read != un)
                });
                assert_eq!(shown, expected, "{query:?}");
            }
            let shown = reads.messages().sent(user, &page).await.unwrap();
            assert_eq!(shown, page_of(&all, &page, |message| message.sender_id == user));
        }
    }
}

/// What two wrote to each other, both ways, is the same for both, and nobody else's is among it.
pub async fn both_ways_are_one_conversation(storage: &dyn Storage) {
    let users = crowd(storage, 4).await;
    let all = correspondence(storage, &users).await;
    let mut both_ways = 0;
    for (user, other) in [(0, 1), (1, 0), (1, 2), (2, 2), (0, 3), (3, 3)] {
        let (user, other) = (users[user], users[other]);
        let theirs = |message: &Message| {
            let two = (message.sender_id, message.receiver_id);
            two == (user, other) || two == (other, user)
        };
        for page in pages(&all) {
            let mut reads = storage.read().await.unwrap();
            let shown = reads.messages().between(user, other, &page).await.unwrap();
            assert_eq!(shown, page_of(&all, &page, theirs), "{page:?}");
            let senders = shown.0.iter().map(|message| message.sender_id);
            both_ways += usize::from(senders.collect::<BTreeSet<_>>().len() == 2);
        }
    }
    assert!(both_ways > 10);
}

/// The other side, whether they are deleted, the last message and how many are unread.
type Line = (UserId, bool, MessageId, u64);

async fn conversations(storage: &dyn Storage, user: UserId, skip: u64, limit: u64) -> Vec<Line> {
    let query =
        ConversationQuery { skip: skip.try_into().unwrap(), limit: limit.try_into().unwrap() };
    let mut reads = storage.read().await.unwrap();
    let (shown, more) = reads.messages().conversations(user, &query).await.unwrap();
    let all = ConversationQuery { limit: Limit::MAX.try_into().unwrap(), ..Default::default() };
    let (all, _) = reads.messages().conversations(user, &all).await.unwrap();
    assert_eq!(more, all.len() as u64 > skip.saturating_add(limit));
    drop(reads);
    let mut lines = Vec::new();
    for Known { conversation, other_wrote } in shown {
        let (other, last) = (conversation.user, conversation.last_message);
        let account = super::super::fixtures::by_id(storage, other.id).await.unwrap().user;
        assert_eq!((other.username, other.full_name), (Some(account.username), account.full_name));
        let page = Recent::default();
        let mut reads = storage.read().await.unwrap();
        let (theirs, _) = reads.messages().between(user, other.id, &page).await.unwrap();
        let wrote = theirs.iter().any(|message| message.sender_id == other.id);
        assert_eq!(other_wrote, wrote, "{}", other.id);
        assert_eq!(by_id(storage, last.id).await.as_ref(), Some(&last));
        lines.push((other.id, other.deleted, last.id, conversation.unread_count));
    }
    lines
}

/// Each of two has a conversation of their own, with the last message of both and the number of those
/// that they received and have not read; what was written to last comes first.
pub async fn conversations_follow_what_is_written_and_read(storage: &dyn Storage) {
    let users = crowd(storage, 4).await;
    let [alice, bob, carol, nobody] = [0, 1, 2, 3].map(|user| users[user]);
    change(storage, carol, |account| account.user.full_name = Some("Carol C.".into())).await;
    let all = async |user| conversations(storage, user, 0, 100).await;
    let first = send(storage, alice, bob).await.id;
    assert_eq!(all(alice).await, [(bob, false, first, 0)]);
    assert_eq!(all(bob).await, [(alice, false, first, 1)]);
    let second = send(storage, bob, alice).await.id;
    let third = send(storage, alice, bob).await.id;
    let own = send(storage, alice, alice).await.id;
    let fourth = send(storage, carol, alice).await.id;
    assert_eq!(
        all(alice).await,
        [(carol, false, fourth, 1), (alice, false, own, 1), (bob, false, third, 1)]
    );
    assert_eq!(all(bob).await, [(alice, false, third, 2)]);
    assert_eq!(all(carol).await, [(alice, false, fourth, 0)]);
    assert_eq!(all(nobody).await, []);
    // Reading moves nothing; a message that is read again counts once.
    for (receiver, which, left) in [
        (bob, Unread::One(first), 1),
        (bob, Unread::One(first), 1),
        (bob, Unread::One(second), 1),
        (bob, Unread::From(carol, 1000), 1),
        (bob, Unread::From(alice, 1000), 0),
        (bob, Unread::From(alice, 1000), 0),
    ] {
        read(storage, receiver, which, NOW).await;
        assert_eq!(all(bob).await, [(alice, false, third, left)], "{which:?}");
    }
    read(storage, alice, Unread::From(alice, 1000), NOW).await;
    let fifth = send(storage, bob, alice).await.id;
    delete(storage, carol).await;
    let expected = [(bob, false, fifth, 2), (carol, true, fourth, 1), (alice, false, own, 0)];
    assert_eq!(all(alice).await, expected);
    for (skip, limit) in [(0, 1), (1, 1), (1, 2), (2, 5), (3, 1), (Skip::MAX, Limit::MAX)] {
        let shown = conversations(storage, alice, skip, limit).await;
        let skipped = expected.iter().skip(skip as usize).take(limit as usize);
        assert_eq!(shown, skipped.copied().collect::<Vec<_>>(), "{skip} {limit}");
    }
    assert_eq!(all(carol).await, [(alice, false, fourth, 0)]);
}

/// However many are written at once, the order of everyone's conversations is that of their last messages.
pub async fn conversations_of_many_at_once_are_in_order(storage: &dyn Storage) {
    let users = crowd(storage, 4).await;
    for burst in 0..60_usize {
        // Alone, where a conversation stays the newest, and several, which overtake each other.
        let many = if burst % 3 == 0 { 1 } else { 2 + burst % 5 };
        let pair = |each| (users[(burst + each * each) % 3], users[(burst / 3 + each * 3) % 4]);
        let pairs: Vec<_> = (0..many).map(pair).collect();
        join_all(pairs.iter().map(|(sender, receiver)| send(storage, *sender, *receiver))).await;
        for user in &users {
            let lines = conversations(storage, *user, 0, 100).await;
            assert!(lines.is_sorted_by_key(|(_, _, last, _)| Reverse(*last)), "{burst} {lines:?}");
        }
    }
}
