//! The calls of live sessions.

use guildhall_openapi::accounts::Me;
use guildhall_openapi::sessions::{
    AddSessionUser, CreateSession, DeleteSession, DeleteSessionDeprecated, GetSession,
    ListSessions, RemoveSessionUser, StartSession, StopSession, StopSessionDeprecated,
};
use guildhall_openapi::{NewSession, Session, SessionState, SessionUser};

use super::Walk;
use crate::support::Api;

/// Makes each once and leaves nothing behind.
pub(super) async fn make_calls(walk: &mut Walk<'_>, owner: &Api) {
    let me = walk.call::<Me>(owner, 0, &()).await;
    let new = NewSession { name: "Anatomy".into() };
    let created = walk.call::<CreateSession>(owner, 0, &new).await;
    let id = created.id.get();
    assert_eq!(walk.call::<GetSession>(owner, id, &()).await, created);
    let started = walk.call::<StartSession>(owner, id, &()).await;
    assert_eq!(started, Session { state: SessionState::Active, ..created.clone() });

    let path = format!("/sessions/{id}/add_user/{}", me.id);
    let joined = walk.call_at::<AddSessionUser>(owner, &path, &()).await;
    let users = vec![SessionUser { id: me.id, username: me.username }];
    assert_eq!(joined, Session { users, ..started.clone() });
    assert_eq!(walk.call::<ListSessions>(owner, 0, &()).await, [joined]);
    let path = format!("/sessions/{id}/users/{}", me.id);
    assert_eq!(walk.call_at::<RemoveSessionUser>(owner, &path, &()).await, started);

    let stopped = walk.call::<StopSession>(owner, id, &()).await;
    assert_eq!((stopped.state, stopped.owner_id), (SessionState::Ended, me.id));
    assert_eq!(walk.call::<StopSessionDeprecated>(owner, id, &()).await, stopped);
    walk.call::<DeleteSession>(owner, id, &()).await;
    let other = walk.call::<CreateSession>(owner, 0, &new).await;
    walk.call::<DeleteSessionDeprecated>(owner, other.id.get(), &()).await;
}
