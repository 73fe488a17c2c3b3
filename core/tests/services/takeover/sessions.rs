//! Live sessions, and who takes part in them.

use guildhall_core::openapi::SessionState;
use guildhall_core::takeover::Kind;
use serde_json::json;

use super::{empty, sessions, take, user};

#[tokio::test]
async fn sessions_get_the_states_and_the_people_that_they_had() {
    let storage = empty().await;
    let session = |id: i64, state: &str| json!({"id": id, "name": format!("s{id}"), "state": state, "created_at": "2024-03-14 12:00:00"});
    let mut over = session(4, "inactive");
    over["ended_at"] = json!("2024-03-14 13:00:00");
    let mut gone = user(3, "carol");
    gone["deleted_at"] = json!("2024-03-14 12:00:00");
    let part = |session: i64, user: i64| json!({"session": session, "user": user});
    let tables = [
        ("users", json!([user(1, "alice"), user(2, "bob"), gone])),
        (
            "sessions",
            json!([
                session(1, "SessionState.ACTIVE"),
                session(2, "stopped"),
                session(3, "paused"),
                over,
                session(5, "inactive")
            ]),
        ),
        (
            "crowd",
            json!([
                part(1, 2),
                part(1, 1),
                part(1, 2),
                part(1, 3),
                part(2, 9),
                part(2, 1),
                part(3, 1),
                part(4, 3),
                part(77, 1)
            ]),
        ),
    ];
    let (summary, heard) = take(&storage, &tables).await;
    let left_out = [
        "crowd \"1/3\": user_id: user_deleted",
        "crowd \"2/9\": user_id: not_taken",
        "crowd \"3/1\": session_id: not_taken",
        "crowd \"77/1\": session_id: not_taken",
        "sessions 3: state: unknown_word",
        "sessions 5: owner_id: no_owner",
    ];
    assert_eq!(heard.of(Kind::LeftOut), left_out);
    assert_eq!(heard.of(Kind::Changed), ["sessions 2: ended_at: end_unknown"]);
    let count = summary.tables["crowd"];
    assert_eq!((count.read, count.taken, count.already_taken, count.left_out), (9, 4, 1, 4));
    let shown = sessions(&storage).await.into_iter().map(|session| {
        let users: Vec<_> = session.users.iter().map(|user| user.id.get()).collect();
        (session.id.get(), session.state, session.ended_at.is_some(), session.owner_id.get(), users)
    });
    assert_eq!(
        shown.collect::<Vec<_>>(),
        [
            (1, SessionState::Active, false, 2, vec![2, 1]),
            (2, SessionState::Ended, true, 1, vec![1]),
            (4, SessionState::Ended, true, 3, vec![3]),
        ]
    );
}

#[tokio::test]
async fn sessions_without_an_owner_are_the_first_admins() {
    let storage = empty().await;
    let mut admin = user(2, "bob");
    admin["is_superuser"] = json!(1);
    let tables = [
        ("users", json!([user(1, "alice"), admin])),
        ("sessions", json!([{"id": 1, "name": "free"}, {"id": 2, "name": "owned", "owner_id": 1}])),
        ("crowd", json!([{"session": 1, "user": 1}])),
    ];
    take(&storage, &tables).await;
    let owners: Vec<_> =
        sessions(&storage).await.iter().map(|session| session.owner_id.get()).collect();
    assert_eq!(owners, [2, 1]);
}
