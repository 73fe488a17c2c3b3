//! Logins: the devices on which people are signed in.

use std::fmt;
use std::net::IpAddr;

use async_trait::async_trait;
use guildhall_openapi::keys::JwkSet;
use guildhall_openapi::logins::{PasswordChange, Refresh, TokenType};
use guildhall_openapi::{
    AuditAction, ErrorCode, Language, Login, LoginId, Timestamp, Tokens, UserId,
};

use crate::accounts::{By, Settled};
use crate::audit::{self, Draft};
use crate::caller::{Caller, Origin};
use crate::error::{Error, Result};
use crate::guildhall::Guildhall;
use crate::presence::Entry;
use crate::storage::StorageError;
use crate::tokens::{Access, LEEWAY, ShownRefresh};

mod devices;
pub mod rotation;
mod sign_in;

use rotation::{Rotation, Step};

/// How many logins of one user are kept; one more, and the oldest goes.
pub const MOST: u32 = 100;

/// A login to be. `Debug` leaves hashes and seed out.
#[derive(Clone, PartialEq, Eq)]
pub struct NewLogin {
    /// Whose it is.
    pub user: UserId,
    /// The hash that the password was compared with: if it is no longer the account's, there is no
    /// login.
    pub verified_hash: String,
    /// A better hash of the same password, to be stored in place of it.
    pub better_hash: Option<String>,
    /// What makes its refresh tokens its own.
    pub seed: String,
    /// When.
    pub now: Timestamp,
    /// Logins of the user that were last seen before this are removed.
    pub idle_since: Timestamp,
    /// The device's address.
    pub ip: Option<String>,
    /// What the device calls itself.
    pub user_agent: Option<String>,
}

impl fmt::Debug for NewLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, now, ip, .. } = self;
        let mut new = f.debug_struct("NewLogin");
        new.field("user", user).field("now", now).field("ip", ip).finish_non_exhaustive()
    }
}

/// What a refresh leaves in a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The rotation as it now stands. Its seed is the login's as ever, and its `seen_at` does not
    /// count.
    pub rotation: Rotation,
    /// When; the login was last seen then.
    pub now: Timestamp,
    /// The device's address.
    pub ip: Option<String>,
    /// What the device calls itself.
    pub user_agent: Option<String>,
}

/// What a storage can tell of logins.
#[async_trait]
pub trait LoginReads: Send {
    /// The user's logins that were seen since, in id order; `current` is false in all.
    async fn list(&mut self, user: UserId, since: Timestamp) -> Result<Vec<Login>, StorageError>;

    /// Of these users those whose account stands, neither disabled nor deleted, and their logins, in any
    /// order. At most 1000 users, no two of them the same.
    async fn standing(
        &mut self,
        users: &[UserId],
    ) -> Result<Vec<(UserId, Vec<LoginId>)>, StorageError>;

    /// Whose login it is and where its refresh tokens stand.
    async fn rotation(
        &mut self,
        login: LoginId,
    ) -> Result<Option<(UserId, Rotation)>, StorageError>;
}

/// What a storage can do to logins.
#[async_trait]
pub trait LoginWrites: LoginReads {
    /// Adds a login, last seen as it is made and with the rotation that [`Rotation::new`] makes of its
    /// seed. Sets the account's `last_login`, stores the better hash if there is one, and leaves the
    /// rest of the account as it is. Removes those of the user's logins that are idle, and those made
    /// first that are beyond [`MOST`]. `None`, and no change, where the account is disabled, deleted, not
    /// there, or has another password hash by now. Locks the account.
    async fn insert(&mut self, new: &NewLogin) -> Result<Option<LoginId>, StorageError>;

    /// [`LoginReads::rotation`]. Locks the login.
    async fn lock(&mut self, login: LoginId) -> Result<Option<(UserId, Rotation)>, StorageError>;

    /// Stores what a refresh leaves: also that there is no address or agent.
    async fn seen(&mut self, login: LoginId, seen: &Seen) -> Result<(), StorageError>;

    /// Removes this login if it is the user's; whether it was.
    async fn revoke(&mut self, user: UserId, login: LoginId) -> Result<bool, StorageError>;

    /// Removes the user's logins, but for one.
    async fn revoke_all(&mut self, user: UserId, but: Option<LoginId>) -> Result<(), StorageError>;
}

/// The service: [`Guildhall::logins`].
#[derive(Clone, Copy)]
pub struct Logins<'a>(pub(crate) &'a Guildhall, pub(crate) Language);

