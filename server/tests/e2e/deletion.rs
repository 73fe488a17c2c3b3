//! `docs/DELETION.md`, line by line.

use guildhall_client::Client;
use guildhall_openapi::accounts::UserDeletion;
use guildhall_openapi::audit::AuditQuery;
use guildhall_openapi::events::{EventPatch, EventQuery, EventSelection};
use guildhall_openapi::messages::ConversationQuery;
use guildhall_openapi::page::Page;
use guildhall_openapi::text::Username;
use guildhall_openapi::{
    AuditAction, Correspondent, ErrorCode, Session, SessionState, SessionUser, User, UserView,
};
use serde_json::json;

use crate::events::{event, new_event};
use crate::groups::{into_group, new_group};
use crate::messages::new_message;
use crate::sessions::new_session;
use crate::support::{Api, PASSWORD, Refused as _, World, on_both};
use crate::users::{everyone, into_disabled};

on_both! {
    /// A page that says of what was deleted what is not so.
    async fn what_is_left_is_as_the_page_says(world) {
        an_account(world).await;
        a_member_of_a_group_and_the_group(world).await;
        an_owner_and_their_sessions(world).await;
        an_organizer_and_their_events(world).await;
        an_erased_person(world).await;
    }
}

/// Deletes a user, by themself or by an admin.
async fn delete(client: &Client, user: &User) {
    client.accounts().delete(user.id, &UserDeletion::default()).await.unwrap();
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
    let tokens = world.api.log_in(name).await;
    delete(&api, &alice).await;

    for seen in [&other, &admin] {
        seen.accounts().get(alice.id).await.refused(ErrorCode::UserNotFound);
        assert!(everyone(seen, false).await.iter().all(|user| user.id() != alice.id));
    }
    other.get(&format!("{path}?include_deleted=true")).await.refused(ErrorCode::UserNotFound);
    let after = kept(&admin, &alice).await;
    assert!(after.deleted_at.is_some());
    let (deleted_at, updated_at, last_login) =
        (after.deleted_at, after.updated_at, after.last_login);
    assert_eq!(after, User { deleted_at, updated_at, last_login, ..before }, "nothing is erased");
    let changed = admin.accounts().update(alice.id, &into_disabled(true)).await;
    changed.refused(ErrorCode::UserNotFound);
    admin
        .accounts()
        .delete(alice.id, &UserDeletion::default())
        .await
        .refused(ErrorCode::UserNotFound);

    for device in [&api, &world.api.with_token(&tokens.access_token)] {
        device.is_cut_off().await;
    }
    let refresh = json!({ "refresh_token": tokens.refresh_token });
    let refreshed = world.api.post("/auth/refresh", &refresh).await;
    refreshed.refused(ErrorCode::InvalidRefreshToken);
    let signed_in = world.api.auth().sign_in(name, PASSWORD).await;
    signed_in.refused(ErrorCode::InvalidCredentials);

    assert!(world.register(name).await.id > alice.id);
    let next = world.sign_in(name).await;
    next.accounts().delete(alice.id, &UserDeletion::default()).await.refused(ErrorCode::Forbidden);
}

async fn a_member_of_a_group_and_the_group(world: &World) {
    let ((alice, _), (bob, other), (_, admin)) =
        (world.someone().await, world.someone().await, world.admin().await);
    let create = async || admin.groups().create(&new_group("Rowers")).await.unwrap();
    let group = create().await;
    for user in [&alice, &bob] {
        admin.accounts().update(user.id, &into_group(&group)).await.unwrap();
    }
    delete(&admin, &alice).await;
    let users = other.groups().users(group.id, &Page::default()).await.unwrap();
    assert_eq!(users.iter().map(UserView::id).collect::<Vec<_>>(), [bob.id]);
    assert_eq!(kept(&admin, &alice).await.group, Some(group.id));

    let before = other.accounts().me().await.unwrap();
    admin.groups().delete(group.id).await.unwrap();
    assert_eq!(kept(&admin, &alice).await.group, None);
    let after = other.accounts().me().await.unwrap();
    assert_eq!(after, User { group: None, ..before });
    other.groups().get(group.id).await.refused(ErrorCode::GroupNotFound);
    assert!(create().await.id > group.id);
}

