//! The calls of groups.

use guildhall_client::Client;
use guildhall_openapi::Group;
use guildhall_openapi::groups::GroupPatch;
use guildhall_openapi::page::Page;

use crate::groups::new_group;

/// Makes each once, as an admin, and leaves nothing behind.
pub(super) async fn make_calls(admin: &Client) {
    let groups = admin.groups();
    let created = groups.create(&new_group("Croquet")).await.unwrap();
    let id = created.id;
    assert_eq!(groups.get(id).await.unwrap(), created);
    let patch = GroupPatch { name: Some("Chess".into()) };
    let renamed = groups.update(id, &patch).await.unwrap();
    assert_eq!(renamed, Group { name: "Chess".into(), ..created });
    assert_eq!(groups.list(&Page::default()).await.unwrap().rows, [renamed]);
    assert_eq!(groups.users(id, &Page::default()).await.unwrap().rows, []);
    groups.delete(id).await.unwrap();
}
