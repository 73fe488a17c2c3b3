//! Signing in and out.

use guildhall_openapi::accounts::Register;
use guildhall_openapi::logins::{LogIn, LogOut};
use guildhall_openapi::{Credentials, NewAccount, User};
use tokio::sync::watch;

use crate::call::Call;
use crate::client::{Client, decode};
use crate::driver::Change;
use crate::error::Error;

/// Signing in and out. The tokens are kept in the client's store and renewed as they have to be; no
/// program needs to see them.
///
/// ```no_run
/// # use guildhall_client::{Client, contract::NewAccount};
/// # async fn run(client: Client) -> Result<(), guildhall_client::Error> {
/// let new = NewAccount {
///     username: "ada".into(),
///     email: "ada@example.org".into(),
///     password: "plum-orbit-velvet".into(),
///     full_name: None,
/// };
/// let user = client.auth().sign_up(&new).await?;
/// client.auth().sign_in("ada", "plum-orbit-velvet").await?;
/// assert_eq!(client.accounts().me().await?.id, user.id);
/// client.auth().sign_out().await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Auth<'c>(pub(crate) &'c Client);

impl Auth<'_> {
    /// Creates an account. It does not sign in.
    ///
    /// # Errors
    /// Among others `email_taken`, `username_taken`, `weak_password`, `registration_closed`.
    pub async fn sign_up(self, new: &NewAccount) -> Result<User, Error> {
        self.0.send(Call::<Register>::to(&[]).body(new)).await
    }

    /// Signs in with an email address or a username.
    ///
    /// # Errors
    /// Among others `invalid_credentials`, `account_disabled`; [`Error::Store`] where the login
    /// cannot be kept, and then it holds for as long as this client lives.
    pub async fn sign_in(self, identifier: &str, password: &str) -> Result<(), Error> {
        let credentials = Credentials { email: identifier.into(), password: password.into() };
        let request = self.0.request(Call::<LogIn>::to(&[]).body(&credentials));
        let answer = self.0.driver.sign_in(request).await?;
        decode::<LogIn>(&answer).map(drop)
    }

    /// Signs this device out: here at once, and at the server if it can be reached.
    ///
    /// # Errors
    /// [`Error::Transport`] where the server could not be told, or what it says against it; the login
    /// ends there by itself when it has not been used for long.
    pub async fn sign_out(self) -> Result<(), Error> {
        let request = self.0.request(Call::<LogOut>::to(&[]));
        match self.0.driver.sign_out(request).await? {
            Some(answer) => decode::<LogOut>(&answer),
            None => Ok(()),
        }
    }

    /// Renews the tokens now, though no call needs that.
    ///
    /// # Errors
    /// [`Error::Transport`], or what the server says against it.
    pub async fn renew(self) -> Result<(), Error> {
        match self.0.driver.renew().await {
            Ok(_) => Ok(()),
            Err(outcome) => decode::<LogIn>(&outcome?).map(drop),
        }
    }

    /// Whether someone is signed in, as far as this device knows.
    #[must_use]
    pub fn is_signed_in(self) -> bool {
        self.0.driver.login().is_some()
    }

    /// Another tab or program has written the token store: this client looks at it now, and not only
    /// when it next renews its tokens. In a web page the client does that by itself.
    pub fn store_changed(self) {
        self.0.driver.store_changed();
    }

    /// Tells how it stands with the sign-in, each time that changes, also by what other programs on
    /// the same store did, as soon as this client looks. Of changes in quick succession the last is
    /// told.
    #[must_use]
    pub fn watch(self) -> watch::Receiver<SignInState> {
        self.0.driver.host().sign_in.subscribe()
    }
}

/// How it stands with the sign-in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignInState {
    /// Whether someone is signed in.
    pub is_signed_in: bool,
    /// What happened last, since this client was made.
    pub last_change: Option<Change>,
}

impl SignInState {
    pub(crate) fn after(change: Change) -> Self {
        let is_signed_in = matches!(change, Change::SignedIn | Change::Renewed);
        Self { is_signed_in, last_change: Some(change) }
    }
}
