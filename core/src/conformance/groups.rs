//! Groups.

use futures_util::future::join_all;
use guildhall_openapi::page::Page;
use guildhall_openapi::{Group, GroupId, Timestamp, UserId};

use super::accounts::awkward_texts;
use super::fixtures::{
    NOW, add, add_group, by_id, change, conflict, delete, draft, insert, insert_group, pages,
};
use crate::accounts::{Draft, UserFilter};
use crate::identity::name_key;
use crate::storage::{Conflict, Storage};

async fn group(storage: &dyn Storage, id: GroupId) -> Option<Group> {
    storage.read().await.unwrap().groups().by_id(id).await.unwrap()
}

async fn join(storage: &dyn Storage, user: UserId, group: GroupId) {
    change(storage, user, |account| account.user.group = Some(group)).await;
}

async fn users_of(storage: &dyn Storage, group: GroupId) -> Vec<UserId> {
    let filter = UserFilter { group: Some(group), ..UserFilter::default() };
    let (users, _) = storage.read().await.unwrap().accounts().list(&filter).await.unwrap();
    users.iter().map(|user| user.id).collect()
}

/// Absence is `None`, also where another group has the name that it would get.
pub async fn a_group_that_is_not_there_is_none(storage: &dyn Storage) {
    add_group(storage, "Chess").await;
    let last = GroupId::new(i64::MAX).unwrap();
    assert_eq!(group(storage, last).await, None);
    let mut tx = storage.write().await.unwrap();
    for name in ["x", "Chess"] {
        let renamed = tx.groups().rename(last, &name.into(), &name_key(name)).await.unwrap();
        assert_eq!(renamed, None, "{name}");
    }
    assert_eq!(tx.groups().delete(last).await.unwrap(), None);
}

