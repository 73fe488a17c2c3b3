//! The calls of groups.

use guildhall_openapi::groups::{
    CreateGroup, DeleteGroup, GetGroup, GroupPatch, ListGroupUsers, ListGroups, UpdateGroup,
};
use guildhall_openapi::{Group, NewGroup};

use super::Walk;
use crate::support::Api;

/// Makes each once, as an admin, and leaves nothing behind.
pub(super) async fn make_calls(walk: &mut Walk<'_>, admin: &Api) {
    let new = NewGroup { name: "Croquet".into() };
    let created = walk.call::<CreateGroup>(admin, 0, &new).await;
    let id = created.id.get();
    assert_eq!(walk.call::<GetGroup>(admin, id, &()).await, created);
    let patch = GroupPatch { name: Some("Chess".into()) };
    let renamed = walk.call::<UpdateGroup>(admin, id, &patch).await;
    assert_eq!(renamed, Group { name: "Chess".into(), ..created });
    assert_eq!(walk.call::<ListGroups>(admin, 0, &()).await, [renamed]);
    assert_eq!(walk.call::<ListGroupUsers>(admin, id, &()).await, []);
    walk.call::<DeleteGroup>(admin, id, &()).await;
}
