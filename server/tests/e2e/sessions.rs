//! `/sessions`, with the routes as the first seed writes them and those that are better.

use futures_util::future::join_all;
use guildhall_client::Call;
use guildhall_openapi::sessions::{CreateSession, SessionQuery};
use guildhall_openapi::{
    ErrorCode, NewSession, Session, SessionId, SessionState, Timestamp, User, UserId,
};
use serde_json::{Value, json};

use crate::support::{Api, Document, Refused as _, Reply, World, on_both};

on_both! {
    /// A session that is ruled by whom it does not belong to, changes after its end, or shows who is
    /// not in it.
    async fn sessions_are_kept(world) {
        as_the_seed_writes(world).await;
        rights(world).await;
        ends(world).await;
        people_at_once(world).await;
        asked_again(world).await;
        lists(world).await;
        misfits(world).await;
    }
}

/// What makes a session of this name.
pub(crate) fn new_session(name: &str) -> NewSession {
    NewSession { name: name.into() }
}

async fn create(api: &Api, name: &str) -> Session {
    api.sessions().create(&new_session(name)).await.unwrap()
}

async fn post(api: &Api, path: &str) -> Reply {
    Reply::to(api.request("POST", path)).await
}

fn ids(session: &Session) -> Vec<UserId> {
    session.users.iter().map(|user| user.id).collect()
}

/// Each route of the seed, to the letter.
async fn as_the_seed_writes(world: &World) {
    let ((alice, api), (bob, _)) = (world.someone().await, world.someone().await);
    let shown: Value = api.post("/sessions", &json!({ "name": " Anatomy " })).await.json();
    let created_at = shown["created_at"].clone();
    let id = shown["id"].as_i64().unwrap();
    let expected = json!({
        "id": id, "name": "Anatomy", "state": "inactive", "owner_id": alice.id,
        "created_at": created_at, "ended_at": null, "users": [],
    });
    assert_eq!(shown, expected);
    assert_eq!(api.get("/sessions").await.json::<Value>(), json!([expected]));

    let joined: Value = post(&api, &format!("/sessions/{id}/add_user/{}", bob.id)).await.json();
    let users = json!([{ "id": bob.id, "username": bob.username }]);
    assert_eq!((&joined["users"], &joined["state"]), (&users, &json!("inactive")));
    let stopped: Value = api.get(&format!("/sessions/stop/{id}")).await.json();
    assert_eq!((&stopped["users"], &stopped["state"]), (&users, &json!("ended")));
    assert!(stopped["ended_at"].as_str().unwrap().parse::<Timestamp>().is_ok());
    assert_eq!(api.get(&format!("/sessions/stop/{id}")).await.json::<Value>(), stopped);
    assert_eq!(post(&api, &format!("/sessions/{id}/stop")).await.json::<Value>(), stopped);
    assert_eq!(api.get(&format!("/sessions/{id}")).await.json::<Value>(), stopped);
    api.delete(&format!("/sessions/delete/{id}")).await.done();
    api.delete(&format!("/sessions/delete/{id}")).await.refused(ErrorCode::SessionNotFound);
    assert_eq!(api.get("/sessions").await.json::<Value>(), json!([]));
    // Each path has its methods.
    for (method, path) in [
        ("POST", "/sessions/stop/1"),
        ("GET", "/sessions/delete/1"),
        ("GET", "/sessions/1/stop"),
        ("GET", "/sessions/1/start"),
        ("GET", "/sessions/1/add_user/1"),
        ("PUT", "/sessions/1"),
    ] {
        let reply = Reply::to(api.request(method, path)).await;
        reply.refused(ErrorCode::MethodNotAllowed);
    }
}

