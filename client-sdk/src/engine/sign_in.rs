//! Staying signed in: which access token a call carries, when the tokens are renewed, and who is
//! right where several tabs or processes share one store.
//!
//! There are no locks between tabs (they are known to hang whole applications). Each renews for
//! itself when it has to; the server gives whoever comes with the same refresh token within its
//! grace the same successor, and [`SignIn::renewed`] keeps what the store has by then, should
//! another have been quicker. Inside one client there is one renewal at a time, for all callers.

use super::Millis;

#[cfg(test)]
pub(crate) mod tabs;
#[cfg(test)]
mod tests;

/// What a signed-in device keeps.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SavedLogin {
    /// What calls carry.
    pub access_token: String,
    /// What buys the next pair.
    pub refresh_token: String,
    /// When the person signed in on this device, by its clock. It stays when tokens are renewed, and
    /// so tells one login from the next.
    pub signed_in_at: Millis,
    /// When the pair came, by this device's clock.
    pub obtained_at: Millis,
    /// For how many milliseconds from then the access token is good.
    pub lifetime: u64,
}

impl std::fmt::Debug for SavedLogin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // No token reaches a log.
        f.debug_struct("SavedLogin").field("obtained_at", &self.obtained_at).finish_non_exhaustive()
    }
}

impl SavedLogin {
    /// The part of its life in which the access token is used without a second thought. A clock that
    /// went back behind `obtained_at` says nothing about it, so it counts as old.
    fn is_fresh(&self, now: Millis) -> bool {
        // Divided in 32 bits: in JavaScript 64 are long.
        let tenth = u32::try_from(self.lifetime).unwrap_or(u32::MAX) / 10;
        let margin = u64::from(tenth).min(30_000);
        self.age(now).is_some_and(|age| age + margin < self.lifetime)
    }

    fn is_alive(&self, now: Millis) -> bool {
        self.age(now).is_some_and(|age| age < self.lifetime)
    }

    fn age(&self, now: Millis) -> Option<u64> {
        now.checked_sub(self.obtained_at)
    }
}

/// What became of the sign-in, for whoever watches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Someone signed in, here or in another tab.
    SignedIn,
    /// The tokens were renewed, here or in another tab.
    Renewed,
    /// The user signed out, here or in another tab.
    SignedOut,
    /// The server ended the login: it was revoked, or not used for too long.
    Expired,
}

/// What a call has to do about its access token.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub enum Access {
    /// Go without one: nobody is signed in.
    SignedOut,
    /// Carry this one.
    Use(String),
    /// Renew the tokens with this refresh token, tell [`SignIn::renewed`], and ask again.
    Renew(String),
}

/// How a renewal ended.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub enum Renewal {
    /// The server gave a new pair.
    Granted(SavedLogin),
    /// The server does not take the refresh token.
    Refused,
    /// There was no answer that says either.
    Failed,
}

/// What is to be done with the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Store {
    /// Nothing.
    Leave,
    /// Write what [`SignIn::held`] is now.
    Write,
}

/// How long after a renewal failed the next one waits, in milliseconds, while the access token is
/// still good.
const COOL_DOWN: u64 = 5_000;

/// The sign-in of one client.
#[derive(Debug, Default)]
pub struct SignIn {
    held: Option<SavedLogin>,
    /// Whether the server refused the access token, whatever the clock says of it.
    is_refused: bool,
    /// Until when no renewal is tried, as the last one failed.
    resting: Option<Millis>,
}

impl SignIn {
    /// Goes on from what the store has.
    #[must_use]
    pub fn new(stored: Option<SavedLogin>) -> Self {
        Self { held: stored, ..Self::default() }
    }

    /// What is kept, if anyone is signed in.
    #[must_use]
    pub fn held(&self) -> Option<&SavedLogin> {
        self.held.as_ref()
    }

    /// Whether the next call can go out as things are, without a look at the store.
    #[must_use]
    pub fn ready(&self, now: Millis) -> Option<Access> {
        let Some(held) = &self.held else { return Some(Access::SignedOut) };
        if self.is_refused {
            return None;
        }
        let usable = match self.resting {
            None => held.is_fresh(now),
            // The server may have spent the refresh token, and only its answer be lost. It answers
            // again for a while, so it is asked soon, however young the tokens are by the clock.
            Some(until) => held.is_alive(now) && now < until && until - now <= COOL_DOWN,
        };
        usable.then(|| Access::Use(held.access_token.clone()))
    }

    /// What the next call has to do, now that the store was read. Another tab may have signed out
    /// or renewed the tokens; then that is what holds.
    pub fn access(&mut self, stored: Option<SavedLogin>, now: Millis) -> (Access, Option<Change>) {
        let change = self.adopt(stored);
        let access = self.ready(now).unwrap_or_else(|| match &self.held {
            Some(held) => Access::Renew(held.refresh_token.clone()),
            None => Access::SignedOut,
        });
        (access, change)
    }

    /// Takes over what the store has, because another tab wrote it.
    pub fn adopt(&mut self, stored: Option<SavedLogin>) -> Option<Change> {
        let change = match (&self.held, &stored) {
            (held, stored) if held == stored => return None,
            (_, None) => Change::SignedOut,
            (Some(held), Some(stored)) if held.signed_in_at == stored.signed_in_at => {
                Change::Renewed
            }
            (_, Some(_)) => Change::SignedIn,
        };
        *self = Self::new(stored);
        Some(change)
    }

    /// A login begins.
    pub fn signed_in(&mut self, login: SavedLogin) -> (Store, Change) {
        *self = Self::new(Some(login));
        (Store::Write, Change::SignedIn)
    }

    /// The user leaves: what was kept, to be ended at the server. Answers that are still under way
    /// bring nobody back.
    pub fn sign_out(&mut self) -> Option<SavedLogin> {
        std::mem::take(self).held
    }

    /// The server answered `401` to a call that carried this access token.
    pub fn refused(&mut self, access_token: &str) {
        if self.held.as_ref().is_some_and(|held| held.access_token == access_token) {
            self.is_refused = true;
        }
    }

    /// A renewal with the refresh token `sent` is over, and this is what the store has now.
    pub fn renewed(
        &mut self,
        sent: &str,
        renewal: Renewal,
        stored: Option<SavedLogin>,
        now: Millis,
    ) -> (Store, Option<Change>) {
        let was_sent = |login: &Option<SavedLogin>| {
            login.as_ref().is_some_and(|login| login.refresh_token == sent)
        };
        if !was_sent(&self.held) {
            // Signed out, or in as someone else, in the meantime.
            return (Store::Leave, None);
        }
        match renewal {
            Renewal::Failed => {
                self.resting = Some(now + COOL_DOWN);
                (Store::Leave, self.adopt(stored))
            }
            // Another tab was quicker, or signed out: what it wrote holds.
            _ if !was_sent(&stored) => (Store::Leave, self.adopt(stored)),
            Renewal::Granted(login) => {
                let signed_in_at = self.held.as_ref().map_or(now, |held| held.signed_in_at);
                *self = Self::new(Some(SavedLogin { signed_in_at, ..login }));
                (Store::Write, Some(Change::Renewed))
            }
            Renewal::Refused => {
                *self = Self::default();
                (Store::Write, Some(Change::Expired))
            }
        }
    }
}