impl Logins<'_> {
    /// The same, with mails in this language. English is the default.
    #[must_use]
    pub fn speaking(self, language: Language) -> Self {
        Self(self.0, language)
    }

    fn idle_since(&self, now: Timestamp) -> Timestamp {
        now.before(self.0.policy.login_lifetime)
    }

    fn tokens(
        &self,
        user: UserId,
        login: LoginId,
        rotation: &Rotation,
        now: Timestamp,
    ) -> Result<Tokens> {
        let lifetime = self.0.policy.access_lifetime;
        let access = self.0.keys.access(user, login, now, now.after(lifetime));
        Ok(Tokens {
            access_token: access.map_err(|error| Error::Internal(error.into()))?.into(),
            token_type: TokenType::Bearer,
            expires_in: lifetime.as_secs(),
            refresh_token: self.0.keys.refresh(login, rotation.generation, &rotation.seed).into(),
        })
    }

    /// Who shows this access token, from where: it is genuine and in time, and the account and the login stand
    /// at this moment.
    ///
    /// # Errors
    /// `not_authenticated`.
    pub async fn authenticate(&self, token: &str, ip: Option<IpAddr>) -> Result<Caller> {
        let now = self.0.now();
        if let Some((access, presence)) = self.0.presences.shown(token)
            && access.is_in_time(now)
        {
            return Ok(Caller::signed_in(presence, access, ip));
        }
        let access = self.0.keys.read_access(token, now).ok_or(ErrorCode::NotAuthenticated)?;
        let entry = self.standing(&access).await?;
        self.0.presences.keep(token, access, entry.clone());
        Ok(Caller::signed_in(entry.presence, access, ip))
    }

    /// Who this is that was let in, if the account and the login still stand.
    pub(crate) async fn signed_in(&self, access: Access, ip: Option<IpAddr>) -> Result<Caller> {
        let entry = self.standing(&access).await?;
        Ok(Caller::signed_in(entry.presence, access, ip))
    }

    /// The account of whom was let in, if it and the login still stand.
    async fn standing(&self, access: &Access) -> Result<Entry> {
        let entry = self.0.presences.of(access.user, &*self.0.storage).await?;
        // A login made after the token is another one, of a database that began anew.
        // Clocks of replicas differ a little.
        let is_its = |(id, made): &(LoginId, Timestamp)| {
            *id == access.login && made.as_secs() <= access.issued_at + LEEWAY
        };
        entry
            .filter(|entry| entry.presence.logins.iter().any(is_its))
            .ok_or_else(|| ErrorCode::NotAuthenticated.into())
    }

    /// Whether the account, and the login where there is one, still stand.
    pub(crate) async fn stands(&self, user: UserId, login: Option<LoginId>) -> Result<bool> {
        let entry = self.0.presences.of(user, &*self.0.storage).await?;
        let signed_in = |entry: Entry| {
            login.is_none_or(|login| entry.presence.logins.iter().any(|(id, _)| *id == login))
        };
        Ok(entry.is_some_and(signed_in))
    }

    /// Buys a new pair of tokens. A spent token gets the login's present refresh token for
    /// [`Policy::refresh_grace`](crate::Policy) after its first use; later it is taken for stolen
    /// and the login is revoked.
    ///
    /// # Errors
    /// `invalid_refresh_token`.
    pub async fn refresh(&self, refresh: &Refresh, origin: &Origin) -> Result<Tokens> {
        let invalid = || Error::from(ErrorCode::InvalidRefreshToken);
        let shown = ShownRefresh::read(&refresh.refresh_token).ok_or_else(invalid)?;
        let now = self.0.now();
        // Whoever makes a token up costs a read, and keeps no writer waiting.
        let stored = self.0.storage.read().await?.logins().rotation(shown.login).await?;
        let (_, stored) = stored.ok_or_else(invalid)?;
        if !shown.is_genuine(&self.0.keys, &stored.seed) || stored.seen_at < self.idle_since(now) {
            return Err(invalid());
        }
        let mut tx = self.0.storage.write().await?;
        let (user, mut rotation) = tx.logins().lock(shown.login).await?.ok_or_else(invalid)?;
        match rotation.step(shown.generation, now, self.0.policy.refresh_grace) {
            Step::Advance => {
                let (ip, user_agent) = origin.to_store();
                let seen = Seen { rotation: rotation.clone(), now, ip, user_agent };
                tx.logins().seen(shown.login, &seen).await?;
            }
            Step::Repeat => {}
            Step::Stolen => {
                tx.logins().revoke(user, shown.login).await?;
                let entry = Draft::by_nobody(AuditAction::RefreshReused, origin.ip, now);
                tx.audit().insert(&entry.to(user).login(shown.login)).await?;
                self.0.commit(tx, [user]).await?;
                return Err(invalid());
            }
        }
        // A repeat too: what it answers with was read, and has to be on the disk. What a request
        // may do has not changed, so nothing needs to be forgotten.
        tx.commit().await?;
        self.tokens(user, shown.login, &rotation, now)
    }

    /// Changes the caller's password and signs out their other devices.
    ///
    /// # Errors
    /// `wrong_password`, `validation_failed`, `weak_password`.
    pub async fn change_password(&self, caller: &Caller, change: PasswordChange) -> Result<()> {
        match self.try_change(caller, &change).await {
            // The password changed since it was compared: the second comparison is the true one.
            Err(Error::Overloaded) => self.try_change(caller, &change).await,
            done => done,
        }
    }

    async fn try_change(&self, caller: &Caller, change: &PasswordChange) -> Result<()> {
        let accounts = self.0.accounts().speaking(self.1);
        let before = accounts.standing(caller.id()).await?;
        let given = Some(&change.current_password);
        let verified = accounts.verified(caller, &before, given).await?;
        let new_hash =
            accounts.new_hash("new_password", &change.new_password, &before.user).await?;
        let settled =
            Settled { verified: Some(verified), new_hash: Some(new_hash), ..Settled::default() };
        accounts.change(By::Caller(caller), caller.id(), settled, |_| Ok(())).await.map(drop)
    }

    /// The public keys with which others can check access tokens; none where a secret signs them.
    #[must_use]
    pub fn signing_keys(&self) -> JwkSet {
        self.0.keys.public().clone()
    }
}

impl Origin {
    /// The address and the first 200 characters of the agent, without what is no text.
    fn to_store(&self) -> (Option<String>, Option<String>) {
        let agent = self.user_agent.as_ref();
        let agent = agent.map(|a| a.chars().filter(|c| !c.is_control()).take(200).collect());
        (self.ip.map(audit::address), agent)
    }
}
