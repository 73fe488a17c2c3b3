//! The realtime stream.

use guildhall_core::{Caller, Error, Guildhall};
use guildhall_openapi::stream::{SyncAnswer, SyncQuery, Ticket, Wait};
use guildhall_openapi::text::{Cursor, Token};
use guildhall_openapi::{CloseReason, ErrorCode};
use poem::web::Data;
use poem_openapi::OpenApi;

use super::Tag;
use crate::answer::{Answer, Json};
use crate::extract::{Address, Bearer, SignedIn};
use crate::parameter::{Path, Query};
use crate::socket::{Switched, Upgrade};

pub(crate) struct Routes;

#[OpenApi(tag = "Tag::Stream")]
impl Routes {
    /// Open the stream
    ///
    /// A WebSocket, for programs that can set headers: the access token is in `Authorization`. (Swagger UI
    /// cannot try it.)
    ///
    /// Each text message is a frame with the cursor of the place behind it. `ready` comes first, or
    /// `resync_required` and then `ready` where `cursor` is too old or another's: then read anew what is
    /// shown. What follows is what happens from now on, or from right behind `cursor`. The server pings
    /// every 30 s, and drops a reader that does not answer; a reader has nothing to say (512 bytes at most).
    ///
    /// It closes with `1008 invalid_token`, `1008 token_revoked` (signed out), `1008 token_expired` (come back
    /// with a new token and the last cursor), `1013 too_slow` (frames were not read for 10 s; come back with
    /// the last cursor), `1013 too_many` (the 101st of one user), or `1001` (the server stops; come back).
    #[oai(path = "/ws", method = "get", operation_id = "open_stream")]
    async fn open_stream(
        &self,
        guildhall: Data<&Guildhall>,
        upgrade: Upgrade,
        address: Address,
        token: Bearer,
        /// The last cursor, to go on right behind it.
        cursor: Query<Cursor>,
    ) -> Answer<Switched> {
        let caller = guildhall.logins().authenticate(&token.0, address.0).await;
        open(&guildhall, upgrade, caller, cursor).await
    }

    /// Open the stream with a ticket
    ///
    /// The same as `GET /ws`, with the same frames and ends, for programs that cannot set headers: in the path
    /// stands a ticket, which is good once, or an access token, which would be good for whoever finds the
    /// address in a log.
    #[oai(path = "/ws/:token", method = "get", operation_id = "open_stream_by_token")]
    async fn open_stream_by_token(
        &self,
        guildhall: Data<&Guildhall>,
        upgrade: Upgrade,
        address: Address,
        /// The ticket, or an access token.
        token: Path<Token>,
        /// The last cursor, to go on right behind it.
        cursor: Query<Cursor>,
    ) -> Answer<Switched> {
        let caller = guildhall.streams().redeem(token.0.as_str(), address.0).await;
        open(&guildhall, upgrade, caller, cursor).await
    }

    /// Make a ticket
    ///
    /// It opens one socket (`GET /ws/{ticket}`) within half a minute. That one closes when the access
    /// token that was shown for the ticket ends.
    #[oai(path = "/ws/ticket", method = "post", operation_id = "create_stream_ticket")]
    async fn create_stream_ticket(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
    ) -> Answer<Json<Ticket>> {
        Ok(Json(guildhall.streams().ticket(&caller.0)?))
    }

    /// Read the stream without a socket
    ///
    /// At most 100 frames; if there are as many, ask again at once. Without a cursor it answers at
    /// once with none, and with the cursor to begin from.
    #[oai(path = "/sync", method = "get", operation_id = "sync")]
    async fn sync(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        /// The last cursor, to go on right behind it.
        cursor: Query<Cursor>,
        /// How many seconds to wait for the first frame.
        wait: Query<Wait>,
    ) -> Answer<Json<SyncAnswer>> {
        let query = SyncQuery { cursor: cursor.0, wait: wait.0.unwrap_or_default() };
        Ok(Json(guildhall.streams().sync(&caller.0, query).await?))
    }
}

/// Opens the stream of whoever this is. Where it is nobody the socket is opened all the same and
/// closed with the reason, which a browser can read; of a refused upgrade it tells nothing.
async fn open(
    guildhall: &Guildhall,
    upgrade: Upgrade,
    caller: Result<Caller, Error>,
    cursor: Query<Cursor>,
) -> Answer<Switched> {
    let stream = match caller {
        Ok(caller) => guildhall.streams().open(&caller, cursor.0.as_ref()).await,
        Err(error) => Err(error),
    };
    let stream = match stream.map_err(|error| (error.code(), error)) {
        Ok(stream) => Ok(stream),
        Err((ErrorCode::NotAuthenticated, _)) => Err(CloseReason::InvalidToken),
        Err((ErrorCode::TooManyRequests, _)) => Err(CloseReason::TooMany),
        Err((_, error)) => return Err(error.into()),
    };
    Ok(upgrade.answer(stream))
}
