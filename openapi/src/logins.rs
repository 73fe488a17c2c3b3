//! Logins: the devices on which a person is signed in, and their tokens.

use serde::{Deserialize, Serialize};

use crate::endpoint::endpoints;
use crate::ids::LoginId;
use crate::text::{Identifier, Password, PresentPassword, Token};
use crate::time::Timestamp;
use crate::variants::documented;

/// The JSON body of `POST /login`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Credentials {
    /// The email address, or the username.
    pub email: Identifier,
    /// The password.
    pub password: PresentPassword,
}

/// The form of `POST /login`: the OAuth2 password flow (RFC 6749, 4.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PasswordGrant {
    /// The email address, or the username.
    pub username: Identifier,
    /// The password.
    pub password: PresentPassword,
}

impl From<PasswordGrant> for Credentials {
    fn from(grant: PasswordGrant) -> Self {
        Self { email: grant.username, password: grant.password }
    }
}

/// What a signed-in device holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Tokens {
    /// Goes into `Authorization: Bearer …` (RFC 6750).
    pub access_token: Token,
    /// Always `bearer`.
    pub token_type: TokenType,
    /// For how many seconds the access token is good.
    pub expires_in: u64,
    /// Buys the next pair, once.
    pub refresh_token: Token,
}

documented! {
    /// How the access token is to be used.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    #[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
    #[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
    pub enum TokenType {
        /// As RFC 6750 says.
        Bearer,
    }
}

/// The body of `POST /auth/refresh`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Refresh {
    /// The refresh token of the last pair.
    pub refresh_token: Token,
}

/// The body of `POST /auth/password`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PasswordChange {
    /// The present password.
    pub current_password: PresentPassword,
    /// The one to come.
    pub new_password: Password,
}

/// One signed-in device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Login {
    /// The login's id.
    pub id: LoginId,
    /// When the device signed in.
    pub created_at: Timestamp,
    /// When it last signed in or refreshed its tokens.
    pub last_seen_at: Timestamp,
    /// What it called itself (`User-Agent`).
    pub user_agent: Option<String>,
    /// The address from which it was last seen.
    pub ip: Option<String>,
    /// Whether it is the one that asks.
    pub current: bool,
}

endpoints! {
    /// Signs a device in.
    LogIn = "login" Post "/login", Anyone, (Credentials, ()) -> Tokens, [InvalidCredentials, AccountDisabled];
    /// Buys a new pair of tokens.
    RefreshTokens = "refresh" Post "/auth/refresh", Anyone, (Refresh, ()) -> Tokens, [InvalidRefreshToken];
    /// Signs the calling device out.
    LogOut = "logout" Post "/auth/logout", Member, ((), ()) -> (), [];
    /// Changes the caller's password.
    ChangePassword = "change_password" Post "/auth/password", Member,
        (PasswordChange, ()) -> (), [WrongPassword, WeakPassword];
    /// Lists the caller's devices.
    ListLogins = "list_logins" Get "/auth/logins", Member, ((), ()) -> Vec<Login>, [];
    /// Signs all of the caller's devices out.
    RevokeLogins = "revoke_logins" Delete "/auth/logins", Member, ((), ()) -> (), [];
    /// Signs one of the caller's devices out.
    RevokeLogin = "revoke_login" Delete "/auth/logins/{login_id}", Own, ((), ()) -> (), [LoginNotFound];
}