async fn an_owner_and_their_sessions(world: &World) {
    let ((alice, api), (bob, other), (_, admin)) =
        (world.someone().await, world.someone().await, world.admin().await);
    let mut before = Vec::new();
    for state in [SessionState::Inactive, SessionState::Active, SessionState::Ended] {
        let sessions = api.sessions();
        let id = sessions.create(&new_session("x")).await.unwrap().id;
        sessions.add_user(id, alice.id).await.unwrap();
        let mut session = sessions.add_user(id, bob.id).await.unwrap();
        if state != SessionState::Inactive {
            session = sessions.start(id).await.unwrap();
        }
        if state == SessionState::Ended {
            session = sessions.stop(id).await.unwrap();
        }
        assert_eq!(session.state, state);
        before.push(session);
    }
    delete(&api, &alice).await;
    for before in before {
        is_left_without(&other, &admin, before, &alice, &bob).await;
    }
}

/// What others and admins can do with a session whose owner is deleted.
async fn is_left_without(other: &Api, admin: &Api, before: Session, alice: &User, bob: &User) {
    let (others, admins, id) = (other.sessions(), admin.sessions(), before.id);
    let user = |user: &User| SessionUser { id: user.id, username: user.username.clone() };
    let has_ended = before.state == SessionState::Ended;
    let users = if has_ended { vec![user(alice), user(bob)] } else { vec![user(bob)] };
    let left = Session { users, ..before };
    assert_eq!((left.owner_id, others.get(id).await.unwrap()), (alice.id, left.clone()));
    others.start(id).await.refused(ErrorCode::Forbidden);
    others.stop(id).await.refused(ErrorCode::Forbidden);
    others.add_user(id, alice.id).await.refused(ErrorCode::Forbidden);
    others.remove_user(id, alice.id).await.refused(ErrorCode::Forbidden);
    others.delete(id).await.refused(ErrorCode::Forbidden);
    admins.add_user(id, alice.id).await.refused(ErrorCode::UserNotFound);
    if !has_ended {
        assert_eq!(admins.add_user(id, bob.id).await.unwrap(), left);
        assert_eq!(admins.start(id).await.unwrap().state, SessionState::Active);
        assert_eq!(admins.stop(id).await.unwrap().state, SessionState::Ended);
    }
    admins.delete(id).await.unwrap();
    others.get(id).await.refused(ErrorCode::SessionNotFound);
    let next = others.create(&new_session("x")).await.unwrap();
    assert!(next.id > left.id && next.users.is_empty());
    others.delete(next.id).await.unwrap();
}

async fn an_organizer_and_their_events(world: &World) {
    let ((alice, api), (bob, other), (_, admin)) =
        (world.someone().await, world.someone().await, world.admin().await);
    let left = event(&api, "Regatta").await;
    let (id, anyone, others) = (left.id, world.api.events(), other.events());
    for guest in [api.events(), others] {
        guest.attend(id).await.unwrap();
    }
    delete(&api, &alice).await;
    let organizer_id = Some(alice.id);
    let selection = EventSelection { organizer_id, ..EventSelection::default() };
    let calendar = async || anyone.calendar(&selection).await.unwrap().0;
    let query = EventQuery { selection: selection.clone(), ..EventQuery::default() };
    assert_eq!(anyone.list(&query).await.unwrap().rows, std::slice::from_ref(&left));
    assert_eq!(anyone.get(id).await.unwrap(), left);
    assert!(calendar().await.contains("SUMMARY:Regatta\r\n"));
    let attendees = others.attendees(id, &Page::default()).await.unwrap();
    assert_eq!(attendees.iter().map(UserView::id).collect::<Vec<_>>(), [bob.id]);

    let again = async || others.create(&new_event("Regatta")).await;
    again().await.refused(ErrorCode::EventTitleTaken);
    let moved = EventPatch { location: Some("The river".into()), ..EventPatch::default() };
    others.update(id, &moved).await.refused(ErrorCode::Forbidden);
    others.delete(id).await.refused(ErrorCode::Forbidden);
    let moved = admin.events().update(id, &moved).await.unwrap();
    assert_eq!((moved.organizer_id, moved.location.as_str()), (alice.id, "The river"));

    admin.events().delete(id).await.unwrap();
    others.get(id).await.refused(ErrorCode::EventNotFound);
    others.event_calendar(id).await.refused(ErrorCode::EventNotFound);
    others.attendees(id, &Page::default()).await.refused(ErrorCode::EventNotFound);
    assert!(!calendar().await.contains("VEVENT"));
    assert!(again().await.unwrap().id > left.id);
}

