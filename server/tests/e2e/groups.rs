//! `/groups`, with the routes as the first seed writes them.

use futures_util::future::join_all;
use guildhall_client::Call;
use guildhall_openapi::accounts::{UserDeletion, UserPatch};
use guildhall_openapi::groups::{CreateGroup, GroupPatch};
use guildhall_openapi::page::Page;
use guildhall_openapi::{Change, ErrorCode, Group, NewGroup, User, UserView};
use serde_json::{Value, json};

use crate::support::{Api, Refused as _, World, on_both};

on_both! {
    /// A group that someone may manage who may not, a name that two groups have, people who are in
    /// a group that is gone.
    async fn groups_are_kept(world) {
        managing(world).await;
        one_of_many(world).await;
        asked_again(world).await;
        people(world).await;
        pages(world).await;
        misfits(world).await;
    }
}

/// What makes a group of this name.
pub(crate) fn new_group(name: &str) -> NewGroup {
    NewGroup { name: name.into() }
}

/// What puts someone into a group.
pub(crate) fn into_group(group: &Group) -> UserPatch {
    UserPatch { group: Change::Set(group.id), ..UserPatch::default() }
}

async fn create(admin: &Api, name: &str) -> Group {
    admin.groups().create(&new_group(name)).await.unwrap()
}

async fn managing(world: &World) {
    let ((_, member), (_, admin)) = (world.someone().await, world.admin().await);
    let shown: Value = admin.post("/groups", &json!({ "name": " Croquet " })).await.json();
    let group: Group = serde_json::from_value(shown.clone()).unwrap();
    let mut fields: Vec<_> = shown.as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(
        (fields.as_slice(), group.name.as_str()),
        (&["created_at", "id", "name"][..], "Croquet")
    );
    let rename = |name: &str| GroupPatch { name: Some(name.into()) };
    let (members, admins, page) = (member.groups(), admin.groups(), Page::default());
    admins.create(&new_group("CROQUET")).await.refused(ErrorCode::GroupNameTaken);
    members.create(&new_group("Chess")).await.refused(ErrorCode::Forbidden);
    members.update(group.id, &rename("Chess")).await.refused(ErrorCode::Forbidden);
    members.delete(group.id).await.refused(ErrorCode::Forbidden);
    for seen in [members, admins] {
        assert_eq!(seen.list(&page).await.unwrap().rows, std::slice::from_ref(&group));
        assert_eq!(seen.get(group.id).await.unwrap(), group);
    }
    let nobody = world.api.groups();
    nobody.list(&page).await.refused(ErrorCode::NotAuthenticated);
    nobody.get(group.id).await.refused(ErrorCode::NotAuthenticated);
    nobody.users(group.id, &Page::default()).await.refused(ErrorCode::NotAuthenticated);
    let renamed = admins.update(group.id, &rename("Chess")).await.unwrap();
    assert_eq!((renamed.id, renamed.name.as_str()), (group.id, "Chess"));
    assert_eq!(admins.update(group.id, &GroupPatch::default()).await.unwrap(), renamed);
    let other = create(&admin, "Croquet").await;
    admins.update(group.id, &rename("croquet")).await.refused(ErrorCode::GroupNameTaken);
    for id in [group.id, other.id] {
        admins.delete(id).await.unwrap();
    }
    admins.get(group.id).await.refused(ErrorCode::GroupNotFound);
    admins.users(group.id, &Page::default()).await.refused(ErrorCode::GroupNotFound);
    admins.update(group.id, &rename("Chess")).await.refused(ErrorCode::GroupNotFound);
    admins.delete(group.id).await.refused(ErrorCode::GroupNotFound);
}

async fn one_of_many(world: &World) {
    let (_, admin) = world.admin().await;
    // By hand: without a key, which the client would add.
    let prize = new_group("Prize");
    let replies = join_all((0..32).map(|_| admin.post("/groups", &prize))).await;
    let (won, lost): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 200);
    assert_eq!(won.len(), 1);
    lost.iter().for_each(|reply| drop(reply.refused(ErrorCode::GroupNameTaken)));
    admin.groups().delete(won[0].json::<Group>().id).await.unwrap();
}

