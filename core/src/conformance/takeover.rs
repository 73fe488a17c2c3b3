//! Rows that bring their ids along.

mod rows;

use guildhall_openapi::messages::ConversationQuery;
use guildhall_openapi::{Message, Push, Session, SessionId, SessionState, Timestamp, User, UserId};

use super::fixtures::{NOW, add, by_id, draft, insert_group, named};
use super::messages::send;
use super::sessions::crowd;
use super::stream::{self, told, told_everyone};
use crate::accounts::Account;
use crate::messages::Known;
use crate::storage::{Conflict, Storage, Transaction};
use crate::takeover::Put;

use rows::{account, event, group, message, session, user_id};

/// Another time than all that rows have.
const LATER: Timestamp = Timestamp::from_micros(NOW.as_micros() + 1);

async fn commit(mut tx: Box<dyn Transaction>) {
    tx.take_over().close().await.unwrap();
    tx.commit().await.unwrap();
}

async fn bring(storage: &dyn Storage, messages: &[Message]) -> Vec<Put<Message>> {
    let mut tx = storage.write().await.unwrap();
    let put = tx.take_over().messages(messages, LATER).await.unwrap();
    commit(tx).await;
    put
}

/// Who it is with, the last message, how many are unread, and whether the other wrote; newest first.
async fn conversations(storage: &dyn Storage, user: UserId) -> Vec<(UserId, i64, u64, bool)> {
    let mut reads = storage.read().await.unwrap();
    let query = ConversationQuery::default();
    let (known, _) = reads.messages().conversations(user, &query).await.unwrap();
    let shown = known.into_iter().map(|Known { conversation, other_wrote }| {
        let last = conversation.last_message.id.get();
        (conversation.user.id, last, conversation.unread_count, other_wrote)
    });
    shown.collect()
}

/// All fields, deleted accounts and ids with gaps between them too; they are found by their keys.
pub async fn rows_keep_their_ids_and_come_back_as_they_went_in(storage: &dyn Storage) {
    let groups = [group(7, "Chess"), group(900, "Croquet")];
    let alice = account(40, "Alice");
    let alice = Account {
        user: User {
            full_name: Some("Zoë \"☃\" \\ \u{1F600}".into()),
            email_verified: true,
            disabled: true,
            role: guildhall_openapi::Role::Admin,
            group: Some(groups[1].id),
            created_at: Timestamp::from_micros(i64::MIN),
            updated_at: LATER,
            last_login: Some(NOW),
            ..alice.user
        },
        ..alice
    };
    let gone = account((1 << 53) - 2, "gone");
    let gone = Account { user: User { deleted_at: Some(LATER), ..gone.user }, ..gone };
    let mut tx = storage.write().await.unwrap();
    let put = tx.take_over().groups(&groups).await.unwrap();
    assert_eq!(put, [Put::Added, Put::Added]);
    let put = tx.take_over().accounts(&[alice.clone(), gone.clone()]).await.unwrap();
    assert_eq!(put, [Put::Added, Put::Added]);
    assert_eq!(tx.take_over().highest_account().await.unwrap(), Some(gone.user.id));
    tx.commit().await.unwrap();
    for group in groups {
        let found = storage.read().await.unwrap().groups().by_id(group.id).await.unwrap();
        assert_eq!(found, Some(group));
    }
    assert_eq!(by_id(storage, alice.user.id).await, Some(alice.clone()));
    assert_eq!(by_id(storage, gone.user.id).await, Some(gone));
    assert_eq!(named(storage, "alice").await, Some(alice));
    assert_eq!(named(storage, "gone").await, None, "the name of who is deleted is free");
}

/// Of all kinds of rows.
pub async fn what_stands_already_is_shown_and_not_changed(storage: &dyn Storage) {
    let users = crowd(storage, 2).await;
    let (alice, bob) = (users[0], users[1]);
    let before = by_id(storage, alice).await.unwrap();
    let (party, meeting) = (event(3, "Party", alice), session(4, alice, &[bob]));
    let (chess, hello) = (group(5, "Chess"), message(6, alice, bob, None));
    let mut tx = storage.write().await.unwrap();
    tx.take_over().groups(std::slice::from_ref(&chess)).await.unwrap();
    tx.take_over().events(std::slice::from_ref(&party), NOW).await.unwrap();
    tx.take_over().sessions(&[meeting]).await.unwrap();
    tx.take_over().messages(std::slice::from_ref(&hello), NOW).await.unwrap();
    let meeting = tx.sessions().by_id(SessionId::new(4).unwrap()).await.unwrap().unwrap();

    let put = tx.take_over().accounts(&[account(alice.get(), "mallory")]).await.unwrap();
    assert_eq!(put, [Put::Stands(before.clone())]);
    let put = tx.take_over().groups(&[group(5, "Go")]).await.unwrap();
    assert_eq!(put, [Put::Stands(chess)]);
    let put = tx.take_over().events(&[event(3, "Wake", bob)], NOW).await.unwrap();
    assert_eq!(put, [Put::Stands(party.clone())]);
    let put = tx.take_over().sessions(&[session(4, bob, &[])]).await.unwrap();
    assert_eq!(put, [Put::Stands(meeting.clone())]);
    let put = tx.take_over().messages(&[message(6, bob, bob, None)], NOW).await.unwrap();
    assert_eq!(put, [Put::Stands(hello)]);
    commit(tx).await;
    assert_eq!(by_id(storage, alice).await, Some(before));
    assert_eq!(told(storage, bob).await.len(), 1, "the message, once");
    assert_eq!(told_everyone(storage).await, [Push::EventCreated { event: party }]);
}

