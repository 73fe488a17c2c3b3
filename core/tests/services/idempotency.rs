//! Creating calls that are asked for again.

use guildhall_core::openapi::text::IdempotencyKey;
use guildhall_core::openapi::{
    ErrorCode, NewEvent, NewGroup, NewMessage, NewSession, NewUser, UserId,
};

use crate::house::{House, START, new_account};
use crate::watched;

fn new_user(name: &str) -> NewUser {
    new_account(name).into()
}

#[tokio::test]
async fn sixteen_calls_at_once_make_one_account_and_get_one_answer() {
    let house = House::new().await;
    house.admin("root").await;
    let root = house.caller("root").await;
    let key = IdempotencyKey::from("the-key");
    let create = async || house.accounts().create(&root, new_user("alice"), Some(&key)).await;
    let calls = (0..16).map(|_| create());
    let answers = futures_util::future::join_all(calls).await;
    let first = answers[0].as_ref().unwrap();
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap() == first));
}

#[tokio::test]
async fn a_key_for_another_body_is_refused_and_for_another_day_is_free() {
    let house = House::new().await;
    house.admin("root").await;
    let root = house.caller("root").await;
    let key = IdempotencyKey::from("the-key");
    house.accounts().create(&root, new_user("alice"), Some(&key)).await.unwrap();
    let reused = house.accounts().create(&root, new_user("bob"), Some(&key)).await.unwrap_err();
    assert_eq!(reused.code(), ErrorCode::IdempotencyKeyReused);
    house.wait(24 * 60 * 60 + 1);
    house.accounts().create(&root, new_user("bob"), Some(&key)).await.unwrap();
}

#[tokio::test]
async fn what_was_refused_takes_no_key() {
    let house = House::new().await;
    house.admin("root").await;
    let root = house.caller("root").await;
    let key = IdempotencyKey::from("the-key");
    let taken = house.accounts().create(&root, new_user("root"), Some(&key)).await.unwrap_err();
    assert_eq!(taken.code(), ErrorCode::EmailTaken);
    house.accounts().create(&root, new_user("alice"), Some(&key)).await.unwrap();
    let unfit = IdempotencyKey::from("two words");
    let refused = house.accounts().create(&root, new_user("bob"), Some(&unfit)).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::ValidationFailed);
}

/// What is read before it is on the disk is gone after a crash, and with it what was answered.
#[tokio::test]
async fn a_first_answer_is_given_again_once_its_transaction_is_committed() {
    let house = House::new().await;
    house.admin("root").await;
    let root = house.caller("root").await;
    let (guildhall, counts) = watched::on(&house);
    let uncommitted = counts.uncommitted;
    let key = IdempotencyKey::from("the-key");
    macro_rules! twice {
        ($service:ident, $new:expr) => {
            let key = IdempotencyKey::from(stringify!($service));
            let first = guildhall.$service().create(&root, $new, Some(&key)).await.unwrap();
            let again = guildhall.$service().create(&root, $new, Some(&key)).await.unwrap();
            assert_eq!((first, uncommitted.get()), (again, 0), stringify!($service));
        };
    }
    twice!(accounts, new_user("alice"));
    twice!(groups, NewGroup { name: "Surgeons".into() });
    twice!(sessions, NewSession { name: "Anatomy".into() });
    twice!(events, event());
    let first = guildhall.messages().send(&root, note(root.id()), Some(&key)).await.unwrap();
    let again = guildhall.messages().send(&root, note(root.id()), Some(&key)).await.unwrap();
    assert_eq!((first, uncommitted.get()), (again, 0));
    let key = IdempotencyKey::from("another-key");
    guildhall.accounts().create(&root, new_user("alice"), Some(&key)).await.unwrap_err();
    assert_eq!(uncommitted.get(), 1, "a no is told from a transaction that is dropped");
}

fn note(receiver_id: UserId) -> NewMessage {
    NewMessage { content: "Remember the milk".into(), receiver_id }
}

fn event() -> NewEvent {
    let (title, description, location) = ("Ball".into(), "".into(), "".into());
    NewEvent { title, description, date: START, location }
}
