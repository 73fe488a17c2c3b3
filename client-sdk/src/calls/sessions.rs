//! Calls about live sessions.

use guildhall_openapi::sessions::{
    AddSessionUser, CreateSession, DeleteSession, GetSession, ListSessions, RemoveSessionUser,
    SessionQuery, StartSession, StopSession,
};
use guildhall_openapi::{NewSession, Session, SessionId, UserId};

use super::calls;
use crate::client::Client;

/// Live sessions, which people join and leave.
///
/// ```no_run
/// # use guildhall_client::{Client, contract::{NewSession, UserId}};
/// # async fn run(client: Client, grace: UserId) -> Result<(), guildhall_client::Error> {
/// let session = client.sessions().create(&NewSession { name: "Rehearsal".into() }).await?;
/// client.sessions().start(session.id).await?;
/// client.sessions().add_user(session.id, grace).await?;
/// let ended = client.sessions().stop(session.id).await?;
/// assert!(ended.ended_at.is_some());
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Sessions<'c>(pub(crate) &'c Client);

impl Client {
    /// Live sessions.
    #[must_use]
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions(self)
    }
}

calls! { Sessions of "sessions";
    /// Lists sessions, in the order of their ids.
    list list() query(query: &SessionQuery) -> Session = ListSessions;
    /// Creates a session, which is not started yet.
    call create() body(new: &NewSession) -> Session = CreateSession;
    /// Reads one session.
    call get(id: SessionId) -> Session = GetSession;
    /// Deletes a session (its owner, admins).
    call delete(id: SessionId) -> () = DeleteSession;
    /// Starts a session (its owner, admins).
    call start(id: SessionId) -> Session = StartSession;
    /// Ends a session, for good (its owner, admins).
    call stop(id: SessionId) -> Session = StopSession;
    /// Lets someone join: oneself, or, for its owner and admins, anyone.
    call add_user(id: SessionId, user: UserId) -> Session = AddSessionUser;
    /// Lets someone leave: oneself, or, for its owner and admins, anyone.
    call remove_user(id: SessionId, user: UserId) -> Session = RemoveSessionUser;
}
