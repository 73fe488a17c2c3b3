//! Calls about groups.

use guildhall_openapi::groups::{
    CreateGroup, DeleteGroup, GetGroup, GroupPatch, ListGroupUsers, ListGroups, UpdateGroup,
};
use guildhall_openapi::page::Page;
use guildhall_openapi::{Group, GroupId, NewGroup, UserId, UserView};

use super::calls;
use crate::client::Client;

/// Groups; a person is in one at most.
///
/// ```no_run
/// # use guildhall_client::{Client, contract::{NewGroup, page::Page}};
/// # async fn run(client: Client) -> Result<(), guildhall_client::Error> {
/// let group = client.groups().create(&NewGroup { name: "Chess".into() }).await?;
/// let people = client.groups().users(group.id, &Page::default()).await?;
/// assert!(people.is_empty());
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Groups<'c>(pub(crate) &'c Client);

impl Client {
    /// Groups.
    #[must_use]
    pub fn groups(&self) -> Groups<'_> {
        Groups(self)
    }
}

calls! { Groups of "groups";
    /// Lists groups, in the order of their ids.
    list list() query(page: &Page<GroupId>) -> Group = ListGroups;
    /// Creates a group (admins).
    call create() body(new: &NewGroup) -> Group = CreateGroup;
    /// Reads one group.
    call get(id: GroupId) -> Group = GetGroup;
    /// Gives a group another name (admins).
    call update(id: GroupId) body(patch: &GroupPatch) -> Group = UpdateGroup;
    /// Deletes a group; its people have none then (admins).
    call delete(id: GroupId) -> () = DeleteGroup;
    /// Lists the people in a group, in the order of their ids.
    list users(id: GroupId) query(page: &Page<UserId>) -> UserView = ListGroupUsers;
}
