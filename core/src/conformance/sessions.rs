//! Live sessions.

use futures_util::future::{join, join_all};
use guildhall_openapi::sessions::SessionQuery;
use guildhall_openapi::{Session, SessionId, SessionState, Timestamp, UserId};
use tokio::task::yield_now;

use super::accounts::awkward_texts;
use super::fixtures::{NOW, add, by_id, change, delete, draft, pages};
use crate::storage::{Storage, Transaction};

/// Inserts a session of this name and commits.
pub(super) async fn begin(storage: &dyn Storage, owner: UserId, name: &str) -> SessionId {
    let mut tx = storage.write().await.unwrap();
    let id = tx.sessions().insert(&name.into(), owner, NOW).await.unwrap();
    tx.commit().await.unwrap();
    id
}

pub(super) async fn session(storage: &dyn Storage, id: SessionId) -> Option<Session> {
    storage.read().await.unwrap().sessions().by_id(id).await.unwrap()
}

async fn people(storage: &dyn Storage, id: SessionId) -> Vec<UserId> {
    let session = session(storage, id).await.unwrap();
    session.users.iter().map(|user| user.id).collect()
}

async fn end(tx: &mut dyn Transaction, id: SessionId) {
    tx.sessions().set_state(id, SessionState::Ended, Some(NOW)).await.unwrap();
}

/// Joins as the service does: with user and session locked, if the one is not deleted and the other has
/// not ended.
pub(super) async fn get_in(storage: &dyn Storage, id: SessionId, user: UserId) -> bool {
    let mut tx = storage.write().await.unwrap();
    let account = tx.accounts().lock(user).await.unwrap().unwrap();
    let (_, state) = tx.sessions().lock(id).await.unwrap().unwrap();
    yield_now().await;
    let may = state != SessionState::Ended && account.user.deleted_at.is_none();
    if may {
        tx.sessions().join(id, user).await.unwrap();
    }
    tx.commit().await.unwrap();
    may
}

pub(super) async fn crowd(storage: &dyn Storage, count: usize) -> Vec<UserId> {
    let mut users = Vec::new();
    for number in 0..count {
        users.push(add(storage, &draft(&format!("user{number}"))).await);
    }
    users
}

/// Absence is `None`; what is done to it does nothing.
pub async fn a_session_that_is_not_there_is_none(storage: &dyn Storage) {
    let last = SessionId::new(i64::MAX).unwrap();
    assert_eq!(session(storage, last).await, None);
    let user = add(storage, &draft("alice")).await;
    let mut tx = storage.write().await.unwrap();
    assert_eq!(tx.sessions().lock(last).await.unwrap(), None);
    end(&mut *tx, last).await;
    assert!(!tx.sessions().leave(last, user).await.unwrap());
    assert_eq!(tx.sessions().leave_all(user).await.unwrap(), []);
    tx.sessions().delete(last).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(session(storage, last).await, None);
}

/// All fields of a session come back; it begins inactive and without users.
pub async fn a_session_comes_back_as_it_went_in(storage: &dyn Storage) {
    let owner_id = add(storage, &draft("alice")).await;
    for (number, text) in awkward_texts().into_iter().enumerate() {
        let created_at = Timestamp::from_micros([i64::MIN, -1, i64::MAX][number % 3]);
        let mut tx = storage.write().await.unwrap();
        let name = text.into();
        let id = tx.sessions().insert(&name, owner_id, created_at).await.unwrap();
        let locked = tx.sessions().lock(id).await.unwrap();
        assert_eq!(locked, Some((owner_id, SessionState::Inactive)));
        tx.commit().await.unwrap();
        let (state, ended_at, users) = (SessionState::Inactive, None, Vec::new());
        let expected = Session { id, name, state, owner_id, created_at, ended_at, users };
        assert_eq!(session(storage, id).await, Some(expected));
    }
}

/// `set_state` changes the state and the end, of that session alone.
pub async fn a_state_is_stored_with_its_end(storage: &dyn Storage) {
    let owner = add(storage, &draft("alice")).await;
    let (id, other) = (begin(storage, owner, "one").await, begin(storage, owner, "other").await);
    let mut expected = session(storage, id).await.unwrap();
    let later = Timestamp::from_micros(i64::MAX);
    for (state, ended_at) in [(SessionState::Active, None), (SessionState::Ended, Some(later))] {
        let mut tx = storage.write().await.unwrap();
        tx.sessions().set_state(id, state, ended_at).await.unwrap();
        assert_eq!(tx.sessions().lock(id).await.unwrap(), Some((owner, state)));
        tx.commit().await.unwrap();
        expected = Session { state, ended_at, ..expected };
        assert_eq!(session(storage, id).await.as_ref(), Some(&expected));
    }
    assert_eq!(session(storage, other).await.unwrap().state, SessionState::Inactive);
}

