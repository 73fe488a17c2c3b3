//! Who changes an account: what the audit log is told of it, and which login stays.

use std::net::IpAddr;

use guildhall_openapi::{AuditAction, LoginId, Timestamp, UserId};

use crate::audit;
use crate::caller::Caller;
use crate::mail;

/// Who changes an account.
#[derive(Clone, Copy)]
pub(crate) enum By<'a> {
    /// Someone signed in.
    Caller(&'a Caller),
    /// Whoever showed, from this address, what only a mail has told. It is used up by the change.
    Mail(&'a mail::Stored, Option<IpAddr>),
    /// The operator, who needs no one's leave.
    Operator,
}

impl By<'_> {
    /// What the audit log is told of it, once it is known what was done to the account.
    pub(super) fn entry(self, id: UserId, action: AuditAction, now: Timestamp) -> audit::Draft {
        match self {
            Self::Caller(caller) => audit::Draft::of(caller, action, now).to(id),
            Self::Mail(_, ip) => audit::Draft::by(id, action, ip, now),
            Self::Operator => audit::Draft::by_operator(action, now).to(id),
        }
    }

    /// Under which name the audit log has a new password of theirs.
    pub(super) const fn sets_password(self) -> AuditAction {
        match self {
            Self::Caller(_) | Self::Operator => AuditAction::PasswordChanged,
            Self::Mail(..) => AuditAction::PasswordReset,
        }
    }

    /// Whether wrong tries at the account are forgotten with a new password: its owner, and not an admin among
    /// others, has set it or is helped out.
    pub(super) const fn forgives(self) -> bool {
        matches!(self, Self::Mail(..) | Self::Operator)
    }

    /// The login that is not ended by a new password of this account.
    pub(super) fn kept_login(self, id: UserId) -> Option<LoginId> {
        match self {
            Self::Caller(caller) if caller.id() == id => caller.login(),
            Self::Caller(_) | Self::Mail(..) | Self::Operator => None,
        }
    }
}