async fn an_erased_person(world: &World) {
    let ((alice, api), (bob, other), (_, admin)) =
        (world.someone().await, world.someone().await, world.admin().await);
    let group = admin.groups().create(&new_group("Erased")).await.unwrap();
    admin.accounts().update(alice.id, &into_group(&group)).await.unwrap();
    let message = api.messages().send(&new_message(bob.id, "Farewell")).await.unwrap();
    let regatta = event(&api, "The last regatta").await;
    let session = api.sessions().create(&new_session("x")).await.unwrap().id;
    api.sessions().add_user(session, alice.id).await.unwrap();
    api.sessions().start(session).await.unwrap();
    api.sessions().stop(session).await.unwrap();
    let before = kept(&admin, &alice).await;

    let erase = UserDeletion { erase: true };
    other.accounts().delete(alice.id, &erase).await.refused(ErrorCode::Forbidden);
    api.accounts().delete(alice.id, &erase).await.unwrap();
    api.is_cut_off().await;

    let name = Username::from(format!("erased-{}", alice.id));
    let after = kept(&admin, &alice).await;
    let (deleted_at, updated_at) = (after.deleted_at, after.updated_at);
    let email = format!("{}@erased.invalid", name.as_str()).into();
    let expected =
        User { username: name.clone(), email, group: None, deleted_at, updated_at, ..before };
    assert_eq!(after, expected);
    assert!(deleted_at.is_some());

    assert_eq!(other.messages().get(message.id).await.unwrap(), message);
    assert_eq!(other.events().get(regatta.id).await.unwrap(), regatta);
    let listed = other.messages().conversations(&ConversationQuery::default()).await.unwrap();
    let shown = Correspondent {
        id: alice.id,
        username: Some(name.clone()),
        full_name: None,
        deleted: true,
    };
    assert_eq!(listed[0].user, shown);
    let users = other.sessions().get(session).await.unwrap().users;
    assert_eq!(users, [SessionUser { id: alice.id, username: name }]);

    let about = AuditQuery { subject_id: Some(alice.id), ..AuditQuery::default() };
    let entries = admin.audit().list(&about).await.unwrap();
    let actions: Vec<_> = entries.iter().take(2).map(|entry| entry.action).collect();
    assert_eq!(actions, [AuditAction::UserErased, AuditAction::UserDeleted]);
    assert!(entries.iter().all(|entry| entry.ip.is_none()), "{entries:?}");
    // Again does no harm, and an account that was only deleted can be erased by an admin.
    admin.accounts().delete(alice.id, &erase).await.unwrap();
    other.accounts().delete(bob.id, &UserDeletion::default()).await.unwrap();
    assert_eq!(kept(&admin, &bob).await.username, bob.username);
    admin.accounts().delete(bob.id, &erase).await.unwrap();
    assert_eq!(kept(&admin, &bob).await.username.as_str(), format!("erased-{}", bob.id));
}
