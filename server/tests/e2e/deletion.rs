//! `docs/DELETION.md`, line by line.

use guildhall_openapi::logins::LogIn;
use guildhall_openapi::{
    ErrorCode, Event, Group, Session, SessionState, SessionUser, User, UserId, UserView,
};
use serde_json::json;

use crate::events::{event, new_event};
use crate::support::{Api, Reply, World, account, credentials, on_both};

on_both! {
    /// A page that says of what was deleted what is not so.
    async fn what_is_left_is_as_the_page_says(world) {
        an_account(world).await;
        a_member_of_a_group_and_the_group(world).await;
        an_owner_and_their_sessions(world).await;
        an_organizer_and_their_events(world).await;
    }
}

async fn post(api: &Api, path: &str) -> Reply {
    Reply::to(api.request("POST", path)).await
}

/// Deletes a user, by themself or by an admin.
async fn delete(api: &Api, user: &User) {
    api.delete(&format!("/users/{}", user.id)).await.done();
}

/// The account as admins see it.
async fn kept(admin: &Api, user: &User) -> User {
    admin.get(&format!("/users/{}?include_deleted=true", user.id)).await.json()
}

async fn an_account(world: &World) {
    let ((alice, api), (_, other), (_, admin)) =
        (world.someone().await, world.someone().await, world.admin().await);
    let (name, path) = (&alice.username, format!("/users/{}", alice.id));
    let before = kept(&admin, &alice).await;
    let tokens = world.api.call::<LogIn>(&credentials(name)).await;
    delete(&api, &alice).await;

    for seen in [&other, &admin] {
        seen.get(&path).await.refused(ErrorCode::UserNotFound);
        let all: Vec<UserView> = seen.get("/users?limit=1000").await.json();
        assert!(all.iter().all(|user| user.id() != alice.id));
    }
    other.get(&format!("{path}?include_deleted=true")).await.refused(ErrorCode::UserNotFound);
    let after = kept(&admin, &alice).await;
    assert!(after.deleted_at.is_some());
    let (deleted_at, updated_at, last_login) =
        (after.deleted_at, after.updated_at, after.last_login);
    assert_eq!(after, User { deleted_at, updated_at, last_login, ..before }, "nothing is erased");
    admin.send("PUT", &path, &json!({ "disabled": true })).await.refused(ErrorCode::UserNotFound);
    admin.delete(&path).await.refused(ErrorCode::UserNotFound);

    for device in [&api, &world.api.with_token(&tokens.access_token)] {
        device.get("/auth/me").await.refused(ErrorCode::NotAuthenticated);
    }
    let refresh = json!({ "refresh_token": tokens.refresh_token });
    let refreshed = world.api.post("/auth/refresh", &refresh).await;
    refreshed.refused(ErrorCode::InvalidRefreshToken);
    let login = world.api.post("/login", &credentials(name)).await;
    login.refused(ErrorCode::InvalidCredentials);

    let next: User = world.api.post("/register", &account(name)).await.json();
    assert!(next.id > alice.id);
    let next = world.sign_in(name).await;
    next.delete(&path).await.refused(ErrorCode::Forbidden);
}

async fn a_member_of_a_group_and_the_group(world: &World) {
    let ((alice, _), (bob, other), (_, admin)) =
        (world.someone().await, world.someone().await, world.admin().await);
    let create = async || admin.post("/groups", &json!({ "name": "Rowers" })).await.json::<Group>();
    let group = create().await;
    let path = format!("/groups/{}", group.id);
    for user in [&alice, &bob] {
        let body = json!({ "group": group.id });
        admin.send("PUT", &format!("/users/{}", user.id), &body).await.json::<User>();
    }
    delete(&admin, &alice).await;
    let users: Vec<UserView> = other.get(&format!("{path}/users")).await.json();
    assert_eq!(users.iter().map(UserView::id).collect::<Vec<_>>(), [bob.id]);
    assert_eq!(kept(&admin, &alice).await.group, Some(group.id));

    let before: User = other.get("/auth/me").await.json();
    admin.delete(&path).await.done();
    assert_eq!(kept(&admin, &alice).await.group, None);
    let after: User = other.get("/auth/me").await.json();
    assert_eq!(after, User { group: None, ..before });
    other.get(&path).await.refused(ErrorCode::GroupNotFound);
    assert!(create().await.id > group.id);
}

