//! Each route of the other of the two systems that this one takes over from, in the order of its page
//! and with the fields that it names. (`events/seed.rs` has the first one's.)

use serde_json::{Value, json};

use crate::support::{Api, PASSWORD, Reply, account, credentials, on_both};

/// All of the page's but `hashed_password`, which is shown to nobody.
const USER: &str = "id email username full_name disabled role group created_at updated_at \
                    deleted_at last_login";
const GROUP: &str = "id name";
const SESSION: &str = "id name created_at ended_at state users";

on_both! {
    /// A program written for the former system that misses a route or a field.
    async fn each_route_of_the_former_system_is_here(world) {
        let admin = account("admin");
        world.guildhall.accounts().create_admin(admin).await.unwrap();
        let tokens: Value = world.api.post("/login", &credentials("admin")).await.json();
        assert_eq!(tokens["token_type"], "bearer");
        let api = &world.api.with_token(tokens["access_token"].as_str().unwrap());

        let new = json!({ "email": "alice@example.org", "username": "alice", "password": PASSWORD });
        let user = shown(api, "POST", "/users", &new, USER).await;
        assert_eq!((&user["role"], &user["disabled"]), (&json!("user"), &json!(false)));
        assert!(!user.to_string().contains("hash"));
        assert_eq!(api.get("/users").await.json::<Value>()[1], user);
        let path = format!("/users/{}", user["id"]);
        assert_eq!(api.get(&path).await.json::<Value>(), user);
        let named = shown(api, "PUT", &path, &json!({ "full_name": "Alice Liddell" }), USER).await;
        assert_eq!(named["full_name"], "Alice Liddell");

        let group = shown(api, "POST", "/groups", &json!({ "name": "Surgeons" }), GROUP).await;
        assert_eq!(api.get("/groups").await.json::<Value>(), json!([group]));
        let group_path = format!("/groups/{}", group["id"]);
        assert_eq!(api.get(&group_path).await.json::<Value>(), group);
        let renamed = shown(api, "PUT", &group_path, &json!({ "name": "Nurses" }), GROUP).await;
        assert_eq!((&renamed["id"], &renamed["name"]), (&group["id"], &json!("Nurses")));
        let member = shown(api, "PUT", &path, &json!({ "group": group["id"] }), USER).await;
        assert_eq!(member["group"], group["id"]);

        let session = shown(api, "POST", "/sessions", &json!({ "name": "Anatomy" }), SESSION).await;
        assert_eq!((&session["state"], &session["ended_at"]), (&json!("inactive"), &Value::Null));
        assert_eq!(api.get("/sessions").await.json::<Value>(), json!([session]));
        let id = &session["id"];
        let add = format!("/sessions/{id}/add_user/{}", user["id"]);
        let joined: Value = Reply::to(api.request("POST", &add)).await.json();
        assert_eq!(joined["users"], json!([{ "id": user["id"], "username": "alice" }]));
        let stopped: Value = api.get(&format!("/sessions/stop/{id}")).await.json();
        assert!(stopped["ended_at"].is_string());
        api.delete(&format!("/sessions/delete/{id}")).await.done();
        assert_eq!(api.get("/sessions").await.json::<Value>(), json!([]));

        for path in [path, group_path] {
            api.delete(&path).await.done();
            assert_eq!(api.get(&path).await.status, 404);
        }
    }
}

/// What a call answers, which has these fields.
async fn shown(api: &Api, method: &str, path: &str, body: &Value, fields: &str) -> Value {
    let answer: Value = api.ask(method, path, body).await.json();
    for field in fields.split_whitespace() {
        assert!(answer.get(field).is_some(), "{method} {path}, {field}: {answer}");
    }
    answer
}
