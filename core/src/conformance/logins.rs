//! Logins.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::{join, join_all};
use guildhall_openapi::{Login, LoginId, Timestamp, UserId};
use tokio::task::yield_now;

use super::accounts::awkward_texts;
use super::fixtures::{
    NOW, add, by_id, change, delete, disable, draft, login_of, sign_in, try_sign_in, update,
};
use crate::logins::rotation::{Rotation, Step};
use crate::logins::{MOST, NewLogin, Seen};
use crate::storage::Storage;

const EVER: Timestamp = Timestamp::from_micros(i64::MIN);

async fn logins(storage: &dyn Storage, user: UserId, since: Timestamp) -> Vec<Login> {
    let mut reads = storage.read().await.unwrap();
    reads.logins().list(user, since).await.unwrap()
}

async fn ids(storage: &dyn Storage, user: UserId) -> Vec<LoginId> {
    let logins = logins(storage, user, EVER).await;
    logins.iter().map(|login| login.id).collect()
}

fn later(seconds: u64) -> Timestamp {
    NOW.after(Duration::from_secs(seconds))
}

/// A login comes back as it was made, and the account remembers when.
pub async fn a_login_is_stored_and_shown(storage: &dyn Storage) {
    for (number, text) in awkward_texts().into_iter().enumerate() {
        let user = add(storage, &draft(&format!("user{number}"))).await;
        let account = by_id(storage, user).await.unwrap();
        let new = NewLogin {
            now: later(5),
            ip: (number % 2 == 0).then(|| "2001:db8::1".into()),
            user_agent: Some(text),
            ..login_of(&account)
        };
        let id = try_sign_in(storage, &new).await.unwrap();
        let shown = Login {
            id,
            created_at: new.now,
            last_seen_at: new.now,
            user_agent: new.user_agent,
            ip: new.ip,
            current: false,
        };
        assert_eq!(logins(storage, user, EVER).await, [shown]);
        let mut expected = account;
        expected.user.last_login = Some(new.now);
        assert_eq!(by_id(storage, user).await, Some(expected));
    }
}

/// The hash that replaces the verified one is stored.
pub async fn a_better_hash_replaces_the_verified_one(storage: &dyn Storage) {
    let user = add(storage, &draft("alice")).await;
    let new = NewLogin {
        better_hash: Some("better".into()),
        ..login_of(&by_id(storage, user).await.unwrap())
    };
    assert!(try_sign_in(storage, &new).await.is_some());
    let hash = by_id(storage, user).await.unwrap().password_hash;
    assert_eq!(hash, "better");
    assert_eq!(try_sign_in(storage, &new).await, None);
}

/// No login, and no other change, where the account is disabled, deleted, unknown or has another
/// hash by now.
pub async fn no_login_where_the_account_has_changed(storage: &dyn Storage) {
    let names = ["disabled", "deleted", "changed"];
    for name in names {
        let user = add(storage, &draft(name)).await;
        let old = sign_in(storage, user).await;
        let new = NewLogin {
            better_hash: Some("better".into()),
            now: later(60),
            idle_since: later(30),
            ..login_of(&by_id(storage, user).await.unwrap())
        };
        let before = change(storage, user, |account| match name {
            "disabled" => account.user.disabled = true,
            "deleted" => account.user.deleted_at = Some(NOW),
            _ => account.password_hash = "changed".into(),
        });
        let before = before.await;
        assert_eq!(try_sign_in(storage, &new).await, None, "{name}");
        assert_eq!(by_id(storage, user).await, Some(before), "{name}");
        assert_eq!(ids(storage, user).await, [old], "{name}");
        let unknown = NewLogin { user: UserId::new(404).unwrap(), ..new };
        assert_eq!(try_sign_in(storage, &unknown).await, None);
    }
}

/// At most [`MOST`] logins of one user are kept, and the oldest goes.
pub async fn the_oldest_login_goes_when_there_are_too_many(storage: &dyn Storage) {
    let user = add(storage, &draft("alice")).await;
    let other = add(storage, &draft("bob")).await;
    let spared = sign_in(storage, other).await;
    let mut made = Vec::new();
    for _ in 0..MOST + 3 {
        made.push(sign_in(storage, user).await);
    }
    assert_eq!(ids(storage, user).await, made[3..]);
    assert_eq!(ids(storage, other).await, [spared]);
}

