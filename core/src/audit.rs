//! The audit log: who did what to whom, when and from where (OWASP ASVS 5.0, 16.2 and 16.3).
//!
//! An entry is written in the transaction of what it tells of, so that there is never one without the
//! other. It is not changed afterwards, but for its address when the person is erased, and removed only
//! when [`Policy::audit_retention`](crate::Policy) is over. It holds ids, no names: neither what
//! someone typed as theirs, which may be a password in the wrong field, nor what has to be erased one
//! day.

use std::net::IpAddr;

use async_trait::async_trait;
use guildhall_openapi::audit::AuditQuery;
use guildhall_openapi::{
    AuditAction, AuditActor, AuditDetail, AuditEntry, AuditId, ErrorCode, LoginId, Role, Timestamp,
    User, UserId,
};

use crate::accounts::Account;
use crate::caller::Caller;
use crate::error::Result;
use crate::guildhall::Guildhall;
use crate::storage::{StorageError, Transaction};

/// An entry to be: everything but its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// What was done.
    pub action: AuditAction,
    /// Who did it.
    pub actor: Option<UserId>,
    /// To whose account.
    pub subject: Option<UserId>,
    /// When.
    pub at: Timestamp,
    /// From which address.
    pub ip: Option<String>,
    /// What else there is to say.
    pub detail: Option<AuditDetail>,
}

impl Draft {
    /// The entry under its id.
    #[must_use]
    pub fn with_id(self, id: AuditId) -> AuditEntry {
        let Self { action, actor, subject, at, ip, detail } = self;
        AuditEntry { id, action, actor_id: actor, subject_id: subject, at, ip, detail }
    }

    /// What nobody who is known did, from this address.
    pub(crate) fn by_nobody(action: AuditAction, ip: Option<IpAddr>, at: Timestamp) -> Self {
        let ip = ip.map(address);
        Self { action, actor: None, subject: None, at, ip, detail: None }
    }

    /// What a user did to their own account, from this address.
    pub(crate) fn by(user: UserId, action: AuditAction, ip: Option<IpAddr>, at: Timestamp) -> Self {
        Self { actor: Some(user), subject: Some(user), ..Self::by_nobody(action, ip, at) }
    }

    /// What the operator did.
    pub(crate) fn by_operator(action: AuditAction, at: Timestamp) -> Self {
        let actor = Some(AuditActor::Console);
        Self::by_nobody(action, None, at).with(AuditDetail { actor, ..AuditDetail::default() })
    }

    /// The same of whoever calls.
    pub(crate) fn of(caller: &Caller, action: AuditAction, at: Timestamp) -> Self {
        Self::by(caller.id(), action, caller.ip(), at)
    }

    /// Done to this account.
    pub(crate) fn to(self, subject: UserId) -> Self {
        Self { subject: Some(subject), ..self }
    }

    /// Done with this login.
    pub(crate) fn login(self, login: LoginId) -> Self {
        let detail = AuditDetail { login_id: Some(login), ..self.said() };
        self.with(detail)
    }

    /// Refused with this code.
    pub(crate) fn refused(self, code: ErrorCode) -> Self {
        let detail = AuditDetail { code: Some(code), ..self.said() };
        self.with(detail)
    }

    fn roles(self, old: Role, new: Role) -> Self {
        let (old_role, new_role) = (Some(old), Some(new));
        let detail = AuditDetail { old_role, new_role, ..self.said() };
        self.with(detail)
    }

    fn said(&self) -> AuditDetail {
        self.detail.clone().unwrap_or_default()
    }

    fn with(self, detail: AuditDetail) -> Self {
        Self { detail: Some(detail), ..self }
    }
}

/// An address as it is kept.
pub(crate) fn address(ip: IpAddr) -> String {
    ip.to_canonical().to_string()
}

/// What a storage can tell of the audit log.
#[async_trait]
pub trait AuditReads: Send {
    /// The entries of a query, newest first: by their times, and those of one time by their ids. Whether
    /// there is more. Those before an entry that is gone are those before its neighbour with the next
    /// lower id, and that one.
    async fn list(&mut self, query: &AuditQuery) -> Result<(Vec<AuditEntry>, bool), StorageError>;
}

/// What a storage can do to the audit log. There is no change of an entry, but to forget its address; a
/// storage had better refuse any other by itself.
#[async_trait]
pub trait AuditWrites: AuditReads {
    /// Adds an entry.
    async fn insert(&mut self, draft: &Draft) -> Result<AuditId, StorageError>;

    /// Forgets the addresses of what this user did, and of what nobody who is known did to them.
    async fn forget_addresses(&mut self, user: UserId) -> Result<(), StorageError>;

    /// Removes entries from before then, the oldest first, at most so many; how many. Those that others have
    /// locked may be left for the next time.
    async fn prune(&mut self, before: Timestamp, most: u32) -> Result<u64, StorageError>;
}

/// The service: [`Guildhall::audit`].
#[derive(Clone, Copy)]
pub struct Audit<'a>(pub(crate) &'a Guildhall);

impl Audit<'_> {
    /// A page of what was done, newest first, and whether there is more. For admins.
    ///
    /// # Errors
    /// `forbidden`.
    pub async fn list(
        &self,
        caller: &Caller,
        query: &AuditQuery,
    ) -> Result<(Vec<AuditEntry>, bool)> {
        caller.must_be_admin()?;
        Ok(self.0.storage.read().await?.audit().list(query).await?)
    }
}

/// Writes what of a change of an account is to be known later. `by` says who made it, and `new_password`
/// how, where it has one.
pub(crate) async fn note_change(
    tx: &mut dyn Transaction,
    by: &Draft,
    before: &Account,
    after: &Account,
    new_password: Option<AuditAction>,
) -> Result<(), StorageError> {
    let (old, new) = (&before.user, &after.user);
    let done = |action| Draft { action, ..by.clone() }.to(new.id);
    if old.role != new.role {
        let roles = done(AuditAction::RoleChanged).roles(old.role, new.role);
        tx.audit().insert(&roles).await?;
    }
    for (is_so, action) in facts(old, new, new_password) {
        if is_so {
            tx.audit().insert(&done(action)).await?;
        }
    }
    Ok(())
}

fn facts(old: &User, new: &User, new_password: Option<AuditAction>) -> [(bool, AuditAction); 7] {
    let is_named = new.deleted_at.is_none();
    let password = new_password.unwrap_or(AuditAction::PasswordChanged);
    [
        (new.disabled && !old.disabled, AuditAction::UserDisabled),
        (old.disabled && !new.disabled, AuditAction::UserEnabled),
        (new_password.is_some(), password),
        (is_named && old.email != new.email, AuditAction::EmailChanged),
        (new.email_verified && !old.email_verified, AuditAction::EmailVerified),
        (is_named && old.username != new.username, AuditAction::UsernameChanged),
        (new.deleted_at.is_some() && old.deleted_at.is_none(), AuditAction::UserDeleted),
    ]
}
