//! Signing in and out.

use guildhall_core::Guildhall;
use guildhall_openapi::keys::JwkSet;
use guildhall_openapi::logins::{PasswordChange, Refresh};
use guildhall_openapi::{Login, LoginId, Tokens};
use poem::web::Data;
use poem_openapi::OpenApi;

use super::Tag;
use crate::answer::{Answer, Done, Json, Kept};
use crate::edge;
use crate::extract::{Body, Device, Leaving, LoginBody, SignedIn, Speaks};
use crate::parameter::Path;

pub(crate) struct Routes;

#[OpenApi(tag = "Tag::SignIn")]
impl Routes {
    /// Sign in
    ///
    /// Takes an email or a username and the password, as JSON or as the form of the OAuth2 password
    /// flow. An unknown account and a wrong password get the same answer after the same time.
    #[oai(path = "/login", method = "post", operation_id = "login")]
    async fn login(
        &self,
        guildhall: Data<&Guildhall>,
        device: Device,
        body: LoginBody,
    ) -> Answer<Json<Tokens>> {
        edge::hash()?;
        Ok(Json(guildhall.logins().log_in(&body.0, &device.0).await?))
    }

    /// Get a new pair of tokens
    ///
    /// The old refresh token is spent. The same spent token within 30 seconds of its first use gets
    /// the login's present refresh token, the very same for all who ask, and a fresh access token;
    /// later it counts as stolen and the login is revoked.
    #[oai(path = "/auth/refresh", method = "post", operation_id = "refresh")]
    async fn refresh(
        &self,
        guildhall: Data<&Guildhall>,
        device: Device,
        body: Body<Refresh>,
    ) -> Answer<Json<Tokens>> {
        Ok(Json(guildhall.logins().refresh(&body.0, &device.0).await?))
    }

    /// Sign out
    ///
    /// The access token and its refresh token are dead at once.
    #[oai(path = "/auth/logout", method = "post", operation_id = "logout")]
    async fn logout(&self, guildhall: Data<&Guildhall>, caller: Leaving) -> Answer<Done> {
        guildhall.logins().log_out(&caller.0).await?;
        Ok(Done)
    }

    /// Change your password
    ///
    /// Every other login of yours is revoked.
    #[oai(path = "/auth/password", method = "post", operation_id = "change_password")]
    async fn change_password(
        &self,
        guildhall: Data<&Guildhall>,
        caller: Leaving,
        language: Speaks,
        body: Body<PasswordChange>,
    ) -> Answer<Done> {
        edge::hash()?;
        guildhall.logins().speaking(language.0).change_password(&caller.0, body.0).await?;
        Ok(Done)
    }

    /// List the devices on which you are signed in
    ///
    /// At most 100 are kept; the oldest goes.
    #[oai(path = "/auth/logins", method = "get", operation_id = "list_logins")]
    async fn list_logins(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
    ) -> Answer<Json<Vec<Login>>> {
        Ok(Json(guildhall.logins().list(&caller.0).await?))
    }

    /// Sign out everywhere
    ///
    /// All logins of yours are revoked, this one too.
    #[oai(path = "/auth/logins", method = "delete", operation_id = "revoke_logins")]
    async fn revoke_logins(&self, guildhall: Data<&Guildhall>, caller: Leaving) -> Answer<Done> {
        guildhall.logins().revoke_all(&caller.0).await?;
        Ok(Done)
    }

    /// Sign out one device
    #[oai(path = "/auth/logins/:login_id", method = "delete", operation_id = "revoke_login")]
    async fn revoke_login(
        &self,
        guildhall: Data<&Guildhall>,
        caller: Leaving,
        /// The login, from the list of them.
        login_id: Path<LoginId>,
    ) -> Answer<Done> {
        guildhall.logins().revoke(&caller.0, login_id.0).await?;
        Ok(Done)
    }

    /// List the keys of access tokens
    ///
    /// The public keys with which access tokens can be checked (RFC 7517): the present one first, then
    /// those before it. There are none where a secret signs the tokens (`ALGORITHM=HS256` and its like).
    #[oai(path = "/.well-known/jwks.json", method = "get", operation_id = "list_signing_keys")]
    async fn list_signing_keys(&self, guildhall: Data<&Guildhall>) -> Answer<Kept<JwkSet>> {
        Ok(Kept(guildhall.logins().signing_keys()))
    }
}
