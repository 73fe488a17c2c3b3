//! Groups: each person is in one at most.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::accounts::UserView;
use crate::endpoint::endpoints;
use crate::ids::{GroupId, UserId};
use crate::page::Page;
use crate::text::GroupName;
use crate::time::Timestamp;

/// A group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Group {
    /// The group's id.
    pub id: GroupId,
    /// Its name.
    pub name: GroupName,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The body of `POST /groups`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct NewGroup {
    /// Its name.
    pub name: GroupName,
}

/// The body of `PUT /groups/{group_id}`. Fields left out stay.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "poem", oai(skip_serializing_if_is_none))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct GroupPatch {
    /// A new name.
    pub name: Option<GroupName>,
}

endpoints! {
    /// Lists groups.
    ListGroups = "list_groups" Get "/groups", Member,
        ((), Page<GroupId>) -> Vec<Group>, [ValidationFailed];
    /// Creates a group.
    CreateGroup = "create_group" Post "/groups", Admin,
        (NewGroup, ()) -> Group, [GroupNameTaken, IdempotencyKeyReused];
    /// Reads one group.
    GetGroup = "get_group" Get "/groups/{group_id}", Member, ((), ()) -> Group, [GroupNotFound];
    /// Gives a group another name.
    UpdateGroup = "update_group" Put "/groups/{group_id}", Admin,
        (GroupPatch, ()) -> Group, [GroupNameTaken, GroupNotFound];
    /// Deletes a group; its users have none then.
    DeleteGroup = "delete_group" Delete "/groups/{group_id}", Admin, ((), ()) -> (), [GroupNotFound];
    /// Lists the people in a group, to those who may see the directory.
    ListGroupUsers = "list_group_users" Get "/groups/{group_id}/users", DirectoryMember,
        ((), Page<UserId>) -> Vec<UserView>, [GroupNotFound];
}