/// The first of two in one call gets a key; the ones behind it are added.
pub async fn keys_that_others_have_are_named(storage: &dyn Storage) {
    let alice = add(storage, &draft("alice")).await;
    let mut tx = storage.write().await.unwrap();
    insert_group(&mut *tx, "Chess").await.unwrap();
    let put = tx.take_over().groups(&[group(50, "CHESS"), group(51, "Go")]).await.unwrap();
    assert_eq!(put, [Put::Refused(Conflict::GroupNameTaken), Put::Added]);
    let mut same_email = account(62, "carol");
    same_email.user.email = "ALICE@example.org".into();
    let accounts = [same_email, account(63, "bob"), account(64, "BOB"), account(65, "dora")];
    let mut bobs_twin = accounts[2].clone();
    bobs_twin.user.email = "twin@example.org".into();
    let accounts = [accounts[0].clone(), accounts[1].clone(), bobs_twin, accounts[3].clone()];
    let put = tx.take_over().accounts(&accounts).await.unwrap();
    let email = Put::Refused(Conflict::EmailTaken);
    let username = Put::Refused(Conflict::UsernameTaken);
    assert_eq!(put, [email, Put::Added, username, Put::Added]);
    let events = [event(70, "Party", alice), event(71, "Party", alice), event(72, "party", alice)];
    let put = tx.take_over().events(&events, NOW).await.unwrap();
    assert_eq!(put, [Put::Added, Put::Refused(Conflict::EventTitleTaken), Put::Added]);
    commit(tx).await;
    assert_eq!(by_id(storage, user_id(64)).await, None);
}

/// Of all kinds of rows.
pub async fn ids_rise_above_those_that_were_brought(storage: &dyn Storage) {
    let (alice, bob) = (user_id(1_000), user_id(2_000));
    let mut tx = storage.write().await.unwrap();
    tx.take_over().groups(&[group(3_000, "Chess")]).await.unwrap();
    tx.take_over().accounts(&[account(1_000, "alice"), account(2_000, "bob")]).await.unwrap();
    tx.take_over().sessions(&[session(4_000, alice, &[])]).await.unwrap();
    tx.take_over().events(&[event(5_000, "Party", alice)], NOW).await.unwrap();
    tx.take_over().messages(&[message(6_000, alice, bob, None)], NOW).await.unwrap();
    commit(tx).await;
    assert!(add(storage, &draft("carol")).await.get() > 2_000);
    assert!(send(storage, alice, bob).await.id.get() > 6_000);
    let wake = storage.steps().create_event(&event(1, "Wake", alice)).await.unwrap().0;
    assert!(wake.get() > 5_000);
    let mut tx = storage.write().await.unwrap();
    assert!(insert_group(&mut *tx, "Go").await.unwrap().get() > 3_000);
    let meeting = tx.sessions().insert(&"meeting".into(), alice, NOW).await.unwrap();
    assert!(meeting.get() > 4_000);
    tx.commit().await.unwrap();
}