async fn rights(world: &World) {
    let ((_, owner), (member, themself)) = (world.someone().await, world.someone().await);
    let ((_, stranger), (_, admin)) = (world.someone().await, world.admin().await);
    let session = create(&owner, "x").await;
    let (id, path) = (session.id, format!("/sessions/{}", session.id));
    let (add, users) =
        (format!("{path}/add_user/{}", member.id), format!("{path}/users/{}", member.id));
    // By hand: the older addresses too.
    for (method, path) in [
        ("POST", &format!("{path}/start")),
        ("POST", &add),
        ("DELETE", &users),
        ("POST", &format!("{path}/stop")),
        ("GET", &format!("/sessions/stop/{id}")),
        ("DELETE", &path),
        ("DELETE", &format!("/sessions/delete/{id}")),
    ] {
        Reply::to(stranger.request(method, path)).await.refused(ErrorCode::Forbidden);
        Reply::to(world.api.request(method, path)).await.refused(ErrorCode::NotAuthenticated);
        if ![&add, &users].contains(&path) {
            Reply::to(themself.request(method, path)).await.refused(ErrorCode::Forbidden);
        }
    }
    let nobody = world.api.sessions();
    nobody.list(&SessionQuery::default()).await.refused(ErrorCode::NotAuthenticated);
    nobody.get(id).await.refused(ErrorCode::NotAuthenticated);
    assert_eq!(stranger.sessions().get(id).await.unwrap(), session, "nothing has happened");
    for api in [&themself, &owner, &admin] {
        let joined = api.sessions().add_user(id, member.id).await.unwrap();
        assert_eq!(ids(&joined), [member.id]);
        let again = owner.sessions().add_user(id, member.id).await.unwrap();
        assert_eq!(again, joined, "twice");
        for times in ["once", "twice"] {
            let left = api.sessions().remove_user(id, member.id).await.unwrap();
            assert_eq!(left, session, "{times}");
        }
    }
    let started = admin.sessions().start(id).await.unwrap();
    assert_eq!(started.state, SessionState::Active);
    admin.sessions().delete(id).await.unwrap();
    stranger.sessions().get(id).await.refused(ErrorCode::SessionNotFound);
    stranger.get(&format!("{path}/x")).await.refused(ErrorCode::NotFound);
}

async fn ends(world: &World) {
    let (user, api) = world.someone().await;
    let session = create(&api, "x").await;
    let (id, sessions) = (session.id, api.sessions());
    let started = sessions.start(id).await.unwrap();
    assert_eq!(started, Session { state: SessionState::Active, ..session });
    assert_eq!(sessions.start(id).await.unwrap(), started, "again");
    let stopped = sessions.stop(id).await.unwrap();
    assert_eq!(stopped.state, SessionState::Ended);
    sessions.start(id).await.refused(ErrorCode::SessionEnded);
    sessions.add_user(id, user.id).await.refused(ErrorCode::SessionEnded);
    sessions.remove_user(id, user.id).await.refused(ErrorCode::SessionEnded);
    let nobody = UserId::new(999_999).unwrap();
    sessions.add_user(id, nobody).await.refused(ErrorCode::UserNotFound);
    let nothing = SessionId::new(999_999).unwrap();
    sessions.start(nothing).await.refused(ErrorCode::SessionNotFound);
    assert_eq!(sessions.get(id).await.unwrap(), stopped);
    sessions.delete(id).await.unwrap();
}

async fn people_at_once(world: &World) {
    let (_, owner) = world.someone().await;
    let mut people = Vec::new();
    for _ in 0..4 {
        people.push(world.someone().await);
    }
    for round in 0..4 {
        let id = create(&owner, &format!("round {round}")).await.id;
        let join = async |(user, api): &(User, Api)| api.sessions().add_user(id, user.id).await;
        let stop = async {
            if round > 1 {
                owner.sessions().stop(id).await.unwrap();
            }
        };
        let joins = join_all(people.iter().chain(&people).map(join));
        let (answers, ()) = futures_util::future::join(joins, stop).await;
        let session = owner.sessions().get(id).await.unwrap();
        for ((user, _), answer) in people.iter().chain(&people).zip(answers) {
            if answer.is_ok() {
                let places = ids(&session).iter().filter(|id| **id == user.id).count();
                assert_eq!(places, 1, "{session:?}");
            } else {
                assert!(round > 1);
                answer.refused(ErrorCode::SessionEnded);
            }
        }
        owner.sessions().delete(id).await.unwrap();
    }
}