/// Joining again changes nothing, and neither does leaving again, and both say so; whoever left and
/// comes again is the last, and a username is shown as it now is.
pub async fn users_are_shown_in_the_order_of_joining(storage: &dyn Storage) {
    let users = crowd(storage, 4).await;
    let id = begin(storage, users[0], "one").await;
    for (place, is_new) in [(2, true), (0, true), (3, true), (0, false), (1, true), (2, false)] {
        let mut tx = storage.write().await.unwrap();
        tx.sessions().lock(id).await.unwrap().unwrap();
        assert_eq!(tx.sessions().join(id, users[place]).await.unwrap(), is_new);
        tx.commit().await.unwrap();
    }
    assert_eq!(people(storage, id).await, [2, 0, 3, 1].map(|place| users[place]));
    for (gone, was_in) in [(0, true), (1, true), (0, false)] {
        let mut tx = storage.write().await.unwrap();
        assert_eq!(tx.sessions().leave(id, users[gone]).await.unwrap(), was_in);
        tx.commit().await.unwrap();
    }
    get_in(storage, id, users[0]).await;
    assert_eq!(people(storage, id).await, [2, 3, 0].map(|place| users[place]));
    for (number, text) in awkward_texts().into_iter().enumerate() {
        let name = format!("{number}{text}");
        change(storage, users[3], |account| account.user.username = name.as_str().into()).await;
        let shown = session(storage, id).await.unwrap().users;
        assert_eq!((shown[1].id, &*shown[1].username), (users[3], name.as_str()));
    }
}