/// All fields of a group come back, after a renaming too.
pub async fn a_group_comes_back_as_it_went_in(storage: &dyn Storage) {
    for (number, text) in awkward_texts().into_iter().enumerate() {
        let created_at = Timestamp::from_micros([i64::MIN, -1, i64::MAX][number % 3]);
        let (before, name) = (format!("group{number}").into(), text.into());
        let mut tx = storage.write().await.unwrap();
        let id = tx.groups().insert(&before, &before, created_at).await.unwrap();
        tx.commit().await.unwrap();
        let expected = Group { id, name: before, created_at };
        assert_eq!(group(storage, id).await, Some(expected));
        let mut tx = storage.write().await.unwrap();
        let renamed = tx.groups().rename(id, &name, &name_key(&name)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(renamed, Some(Group { id, name, created_at }));
        assert_eq!(group(storage, id).await, renamed);
    }
}

/// A taken key is named on insert and on renaming, and the transaction goes on; one's own is free.
pub async fn a_taken_group_name_is_named(storage: &dyn Storage) {
    add_group(storage, "Croquet").await;
    let chess = add_group(storage, "Chess").await;
    let mut tx = storage.write().await.unwrap();
    let inserted = insert_group(&mut *tx, "CROQUET").await;
    assert_eq!(conflict(inserted), Conflict::GroupNameTaken);
    let renamed = tx.groups().rename(chess, &"croquet".into(), "croquet").await;
    assert_eq!(conflict(renamed), Conflict::GroupNameTaken);
    let before = tx.groups().by_id(chess).await.unwrap().unwrap();
    assert_eq!(before.name, "Chess");
    tx.groups().rename(chess, &"CHESS".into(), "chess").await.unwrap().unwrap();
    let go = insert_group(&mut *tx, "Go").await.unwrap();
    tx.groups().rename(go, &"Baduk".into(), "baduk").await.unwrap().unwrap();
    insert_group(&mut *tx, "Go").await.expect("the name is free again");
    tx.commit().await.unwrap();
    assert_eq!(group(storage, chess).await.unwrap().name, "CHESS");
    assert!(group(storage, go).await.is_some());
}

/// The unique key decides a race: one wins, the others are told and can go on.
pub async fn one_of_many_gets_a_group_name(storage: &dyn Storage) {
    let run = |number: u32| async move {
        let mut tx = storage.write().await.unwrap();
        let won = insert_group(&mut *tx, "Prize").await;
        let won = match won {
            Ok(_) => true,
            lost => {
                assert_eq!(conflict(lost), Conflict::GroupNameTaken);
                insert_group(&mut *tx, &format!("Consolation {number}")).await.unwrap();
                false
            }
        };
        tx.commit().await.unwrap();
        won
    };
    let won = join_all((0..32).map(run)).await;
    assert_eq!(won.iter().filter(|won| **won).count(), 1);
    let (groups, _) = storage.read().await.unwrap().groups().list(&Page::default()).await.unwrap();
    assert_eq!(groups.len(), 32);
}

/// Pages by `skip` and by `after`, in id order, each with the word whether there is more.
pub async fn groups_are_listed_page_by_page(storage: &dyn Storage) {
    let mut ids = [GroupId::FIRST; 7];
    for (number, id) in ids.iter_mut().enumerate() {
        *id = add_group(storage, &format!("group{number}")).await;
    }
    let mut tx = storage.write().await.unwrap();
    tx.groups().rename(ids[2], &"a".into(), "a").await.unwrap();
    tx.commit().await.unwrap();
    for (page, expected) in pages(&ids) {
        let mut reads = storage.read().await.unwrap();
        let (groups, more) = reads.groups().list(&page).await.unwrap();
        let groups: Vec<_> = groups.iter().map(|group| group.id).collect();
        assert_eq!((groups, more), expected, "{page:?}");
    }
}

/// Whoever was in a deleted group is named, and is in none afterwards; others stay where they are, and
/// everyone otherwise as they are.
pub async fn a_deleted_group_lets_its_users_go(storage: &dyn Storage) {
    let (chess, go) = (add_group(storage, "Chess").await, add_group(storage, "Go").await);
    let mut users = Vec::new();
    for number in 0..4 {
        let id = add(storage, &draft(&format!("user{number}"))).await;
        join(storage, id, if number < 3 { chess } else { go }).await;
        users.push(id);
    }
    delete(storage, users[1]).await;
    let mut before = Vec::new();
    for id in &users {
        before.push(by_id(storage, *id).await.unwrap());
    }
    let mut tx = storage.write().await.unwrap();
    let mut named = tx.groups().delete(chess).await.unwrap().unwrap();
    named.sort();
    assert_eq!(named, users[..3]);
    tx.commit().await.unwrap();
    assert_eq!(group(storage, chess).await, None);
    for (number, mut expected) in before.into_iter().enumerate() {
        expected.user.group = (number == 3).then_some(go);
        assert_eq!(by_id(storage, users[number]).await, Some(expected));
    }
    let mut tx = storage.write().await.unwrap();
    assert_eq!(tx.groups().delete(chess).await.unwrap(), None);
    let late = Draft { group: Some(chess), ..draft("late") };
    assert_eq!(conflict(insert(&mut *tx, &late).await), Conflict::NoSuchGroup);
    // The name is free again, for another group.
    assert_ne!(insert_group(&mut *tx, "chess").await.unwrap(), chess);
}

/// Whoever gets into a group while it is deleted was too late, or is named with the others.
pub async fn a_group_is_deleted_while_people_get_in(storage: &dyn Storage) {
    for round in 0..4 {
        let group = add_group(storage, &format!("group{round}")).await;
        let arrive = |number: u32| async move {
            let mut tx = storage.write().await.unwrap();
            let draft = Draft { group: Some(group), ..draft(&format!("user{round}.{number}")) };
            let arrived = match insert(&mut *tx, &draft).await {
                Ok(id) => Some(id),
                late => {
                    assert_eq!(conflict(late), Conflict::NoSuchGroup);
                    None
                }
            };
            tx.commit().await.unwrap();
            arrived
        };
        let remove = async {
            let mut tx = storage.write().await.unwrap();
            let named = tx.groups().delete(group).await.unwrap().unwrap();
            tx.commit().await.unwrap();
            named
        };
        let arrivals = join_all((0..8).map(arrive));
        let (arrived, mut named) = futures_util::future::join(arrivals, remove).await;
        let mut arrived: Vec<_> = arrived.into_iter().flatten().collect();
        named.sort();
        arrived.sort();
        assert_eq!(named, arrived);
        assert_eq!(users_of(storage, group).await, []);
        for id in arrived {
            let account = by_id(storage, id).await.unwrap();
            assert_eq!((account.user.group, account.user.created_at), (None, NOW));
        }
    }
}
