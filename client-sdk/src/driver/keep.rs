//! Keeping someone signed in: one renewal for all who wait, the store, and the observers.

use std::sync::Arc;

use guildhall_openapi::ErrorCode;

use super::word::Word;
use super::{
    BoxFuture, Change, Driver, Host, Outcome, Renewing, Repeat, Reply as _, Request, SavedLogin,
};
use crate::engine::Millis;
use crate::engine::sign_in::{Access, Renewal, SignIn, Store};

/// How long an answer to a renewal is waited for where there is another try. The server may have
/// spent the token by then and answers it again for half a minute only: all tries fit into that.
const PATIENCE: Millis = 8_000;

impl<H: Host> Driver<H> {
    /// Who is signed in, as far as this device knows.
    pub fn login(&self) -> Option<SavedLogin> {
        self.state().sign_in.held().cloned()
    }

    /// What tells the present login from any other.
    pub(super) fn who(&self) -> Option<Millis> {
        self.state().sign_in.held().map(|held| held.signed_in_at)
    }

    /// Signs in with a request that answers with tokens.
    ///
    /// # Errors
    /// The host's fault, where no answer came, or where the tokens cannot be stored; they hold for
    /// as long as this client lives then.
    pub async fn sign_in(self: &Arc<Self>, request: Request<H::Payload>) -> Outcome<H> {
        let reply = self.deliver(&request, None).await?;
        if let Some(login) = reply.tokens() {
            let now = self.host.now();
            let login = SavedLogin { signed_in_at: now, obtained_at: now, ..login };
            let (store, change) = self.decide(|sign_in| sign_in.signed_in(login));
            let stored = self.store(store);
            self.tell(Some(change));
            stored?;
        }
        Ok(reply)
    }

    /// Signs out: here at once, whatever becomes of `request`, which tells the server. It carries
    /// the access token, a new one if need be. The server's answer, unless there was nobody to sign
    /// out or the login had ended before.
    ///
    /// # Errors
    /// The host's fault, where the server was not told or the store not emptied.
    pub async fn sign_out(
        self: &Arc<Self>,
        request: Request<H::Payload>,
    ) -> Result<Option<H::Reply>, H::Fault> {
        let (store, held) = self.decide(|sign_in| match sign_in.sign_out() {
            Some(held) => (Store::Write, Some(held)),
            None => (Store::Leave, None),
        });
        let Some(held) = held else { return Ok(None) };
        let stored = self.store(store);
        self.tell(Some(Change::SignedOut));
        // Whoever is signed out twice is signed out.
        let request = Request { repeat: Repeat::Freely, ..request };
        // Runs to its end whether or not anyone waits: the server is to know.
        let driver = Arc::clone(self);
        // Of the same type as a renewal, whose code it shares.
        let told: BoxFuture<'static, Option<Outcome<H>>> =
            Box::pin(async move { Some(driver.end(&held, &request).await) });
        let (told, task) = Word::of(told);
        self.host.spawn(task);
        let reply = told.await.transpose()?;
        stored?;
        Ok(reply.filter(|reply| !reply.has_code(ErrorCode::InvalidRefreshToken.as_str())))
    }

    /// Ends a login at the server.
    async fn end(&self, held: &SavedLogin, request: &Request<H::Payload>) -> Outcome<H> {
        let reply = self.deliver(request, Some(&held.access_token)).await?;
        if reply.status() != 401 {
            return Ok(reply);
        }
        let reply = self.refresh(&held.refresh_token).await?;
        match reply.tokens() {
            Some(login) => self.deliver(request, Some(&login.access_token)).await,
            None => Ok(reply),
        }
    }

    /// Another tab wrote the store.
    pub fn store_changed(&self) {
        let change = self.look(SignIn::adopt);
        self.tell(change);
    }

    /// Renews the tokens, whatever the clock says of them.
    ///
    /// # Errors
    /// As [`Driver::call`]; an answer that refuses ends the login.
    pub async fn renew(self: &Arc<Self>) -> Result<Option<String>, Outcome<H>> {
        if let Some(login) = self.login() {
            self.state().sign_in.refused(&login.access_token);
        }
        self.access().await
    }

    /// The access token for a call, if anyone is signed in.
    pub(super) async fn access(self: &Arc<Self>) -> Result<Option<String>, Outcome<H>> {
        let mut renewed = false;
        loop {
            let ready = self.state().sign_in.ready(self.host.now());
            let access = match ready {
                Some(access) => access,
                None => {
                    let now = self.host.now();
                    let (access, change) = self.look(|sign_in, stored| sign_in.access(stored, now));
                    self.tell(change);
                    access
                }
            };
            match access {
                Access::SignedOut => return Ok(None),
                Access::Use(token) => return Ok(Some(token)),
                // A new one that counts as old already: the clock jumps, or it lives for no time.
                Access::Renew(_) if renewed => {
                    return Ok(self.login().map(|login| login.access_token));
                }
                Access::Renew(refresh_token) => {
                    renewed = true;
                    if let Some(outcome) = self.renewal(refresh_token).await {
                        return Err(outcome);
                    }
                }
            }
        }
    }