async fn an_owner_and_their_sessions(world: &World) {
    let ((alice, api), (bob, other), (_, admin)) =
        (world.someone().await, world.someone().await, world.admin().await);
    let mut before = Vec::new();
    for calls in [&[][..], &["start"], &["start", "stop"]] {
        let mut session: Session = api.post("/sessions", &json!({ "name": "x" })).await.json();
        let people = [alice.id, bob.id].map(|id| format!("add_user/{id}"));
        for call in people.iter().map(String::as_str).chain(calls.iter().copied()) {
            session = post(&api, &format!("/sessions/{}/{call}", session.id)).await.json();
        }
        before.push(session);
    }
    delete(&api, &alice).await;
    let user = |user: &User| SessionUser { id: user.id, username: user.username.clone() };
    for before in before {
        let path = format!("/sessions/{}", before.id);
        let has_ended = before.state == SessionState::Ended;
        let users = if has_ended { vec![user(&alice), user(&bob)] } else { vec![user(&bob)] };
        let left = Session { users, ..before };
        assert_eq!((left.owner_id, other.get(&path).await.json()), (alice.id, left.clone()));
        let [start, stop] = ["start", "stop"].map(|call| format!("{path}/{call}"));
        let add = |id: UserId| format!("{path}/add_user/{id}");
        for call in [&start, &stop, &add(alice.id)] {
            post(&other, call).await.refused(ErrorCode::Forbidden);
        }
        for call in [&path, &format!("{path}/users/{}", alice.id)] {
            other.delete(call).await.refused(ErrorCode::Forbidden);
        }
        post(&admin, &add(alice.id)).await.refused(ErrorCode::UserNotFound);
        if !has_ended {
            assert_eq!(post(&admin, &add(bob.id)).await.json::<Session>(), left);
            assert_eq!(post(&admin, &start).await.json::<Session>().state, SessionState::Active);
            assert_eq!(post(&admin, &stop).await.json::<Session>().state, SessionState::Ended);
        }
        admin.delete(&path).await.done();
        other.get(&path).await.refused(ErrorCode::SessionNotFound);
        let next: Session = other.post("/sessions", &json!({ "name": "x" })).await.json();
        assert!(next.id > left.id && next.users.is_empty());
        other.delete(&format!("/sessions/{}", next.id)).await.done();
    }
}

async fn an_organizer_and_their_events(world: &World) {
    let ((alice, api), (bob, other), (_, admin)) =
        (world.someone().await, world.someone().await, world.admin().await);
    let left = event(&api, "Regatta").await;
    let path = format!("/events/{}", left.id);
    for guest in [&api, &other] {
        guest.send("PUT", &format!("{path}/attendance"), &json!({})).await.done();
    }
    delete(&api, &alice).await;
    let organized = format!("?organizer_id={}", alice.id);
    let calendar = async || world.api.get(&format!("/events.ics{organized}")).await.body;
    let listed: Vec<Event> = world.api.get(&format!("/events{organized}")).await.json();
    assert_eq!(listed, std::slice::from_ref(&left));
    assert_eq!(world.api.get(&path).await.json::<Event>(), left);
    assert!(calendar().await.contains("SUMMARY:Regatta\r\n"));
    let attendees: Vec<UserView> = other.get(&format!("{path}/attendees")).await.json();
    assert_eq!(attendees.iter().map(UserView::id).collect::<Vec<_>>(), [bob.id]);

    let again = async || other.post("/events", &new_event("Regatta")).await;
    again().await.refused(ErrorCode::EventTitleTaken);
    let moved = json!({ "location": "The river" });
    other.send("PUT", &path, &moved).await.refused(ErrorCode::Forbidden);
    other.delete(&path).await.refused(ErrorCode::Forbidden);
    let moved: Event = admin.send("PUT", &path, &moved).await.json();
    assert_eq!((moved.organizer_id, moved.location.as_str()), (alice.id, "The river"));

    admin.delete(&path).await.done();
    for path in [&path, &format!("{path}/event.ics"), &format!("{path}/attendees")] {
        other.get(path).await.refused(ErrorCode::EventNotFound);
    }
    assert!(!calendar().await.contains("VEVENT"));
    assert!(again().await.json::<Event>().id > left.id);
}
