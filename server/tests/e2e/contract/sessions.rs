//! The calls of live sessions.

use guildhall_client::{Call, Client};
use guildhall_openapi::sessions::{DeleteSessionDeprecated, SessionQuery, StopSessionDeprecated};
use guildhall_openapi::{Session, SessionState, SessionUser};

use crate::sessions::new_session;

/// Makes each once and leaves nothing behind.
pub(super) async fn make_calls(client: &Client) {
    let (sessions, me) = (client.sessions(), client.accounts().me().await.unwrap());
    let created = sessions.create(&new_session("Anatomy")).await.unwrap();
    let id = created.id;
    assert_eq!(sessions.get(id).await.unwrap(), created);
    let started = sessions.start(id).await.unwrap();
    assert_eq!(started, Session { state: SessionState::Active, ..created.clone() });

    let joined = sessions.add_user(id, me.id).await.unwrap();
    let users = vec![SessionUser { id: me.id, username: me.username }];
    assert_eq!(joined, Session { users, ..started.clone() });
    assert_eq!(sessions.list(&SessionQuery::default()).await.unwrap().rows, [joined]);
    assert_eq!(sessions.remove_user(id, me.id).await.unwrap(), started);

    let stopped = sessions.stop(id).await.unwrap();
    assert_eq!((stopped.state, stopped.owner_id), (SessionState::Ended, me.id));
    let again = client.send(Call::<StopSessionDeprecated>::to(&[&id])).await.unwrap();
    assert_eq!(again, stopped);
    sessions.delete(id).await.unwrap();
    let other = sessions.create(&new_session("Anatomy")).await.unwrap();
    client.send(Call::<DeleteSessionDeprecated>::to(&[&other.id])).await.unwrap();
}