/// A new login removes the user's that were last seen before `idle_since`.
pub async fn idle_logins_go_when_another_comes(storage: &dyn Storage) {
    let user = add(storage, &draft("alice")).await;
    let other = add(storage, &draft("bob")).await;
    let spared = sign_in(storage, other).await;
    let account = by_id(storage, user).await.unwrap();
    let at = async |seconds, idle_since| {
        let new = NewLogin { now: later(seconds), idle_since, ..login_of(&account) };
        try_sign_in(storage, &new).await.unwrap()
    };
    at(0, EVER).await;
    let seen = at(10, EVER).await;
    let new = at(20, later(10)).await;
    assert_eq!(ids(storage, user).await, [seen, new]);
    assert_eq!(ids(storage, other).await, [spared]);
}

/// `list` leaves out logins that were not seen since.
pub async fn only_logins_seen_since_are_listed(storage: &dyn Storage) {
    let user = add(storage, &draft("alice")).await;
    let login = sign_in(storage, user).await;
    assert_eq!(logins(storage, user, later(1)).await, []);
    assert_eq!(logins(storage, user, NOW).await[0].id, login);
    seen(storage, login, |rotation| rotation.generation += 1).await;
    assert_eq!(logins(storage, user, later(1)).await[0].id, login);
    assert_eq!(logins(storage, user, later(2)).await, []);
}

/// Locks a login, edits its rotation, and stores that one second later.
async fn seen(storage: &dyn Storage, login: LoginId, edit: impl FnOnce(&mut Rotation)) {
    let mut tx = storage.write().await.unwrap();
    let (_, mut rotation) = tx.logins().lock(login).await.unwrap().unwrap();
    edit(&mut rotation);
    let seen = Seen { rotation, now: later(1), ip: None, user_agent: Some("another".into()) };
    tx.logins().seen(login, &seen).await.unwrap();
    tx.commit().await.unwrap();
}

/// `lock` and `rotation` give back what `insert` and `seen` stored; when it was seen is said beside the
/// rotation.
pub async fn a_rotation_comes_back_as_it_went_in(storage: &dyn Storage) {
    let user = add(storage, &draft("alice")).await;
    let login = sign_in(storage, user).await;
    let locked = async || {
        let mut tx = storage.write().await.unwrap();
        tx.logins().lock(login).await.unwrap()
    };
    let mut expected = Rotation { seen_at: NOW, ..Rotation::new("seed".into()) };
    assert_eq!(locked().await, Some((user, expected.clone())));
    expected.generation = i64::MAX;
    expected.spent = vec![(0, EVER), (7, NOW), (i64::MAX - 1, later(u64::MAX))];
    let stored = expected.clone();
    seen(storage, login, |rotation| *rotation = stored).await;
    expected.seen_at = later(1);
    assert_eq!(locked().await, Some((user, expected.clone())));
    let rotation = async |login| {
        let mut reads = storage.read().await.unwrap();
        reads.logins().rotation(login).await.unwrap()
    };
    assert_eq!(rotation(login).await, Some((user, expected.clone())));
    let shown = &logins(storage, user, EVER).await[0];
    assert_eq!((shown.created_at, shown.last_seen_at), (NOW, later(1)));
    assert_eq!((&shown.ip, shown.user_agent.as_deref()), (&None, Some("another")));
    let mut tx = storage.write().await.unwrap();
    let unknown = LoginId::new(404).unwrap();
    assert_eq!(tx.logins().lock(unknown).await.unwrap(), None);
    let nothing = Seen { rotation: expected, now: NOW, ip: None, user_agent: None };
    tx.logins().seen(unknown, &nothing).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(rotation(unknown).await, None);
}

/// `lock`: of refreshes with one token at once, the first spends it and the others see that.
pub async fn refreshes_at_once_take_turns(storage: &dyn Storage) {
    let user = add(storage, &draft("alice")).await;
    let login = sign_in(storage, user).await;
    let refresh = |_| async move {
        let mut tx = storage.write().await.unwrap();
        let (_, mut rotation) = tx.logins().lock(login).await.unwrap().unwrap();
        yield_now().await;
        let step = rotation.step(0, NOW, Duration::from_secs(30));
        let seen = Seen { rotation, now: NOW, ip: None, user_agent: None };
        tx.logins().seen(login, &seen).await.unwrap();
        tx.commit().await.unwrap();
        step
    };
    let steps = join_all((0..16).map(refresh)).await;
    let count = |step| steps.iter().filter(|s| **s == step).count();
    assert_eq!((count(Step::Advance), count(Step::Repeat)), (1, 15));
    let mut tx = storage.write().await.unwrap();
    let (_, rotation) = tx.logins().lock(login).await.unwrap().unwrap();
    assert_eq!((rotation.generation, rotation.spent), (1, vec![(0, NOW)]));
}

