//! Who is asking, and from where.

use std::net::IpAddr;
use std::sync::Arc;

use guildhall_openapi::{ErrorCode, LoginId, Role, Timestamp, User, UserId};

use crate::error::Result;
use crate::presence::Presence;
use crate::tokens::Access;

/// A signed-in user, as of this request: the account and the login stood when it was made.
///
/// Only [`Logins::authenticate`](crate::logins::Logins::authenticate) and
/// [`Accounts::acting_as`](crate::accounts::Accounts::acting_as) make one.
#[derive(Clone, Debug)]
pub struct Caller {
    pub(crate) presence: Arc<Presence>,
    pub(crate) login: Option<LoginId>,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) ip: Option<IpAddr>,
}

impl Caller {
    /// Whoever showed this token, whose login is one of theirs.
    pub(crate) fn signed_in(presence: Arc<Presence>, access: Access, ip: Option<IpAddr>) -> Self {
        let (login, expires_at) = (Some(access.login), Some(access.expires_at));
        Self { presence, login, expires_at, ip }
    }

    /// The caller's account.
    #[must_use]
    pub fn user(&self) -> &User {
        &self.presence.user
    }

    /// The caller's id.
    #[must_use]
    pub fn id(&self) -> UserId {
        self.presence.user.id
    }

    /// Whether the caller is an admin.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.presence.user.role == Role::Admin
    }

    /// # Errors
    /// `forbidden` unless the caller is an admin.
    pub(crate) fn must_be_admin(&self) -> Result<()> {
        if self.is_admin() { Ok(()) } else { Err(ErrorCode::Forbidden.into()) }
    }

    /// # Errors
    /// `forbidden` unless the caller is this user or an admin.
    pub(crate) fn must_be(&self, owner: UserId) -> Result<()> {
        if self.id() == owner { Ok(()) } else { self.must_be_admin() }
    }

    /// The login through which the call came; none where the embedding program acts for the user.
    #[must_use]
    pub fn login(&self) -> Option<LoginId> {
        self.login
    }

    /// The address from which the call comes.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        self.ip
    }

    /// When the access token that was shown expires.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }
}

/// Where a sign-in comes from, as far as it is known.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The device's address.
    pub ip: Option<IpAddr>,
    /// What the device calls itself (`User-Agent`); the first 200 characters are kept.
    pub user_agent: Option<String>,
}
