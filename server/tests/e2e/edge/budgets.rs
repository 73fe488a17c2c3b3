//! How much anyone may ask for, and what of it is dear.

use guildhall_openapi::{ErrorCode, User};
use guildhall_server::EdgePolicy;
use serde_json::{Value, json};

use crate::support::{Api, Database, Folder, PASSWORD, Reply, World, account, credentials};

/// A world with little to spend.
async fn tight(per_user: u32, per_address: u32) -> (World, EdgePolicy) {
    let policy = EdgePolicy {
        requests_per_user: per_user,
        requests_per_address: per_address,
        ..EdgePolicy::default()
    };
    (World::on(Database::sqlite()).await, policy)
}

fn left(reply: &Reply) -> (&str, &str) {
    (reply.header("ratelimit-limit"), reply.header("ratelimit-remaining"))
}

#[tokio::test]
async fn a_user_has_a_budget_wherever_they_are() {
    let (world, policy) = tight(3, 1000).await;
    let ((alice, a), (_, b)) = (world.someone().await, world.someone().await);
    let another = world.sign_in(&alice.username).await;
    let server = world.behind(policy).await;
    let (phone, laptop, bobs) =
        (a.moved_to(&server), another.moved_to(&server), b.moved_to(&server));
    let first = phone.get("/auth/me").await;
    assert_eq!((first.status, left(&first)), (200, ("3", "2")));
    let policy = "3;w=60;comment=\"user\", 1000;w=60;comment=\"address\"";
    assert_eq!(first.header("ratelimit-policy"), policy);
    assert_eq!(first.header("ratelimit-reset"), "20");
    assert_eq!(left(&laptop.get("/auth/me").await), ("3", "1"));
    assert_eq!(left(&laptop.get("/users/1").await), ("3", "0"));
    let refused = phone.get("/auth/me").await;
    refused.refused(ErrorCode::TooManyRequests);
    assert_eq!(left(&refused), ("3", "0"));
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=20).contains(&wait), "{refused:?}");
    assert_eq!(bobs.get("/auth/me").await.status, 200, "another's budget");
    // Whoever shows no good token is told of the address's.
    assert_eq!(server.get("/auth/me").await.header("ratelimit-limit"), "1000");
}

#[tokio::test]
async fn an_address_has_a_budget_and_watching_costs_nothing() {
    let (world, policy) = tight(0, 4).await;
    let server = world.behind(policy).await;
    for n in 0..4 {
        let reply = server.get("/nowhere").await;
        assert_eq!((reply.status, left(&reply)), (404, ("4", &*(3 - n).to_string())));
    }
    server.get("/nowhere").await.refused(ErrorCode::TooManyRequests);
    for path in ["/healthz", "/readyz"] {
        let reply = server.get(path).await;
        assert_eq!((reply.status, reply.header("ratelimit-limit")), (200, ""), "{path}");
    }
}

#[tokio::test]
async fn an_export_costs_more() {
    let (world, policy) = tight(100, 1000).await;
    let (_, someone) = world.someone().await;
    let api = someone.moved_to(&world.behind(policy).await);
    let export = api.get("/auth/me/export").await;
    assert_eq!((export.status, left(&export)), (200, ("100", "49")));
}

#[tokio::test]
async fn a_search_by_anyone_costs_more() {
    let (world, policy) = tight(100, 100).await;
    let (_, someone) = world.someone().await;
    let server = world.behind(policy).await;
    assert_eq!(left(&server.get("/events").await), ("100", "99"));
    let found = server.get("/events.ics?%71=party").await;
    assert_eq!((found.status, left(&found)), (200, ("100", "48")), "however it is written");
    let refused = server.get("/events?q=party").await;
    refused.refused(ErrorCode::TooManyRequests);
    let remaining: u32 = refused.header("ratelimit-remaining").parse().unwrap();
    // What is there is too little for this, and there all the same.
    assert!((47..100).contains(&remaining), "{refused:?}");
    let member = someone.moved_to(&server).get("/events?q=party").await;
    assert_eq!(member.status, 200, "a member's search is the member's");
}

#[tokio::test]
async fn no_budget_says_nothing() {
    let (world, policy) = tight(0, 0).await;
    let (_, someone) = world.someone().await;
    let reply = someone.moved_to(&world.behind(policy).await).get("/auth/me").await;
    assert_eq!(reply.status, 200);
    assert!(!reply.headers.keys().any(|name| name.as_str().starts_with("ratelimit")), "{reply:?}");
}

/// What a call cost the address, of a budget of 1000.
fn cost(reply: &Reply) -> u32 {
    1000 - reply.header("ratelimit-remaining").parse::<u32>().unwrap()
}

