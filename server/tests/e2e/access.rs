//! The endpoint table's word on who may make a call, tried on every call.

use guildhall_core::{Directory, Policy};
use guildhall_openapi::{Access, Group, Operation, Session, operations};
use serde_json::json;

use crate::events::event;
use crate::support::{Api, Reply, World, filled, on_both};

on_both! {
    /// A call that is made by someone whom the table does not let, or not by someone whom it does.
    async fn every_call_is_open_to_those_the_table_names(world) {
        for operation in operations() {
            let id = somebodys(world, operation).await;
            let (_, member) = world.someone().await;
            let (_, admin) = world.admin().await;
            let answers = [&world.api, &member, &admin].map(|api| answer(api, operation, id));
            let [nobody, member, admin] = answers;
            let (nobody, member, admin) = (nobody.await, member.await, admin.await);
            let seen = (shut_out(nobody), shut_out(member), shut_out(admin));
            let table = match operation.access {
                Access::Anyone => (None, None, None),
                Access::Directory | Access::Member => (Some(401), None, None),
                Access::Owner | Access::Admin => (Some(401), Some(403), None),
            };
            assert_eq!(seen, table, "{}: nobody, a member, an admin", operation.id);
        }
        public(world).await;
    }
}

async fn public(world: &World) {
    let policy = Policy { directory: Directory::Public, ..Policy::default() };
    let api = world.under(policy).await;
    for operation in operations().filter(|operation| operation.access == Access::Directory) {
        let id = somebodys(world, operation).await;
        assert_eq!(answer(&api, operation, id).await, 200, "{}", operation.id);
    }
}

/// What a call is about: something new of somebody who asks for nothing here.
async fn somebodys(world: &World, operation: &Operation) -> i64 {
    let (owner, api) = world.someone().await;
    let Some((_, rest)) = operation.path.split_once('{') else { return 0 };
    match rest.split('}').next().unwrap() {
        "user_id" => owner.id.get(),
        "group_id" => new_group(world, &format!("{}'s", owner.username.as_str())).await,
        "session_id" => new_session(&api).await,
        // One's own alone can be named; any other is not there.
        "login_id" => 1,
        "event_id" => {
            event(&api, &format!("{} by {}", operation.id, owner.username.as_str())).await.id.get()
        }
        other => panic!("say here how to make somebody's {other}"),
    }
}

async fn new_group(world: &World, name: &str) -> i64 {
    let (_, admin) = world.admin().await;
    let group: Group = admin.post("/groups", &json!({ "name": name })).await.json();
    group.id.get()
}

async fn new_session(owner: &Api) -> i64 {
    let session: Session = owner.post("/sessions", &json!({ "name": "x" })).await.json();
    session.id.get()
}

/// The status of a call on what is somebody else's, with a body that asks for nothing.
async fn answer(api: &Api, operation: &Operation, id: i64) -> u16 {
    let path = filled(operation.path, id);
    let mut request = api.request(operation.method.as_str(), &path);
    if operation.has_body {
        request = request.json(&body(operation));
    }
    Reply::to(request).await.status
}

/// Bodies are read before an admin's rights are looked at, so one has to fit there.
fn body(operation: &Operation) -> serde_json::Value {
    match operation.id {
        "create_user" => json!({ "username": "x", "email": "x", "password": "x" }),
        "create_group" => json!({ "name": "x" }),
        _ => json!({}),
    }
}

fn shut_out(status: u16) -> Option<u16> {
    Some(status).filter(|status| matches!(status, 401 | 403))
}
