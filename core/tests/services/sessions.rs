//! Live sessions: who may do what with them in which state, and what becomes of deleted people.

use std::sync::Arc;

use guildhall_core::openapi::page::Page;
use guildhall_core::openapi::sessions::SessionQuery;
use guildhall_core::openapi::text::IdempotencyKey;
use guildhall_core::openapi::{
    ErrorCode, Fault, NewSession, Session, SessionId, SessionState, UserId,
};
use guildhall_core::{Caller, Error, Result};

use crate::house::{House, START, code, faults};

/// A house with an admin, and three members of whom Alice owns a session.
struct Scene {
    house: House,
    root: Caller,
    alice: Caller,
    bob: Caller,
    carol: Caller,
    id: SessionId,
}

async fn scene() -> Scene {
    let house = House::new().await;
    house.admin("root").await;
    for name in ["alice", "bob", "carol"] {
        house.member(name).await;
    }
    let root = house.caller("root").await;
    let (alice, bob) = (house.caller("alice").await, house.caller("bob").await);
    let carol = house.caller("carol").await;
    let id = create(&house, &alice, "Anatomy").await.unwrap().id;
    Scene { house, root, alice, bob, carol, id }
}

async fn create(house: &House, caller: &Caller, name: &str) -> Result<Session> {
    house.sessions().create(caller, NewSession { name: name.into() }, None).await
}

/// The calls on a session, those about a person being about this one.
async fn ask(
    house: &House,
    caller: &Caller,
    id: SessionId,
    what: &str,
    user: UserId,
) -> Result<Option<Session>> {
    let sessions = house.sessions();
    match what {
        "start" => sessions.start(caller, id).await.map(Some),
        "stop" => sessions.stop(caller, id).await.map(Some),
        "add" => sessions.add_user(caller, id, user).await.map(Some),
        "remove" => sessions.remove_user(caller, id, user).await.map(Some),
        _ => sessions.delete(caller, id).await.map(|()| None),
    }
}

fn names(session: &Session) -> Vec<&str> {
    session.users.iter().map(|user| user.username.as_str()).collect()
}

#[tokio::test]
async fn a_session_goes_from_inactive_through_active_to_its_end() {
    let Scene { house, alice, bob, id, .. } = scene().await;
    let made = house.sessions().get(&bob, id).await.unwrap();
    assert_eq!((made.name.as_str(), made.state), ("Anatomy", SessionState::Inactive));
    assert_eq!((made.owner_id, made.created_at, made.ended_at), (alice.id(), START, None));
    assert_eq!(made.users, []);

    let started = house.sessions().start(&alice, id).await.unwrap();
    assert_eq!(started, Session { state: SessionState::Active, ..made });
    assert_eq!(house.sessions().start(&alice, id).await.unwrap(), started, "again");
    let joined = house.sessions().add_user(&alice, id, bob.id()).await.unwrap();
    assert_eq!(house.sessions().add_user(&bob, id, bob.id()).await.unwrap(), joined, "again");
    assert_eq!(names(&joined), ["bob"]);
    house.wait(60);
    let stopped = house.sessions().stop(&alice, id).await.unwrap();
    let ended_at = stopped.ended_at.unwrap();
    assert_eq!(ended_at.as_micros() - START.as_micros(), 60_000_000);
    assert_eq!(stopped, Session { state: SessionState::Ended, ended_at: Some(ended_at), ..joined });
    house.wait(60);
    assert_eq!(house.sessions().stop(&alice, id).await.unwrap(), stopped, "again");
    let ended = Some(ErrorCode::SessionEnded);
    for what in ["start", "add", "remove"] {
        assert_eq!(code(&ask(&house, &alice, id, what, bob.id()).await), ended, "{what}");
    }
    assert_eq!(house.sessions().get(&bob, id).await.unwrap(), stopped);

    let fresh = create(&house, &alice, " x ").await.unwrap();
    assert_eq!(fresh.name, "x");
    let unstarted = house.sessions().stop(&alice, fresh.id).await.unwrap();
    assert_eq!(unstarted.state, SessionState::Ended, "also before its start");
}

