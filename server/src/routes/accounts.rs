//! Accounts.

use guildhall_core::Guildhall;
use guildhall_openapi::accounts::{ProfilePatch, UserPatch, UserQuery};
use guildhall_openapi::page::{Limit, Skip};
use guildhall_openapi::text::{IdempotencyKey, Search};
use guildhall_openapi::{Export, GroupId, NewAccount, NewUser, User, UserId, UserView};
use poem::http::Uri;
use poem::web::Data;
use poem_openapi::OpenApi;

use super::Tag;
use crate::answer::{Answer, Attachment, Done, Json, Listing};
use crate::edge;
use crate::extract::{Body, Device, MaybeSignedIn, SignedIn, Speaks};
use crate::parameter::{Header, Path, Query, page};

pub(crate) struct Routes;

#[OpenApi]
impl Routes {
    /// Create an account
    ///
    /// Usernames and emails are unique without regard to case. Passwords that are among the most
    /// used ones, or one's own name or email, are refused.
    #[oai(path = "/register", method = "post", operation_id = "register", tag = "Tag::SignIn")]
    async fn register(
        &self,
        guildhall: Data<&Guildhall>,
        device: Device,
        language: Speaks,
        body: Body<NewAccount>,
    ) -> Answer<Json<User>> {
        edge::hash()?;
        let accounts = guildhall.accounts().speaking(language.0);
        Ok(Json(accounts.register(body.0, &device.0).await?))
    }

    /// Read your own account
    #[oai(path = "/auth/me", method = "get", operation_id = "me", tag = "Tag::SignIn")]
    async fn me(&self, caller: SignedIn) -> Answer<Json<User>> {
        Ok(Json(caller.0.user().clone()))
    }

    /// Change your own account
    ///
    /// Fields left out stay. A new email needs `current_password` and is unverified.
    #[oai(path = "/auth/me", method = "patch", operation_id = "update_me", tag = "Tag::SignIn")]
    async fn update_me(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        language: Speaks,
        body: Body<ProfilePatch>,
    ) -> Answer<Json<User>> {
        if body.0.current_password.is_some() {
            edge::hash()?;
        }
        let accounts = guildhall.accounts().speaking(language.0);
        Ok(Json(accounts.update_me(&caller.0, body.0).await?))
    }

    /// Export what is stored about you
    ///
    /// One JSON document to take along. It is sent as it is read, however much it is.
    #[oai(
        path = "/auth/me/export",
        method = "get",
        operation_id = "export_me",
        tag = "Tag::SignIn"
    )]
    async fn export_me(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
    ) -> Answer<Attachment<Export>> {
        edge::export_by(caller.0.id())?;
        let pieces = guildhall.accounts().export(&caller.0).await?;
        Ok(Attachment::pieces("guildhall-export.json", pieces))
    }

    /// List people
    ///
    /// In id order; admins see all fields of each. Who else may look is the server's `DIRECTORY`
    /// setting. For depth, `after` costs the same on every page.
    #[oai(path = "/users", method = "get", operation_id = "list_users", tag = "Tag::Users")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn list_users(
        &self,
        guildhall: Data<&Guildhall>,
        caller: MaybeSignedIn,
        uri: &Uri,
        /// Only people with this in their username or full name, without regard to case.
        q: Query<Search>,
        /// Only people in this group.
        group: Query<GroupId>,
        /// Deleted accounts too (admins; ignored from others).
        include_deleted: Query<bool>,
        /// Only people after the one with this id.
        after: Query<UserId>,
        /// How many people to leave out at the beginning.
        skip: Query<Skip>,
        /// How many people at most.
        limit: Query<Limit>,
    ) -> Answer<Listing<UserView>> {
        if caller.0.is_none() && q.0.is_some() {
            edge::search_by_anyone()?;
        }
        let page = page(after, skip, limit);
        let include_deleted = include_deleted.0.unwrap_or_default();
        let query = UserQuery { q: q.0, group: group.0, include_deleted, page };
        let (users, more) = guildhall.accounts().list(caller.0.as_ref(), query).await?;
        Ok(Listing::new(uri, users, more, |user| user.id().get()))
    }

    /// Create an account for someone
    ///
    /// For admins.
    #[oai(path = "/users", method = "post", operation_id = "create_user", tag = "Tag::Users")]
    async fn create_user(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        /// Asked again with the same key, the call gives its first answer and creates nothing.
        #[oai(name = "Idempotency-Key")]
        key: Header<IdempotencyKey>,
        language: Speaks,
        body: Body<NewUser>,
    ) -> Answer<Json<User>> {
        edge::hash()?;
        let accounts = guildhall.accounts().speaking(language.0);
        Ok(Json(accounts.create(&caller.0, body.0, key.0.as_ref()).await?))
    }

    /// Read an account
    ///
    /// All fields of one's own, and of anyone's for admins; else those that members see.
    #[oai(path = "/users/:user_id", method = "get", operation_id = "get_user", tag = "Tag::Users")]
    async fn get_user(
        &self,
        guildhall: Data<&Guildhall>,
        caller: MaybeSignedIn,
        /// The account.
        user_id: Path<UserId>,
        /// A deleted account too (admins; ignored from others).
        include_deleted: Query<bool>,
    ) -> Answer<Json<UserView>> {
        let (caller, deleted_too) = (caller.0.as_ref(), include_deleted.0.unwrap_or_default());
        Ok(Json(guildhall.accounts().get(caller, user_id.0, deleted_too).await?))
    }

    /// Change an account
    ///
    /// Fields left out stay. One's own username, email, full name and password, the last two only
    /// with `current_password` beside; admins may change all fields of anyone. A new password
    /// revokes the user's other logins, set by an admin all of them.
    #[oai(
        path = "/users/:user_id",
        method = "put",
        operation_id = "update_user",
        tag = "Tag::Users"
    )]
    async fn update_user(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        /// The account.
        user_id: Path<UserId>,
        language: Speaks,
        body: Body<UserPatch>,
    ) -> Answer<Json<User>> {
        if body.0.password.is_some() || body.0.current_password.is_some() {
            edge::hash()?;
        }
        let accounts = guildhall.accounts().speaking(language.0);
        Ok(Json(accounts.update(&caller.0, user_id.0, body.0).await?))
    }

    /// Delete an account
    ///
    /// One's own, or anyone's for admins. The person is signed out and gone from every list; the
    /// email and the username are free again. With `erase`, what tells of the person is overwritten: what
    /// others have of them, messages say, stays under the account's id.
    #[oai(
        path = "/users/:user_id",
        method = "delete",
        operation_id = "delete_user",
        tag = "Tag::Users"
    )]
    async fn delete_user(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        /// The account.
        user_id: Path<UserId>,
        /// Overwrite what tells of the person, too; admins may ask it for an account that is deleted
        /// already.
        erase: Query<bool>,
    ) -> Answer<Done> {
        let accounts = guildhall.accounts();
        match erase.0 {
            Some(true) => accounts.erase(&caller.0, user_id.0).await?,
            _ => accounts.delete(&caller.0, user_id.0).await?,
        }
        Ok(Done)
    }
}
