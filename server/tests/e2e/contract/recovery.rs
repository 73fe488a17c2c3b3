//! The calls of forgotten passwords and verified addresses.

use guildhall_client::Client;
use guildhall_openapi::recovery::{EmailVerification, MailRequest, PasswordReset};
use guildhall_openapi::text::Email;

use crate::support::{Mail, MailServer, PASSWORD, World};

/// Makes each once, as someone who is not signed in and reads the mails to this address.
pub(super) async fn make_calls(client: &Client, world: &World, email: &Email) {
    let mut post = MailServer::start().await;
    let (recovery, request) = (client.recovery(), MailRequest { email: email.clone() });
    recovery.request_verify_token(&request).await.unwrap();
    recovery.forgot_password(&request).await.unwrap();
    let mails = post.fetch(&world.guildhall, &world.api).await;
    let token = |subject: &str| {
        let is_it = |mail: &&Mail| mail.to == [email.as_str()] && mail.subject() == subject;
        Some(mails.iter().find(is_it).unwrap().token().into())
    };
    let token_of_address = token("Is this your email address?");
    let shown = EmailVerification { token: token_of_address, ..EmailVerification::default() };
    assert!(recovery.verify_email(&shown).await.unwrap().email_verified);
    let token = token("A new password for your account");
    let reset = PasswordReset { token, email: None, code: None, password: PASSWORD.into() };
    recovery.reset_password(&reset).await.unwrap();
}
