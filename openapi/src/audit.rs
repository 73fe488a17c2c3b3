//! The audit log: who did what to whom, when and from where.

use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::accounts::Role;
use crate::endpoint::endpoints;
use crate::error::{ErrorCode, Fault};
use crate::ids::{AuditId, LoginId, UserId};
use crate::page::Recent;
use crate::time::Timestamp;
use crate::variants::documented;

documented! {
    /// What was done.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    #[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
    #[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
    pub enum AuditAction {
        /// A device signed in.
        SignedIn,
        /// Someone tried to sign in and was refused. Without a subject where no account has the name; the
        /// name that was given is not kept.
        SignInFailed,
        /// A device signed itself out.
        SignedOut,
        /// Someone signed in gave a wrong `current_password`.
        ReauthenticationFailed,
        /// One device of a person was signed out by them, on another or the same, or by the operator.
        LoginRevoked,
        /// All devices of a person were signed out by them, or by the operator.
        LoginsRevoked,
        /// A refresh token was shown again long after it was spent: two parties hold it, and its login was
        /// revoked.
        RefreshReused,
        /// Someone made an account for themself.
        Registered,
        /// An admin, or the operator, made an account for someone.
        UserCreated,
        /// What an account may do was changed.
        RoleChanged,
        /// An account was shut.
        UserDisabled,
        /// An account was opened again.
        UserEnabled,
        /// An account was deleted.
        UserDeleted,
        /// What an account told of a person was overwritten.
        UserErased,
        /// A password was changed, with the present one, by an admin or by the operator.
        PasswordChanged,
        /// A forgotten password was replaced.
        PasswordReset,
        /// An email address was changed.
        EmailChanged,
        /// An email address was found to be its owner's.
        EmailVerified,
        /// A username was changed.
        UsernameChanged,
        /// All that is stored about a person was read out to them.
        DataExported,
    }
}

impl AuditAction {
    /// All actions.
    pub const ALL: [Self; 20] = [
        Self::SignedIn,
        Self::SignInFailed,
        Self::SignedOut,
        Self::ReauthenticationFailed,
        Self::LoginRevoked,
        Self::LoginsRevoked,
        Self::RefreshReused,
        Self::Registered,
        Self::UserCreated,
        Self::RoleChanged,
        Self::UserDisabled,
        Self::UserEnabled,
        Self::UserDeleted,
        Self::UserErased,
        Self::PasswordChanged,
        Self::PasswordReset,
        Self::EmailChanged,
        Self::EmailVerified,
        Self::UsernameChanged,
        Self::DataExported,
    ];

    /// The action as it stands in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::SignInFailed => "sign_in_failed",
            Self::SignedOut => "signed_out",
            Self::ReauthenticationFailed => "reauthentication_failed",
            Self::LoginRevoked => "login_revoked",
            Self::LoginsRevoked => "logins_revoked",
            Self::RefreshReused => "refresh_reused",
            Self::Registered => "registered",
            Self::UserCreated => "user_created",
            Self::RoleChanged => "role_changed",
            Self::UserDisabled => "user_disabled",
            Self::UserEnabled => "user_enabled",
            Self::UserDeleted => "user_deleted",
            Self::UserErased => "user_erased",
            Self::PasswordChanged => "password_changed",
            Self::PasswordReset => "password_reset",
            Self::EmailChanged => "email_changed",
            Self::EmailVerified => "email_verified",
            Self::UsernameChanged => "username_changed",
            Self::DataExported => "data_exported",
        }
    }
}

impl FromStr for AuditAction {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let known = Self::ALL.into_iter().find(|action| action.as_str() == text);
        known.ok_or_else(|| Fault::Malformed("it is no action of the audit log".into()))
    }
}

documented! {
    /// Who did something and is no account.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    #[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
    #[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
    pub enum AuditActor {
        /// The operator, at the console of the server or by its settings.
        Console,
    }
}

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AuditEntry {
    /// The entry's id.
    pub id: AuditId,
    /// What was done.
    pub action: AuditAction,
    /// Who did it; nobody where it was a stranger or the operator (`detail.actor`).
    pub actor_id: Option<UserId>,
    /// To whose account; nobody where no account has the name that was tried.
    pub subject_id: Option<UserId>,
    /// When.
    pub at: Timestamp,
    /// From which address, as far as it is known and was not erased.
    pub ip: Option<String>,
    /// What else there is to say.
    pub detail: Option<AuditDetail>,
}

/// What else there is to say of something that was done. Never a secret, nor what tells of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AuditDetail {
    /// What the account could do before.
    pub old_role: Option<Role>,
    /// What it can do since.
    pub new_role: Option<Role>,
    /// The login that was made or revoked.
    pub login_id: Option<LoginId>,
    /// With what the call was refused.
    pub code: Option<ErrorCode>,
    /// Who did it, where it was no account's owner.
    pub actor: Option<AuditActor>,
}

/// The query of `GET /audit`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AuditQuery {
    /// Only what was done in this way.
    pub action: Option<AuditAction>,
    /// Only what this person did.
    pub actor_id: Option<UserId>,
    /// Only what was done to this person's account.
    pub subject_id: Option<UserId>,
    /// Only what was done at this time or later.
    pub from: Option<Timestamp>,
    /// Only what was done before this time.
    pub to: Option<Timestamp>,
    /// Only what was done from this address.
    pub ip: Option<IpAddr>,
    /// Which part of the list.
    #[serde(flatten)]
    pub page: Recent<AuditId>,
}

endpoints! {
    /// Lists what was done, newest first.
    ListAudit = "list_audit" Get "/audit", Admin, ((), AuditQuery) -> Vec<AuditEntry>, [ValidationFailed];
}

#[cfg(test)]
mod tests {
    use super::AuditAction;

    #[test]
    fn actions_are_read_as_they_are_written() {
        for action in AuditAction::ALL {
            assert_eq!(serde_json::to_value(action).unwrap(), action.as_str());
            assert_eq!(action.as_str().parse(), Ok(action));
        }
        assert!("signed".parse::<AuditAction>().is_err());
    }
}