/// Who takes part in what is kept apart.
pub async fn users_of_one_session_are_not_in_another(storage: &dyn Storage) {
    let users = crowd(storage, 2).await;
    let (one, other) =
        (begin(storage, users[0], "one").await, begin(storage, users[0], "other").await);
    for (id, user) in [(one, 0), (other, 1), (other, 0)] {
        get_in(storage, id, users[user]).await;
    }
    let mut tx = storage.write().await.unwrap();
    assert!(tx.sessions().leave(other, users[1]).await.unwrap());
    assert!(!tx.sessions().leave(one, users[1]).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(people(storage, one).await, [users[0]]);
    assert_eq!(people(storage, other).await, [users[0]]);
}

/// Of many who join at once, and some of them twice, each is in once.
pub async fn joining_at_once_all_get_in(storage: &dyn Storage) {
    let users = crowd(storage, 12).await;
    let id = begin(storage, users[0], "one").await;
    let joined = join_all(users.iter().chain(&users[..6]).map(|user| get_in(storage, id, *user)));
    assert!(joined.await.into_iter().all(|joined| joined));
    let mut shown = people(storage, id).await;
    shown.sort();
    assert_eq!(shown, users);
}

/// `lock`: whoever joins while the session is stopped is in before its end, or not at all.
pub async fn nobody_gets_in_while_a_session_is_stopped(storage: &dyn Storage) {
    let users = crowd(storage, 8).await;
    for round in 0..4 {
        let id = begin(storage, users[0], &format!("round{round}")).await;
        let stop = async {
            let mut tx = storage.write().await.unwrap();
            tx.sessions().lock(id).await.unwrap().unwrap();
            end(&mut *tx, id).await;
            let last = tx.sessions().by_id(id).await.unwrap().unwrap();
            tx.commit().await.unwrap();
            last
        };
        let joins = join_all(users.iter().map(|user| get_in(storage, id, *user)));
        let (joined, last) = join(joins, stop).await;
        assert_eq!(session(storage, id).await.as_ref(), Some(&last), "nobody came later");
        let joined = users.iter().zip(joined).filter(|(_, joined)| *joined).map(|(user, _)| *user);
        let mut shown: Vec<_> = last.users.iter().map(|user| user.id).collect();
        shown.sort();
        assert_eq!(shown, joined.collect::<Vec<_>>());
    }
}

/// Whoever joins while their account is deleted is out at the end.
pub async fn nobody_gets_in_while_they_are_deleted(storage: &dyn Storage) {
    let owner = add(storage, &draft("owner")).await;
    let id = begin(storage, owner, "one").await;
    for user in crowd(storage, 8).await {
        let remove = async {
            let mut tx = storage.write().await.unwrap();
            let mut account = tx.accounts().lock(user).await.unwrap().unwrap();
            account.user.deleted_at = Some(NOW);
            super::fixtures::update(&mut *tx, &account).await.unwrap();
            tx.sessions().leave_all(user).await.unwrap();
            tx.commit().await.unwrap();
        };
        join(get_in(storage, id, user), remove).await;
        assert_eq!(people(storage, id).await, []);
    }
}

/// `leave_all` spares sessions that have ended, and other people; it names those that were left, in
/// order.
pub async fn whoever_leaves_all_stays_in_what_has_ended(storage: &dyn Storage) {
    let users = crowd(storage, 2).await;
    let mut ids = Vec::new();
    for state in SessionState::ALL {
        ids.push(begin(storage, users[0], state.as_str()).await);
    }
    // The first one is joined last.
    for (id, state) in ids.iter().copied().zip(SessionState::ALL).rev() {
        for user in &users {
            get_in(storage, id, *user).await;
        }
        let ended_at = (state == SessionState::Ended).then_some(NOW);
        let mut tx = storage.write().await.unwrap();
        tx.sessions().set_state(id, state, ended_at).await.unwrap();
        tx.commit().await.unwrap();
    }
    for left in [&ids[..2], &[]] {
        let mut tx = storage.write().await.unwrap();
        assert_eq!(tx.sessions().leave_all(users[0]).await.unwrap(), left);
        tx.commit().await.unwrap();
    }
    delete(storage, users[0]).await;
    assert_eq!(people(storage, ids[0]).await, users[1..]);
    assert_eq!(people(storage, ids[1]).await, users[1..]);
    assert_eq!(people(storage, ids[2]).await, users);
    let ended = session(storage, ids[2]).await.unwrap();
    assert_eq!((ended.owner_id, &*ended.users[0].username), (users[0], "user0"));
}

/// With a session goes who is in it, and nobody else.
pub async fn a_deleted_session_leaves_nothing(storage: &dyn Storage) {
    let user = add(storage, &draft("alice")).await;
    let (id, other) = (begin(storage, user, "one").await, begin(storage, user, "other").await);
    for id in [id, other] {
        get_in(storage, id, user).await;
    }
    let mut tx = storage.write().await.unwrap();
    tx.sessions().delete(id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(session(storage, id).await, None);
    assert_eq!(people(storage, other).await, [user]);
    assert!(by_id(storage, user).await.is_some());
    let next = begin(storage, user, "next").await;
    assert!(next != id && people(storage, next).await.is_empty());
}

/// Pages by `skip` and by `after`, in id order, of all sessions and of those in one state.
pub async fn sessions_are_listed_page_by_page(storage: &dyn Storage) {
    let owner = add(storage, &draft("alice")).await;
    let mut ids = [SessionId::FIRST; 7];
    for (number, id) in ids.iter_mut().enumerate() {
        *id = begin(storage, owner, &format!("session{number}")).await;
    }
    for id in [2, 4] {
        get_in(storage, ids[id], owner).await;
    }
    let check = async |state: Option<SessionState>| {
        for (page, expected) in pages(&ids) {
            let query = SessionQuery { state, page };
            let mut reads = storage.read().await.unwrap();
            let (sessions, more) = reads.sessions().list(&query).await.unwrap();
            for shown in &sessions {
                assert_eq!(Some(shown), session(storage, shown.id).await.as_ref());
            }
            let sessions: Vec<_> = sessions.iter().map(|session| session.id).collect();
            assert_eq!((sessions, more), expected, "{query:?}");
        }
    };
    check(None).await;
    for (number, id) in ids.iter().enumerate() {
        let mut tx = storage.write().await.unwrap();
        tx.sessions().set_state(*id, SessionState::Active, None).await.unwrap();
        let another = tx.sessions().insert(&"x".into(), owner, NOW).await.unwrap();
        if number % 2 == 0 {
            end(&mut *tx, another).await;
        }
        tx.commit().await.unwrap();
    }
    check(Some(SessionState::Active)).await;
}

/// Those that someone owns, and those that they are in, ended ones too: page by page, in id order.
pub async fn sessions_of_one_user_are_listed_page_by_page(storage: &dyn Storage) {
    let users = crowd(storage, 2).await;
    let (mut owned, mut joined) = (Vec::new(), Vec::new());
    for number in 0..7 {
        // One sits in on what the other owns, and in one that is their own.
        owned.push(begin(storage, users[0], &format!("own{number}")).await);
        let other = begin(storage, users[1], &format!("other{number}")).await;
        joined.push(if number == 3 { owned[3] } else { other });
    }
    for id in joined.iter().rev() {
        get_in(storage, *id, users[0]).await;
        get_in(storage, *id, users[1]).await;
    }
    let mut tx = storage.write().await.unwrap();
    end(&mut *tx, joined[1]).await;
    tx.commit().await.unwrap();
    for (ids, is_owner) in [(owned, true), (joined, false)] {
        for (page, expected) in pages(&ids.try_into().unwrap()) {
            let mut reads = storage.read().await.unwrap();
            let sessions = reads.sessions();
            let shown = if is_owner {
                sessions.owned(users[0], &page).await
            } else {
                sessions.joined(users[0], &page).await
            };
            let (shown, more) = shown.unwrap();
            for one in &shown {
                assert_eq!(Some(one), session(storage, one.id).await.as_ref());
            }
            let shown: Vec<_> = shown.iter().map(|session| session.id).collect();
            assert_eq!((shown, more), expected, "{page:?}");
        }
    }
}