#[tokio::test]
async fn what_has_a_password_hashed_costs_the_address_more() {
    let (world, policy) = tight(0, 1000).await;
    let ((alice, a), (_, admin)) = (world.someone().await, world.admin().await);
    let other = world.register("other").await;
    let fresh = async || world.behind(policy.clone()).await;
    let (me, them) = ("/auth/me", format!("/users/{}", other.id));
    let new = json!({"username": "new", "email": "new@example.org", "password": PASSWORD});
    let change = json!({"current_password": PASSWORD, "new_password": "plum-orbit-velour"});
    let renamed = json!({"full_name": "Alice"});
    let moved = json!({"email": "moved@example.org", "current_password": PASSWORD});
    for (who, method, path, body, price) in [
        (None, "POST", "/login", json!(credentials(&alice.username)), 11),
        (None, "POST", "/login", json!({"email": "nobody", "password": PASSWORD}), 11),
        (None, "POST", "/register", json!(account("carol")), 11),
        (Some(&admin), "POST", "/users", new, 11),
        (Some(&admin), "PUT", &*them, json!({"password": "plum-orbit-velour"}), 11),
        (Some(&admin), "PUT", &*them, renamed.clone(), 1),
        (Some(&a), "PATCH", me, moved, 11),
        (Some(&a), "PATCH", me, renamed, 1),
        (Some(&a), "POST", "/auth/password", change, 11),
    ] {
        let server = fresh().await;
        let api = who.map_or_else(|| server.clone(), |who| who.moved_to(&server));
        let reply = api.ask(method, path, &body).await;
        assert!(reply.status < 300 || reply.status == 401, "{method} {path}: {reply:?}");
        // A token of the budget may have come back meanwhile, where a hash took long.
        assert!(
            (price - u32::from(price > 1)..=price).contains(&cost(&reply)),
            "{path}: {reply:?}"
        );
    }
}

#[tokio::test]
async fn a_thief_who_spends_the_budget_cannot_keep_the_owner_from_ending_logins() {
    let (world, policy) = tight(1, 0).await;
    let (user, _) = world.someone().await;
    let server = world.behind(policy).await;
    let signed_in = async || world.sign_in(&user.username).await.moved_to(&server);
    let (thief, owner, other) = (signed_in().await, signed_in().await, signed_in().await);
    let logins: Vec<Value> = world.sign_in(&user.username).await.get("/auth/logins").await.json();
    thief.get("/auth/me").await;
    thief.get("/auth/me").await.refused(ErrorCode::TooManyRequests);
    owner.get("/auth/me").await.refused(ErrorCode::TooManyRequests);
    let last = logins.iter().map(|login| login["id"].as_i64().unwrap()).min().unwrap();
    owner.delete(&format!("/auth/logins/{last}")).await.done();
    other.post("/auth/logout", &json!({})).await.done();
    let change = json!({"current_password": PASSWORD, "new_password": "plum-orbit-velour"});
    owner.post("/auth/password", &change).await.done();
    thief.is_cut_off().await;
    owner.delete("/auth/logins").await.done();
    owner.is_cut_off().await;
}

#[tokio::test]
async fn what_is_refused_and_what_browsers_ask_first_costs_as_well() {
    let (world, policy) = tight(0, 4).await;
    let cors = "https://app.example.org".parse().unwrap();
    let server = world.behind(EdgePolicy { cors, ..policy }).await;
    let from = |method, path: &str| {
        server.request(method, path).header("origin", "https://app.example.org")
    };
    let preflight =
        || Reply::to(from("OPTIONS", "/events").header("access-control-request-method", "GET"));
    assert_eq!(left(&preflight().await), ("4", "3"));
    let long = server.get(&format!("/{}", "x".repeat(9_000))).await;
    long.refused(ErrorCode::UriTooLong);
    assert_eq!(left(&long), ("4", "2"));
    let deep = server.get(&"/x".repeat(40)).await;
    assert_eq!(left(&deep), ("4", "1"));
    let strange = Reply::to(
        server
            .request("GET", "/ws")
            .header("origin", "https://evil.example")
            .header("upgrade", "x"),
    );
    let strange = strange.await;
    strange.refused(ErrorCode::Forbidden);
    assert_eq!(left(&strange), ("4", "0"));
    preflight().await.refused(ErrorCode::TooManyRequests);
}

#[tokio::test]
async fn the_limit_on_guessing_says_nothing_of_the_budget() {
    let (world, policy) = tight(100_000, 100_000).await;
    let (alice, _): (User, Api) = world.someone().await;
    let server = world.behind(policy).await;
    let wrong = json!({"email": alice.username, "password": "not the password"});
    let mut reply = server.post("/login", &wrong).await;
    assert_eq!(reply.header("ratelimit-limit"), "100000");
    for _ in 0..100 {
        reply = server.post("/login", &wrong).await;
        if reply.status == 429 {
            break;
        }
    }
    reply.refused(ErrorCode::TooManyRequests);
    assert_ne!(reply.header("retry-after"), "");
    assert!(!reply.headers.keys().any(|name| name.as_str().starts_with("ratelimit")), "{reply:?}");
}

#[tokio::test]
async fn a_search_for_people_by_anyone_costs_more() {
    let folder = Folder::new();
    let variables = [("DIRECTORY", "public"), ("ADDRESS_REQUESTS_PER_MINUTE", "1000")];
    let running = folder.serve(&variables);
    let api = running.api().await;
    let before = cost(&api.get("/users").await);
    let after = api.get("/users?q=alice").await;
    assert_eq!(after.status, 200);
    let price = cost(&after) - before;
    assert!((50..=51).contains(&price), "{price}");
}
