//! Changes that are one step.

use futures_util::future::join_all;
use guildhall_openapi::{Event, GroupId, Push, UserId};

use super::events::event;
use super::fixtures::{add, by_id, draft, insert};
use crate::accounts::{Draft, UserFilter};
use crate::identity::Keys;
use crate::storage::{Conflict, Storage, StorageError};
use crate::stream::{Log, Told};

async fn step(storage: &dyn Storage, draft: &Draft) -> Result<UserId, StorageError> {
    let keys = Keys::of(&draft.clone().with_id(UserId::FIRST).user);
    storage.steps().insert_account(draft, &keys).await
}

fn conflict(result: Result<UserId, StorageError>) -> Option<Conflict> {
    match result {
        Ok(_) => None,
        Err(StorageError::Conflict(conflict)) => Some(conflict),
        Err(other) => panic!("{other}"),
    }
}

/// A step is read afterwards, and a key that is taken is named.
pub async fn a_step_is_committed_or_says_why_not(storage: &dyn Storage) {
    let id = step(storage, &draft("alice")).await.unwrap();
    assert_eq!(by_id(storage, id).await, Some(draft("alice").with_id(id)));
    let same_name = Draft { email: "other@example.org".into(), ..draft("alice") };
    let nowhere = Draft { group: GroupId::new(999), ..draft("bob") };
    assert_eq!(conflict(step(storage, &draft("alice")).await), Some(Conflict::EmailTaken));
    assert_eq!(conflict(step(storage, &same_name).await), Some(Conflict::UsernameTaken));
    assert_eq!(conflict(step(storage, &nowhere).await), Some(Conflict::NoSuchGroup));
}

/// An event that is created in a step is told to everyone, and a title that is taken is named, with nothing told.
pub async fn a_created_event_is_told_or_says_why_not(storage: &dyn Storage) {
    let alice = add(storage, &draft("alice")).await;
    let titles = ["Party", "Feast", "Party", "Tea, \"id\":1,", "Feast"];
    let created = titles.map(|title| async move {
        let event = event(title, alice);
        storage.steps().create_event(&event).await.map(|(id, told)| (Event { id, ..event }, told))
    });
    let (mut expected, mut taken) = (Vec::new(), 0);
    for created in join_all(created).await {
        match created {
            Ok((event, told)) => {
                let [Told { log: Log::Everyone, number, .. }] = told[..] else {
                    panic!("{told:?}")
                };
                expected.push((number, Push::EventCreated { event }));
            }
            Err(StorageError::Conflict(Conflict::EventTitleTaken)) => taken += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(taken, 2);
    expected.sort_by_key(|(number, _)| *number);
    let rows = storage.read().await.unwrap().stream().shared(0, 10).await.unwrap();
    let found: Vec<_> = rows.into_iter().map(|row| (row.number, row.push)).collect();
    assert_eq!(found, expected, "numbers without gaps, and what was told as it was");
    assert_eq!(found.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2, 3]);
}

/// Of many steps at once each gets its own answer, whatever becomes of its neighbours and of the
/// transactions among them.
pub async fn steps_at_once_each_get_their_own_answer(storage: &dyn Storage) {
    let one = async |number: usize| {
        let name = format!("user{number}");
        match number % 4 {
            // Every fourth is one of a pair with the same name.
            0 => conflict(step(storage, &draft(&format!("twin{}", number / 8))).await),
            // Every fourth cannot be.
            1 => conflict(step(storage, &Draft { group: GroupId::new(999), ..draft(&name) }).await),
            // Every fourth is a transaction that is dropped.
            2 => {
                let mut tx = storage.write().await.unwrap();
                insert(&mut *tx, &draft(&name)).await.unwrap();
                Some(Conflict::UsernameTaken)
            }
            _ => conflict(step(storage, &draft(&name)).await),
        }
    };
    let answers = join_all((0..80).map(one)).await;
    let count = |wanted| answers.iter().filter(|answer| **answer == wanted).count();
    assert_eq!(count(Some(Conflict::EmailTaken)), 10, "one of each pair");
    assert_eq!(count(Some(Conflict::NoSuchGroup)), 20);
    assert_eq!(count(None), 10 + 20);
    let filter = UserFilter::default();
    let (users, _) = storage.read().await.unwrap().accounts().list(&filter).await.unwrap();
    assert_eq!(users.len(), 10 + 20, "all that were acknowledged, and no other");
}
