//! Recovery: forgotten passwords and verified addresses, by what is sent in mails.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::accounts::User;
use crate::endpoint::endpoints;
use crate::text::{Email, MailCode, Password, Token};
use crate::time::Timestamp;
use crate::variants::documented;

documented! {
    /// What a mail is about.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    #[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
    #[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
    pub enum MailKind {
        /// It asks whether the address is theirs.
        VerifyEmail,
        /// It lets them set the password anew.
        ResetPassword,
        /// It tells the address from before that the account has another one.
        EmailChanged,
        /// It tells that the account has another password.
        PasswordChanged,
    }
}

impl MailKind {
    /// All kinds.
    pub const ALL: [Self; 4] =
        [Self::VerifyEmail, Self::ResetPassword, Self::EmailChanged, Self::PasswordChanged];

    /// The kind as it stands in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::EmailChanged => "email_changed",
            Self::PasswordChanged => "password_changed",
        }
    }
}

/// What is kept of a mail, sent or not. Its text is not: it is made when it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct KeptMail {
    /// What it is about.
    pub kind: MailKind,
    /// The address to which it goes.
    pub email: Email,
    /// Its language, a tag of RFC 5646.
    pub language: String,
    /// Until when it is tried to send it, and its token is good; then it is removed.
    pub expires_at: Timestamp,
}

/// The body of `POST /auth/forgot-password` and of `POST /auth/request-verify-token`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct MailRequest {
    /// The account's address, to which the mail goes.
    pub email: Email,
}

/// The body of `POST /auth/reset-password`: a `token`, or an `email` and the `code`.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "poem", oai(skip_serializing_if_is_none))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct PasswordReset {
    /// The token of the mail's link.
    pub token: Option<Token>,
    /// In its place: the address to which the mail went.
    pub email: Option<Email>,
    /// The mail's short code.
    pub code: Option<MailCode>,
    /// The password to come.
    pub password: Password,
}

/// The body of `POST /auth/verify`: a `token`, or an `email` and the `code`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "poem", oai(skip_serializing_if_is_none))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct EmailVerification {
    /// The token of the mail's link.
    pub token: Option<Token>,
    /// In its place: the address to which the mail went.
    pub email: Option<Email>,
    /// The mail's short code.
    pub code: Option<MailCode>,
}

endpoints! {
    /// Sends a mail with which the account's password can be set anew.
    ForgotPassword = "forgot_password" Post "/auth/forgot-password", Anyone, (MailRequest, ()) -> (), [];
    /// Sets a password anew, by what was sent in a mail.
    ResetPassword = "reset_password" Post "/auth/reset-password", Anyone,
        (PasswordReset, ()) -> (), [InvalidToken, WeakPassword];
    /// Sends a mail with which the account's address can be verified.
    RequestVerifyToken = "request_verify_token" Post "/auth/request-verify-token", Anyone,
        (MailRequest, ()) -> (), [];
    /// Verifies an address, by what was sent there in a mail.
    VerifyEmail = "verify_email" Post "/auth/verify", Anyone, (EmailVerification, ()) -> User, [InvalidToken];
}