async fn asked_again(world: &World) {
    let (_, api) = world.someone().await;
    let again = |name: &str| {
        let call = Call::<CreateSession>::to(&[]).idempotency_key("one").body(&new_session(name));
        api.send(call)
    };
    let first = again("Botany").await.unwrap();
    assert_eq!(again("Botany").await.unwrap(), first);
    again("Zoology").await.refused(ErrorCode::IdempotencyKeyReused);
    let all = api.sessions().list(&SessionQuery::default()).await.unwrap();
    assert_eq!(all.rows, std::slice::from_ref(&first));
    api.sessions().delete(first.id).await.unwrap();
}

async fn lists(world: &World) {
    let ((_, owner), (_, member)) = (world.someone().await, world.someone().await);
    let mut all = Vec::new();
    for number in 0..6 {
        let id = create(&owner, &format!("session {number}")).await.id;
        let sessions = owner.sessions();
        let done = if number % 2 == 0 { sessions.start(id).await } else { sessions.stop(id).await };
        all.push(done.unwrap());
    }
    let list = async |query: &str| {
        let reply = member.get(&format!("/sessions{query}")).await;
        (reply.json::<Vec<Session>>(), reply.header("link").to_owned())
    };
    let none = String::new;
    assert_eq!(list("").await, (all.clone(), none()));
    let of = |state| all.iter().filter(|s| s.state == state).cloned().collect::<Vec<_>>();
    let (active, ended) = (of(SessionState::Active), of(SessionState::Ended));
    assert_eq!(list("?state=ended").await, (ended, none()));
    assert_eq!(list("?state=inactive").await, (vec![], none()));
    let next = format!("<?state=active&limit=2&after={}>; rel=\"next\"", active[1].id);
    assert_eq!(list("?state=active&limit=2").await, (active[..2].to_vec(), next));
    let rest = format!("?state=active&limit=2&after={}", active[1].id);
    assert_eq!(list(&rest).await, (active[2..].to_vec(), none()));
    assert_eq!(list("?skip=5").await, (all[5..].to_vec(), none()));
}

async fn misfits(world: &World) {
    let (_, api) = world.someone().await;
    for id in ["0", "-1", "x", "9223372036854775808"] {
        for (method, path) in [
            ("GET", format!("/sessions/{id}")),
            ("DELETE", format!("/sessions/{id}")),
            ("GET", format!("/sessions/stop/{id}")),
            ("DELETE", format!("/sessions/delete/{id}")),
            ("POST", format!("/sessions/{id}/start")),
            ("POST", format!("/sessions/{id}/stop")),
            ("POST", format!("/sessions/{id}/add_user/1")),
            ("DELETE", format!("/sessions/{id}/users/1")),
        ] {
            Reply::to(api.request(method, &path)).await.names("session_id");
        }
        post(&api, &format!("/sessions/1/add_user/{id}")).await.names("user_id");
        api.delete(&format!("/sessions/1/users/{id}")).await.names("user_id");
        api.get(&format!("/sessions?after={id}")).await.names("after");
    }
    for query in ["state=", "state=Active", "state=over", "limit=0", "skip=-1"] {
        api.get(&format!("/sessions?{query}")).await.names(query.split('=').next().unwrap());
    }
    for name in [json!(""), json!(" \n"), json!("é".repeat(201)), json!("a\0b"), json!(5)] {
        api.post("/sessions", &json!({ "name": name })).await.names("name");
    }
    for body in [json!({}), json!({ "name": null })] {
        api.post("/sessions", &body).await.names("name");
    }
}

/// Who reads the document is led to the better of two paths.
#[test]
fn the_older_paths_are_marked() {
    let document = Document::checked_in();
    for operation in guildhall_openapi::operations() {
        let described = document.operation(operation);
        let older = operation.id.ends_with("_deprecated");
        assert_eq!(described["deprecated"] == true, older, "{}", operation.id);
        let better = operation.id.trim_end_matches("_deprecated");
        let mut all = guildhall_openapi::operations();
        let better = all.find(|operation| operation.id == better).unwrap();
        let text = described["description"].as_str().unwrap_or_default();
        let named = format!("`{} {}`", better.method.as_str(), better.path);
        assert!(!older || text.contains(&named), "{named}: {text}");
    }
}
