//! Calls: with the access token of the moment, made again where that does no harm.

use std::sync::Arc;

use futures_util::future::{Either, select};
use guildhall_openapi::ErrorCode;

use super::{Driver, Host, Outcome, Repeat, Reply as _, Request};
use crate::engine::Millis;
use crate::engine::backoff::{Setback, Tries};

/// How often a call is made again because its access token was refused: once with what another tab
/// renewed, which may have grown old too, and once with tokens that are new.
const MOST_REFUSALS: u32 = 2;

impl<H: Host> Driver<H> {
    /// Makes a call as whoever is signed in. An answer that says no is an answer; where it says that
    /// the access token is none, the tokens are renewed and the call is made again.
    ///
    /// # Errors
    /// The host's fault, where no answer came.
    pub async fn call(self: &Arc<Self>, request: Request<H::Payload>) -> Outcome<H> {
        let mut refusals = 0;
        let who = self.who();
        let mut access = self.access().await;
        if self.who() != who {
            // What one person began is not done as another.
            access = access.map(|_| None);
        }
        loop {
            let token = match access {
                Ok(token) => token,
                Err(outcome) => return outcome,
            };
            let reply = self.deliver(&request, token.as_deref()).await?;
            let is_refused =
                reply.status() == 401 && reply.has_code(ErrorCode::NotAuthenticated.as_str());
            let Some(token) = token.filter(|_| is_refused && refusals < MOST_REFUSALS) else {
                return Ok(reply);
            };
            refusals += 1;
            self.state().sign_in.refused(&token);
            access = self.access().await;
            // Where the login has ended, or is another by now, this answer says as much as any.
            if matches!(access, Ok(None)) || self.who() != who {
                return Ok(reply);
            }
        }
    }

    /// Makes a request until there is an answer, or no use in another try.
    pub(super) async fn deliver(
        &self,
        request: &Request<H::Payload>,
        access_token: Option<&str>,
    ) -> Outcome<H> {
        self.deliver_within(None, request, access_token).await
    }

    /// The same, where all tries but the last are given up after a while.
    pub(super) async fn deliver_within(
        &self,
        patience: Option<Millis>,
        request: &Request<H::Payload>,
        access_token: Option<&str>,
    ) -> Outcome<H> {
        let mut tries = Tries::new(request.repeat != Repeat::Never);
        loop {
            let sent = self.host.send(request, access_token);
            let outcome = match patience.filter(|_| !tries.is_last()) {
                Some(patience) => match select(sent, self.host.sleep(patience)).await {
                    Either::Left((outcome, _)) => Some(outcome),
                    Either::Right(_) => None,
                },
                None => Some(sent.await),
            };
            let setback = outcome.as_ref().map_or(Some(Setback::Lost), setback::<H>);
            let wait = setback.and_then(|setback| tries.again(setback, self.host.random()));
            match (wait, outcome) {
                (None, Some(outcome)) => return outcome,
                (wait, _) => self.host.sleep(wait.unwrap_or(0)).await,
            }
        }
    }

    /// A key for a call that creates something: 128 random bits, in hexadecimal digits.
    pub fn idempotency_key(&self) -> String {
        format!("{:016x}{:016x}", self.host.random(), self.host.random())
    }
}

/// What keeps an outcome from being one to hand on.
fn setback<H: Host>(outcome: &Outcome<H>) -> Option<Setback> {
    match outcome {
        Err(_) => Some(Setback::Lost),
        Ok(reply) if matches!(reply.status(), 429 | 502 | 503 | 504) => {
            let asked = reply.retry_after().map(|seconds| seconds.saturating_mul(1000));
            Some(Setback::Later(asked))
        }
        Ok(_) => None,
    }
}