/// Read ones do not count as unread; to oneself is told once; and what comes next goes on from there.
pub async fn messages_that_were_brought_are_in_conversations_and_told(storage: &dyn Storage) {
    let users = crowd(storage, 3).await;
    let (alice, bob, carol) = (users[0], users[1], users[2]);
    let messages = [
        message(11, alice, bob, None),
        message(12, alice, bob, Some(LATER)),
        message(13, bob, alice, Some(NOW)),
        message(15, carol, alice, None),
        message(16, alice, alice, None),
        message(17, alice, bob, None),
    ];
    assert_eq!(bring(storage, &messages).await, vec![Put::Added; messages.len()]);
    for expected in &messages {
        let found = storage.read().await.unwrap().messages().by_id(expected.id).await.unwrap();
        assert_eq!(found.as_ref(), Some(expected));
    }
    assert_eq!(
        conversations(storage, alice).await,
        [(bob, 17, 0, true), (alice, 16, 1, true), (carol, 15, 1, true)]
    );
    assert_eq!(conversations(storage, bob).await, [(alice, 17, 2, true)]);
    assert_eq!(conversations(storage, carol).await, [(alice, 15, 0, false)]);
    let of = |user| {
        let theirs = messages.iter().filter(move |m| [m.sender_id, m.receiver_id].contains(&user));
        theirs.map(|message| Push::NewMessage { message: message.clone() }).collect::<Vec<_>>()
    };
    for user in [alice, bob, carol] {
        assert_eq!(told(storage, user).await, of(user));
    }
    let sent = send(storage, bob, alice).await;
    assert!(sent.told.iter().any(|told| told.number == 7), "{sent:?}");
    let numbers: Vec<_> =
        stream::rows(storage, alice).await.own.iter().map(|row| row.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(conversations(storage, alice).await[0], (bob, sent.id.get(), 1, true));
    // They were told later than they were written.
    let mut tx = storage.write().await.unwrap();
    assert_eq!(tx.stream().prune(LATER, 1_000).await.unwrap(), 2, "those of the one that was sent");
}

/// Ids that are lower than those that are there, between them, and in conversations that are there.
pub async fn messages_that_were_brought_do_not_disturb_those_that_are_there(storage: &dyn Storage) {
    let users = crowd(storage, 3).await;
    let (alice, bob, carol) = (users[0], users[1], users[2]);
    bring(storage, &[message(20, bob, alice, None)]).await;
    let last = send(storage, bob, alice).await.id.get();
    let messages = [
        message(3, bob, alice, None),
        message(20, carol, alice, None),
        message(4, carol, alice, None),
    ];
    let put = bring(storage, &messages).await;
    assert!(matches!(put[..], [Put::Added, Put::Stands(_), Put::Added]));
    assert_eq!(conversations(storage, alice).await, [(bob, last, 3, true), (carol, 4, 1, true)]);
    bring(storage, &[message(last + 5, carol, alice, Some(NOW))]).await;
    assert_eq!(
        conversations(storage, alice).await,
        [(carol, last + 5, 1, true), (bob, last, 3, true)]
    );
}

/// Who joins later comes behind them.
pub async fn sessions_that_were_brought_have_their_people_in_order(storage: &dyn Storage) {
    let users = crowd(storage, 4).await;
    let ended =
        Session { state: SessionState::Ended, ended_at: Some(LATER), ..session(9, users[0], &[]) };
    let mut tx = storage.write().await.unwrap();
    let sessions = [session(8, users[0], &[users[2], users[1]]), ended.clone()];
    let put = tx.take_over().sessions(&sessions).await.unwrap();
    assert_eq!(put, [Put::Added, Put::Added]);
    tx.sessions().lock(sessions[0].id).await.unwrap();
    assert!(tx.sessions().join(sessions[0].id, users[3]).await.unwrap());
    assert!(!tx.sessions().join(sessions[0].id, users[2]).await.unwrap());
    tx.commit().await.unwrap();
    let mut reads = storage.read().await.unwrap();
    let found = reads.sessions().by_id(sessions[0].id).await.unwrap().unwrap();
    let ids: Vec<_> = found.users.iter().map(|user| user.id).collect();
    assert_eq!(ids, [users[2], users[1], users[3]]);
    assert_eq!((found.state, found.owner_id), (SessionState::Inactive, users[0]));
    assert_eq!(reads.sessions().by_id(ended.id).await.unwrap(), Some(ended));
}

/// So whoever keeps events hears of them.
pub async fn events_that_were_brought_are_told_to_everyone(storage: &dyn Storage) {
    let alice = add(storage, &draft("alice")).await;
    let events = [event(31, "Party", alice), event(35, "Wake", alice)];
    let mut tx = storage.write().await.unwrap();
    tx.take_over().events(&events, LATER).await.unwrap();
    commit(tx).await;
    let mut reads = storage.read().await.unwrap();
    for event in &events {
        assert_eq!(reads.events().by_id(event.id).await.unwrap().as_ref(), Some(event));
    }
    let pushes = events.map(|event| Push::EventCreated { event });
    assert_eq!(told_everyone(storage).await, pushes);
    let mut tx = storage.write().await.unwrap();
    assert_eq!(tx.stream().prune(LATER, 1_000).await.unwrap(), 0, "they were told later");
}

/// As any transaction.
pub async fn what_was_brought_and_dropped_leaves_nothing(storage: &dyn Storage) {
    let mut tx = storage.write().await.unwrap();
    tx.take_over().accounts(&[account(5, "alice"), account(6, "bob")]).await.unwrap();
    tx.take_over().messages(&[message(7, user_id(5), user_id(6), None)], NOW).await.unwrap();
    drop(tx);
    assert_eq!(by_id(storage, user_id(5)).await, None);
    let alice = add(storage, &draft("alice")).await;
    assert_eq!(told(storage, alice).await, []);
    assert_eq!(conversations(storage, user_id(6)).await, []);
}