async fn asked_again(world: &World) {
    let (_, admin) = world.admin().await;
    let again = |name: &str| {
        let call = Call::<CreateGroup>::to(&[]).idempotency_key("one").body(&new_group(name));
        admin.send(call)
    };
    let first = again("Chess").await.unwrap();
    assert_eq!(again("Chess").await.unwrap(), first);
    again("Go").await.refused(ErrorCode::IdempotencyKeyReused);
    admin.groups().delete(first.id).await.unwrap();
}

async fn people(world: &World) {
    let (_, admin) = world.admin().await;
    let group = create(&admin, "Chess").await;
    let (alice, bob) = (world.someone().await, world.someone().await);
    for (user, api) in [&alice, &bob] {
        let put = admin.accounts().update(user.id, &into_group(&group)).await.unwrap();
        assert_eq!(put.group, Some(group.id));
        assert_eq!(api.accounts().me().await.unwrap().group, Some(group.id));
    }
    let reply = alice.1.get(&format!("/groups/{}/users?limit=1", group.id)).await;
    assert_eq!(reply.header("link"), format!("<?limit=1&after={}>; rel=\"next\"", alice.0.id));
    let users =
        async |api: &Api| api.groups().users(group.id, &Page::default()).await.unwrap().rows;
    let seen = users(&alice.1).await;
    let ids: Vec<_> = seen.iter().map(UserView::id).collect();
    assert_eq!(ids, [alice.0.id, bob.0.id]);
    assert!(seen.iter().all(|view| matches!(view, UserView::Member(_))));
    admin.accounts().delete(bob.0.id, &UserDeletion::default()).await.unwrap();
    let seen = users(&admin).await;
    assert!(matches!(&seen[..], [UserView::Full(user)] if user.id == alice.0.id), "{seen:?}");

    admin.groups().delete(group.id).await.unwrap();
    assert_eq!(alice.1.accounts().me().await.unwrap().group, None, "at the next request");
    let gone: User = admin.get(&format!("/users/{}?include_deleted=1", bob.0.id)).await.json();
    assert_eq!(gone.group, None);
}

async fn pages(world: &World) {
    let ((_, member), (_, admin)) = (world.someone().await, world.admin().await);
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(create(&admin, &format!("group {number}")).await.id.get());
    }
    let list = async |query: &str| {
        let reply = member.get(&format!("/groups{query}")).await;
        let groups: Vec<Group> = reply.json();
        let listed: Vec<_> = groups.iter().map(|group| group.id.get()).collect();
        (listed, reply.header("link").to_owned())
    };
    let next = |after: i64| format!("<?limit=2&after={after}>; rel=\"next\"");
    assert_eq!(list("?limit=2").await, (ids[..2].to_vec(), next(ids[1])));
    let query = format!("?limit=2&after={}", ids[1]);
    assert_eq!(list(&query).await, (ids[2..4].to_vec(), next(ids[3])));
    assert_eq!(list(&format!("?after={}", ids[3])).await, (ids[4..].to_vec(), String::new()));
    assert_eq!(list("?skip=4").await.0, ids[4..]);
    assert_eq!(list("?after=9223372036854775807").await, (vec![], String::new()));
}

async fn misfits(world: &World) {
    let (_, admin) = world.admin().await;
    for id in ["0", "-1", "x", "9223372036854775808"] {
        let path = format!("/groups/{id}");
        admin.get(&path).await.names("group_id");
        admin.get(&format!("{path}/users")).await.names("group_id");
        admin.ask("PUT", &path, &json!({})).await.names("group_id");
        admin.delete(&path).await.names("group_id");
        admin.get(&format!("/groups?after={id}")).await.names("after");
    }
    for name in ["limit=0", "limit=1001", "skip=-1"] {
        admin.get(&format!("/groups?{name}")).await.names(name.split('=').next().unwrap());
    }
    let long = "é".repeat(101);
    for name in [json!(""), json!(" \n"), json!(long), json!("a\0b"), json!(5), json!(["x"])] {
        admin.post("/groups", &json!({ "name": name })).await.names("name");
        admin.ask("PUT", "/groups/1", &json!({ "name": name })).await.names("name");
    }
    for body in [json!({}), json!({ "name": null })] {
        admin.post("/groups", &body).await.names("name");
    }
    let longest = create(&admin, &long[2..]).await;
    assert_eq!(longest.name, long[2..]);
}
