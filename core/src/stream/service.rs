//! The service: opening the stream, asking for it, and tickets.

use std::net::IpAddr;
use std::time::Duration;

use guildhall_openapi::stream::{SyncAnswer, SyncQuery, Ticket};
use guildhall_openapi::text::Cursor;
use guildhall_openapi::{ErrorCode, Push};
use tokio::time::{Instant, timeout_at};

use super::open::{End, Stream};
use super::ticket;
use crate::caller::Caller;
use crate::error::Result;
use crate::guildhall::Guildhall;

/// The service: [`Guildhall::streams`].
#[derive(Clone, Copy)]
pub struct Streams<'a>(pub(crate) &'a Guildhall);

impl Streams<'_> {
    /// Opens the caller's stream right behind a cursor, or where it is now.
    ///
    /// # Errors
    /// `validation_failed` for a text that is too long to be a cursor; `too_many_requests` where the caller
    /// reads [`MOST`](super::MOST) streams already; those of the storage.
    pub async fn open(&self, caller: &Caller, cursor: Option<&Cursor>) -> Result<Stream> {
        let mut stream = Stream::begin(self.0, caller, cursor).await?;
        stream.first.push_back(Push::Ready);
        Ok(stream)
    }

    /// What happened behind a cursor, at most [`SyncAnswer::MOST`] frames; waits for the first. Without a
    /// cursor, the place that the stream has come to.
    ///
    /// # Errors
    /// `not_authenticated` where the caller is signed out meanwhile; as [`Streams::open`].
    pub async fn sync(&self, caller: &Caller, query: SyncQuery) -> Result<SyncAnswer> {
        let mut stream = Stream::begin(self.0, caller, query.cursor.as_ref()).await?;
        let mut frames = Vec::new();
        if query.cursor.is_none() {
            return Ok(SyncAnswer { frames, cursor: stream.cursor() });
        }
        let until = Instant::now() + Duration::from_secs(query.wait.as_secs());
        while frames.len() < SyncAnswer::MOST {
            match stream.look().await {
                Ok(Some(delivery)) => frames.push(delivery.frame()),
                Ok(None) if frames.is_empty() && Instant::now() < until => {
                    timeout_at(until, stream.wait()).await.ok();
                }
                Err(End::Revoked) => return Err(ErrorCode::NotAuthenticated.into()),
                Err(End::Failed(error)) => return Err(error),
                Ok(None) | Err(End::Expired | End::Stopping) => break,
            }
        }
        Ok(SyncAnswer { frames, cursor: stream.cursor() })
    }

    /// A ticket, with which [`Streams::redeem`] knows the caller once.
    ///
    /// # Errors
    /// `forbidden` where the caller is not signed in through a login.
    pub fn ticket(&self, caller: &Caller) -> Result<Ticket> {
        let (login, expires_at) =
            caller.login().zip(caller.expires_at()).ok_or(ErrorCode::Forbidden)?;
        let who = (caller.id(), login);
        let ticket = ticket::make(&self.0.keys, who, expires_at, self.0.now());
        Ok(Ticket { ticket: ticket.into(), expires_in: ticket::LIFETIME.as_secs() })
    }

    /// Who shows this ticket, which is used up by it, or this access token.
    ///
    /// # Errors
    /// `not_authenticated`.
    pub async fn redeem(&self, token: &str, ip: Option<IpAddr>) -> Result<Caller> {
        let logins = self.0.logins();
        if !ticket::is_one(token) {
            return logins.authenticate(token, ip).await;
        }
        let ticket = ticket::read(&self.0.keys, token, self.0.now());
        let ticket = ticket.ok_or(ErrorCode::NotAuthenticated)?;
        let caller = logins.signed_in(ticket.access, ip).await?;
        let mut tx = self.0.storage.write().await?;
        if !tx.stream().spend_ticket(&ticket.name, ticket.until).await? {
            return Err(ErrorCode::NotAuthenticated.into());
        }
        self.0.commit(tx, []).await?;
        Ok(caller)
    }
}
