//! Groups.

use guildhall_core::Guildhall;
use guildhall_openapi::groups::GroupPatch;
use guildhall_openapi::page::{Limit, Skip};
use guildhall_openapi::text::IdempotencyKey;
use guildhall_openapi::{Group, GroupId, NewGroup, UserId, UserView};
use poem::http::Uri;
use poem::web::Data;
use poem_openapi::OpenApi;

use super::Tag;
use crate::answer::{Answer, Done, Json, Listing};
use crate::extract::{Body, SignedIn};
use crate::parameter::{Header, Path, Query, page};

pub(crate) struct Routes;

#[OpenApi(tag = "Tag::Groups")]
impl Routes {
    /// List groups
    ///
    /// In id order.
    #[oai(path = "/groups", method = "get", operation_id = "list_groups")]
    async fn list_groups(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        uri: &Uri,
        /// Only groups after the one with this id.
        after: Query<GroupId>,
        /// How many groups to leave out at the beginning.
        skip: Query<Skip>,
        /// How many groups at most.
        limit: Query<Limit>,
    ) -> Answer<Listing<Group>> {
        let (groups, more) = guildhall.groups().list(&caller.0, page(after, skip, limit)).await?;
        Ok(Listing::new(uri, groups, more, |group| group.id.get()))
    }

    /// Create a group
    ///
    /// For admins. Names are unique without regard to case.
    #[oai(path = "/groups", method = "post", operation_id = "create_group")]
    async fn create_group(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        /// Asked again with the same key, the call gives its first answer and creates nothing.
        #[oai(name = "Idempotency-Key")]
        key: Header<IdempotencyKey>,
        body: Body<NewGroup>,
    ) -> Answer<Json<Group>> {
        Ok(Json(guildhall.groups().create(&caller.0, body.0, key.0.as_ref()).await?))
    }

    /// Read a group
    #[oai(path = "/groups/:group_id", method = "get", operation_id = "get_group")]
    async fn get_group(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        /// The group.
        group_id: Path<GroupId>,
    ) -> Answer<Json<Group>> {
        Ok(Json(guildhall.groups().get(&caller.0, group_id.0).await?))
    }

    /// Change a group
    ///
    /// For admins. Fields left out stay.
    #[oai(path = "/groups/:group_id", method = "put", operation_id = "update_group")]
    async fn update_group(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        /// The group.
        group_id: Path<GroupId>,
        body: Body<GroupPatch>,
    ) -> Answer<Json<Group>> {
        Ok(Json(guildhall.groups().update(&caller.0, group_id.0, body.0).await?))
    }

    /// Delete a group
    ///
    /// For admins. Its users have no group from then on.
    #[oai(path = "/groups/:group_id", method = "delete", operation_id = "delete_group")]
    async fn delete_group(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        /// The group.
        group_id: Path<GroupId>,
    ) -> Answer<Done> {
        guildhall.groups().delete(&caller.0, group_id.0).await?;
        Ok(Done)
    }

    /// List the people in a group
    ///
    /// In id order; admins see all fields of each. Under a private `DIRECTORY` they alone may look.
    #[oai(path = "/groups/:group_id/users", method = "get", operation_id = "list_group_users")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn list_group_users(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        uri: &Uri,
        /// The group.
        group_id: Path<GroupId>,
        /// Only people after the one with this id.
        after: Query<UserId>,
        /// How many people to leave out at the beginning.
        skip: Query<Skip>,
        /// How many people at most.
        limit: Query<Limit>,
    ) -> Answer<Listing<UserView>> {
        let (accounts, page) = (guildhall.accounts(), page(after, skip, limit));
        let (users, more) = accounts.of_group(&caller.0, group_id.0, page).await?;
        Ok(Listing::new(uri, users, more, |user| user.id().get()))
    }
}
