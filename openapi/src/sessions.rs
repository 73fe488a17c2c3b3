//! Live sessions: people who do something together, from a start to an end. (A signed-in device is a
//! [login](crate::logins).)

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::endpoint::endpoints;
use crate::error::Fault;
use crate::ids::{SessionId, UserId};
use crate::page::Page;
use crate::text::{SessionName, Username};
use crate::time::Timestamp;
use crate::variants::documented;

documented! {
    /// How far a session is.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    #[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
    #[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
    pub enum SessionState {
        /// Not started yet.
        #[default]
        Inactive,
        /// Under way.
        Active,
        /// Over, for good.
        Ended,
    }
}

impl SessionState {
    /// All states, in the order in which a session goes through them.
    pub const ALL: [Self; 3] = [Self::Inactive, Self::Active, Self::Ended];

    /// The state as it stands in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inactive => "inactive",
            Self::Active => "active",
            Self::Ended => "ended",
        }
    }
}

impl FromStr for SessionState {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let known = Self::ALL.into_iter().find(|state| state.as_str() == text);
        known.ok_or_else(|| Fault::Malformed("it is none of inactive, active, ended".into()))
    }
}

/// Someone who takes part in a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SessionUser {
    /// The account's id.
    pub id: UserId,
    /// The name under which others know the account.
    pub username: Username,
}

/// A live session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Session {
    /// The session's id.
    pub id: SessionId,
    /// Its name.
    pub name: SessionName,
    /// How far it is.
    pub state: SessionState,
    /// Who made it; the id stays when the account is deleted.
    pub owner_id: UserId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Who takes part, in the order in which they joined.
    pub users: Vec<SessionUser>,
}

/// The body of `POST /sessions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct NewSession {
    /// Its name.
    pub name: SessionName,
}

/// The query of `GET /sessions`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SessionQuery {
    /// Only sessions in this state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<SessionState>,
    /// Which part of the list.
    #[serde(flatten)]
    pub page: Page<SessionId>,
}

endpoints! {
    /// Lists sessions.
    ListSessions = "list_sessions" Get "/sessions", Member,
        ((), SessionQuery) -> Vec<Session>, [ValidationFailed];
    /// Creates a session.
    CreateSession = "create_session" Post "/sessions", Member,
        (NewSession, ()) -> Session, [IdempotencyKeyReused];
    /// Reads one session.
    GetSession = "get_session" Get "/sessions/{session_id}", Member, ((), ()) -> Session, [SessionNotFound];
    /// Deletes a session.
    DeleteSession = "delete_session" Delete "/sessions/{session_id}", Owner,
        ((), ()) -> (), [SessionNotFound];
    /// Deletes a session, under the path that older clients know.
    DeleteSessionDeprecated = "delete_session_deprecated" Delete "/sessions/delete/{session_id}", Owner,
        ((), ()) -> (), [SessionNotFound];
    /// Starts a session.
    StartSession = "start_session" Post "/sessions/{session_id}/start", Owner,
        ((), ()) -> Session, [SessionEnded, SessionNotFound];
    /// Ends a session.
    StopSession = "stop_session" Post "/sessions/{session_id}/stop", Owner,
        ((), ()) -> Session, [SessionNotFound];
    /// Ends a session, under the path and method that older clients know.
    StopSessionDeprecated = "stop_session_deprecated" Get "/sessions/stop/{session_id}", Owner,
        ((), ()) -> Session, [SessionNotFound];
    /// Lets someone join a session: its owner, an admin or the person does.
    AddSessionUser = "add_session_user" Post "/sessions/{session_id}/add_user/{user_id}", OwnerOrThemself,
        ((), ()) -> Session, [SessionEnded, SessionNotFound, UserNotFound];
    /// Lets someone leave a session: its owner, an admin or the person does.
    RemoveSessionUser = "remove_session_user" Delete "/sessions/{session_id}/users/{user_id}", OwnerOrThemself,
        ((), ()) -> Session, [SessionEnded, SessionNotFound, UserNotFound];
}