/// Logins of one user at once are all there, each under an id of its own.
pub async fn logins_at_once_all_land(storage: &dyn Storage) {
    let user = add(storage, &draft("alice")).await;
    let made = join_all((0..16).map(|_| sign_in(storage, user))).await;
    let made = BTreeSet::from_iter(made);
    assert_eq!(made.len(), 16);
    assert_eq!(BTreeSet::from_iter(ids(storage, user).await), made);
}

/// `insert` locks the account: a login is there before it is disabled, and revoked with the
/// others, or it is not made.
pub async fn no_login_outlives_a_disabling_that_it_raced_with(storage: &dyn Storage) {
    for round in 0..16 {
        let user = add(storage, &draft(&format!("user{round}"))).await;
        let new = login_of(&by_id(storage, user).await.unwrap());
        let disable = async {
            let mut tx = storage.write().await.unwrap();
            let mut account = tx.accounts().lock(user).await.unwrap().unwrap();
            yield_now().await;
            account.user.disabled = true;
            update(&mut *tx, &account).await.unwrap();
            tx.logins().revoke_all(user, None).await.unwrap();
            tx.commit().await.unwrap();
        };
        let sign_in = try_sign_in(storage, &new);
        if round % 2 == 0 {
            join(disable, sign_in).await;
        } else {
            join(sign_in, disable).await;
        }
        assert_eq!(ids(storage, user).await, [], "{round}");
    }
}

/// `revoke` removes a login of the user and no one else's, and says whether it did.
pub async fn only_the_owner_revokes(storage: &dyn Storage) {
    let alice = add(storage, &draft("alice")).await;
    let bob = add(storage, &draft("bob")).await;
    let login = sign_in(storage, alice).await;
    let kept = sign_in(storage, alice).await;
    let mut tx = storage.write().await.unwrap();
    assert!(!tx.logins().revoke(bob, login).await.unwrap());
    assert!(tx.logins().lock(login).await.unwrap().is_some());
    assert!(tx.logins().revoke(alice, login).await.unwrap());
    assert!(!tx.logins().revoke(alice, login).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(ids(storage, alice).await, [kept]);
}

/// `revoke_all` removes the user's logins, but for the one that is named.
pub async fn revoking_all_spares_the_one_named_and_other_people(storage: &dyn Storage) {
    let alice = add(storage, &draft("alice")).await;
    let bob = add(storage, &draft("bob")).await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(sign_in(storage, alice).await);
    }
    let others = sign_in(storage, bob).await;
    for (but, left) in [(Some(made[1]), vec![made[1]]), (Some(others), vec![]), (None, vec![])] {
        let mut tx = storage.write().await.unwrap();
        tx.logins().revoke_all(alice, but).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(ids(storage, alice).await, left, "{but:?}");
        assert_eq!(ids(storage, bob).await, [others]);
    }
}

/// Accounts that are disabled, deleted or not there are left out; of the others all logins are told.
pub async fn those_who_stand_are_told_with_their_logins(storage: &dyn Storage) {
    let mut users = Vec::new();
    for name in ["alice", "bob", "carol", "dora", "erin"] {
        users.push(add(storage, &draft(name)).await);
    }
    let [alice, bob, carol, dora, erin] = users[..] else { panic!("five") };
    let phone = sign_in(storage, alice).await;
    for user in [bob, carol, erin] {
        sign_in(storage, user).await;
    }
    let laptop = sign_in(storage, alice).await;
    disable(storage, bob).await;
    delete(storage, carol).await;
    let mut reads = storage.read().await.unwrap();
    let nobody = UserId::new(999_999).unwrap();
    let asked = [nobody, dora, carol, bob, alice];
    let mut standing = reads.logins().standing(&asked).await.unwrap();
    for (_, logins) in &mut standing {
        logins.sort_unstable();
    }
    standing.sort_unstable();
    assert_eq!(standing, [(alice, vec![phone, laptop]), (dora, vec![])]);
    assert_eq!(reads.logins().standing(&[]).await.unwrap(), []);
}
