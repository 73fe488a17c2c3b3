//! Calls about forgotten passwords and verified addresses.

use guildhall_openapi::User;
use guildhall_openapi::recovery::{
    EmailVerification, ForgotPassword, MailRequest, PasswordReset, RequestVerifyToken,
    ResetPassword, VerifyEmail,
};

use super::calls;
use crate::client::Client;

/// Forgotten passwords and verified addresses. Nobody needs to be signed in.
///
/// ```no_run
/// # use guildhall_client::Client;
/// # use guildhall_client::contract::recovery::{MailRequest, PasswordReset};
/// # async fn run(client: Client, code: String) -> Result<(), guildhall_client::Error> {
/// let email = "ada@example.org";
/// client.recovery().forgot_password(&MailRequest { email: email.into() }).await?;
/// let reset = PasswordReset {
///     token: None,
///     email: Some(email.into()),
///     code: Some(code.into()),
///     password: "tulip-anvil-harbour".into(),
/// };
/// client.recovery().reset_password(&reset).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Recovery<'c>(pub(crate) &'c Client);

impl Client {
    /// Forgotten passwords and verified addresses.
    #[must_use]
    pub fn recovery(&self) -> Recovery<'_> {
        Recovery(self)
    }
}

calls! { Recovery of "recovery";
    /// Sends a mail with which the password can be set anew, if there is such an account; that is not told.
    call forgot_password() body(request: &MailRequest) -> () = ForgotPassword;
    /// Sets the password anew, by a mail's token or code; all devices are signed out.
    call reset_password() body(reset: &PasswordReset) -> () = ResetPassword;
    /// Sends a mail with which the address can be verified, if there is such an account; that is not told.
    call request_verify_token() body(request: &MailRequest) -> () = RequestVerifyToken;
    /// Verifies an address, by a mail's token or code.
    call verify_email() body(verification: &EmailVerification) -> User = VerifyEmail;
}
