//! `/sessions`, with the routes as the first seed writes them and those that are better.

use futures_util::future::join_all;
use guildhall_openapi::{ErrorCode, Session, SessionState, Timestamp, User, UserId};
use serde_json::{Value, json};

use crate::support::{Api, Document, Reply, World, on_both};

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

async fn create(api: &Api, name: &str) -> Session {
    api.post("/sessions", &json!({ "name": name })).await.json()
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
    let path = format!("/sessions/{}", session.id);
    let (add, users) =
        (format!("{path}/add_user/{}", member.id), format!("{path}/users/{}", member.id));
    let stop_by_get = format!("/sessions/stop/{}", session.id);
    let delete_by_old_path = format!("/sessions/delete/{}", session.id);
    let calls = [
        ("POST", format!("{path}/start")),
        ("POST", add.clone()),
        ("DELETE", users.clone()),
        ("POST", format!("{path}/stop")),
        ("GET", stop_by_get),
        ("DELETE", path.clone()),
        ("DELETE", delete_by_old_path),
    ];
    for (method, path) in &calls {
        Reply::to(stranger.request(method, path)).await.refused(ErrorCode::Forbidden);
        Reply::to(world.api.request(method, path)).await.refused(ErrorCode::NotAuthenticated);
        if ![&add, &users].contains(&path) {
            Reply::to(themself.request(method, path)).await.refused(ErrorCode::Forbidden);
        }
    }
    world.api.get("/sessions").await.refused(ErrorCode::NotAuthenticated);
    world.api.get(&path).await.refused(ErrorCode::NotAuthenticated);
    assert_eq!(stranger.get(&path).await.json::<Session>(), session, "nothing has happened");
    for api in [&themself, &owner, &admin] {
        let joined: Session = post(api, &add).await.json();
        assert_eq!(ids(&joined), [member.id]);
        assert_eq!(post(&owner, &add).await.json::<Session>(), joined, "twice");
        assert_eq!(api.delete(&users).await.json::<Session>(), session);
        assert_eq!(api.delete(&users).await.json::<Session>(), session, "twice");
    }
    let started: Session = post(&admin, &format!("{path}/start")).await.json();
    assert_eq!(started.state, SessionState::Active);
    admin.delete(&path).await.done();
    for path in [path.clone(), format!("{path}/x")] {
        let code =
            if path.ends_with('x') { ErrorCode::NotFound } else { ErrorCode::SessionNotFound };
        stranger.get(&path).await.refused(code);
    }
}

async fn ends(world: &World) {
    let ((user, api), session) = {
        let someone = world.someone().await;
        let session = create(&someone.1, "x").await;
        (someone, session)
    };
    let path = format!("/sessions/{}", session.id);
    let started: Session = post(&api, &format!("{path}/start")).await.json();
    assert_eq!(started, Session { state: SessionState::Active, ..session });
    assert_eq!(post(&api, &format!("{path}/start")).await.json::<Session>(), started, "again");
    let stopped: Session = post(&api, &format!("{path}/stop")).await.json();
    assert_eq!(stopped.state, SessionState::Ended);
    for late in [format!("{path}/start"), format!("{path}/add_user/{}", user.id)] {
        post(&api, &late).await.refused(ErrorCode::SessionEnded);
    }
    api.delete(&format!("{path}/users/{}", user.id)).await.refused(ErrorCode::SessionEnded);
    post(&api, &format!("{path}/add_user/999999")).await.refused(ErrorCode::UserNotFound);
    post(&api, "/sessions/999999/start").await.refused(ErrorCode::SessionNotFound);
    assert_eq!(api.get(&path).await.json::<Session>(), stopped);
    api.delete(&path).await.done();
}

async fn people_at_once(world: &World) {
    let (_, owner) = world.someone().await;
    let mut people = Vec::new();
    for _ in 0..4 {
        people.push(world.someone().await);
    }
    for round in 0..4 {
        let id = create(&owner, &format!("round {round}")).await.id;
        let join = async |(user, api): &(User, Api)| {
            post(api, &format!("/sessions/{id}/add_user/{}", user.id)).await
        };
        let stop = async {
            if round > 1 {
                post(&owner, &format!("/sessions/{id}/stop")).await.json::<Session>();
            }
        };
        let joins = join_all(people.iter().chain(&people).map(join));
        let (replies, ()) = futures_util::future::join(joins, stop).await;
        let session: Session = owner.get(&format!("/sessions/{id}")).await.json();
        for ((user, _), reply) in people.iter().chain(&people).zip(replies) {
            if reply.status == 200 {
                let places = ids(&session).iter().filter(|id| **id == user.id).count();
                assert_eq!(places, 1, "{session:?}");
            } else {
                assert!(round > 1);
                reply.refused(ErrorCode::SessionEnded);
            }
        }
        owner.delete(&format!("/sessions/{id}")).await.done();
    }
}

async fn asked_again(world: &World) {
    let (_, api) = world.someone().await;
    let again = async |name: &str| {
        let request = api.request("POST", "/sessions").header("idempotency-key", "one");
        Reply::to(request.json(&json!({ "name": name }))).await
    };
    let first: Session = again("Botany").await.json();
    assert_eq!(again("Botany").await.json::<Session>(), first);
    again("Zoology").await.refused(ErrorCode::IdempotencyKeyReused);
    assert_eq!(api.get("/sessions").await.json::<Vec<Session>>(), std::slice::from_ref(&first));
    api.delete(&format!("/sessions/{}", first.id)).await.done();
}

async fn lists(world: &World) {
    let ((_, owner), (_, member)) = (world.someone().await, world.someone().await);
    let mut all = Vec::new();
    for number in 0..6 {
        let id = create(&owner, &format!("session {number}")).await.id;
        let done = ["start", "stop"][number % 2];
        all.push(post(&owner, &format!("/sessions/{id}/{done}")).await.json::<Session>());
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