    /// The renewal that is under way, or a new one.
    fn renewal(self: &Arc<Self>, refresh_token: String) -> Renewing<H> {
        let mut state = self.state();
        // That of a login which is no more is left to itself.
        if let Some((sent, renewing)) = &state.renewing
            && *sent == refresh_token
        {
            return renewing.clone();
        }
        let (driver, sent) = (Arc::clone(self), refresh_token.clone());
        let task: BoxFuture<'static, _> = Box::pin(async move { driver.run_renewal(&sent).await });
        let (word, task) = Word::of(task);
        state.renewing = Some((refresh_token, word.clone()));
        drop(state);
        // A caller who gives up must not take the answer with them: the old token is spent by then.
        self.host.spawn(task);
        word
    }

    async fn run_renewal(&self, refresh_token: &str) -> Option<Outcome<H>> {
        let outcome = self.refresh(refresh_token).await;
        let now = self.host.now();
        let renewal = match &outcome {
            Ok(reply) => match reply.tokens() {
                Some(login) => Renewal::Granted(SavedLogin { obtained_at: now, ..login }),
                // What does not even fit comes from a store that someone else has written to.
                None if reply.has_code(ErrorCode::InvalidRefreshToken.as_str())
                    || reply.has_code(ErrorCode::ValidationFailed.as_str()) =>
                {
                    Renewal::Refused
                }
                None => Renewal::Failed,
            },
            Err(_) => Renewal::Failed,
        };
        let failed = renewal == Renewal::Failed;
        let stored = self.host.load();
        let mut state = self.state();
        state.renewing.take_if(|(sent, _)| sent == refresh_token);
        let stored = match stored {
            Ok(stored) if !state.is_ahead() => stored,
            _ => state.sign_in.held().cloned(),
        };
        let (store, change) = state.sign_in.renewed(refresh_token, renewal, stored, now);
        state.writers += usize::from(store == Store::Write);
        // With a token that is still good, a renewal that failed is nobody's affair yet. An answer
        // that refuses nothing and grants nothing must not pass for the answer to a call.
        let is_nonsense = matches!(&outcome, Ok(reply) if reply.status() < 400);
        let goes_on = !failed || is_nonsense || state.sign_in.ready(now).is_some();
        drop(state);
        // Kept in memory at least; the next renewal tries to write again.
        self.store(store).ok();
        self.tell(change);
        (!goes_on).then_some(outcome)
    }

    async fn refresh(&self, refresh_token: &str) -> Outcome<H> {
        let request = Request {
            method: "POST",
            path: "/auth/refresh".to_owned(),
            // Tokens are made of characters that JSON does not escape.
            payload: self.host.payload(["{\"refresh_token\":\"", refresh_token, "\"}"].concat()),
            // Within the server's grace, the same token gets the same successor.
            repeat: Repeat::Freely,
        };
        self.deliver_within(Some(PATIENCE), &request, None).await
    }

    /// Lets the engine decide with what the store says, or what holds where the store does not say
    /// that.
    fn look<T>(&self, decide: impl FnOnce(&mut SignIn, Option<SavedLogin>) -> T) -> T {
        loop {
            let before = {
                let mut state = self.state();
                let held = state.sign_in.held().cloned();
                if state.is_ahead() {
                    return decide(&mut state.sign_in, held);
                }
                held
            };
            // A store that cannot be read for the moment says nothing against what is held.
            let stored = self.host.load().unwrap_or_else(|_| before.clone());
            let mut state = self.state();
            // Else another thread decided something meanwhile, and what was read may be older.
            if !state.is_ahead() && state.sign_in.held() == before.as_ref() {
                return decide(&mut state.sign_in, stored);
            }
        }
    }

    /// Lets the engine decide something that is to be stored with [`Driver::store`].
    fn decide<T>(&self, decide: impl FnOnce(&mut SignIn) -> (Store, T)) -> (Store, T) {
        let mut state = self.state();
        let (store, decided) = decide(&mut state.sign_in);
        state.writers += usize::from(store == Store::Write);
        (store, decided)
    }

    /// Writes what holds. Another thread may decide something else meanwhile, and be quicker to
    /// write it; so whoever wrote looks whether that still holds.
    fn store(&self, store: Store) -> Result<(), H::Fault> {
        if store == Store::Leave {
            return Ok(());
        }
        loop {
            let held = self.login();
            let saved = self.host.save(held.as_ref());
            let mut state = self.state();
            if state.sign_in.held() == held.as_ref() {
                state.writers -= 1;
                state.is_detached = saved.is_err();
                return saved;
            }
        }
    }

    fn tell(&self, change: Option<Change>) {
        let Some(change) = change else { return };
        self.host.changed(change);
        if change != Change::Renewed {
            // The streams are someone else's now, or nobody's.
            self.wake();
        }
    }
}
