//! Calls about signed-in devices.

use guildhall_openapi::keys::{JwkSet, ListSigningKeys};
use guildhall_openapi::logins::{
    ChangePassword, ListLogins, PasswordChange, RevokeLogin, RevokeLogins,
};
use guildhall_openapi::{Login, LoginId};

use super::calls;
use crate::client::Client;

/// The devices on which whoever is signed in is signed in.
///
/// ```no_run
/// # use guildhall_client::Client;
/// # async fn run(client: Client) -> Result<(), guildhall_client::Error> {
/// for login in client.logins().list().await? {
///     if !login.current {
///         client.logins().revoke(login.id).await?;
///     }
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Logins<'c>(pub(crate) &'c Client);

impl Client {
    /// The devices of whoever is signed in.
    #[must_use]
    pub fn logins(&self) -> Logins<'_> {
        Logins(self)
    }
}

calls! { Logins of "logins";
    /// All devices; there are at most 100.
    call list() -> Vec<Login> = ListLogins;
    /// Signs one device out.
    call revoke(id: LoginId) -> () = RevokeLogin;
    /// Signs all devices out, this one too.
    call revoke_all() -> () = RevokeLogins;
    /// Changes the password; all other devices are signed out.
    call change_password() body(change: &PasswordChange) -> () = ChangePassword;
    /// The public keys with which access tokens can be checked by others than the server.
    call signing_keys() -> JwkSet = ListSigningKeys;
}
