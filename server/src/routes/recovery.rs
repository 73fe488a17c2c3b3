//! Forgotten passwords and verified addresses.

use guildhall_core::Guildhall;
use guildhall_openapi::User;
use guildhall_openapi::recovery::{EmailVerification, MailRequest, PasswordReset};
use poem::web::Data;
use poem_openapi::OpenApi;

use super::Tag;
use crate::answer::{Answer, Done, Json};
use crate::edge;
use crate::extract::{Body, Device, Speaks};

pub(crate) struct Routes;

#[OpenApi(tag = "Tag::SignIn")]
impl Routes {
    /// Ask for a new password
    ///
    /// The account that has this address gets a mail with a link and a code, good for an hour; at most
    /// three an hour. The answer is the same whether or not there is one.
    #[oai(path = "/auth/forgot-password", method = "post", operation_id = "forgot_password")]
    async fn forgot_password(
        &self,
        guildhall: Data<&Guildhall>,
        language: Speaks,
        body: Body<MailRequest>,
    ) -> Answer<Done> {
        guildhall.recovery().speaking(language.0).forgot_password(&body.0).await?;
        Ok(Done)
    }

    /// Set a new password
    ///
    /// With the `token` of the mail's link, or with `email` and the mail's `code`, at most 10 tries. It works
    /// once, and a password that is refused does not use it up. Every login of the account is revoked.
    #[oai(path = "/auth/reset-password", method = "post", operation_id = "reset_password")]
    async fn reset_password(
        &self,
        guildhall: Data<&Guildhall>,
        device: Device,
        language: Speaks,
        body: Body<PasswordReset>,
    ) -> Answer<Done> {
        edge::hash()?;
        guildhall.recovery().speaking(language.0).reset_password(&body.0, &device.0).await?;
        Ok(Done)
    }

    /// Ask for another verification mail
    ///
    /// The account that has this address, and has not verified it, gets a mail with a link and a code, good
    /// for a day; at most three an hour. The answer is the same whether or not there is one.
    #[oai(
        path = "/auth/request-verify-token",
        method = "post",
        operation_id = "request_verify_token"
    )]
    async fn request_verify_token(
        &self,
        guildhall: Data<&Guildhall>,
        language: Speaks,
        body: Body<MailRequest>,
    ) -> Answer<Done> {
        guildhall.recovery().speaking(language.0).request_verification(&body.0).await?;
        Ok(Done)
    }

    /// Verify an address
    ///
    /// With the `token` of the mail's link, or with `email` and the mail's `code`, at most 10 tries. It works
    /// once, while the account still has the address.
    #[oai(path = "/auth/verify", method = "post", operation_id = "verify_email")]
    async fn verify_email(
        &self,
        guildhall: Data<&Guildhall>,
        device: Device,
        body: Body<EmailVerification>,
    ) -> Answer<Json<User>> {
        Ok(Json(guildhall.recovery().verify_email(&body.0, &device.0).await?))
    }
}
