//! `/groups`, with the routes as the first seed writes them.

use futures_util::future::join_all;
use guildhall_openapi::{ErrorCode, Group, User, UserView};
use serde_json::{Value, json};

use crate::support::{Api, Reply, World, on_both};

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

async fn create(api: &Api, name: &str) -> Reply {
    api.post("/groups", &json!({ "name": name })).await
}

async fn managing(world: &World) {
    let ((_, member), (_, admin)) = (world.someone().await, world.admin().await);
    let shown: Value = create(&admin, " Croquet ").await.json();
    let group: Group = serde_json::from_value(shown.clone()).unwrap();
    let mut fields: Vec<_> = shown.as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(
        (fields.as_slice(), group.name.as_str()),
        (&["created_at", "id", "name"][..], "Croquet")
    );
    let path = format!("/groups/{}", group.id);
    create(&admin, "CROQUET").await.refused(ErrorCode::GroupNameTaken);
    create(&member, "Chess").await.refused(ErrorCode::Forbidden);
    let body = json!({ "name": "Chess" });
    member.send("PUT", &path, &body).await.refused(ErrorCode::Forbidden);
    member.delete(&path).await.refused(ErrorCode::Forbidden);
    for seen in [&member, &admin] {
        assert_eq!(seen.get("/groups").await.json::<Vec<Group>>(), std::slice::from_ref(&group));
        assert_eq!(seen.get(&path).await.json::<Group>(), group);
    }
    for path in ["/groups", &path, &format!("{path}/users")] {
        world.api.get(path).await.refused(ErrorCode::NotAuthenticated);
    }
    let renamed: Group = admin.send("PUT", &path, &body).await.json();
    assert_eq!((renamed.id, renamed.name.as_str()), (group.id, "Chess"));
    assert_eq!(admin.send("PUT", &path, &json!({})).await.json::<Group>(), renamed);
    let other: Group = create(&admin, "Croquet").await.json();
    admin
        .send("PUT", &path, &json!({ "name": "croquet" }))
        .await
        .refused(ErrorCode::GroupNameTaken);
    for id in [group.id, other.id] {
        admin.delete(&format!("/groups/{id}")).await.done();
    }
    for gone in [&path, &format!("{path}/users")] {
        admin.get(gone).await.refused(ErrorCode::GroupNotFound);
    }
    admin.send("PUT", &path, &body).await.refused(ErrorCode::GroupNotFound);
    admin.delete(&path).await.refused(ErrorCode::GroupNotFound);
}

async fn one_of_many(world: &World) {
    let (_, admin) = world.admin().await;
    let replies = join_all((0..32).map(|_| create(&admin, "Prize"))).await;
    let (won, lost): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 200);
    assert_eq!(won.len(), 1);
    lost.iter().for_each(|reply| drop(reply.refused(ErrorCode::GroupNameTaken)));
    admin.delete(&format!("/groups/{}", won[0].json::<Group>().id)).await.done();
}

async fn asked_again(world: &World) {
    let (_, admin) = world.admin().await;
    let again = async |name: &str| {
        let request = admin.request("POST", "/groups").header("idempotency-key", "one");
        Reply::to(request.json(&json!({ "name": name }))).await
    };
    let first: Group = again("Chess").await.json();
    assert_eq!(again("Chess").await.json::<Group>(), first);
    again("Go").await.refused(ErrorCode::IdempotencyKeyReused);
    admin.delete(&format!("/groups/{}", first.id)).await.done();
}

async fn people(world: &World) {
    let (_, admin) = world.admin().await;
    let group: Group = create(&admin, "Chess").await.json();
    let (alice, bob) = (world.someone().await, world.someone().await);
    for (user, api) in [&alice, &bob] {
        let body = json!({ "group": group.id });
        let put: User = admin.send("PUT", &format!("/users/{}", user.id), &body).await.json();
        assert_eq!(put.group, Some(group.id));
        assert_eq!(api.get("/auth/me").await.json::<User>().group, Some(group.id));
    }
    let users = format!("/groups/{}/users", group.id);
    let reply = alice.1.get(&format!("{users}?limit=1")).await;
    assert_eq!(reply.header("link"), format!("<?limit=1&after={}>; rel=\"next\"", alice.0.id));
    let seen: Vec<UserView> = alice.1.get(&users).await.json();
    let ids: Vec<_> = seen.iter().map(UserView::id).collect();
    assert_eq!(ids, [alice.0.id, bob.0.id]);
    assert!(seen.iter().all(|view| matches!(view, UserView::Member(_))));
    admin.delete(&format!("/users/{}", bob.0.id)).await.done();
    let seen: Vec<UserView> = admin.get(&users).await.json();
    assert!(matches!(&seen[..], [UserView::Full(user)] if user.id == alice.0.id), "{seen:?}");

    admin.delete(&format!("/groups/{}", group.id)).await.done();
    assert_eq!(alice.1.get("/auth/me").await.json::<User>().group, None, "at the next request");
    let gone: User = admin.get(&format!("/users/{}?include_deleted=1", bob.0.id)).await.json();
    assert_eq!(gone.group, None);
}

async fn pages(world: &World) {
    let ((_, member), (_, admin)) = (world.someone().await, world.admin().await);
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(create(&admin, &format!("group {number}")).await.json::<Group>().id.get());
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
        admin.send("PUT", &path, &json!({})).await.names("group_id");
        admin.delete(&path).await.names("group_id");
        admin.get(&format!("/groups?after={id}")).await.names("after");
    }
    for name in ["limit=0", "limit=1001", "skip=-1"] {
        admin.get(&format!("/groups?{name}")).await.names(name.split('=').next().unwrap());
    }
    let long = "é".repeat(101);
    for name in [json!(""), json!(" \n"), json!(long), json!("a\0b"), json!(5), json!(["x"])] {
        admin.post("/groups", &json!({ "name": name })).await.names("name");
        admin.send("PUT", "/groups/1", &json!({ "name": name })).await.names("name");
    }
    for body in [json!({}), json!({ "name": null })] {
        admin.post("/groups", &body).await.names("name");
    }
    let longest: Group = create(&admin, &long[2..]).await.json();
    assert_eq!(longest.name, long[2..]);
}
