//! Live sessions.

use guildhall_core::Guildhall;
use guildhall_openapi::page::{Limit, Skip};
use guildhall_openapi::sessions::SessionQuery;
use guildhall_openapi::text::IdempotencyKey;
use guildhall_openapi::{NewSession, Session, SessionId, SessionState, UserId};
use poem::http::Uri;
use poem::web::Data;
use poem_openapi::OpenApi;

use super::Tag;
use crate::answer::{Answer, Done, Json, Listing};
use crate::extract::{Body, SignedIn};
use crate::parameter::{Header, Path, Query, page};

pub(crate) struct Routes;

#[OpenApi(tag = "Tag::Sessions")]
impl Routes {
    /// List sessions
    ///
    /// In id order.
    #[oai(path = "/sessions", method = "get", operation_id = "list_sessions")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn list_sessions(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        uri: &Uri,
        /// Only sessions in this state.
        state: Query<SessionState>,
        /// Only sessions after the one with this id.
        after: Query<SessionId>,
        /// How many sessions to leave out at the beginning.
        skip: Query<Skip>,
        /// How many sessions at most.
        limit: Query<Limit>,
    ) -> Answer<Listing<Session>> {
        let query = SessionQuery { state: state.0, page: page(after, skip, limit) };
        let (sessions, more) = guildhall.sessions().list(&caller.0, query).await?;
        Ok(Listing::new(uri, sessions, more, |session| session.id.get()))
    }

    /// Create a session
    ///
    /// It is inactive, without users, and owned by whoever asks.
    #[oai(path = "/sessions", method = "post", operation_id = "create_session")]
    async fn create_session(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        /// Asked again with the same key, the call gives its first answer and creates nothing.
        #[oai(name = "Idempotency-Key")]
        key: Header<IdempotencyKey>,
        body: Body<NewSession>,
    ) -> Answer<Json<Session>> {
        Ok(Json(guildhall.sessions().create(&caller.0, body.0, key.0.as_ref()).await?))
    }

    /// Read a session
    #[oai(path = "/sessions/:session_id", method = "get", operation_id = "get_session")]
    async fn get_session(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        /// The session.
        session_id: Path<SessionId>,
    ) -> Answer<Json<Session>> {
        Ok(Json(guildhall.sessions().get(&caller.0, session_id.0).await?))
    }

    /// Delete a session
    ///
    /// For its owner and for admins.
    #[oai(path = "/sessions/:session_id", method = "delete", operation_id = "delete_session")]
    async fn delete_session(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        /// The session.
        session_id: Path<SessionId>,
    ) -> Answer<Done> {
        guildhall.sessions().delete(&caller.0, session_id.0).await?;
        Ok(Done)
    }

    /// Delete a session (older path)
    ///
    /// For its owner and for admins. `DELETE /sessions/{session_id}` does the same, under the path
    /// at which the session is read.
    #[oai(
        path = "/sessions/delete/:session_id",
        method = "delete",
        operation_id = "delete_session_deprecated",
        deprecated
    )]
    async fn delete_session_deprecated(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        /// The session.
        session_id: Path<SessionId>,
    ) -> Answer<Done> {
        self.delete_session(guildhall, caller, session_id).await
    }

    /// Start a session
    ///
    /// For its owner and for admins. One that is active stays so; one that has ended cannot be
    /// started again.
    #[oai(path = "/sessions/:session_id/start", method = "post", operation_id = "start_session")]
    async fn start_session(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        /// The session.
        session_id: Path<SessionId>,
    ) -> Answer<Json<Session>> {
        Ok(Json(guildhall.sessions().start(&caller.0, session_id.0).await?))
    }

    /// Stop a session
    ///
    /// For its owner and for admins. It ends for good; asked again, the answer is the same.
    #[oai(path = "/sessions/:session_id/stop", method = "post", operation_id = "stop_session")]
    async fn stop_session(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        /// The session.
        session_id: Path<SessionId>,
    ) -> Answer<Json<Session>> {
        Ok(Json(guildhall.sessions().stop(&caller.0, session_id.0).await?))
    }

    /// Stop a session (older path)
    ///
    /// For its owner and for admins. `POST /sessions/{session_id}/stop` does the same; a `GET` that
    /// changes something may be made by a browser or a proxy that only looks ahead.
    #[oai(
        path = "/sessions/stop/:session_id",
        method = "get",
        operation_id = "stop_session_deprecated",
        deprecated
    )]
    async fn stop_session_deprecated(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        /// The session.
        session_id: Path<SessionId>,
    ) -> Answer<Json<Session>> {
        self.stop_session(guildhall, caller, session_id).await
    }

    /// Add someone to a session
    ///
    /// For its owner, for admins, and for the person themself. Adding twice changes nothing.
    #[oai(
        path = "/sessions/:session_id/add_user/:user_id",
        method = "post",
        operation_id = "add_session_user"
    )]
    async fn add_session_user(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        /// The session.
        session_id: Path<SessionId>,
        /// The person.
        user_id: Path<UserId>,
    ) -> Answer<Json<Session>> {
        Ok(Json(guildhall.sessions().add_user(&caller.0, session_id.0, user_id.0).await?))
    }

    /// Remove someone from a session
    ///
    /// For its owner, for admins, and for the person themself. Removing who is not in it changes
    /// nothing.
    #[oai(
        path = "/sessions/:session_id/users/:user_id",
        method = "delete",
        operation_id = "remove_session_user"
    )]
    async fn remove_session_user(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        /// The session.
        session_id: Path<SessionId>,
        /// The person.
        user_id: Path<UserId>,
    ) -> Answer<Json<Session>> {
        Ok(Json(guildhall.sessions().remove_user(&caller.0, session_id.0, user_id.0).await?))
    }
}