#[tokio::test]
async fn owners_and_admins_rule_and_people_come_and_go_by_themselves() {
    for what in ["start", "add", "remove", "stop", "delete"] {
        let Scene { house, root, alice, bob, carol, id } = scene().await;
        let refused = ask(&house, &carol, id, what, bob.id()).await;
        assert_eq!(code(&refused), Some(ErrorCode::Forbidden), "{what}");
        let themself = ask(&house, &bob, id, what, bob.id()).await;
        let may = matches!(what, "add" | "remove");
        assert_eq!(code(&themself), (!may).then_some(ErrorCode::Forbidden), "{what}");
        assert_eq!(code(&ask(&house, &alice, id, what, bob.id()).await), None, "{what}");
        let others = create(&house, &bob, "x").await.unwrap().id;
        assert_eq!(code(&ask(&house, &root, others, what, bob.id()).await), None, "{what}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_named_first() {
    let Scene { house, root, alice, bob, carol, id } = scene().await;
    let (nowhere, nobody) = (SessionId::new(404).unwrap(), UserId::new(404).unwrap());
    for what in ["start", "stop", "add", "remove", "delete"] {
        let missing = ask(&house, &carol, nowhere, what, nobody).await;
        assert_eq!(code(&missing), Some(ErrorCode::SessionNotFound), "{what}");
    }
    let missing = house.sessions().get(&carol, nowhere).await;
    assert_eq!(code(&missing), Some(ErrorCode::SessionNotFound));
    house.accounts().delete(&root, bob.id()).await.unwrap();
    for user in [nobody, bob.id()] {
        for what in ["add", "remove"] {
            // Whether there is such an account is not told to everyone.
            let forbidden = ask(&house, &carol, id, what, user).await;
            assert_eq!(code(&forbidden), Some(ErrorCode::Forbidden), "{what}");
            let missing = ask(&house, &alice, id, what, user).await;
            assert_eq!(code(&missing), Some(ErrorCode::UserNotFound), "{what}");
        }
    }
    // Who is not in can be removed all the same.
    let unchanged = house.sessions().remove_user(&alice, id, carol.id()).await.unwrap();
    assert_eq!(unchanged.users, []);
}

#[tokio::test]
async fn a_deleted_person_leaves_what_has_not_ended_and_owns_what_they_owned() {
    let Scene { house, root, alice, bob, carol, id } = scene().await;
    let ended = create(&house, &alice, "Botany").await.unwrap().id;
    for id in [id, ended] {
        for user in [carol.id(), alice.id(), bob.id()] {
            house.sessions().add_user(&alice, id, user).await.unwrap();
        }
    }
    house.sessions().start(&alice, id).await.unwrap();
    house.sessions().stop(&alice, ended).await.unwrap();
    house.accounts().delete(&alice, alice.id()).await.unwrap();

    let left = house.sessions().get(&bob, id).await.unwrap();
    assert_eq!((left.owner_id, names(&left)), (alice.id(), vec!["carol", "bob"]));
    let past = house.sessions().get(&bob, ended).await.unwrap();
    assert_eq!(names(&past), ["carol", "alice", "bob"], "who was there was there");
    assert_eq!(house.sessions().stop(&root, ended).await.unwrap(), past, "again");
    assert_eq!(house.sessions().stop(&root, id).await.unwrap().state, SessionState::Ended);
    house.sessions().delete(&root, id).await.unwrap();
    let listed = house.sessions().list(&bob, SessionQuery::default()).await.unwrap();
    assert_eq!(listed, (vec![past], false));
}

#[tokio::test]
async fn sessions_are_listed_by_state_page_by_page() {
    let Scene { house, alice, bob, .. } = scene().await;
    let mut sessions = vec![];
    for number in 0..3 {
        let id = create(&house, &bob, &number.to_string()).await.unwrap().id;
        sessions.push(house.sessions().start(&bob, id).await.unwrap());
    }
    let query = |state, limit: u64| SessionQuery {
        state,
        page: Page { limit: limit.try_into().unwrap(), ..Page::default() },
    };
    let list = async |state, limit| house.sessions().list(&alice, query(state, limit)).await;
    let (all, more) = list(None, 4).await.unwrap();
    assert_eq!((&all[1..], more), (&sessions[..], false));
    let active = Some(SessionState::Active);
    assert_eq!(list(active, 2).await.unwrap(), (sessions[..2].to_vec(), true));
    assert_eq!(list(active, 3).await.unwrap(), (sessions, false));
    assert_eq!(list(Some(SessionState::Ended), 1).await.unwrap(), (vec![], false));
}

#[tokio::test]
async fn a_session_asked_for_again_is_the_first_one_and_a_name_has_to_fit() {
    let Scene { house, alice, .. } = scene().await;
    let key = IdempotencyKey::from("the-key");
    let again = async |name: &str| {
        house.sessions().create(&alice, NewSession { name: name.into() }, Some(&key)).await
    };
    let answers = futures_util::future::join_all((0..16).map(|_| again("Botany"))).await;
    let first = answers[0].as_ref().unwrap();
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap() == first));
    assert_eq!(code(&again("Zoology").await), Some(ErrorCode::IdempotencyKeyReused));
    for (name, fault) in [
        (" \n".to_owned(), Fault::TooShort(1)),
        ("é".repeat(201), Fault::TooLong(200)),
        ("a\0b".to_owned(), Fault::Nul),
    ] {
        assert_eq!(faults(create(&house, &alice, &name).await), [("name".to_owned(), fault)]);
    }
    create(&house, &alice, &"é".repeat(200)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_joins_at_the_end_is_in_or_is_told_so() {
    let Scene { house, alice, bob, carol, .. } = scene().await;
    let house = Arc::new(house);
    for round in 0..20 {
        let id = create(&house, &alice, &round.to_string()).await.unwrap().id;
        let join = |caller: &Caller| {
            let (house, caller) = (Arc::clone(&house), caller.clone());
            tokio::spawn(async move { house.sessions().add_user(&caller, id, caller.id()).await })
        };
        let joins = [join(&bob), join(&carol)];
        let stopped = house.sessions().stop(&alice, id).await.unwrap();
        for (caller, join) in [&bob, &carol].into_iter().zip(joins) {
            let is_in = stopped.users.iter().any(|user| user.id == caller.id());
            let told = join.await.unwrap().err().as_ref().map(Error::code);
            assert_eq!(told, (!is_in).then_some(ErrorCode::SessionEnded));
        }
        assert_eq!(house.sessions().get(&bob, id).await.unwrap(), stopped);
    }
}
