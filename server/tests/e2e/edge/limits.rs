//! How much, how large and how long requests may be.

use guildhall_openapi::ErrorCode;
use guildhall_server::EdgePolicy;

use super::raw::say;
use crate::support::{Api, Database, Folder, Reply, World};

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
async fn a_search_by_anyone_costs_more() {
    let (world, policy) = tight(100, 100).await;
    let (_, someone) = world.someone().await;
    let server = world.behind(policy).await;
    assert_eq!(left(&server.get("/events").await), ("100", "99"));
    let found = server.get("/events.ics?%71=party").await;
    assert_eq!((found.status, left(&found)), (200, ("100", "48")), "however it is written");
    server.get("/events?q=party").await.refused(ErrorCode::TooManyRequests);
    let member = someone.moved_to(&server).get("/events?q=party").await;
    assert_eq!(member.status, 200, "a member's search is the member's");
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
async fn no_budget_says_nothing() {
    let (world, policy) = tight(0, 0).await;
    let (_, someone) = world.someone().await;
    let reply = someone.moved_to(&world.behind(policy).await).get("/auth/me").await;
    assert_eq!(reply.status, 200);
    assert!(!reply.headers.keys().any(|name| name.as_str().starts_with("ratelimit")), "{reply:?}");
}

#[tokio::test]
async fn what_is_too_large_is_turned_away() {
    let folder = Folder::new();
    let running = folder.serve(&[]);
    let api = running.api().await;
    let long = |length: usize| format!("/nowhere?{}", "x".repeat(length));
    api.get(&long(8 << 10)).await.refused(ErrorCode::UriTooLong);
    api.get(&long(8_000)).await.refused(ErrorCode::NotFound);
    let deep = api.get(&"/events".repeat(40)).await;
    deep.refused(ErrorCode::NotFound);
    assert_eq!(deep.header("ratelimit-limit"), "", "turned away before it is looked up");
    assert_ne!(api.get("/nowhere").await.header("ratelimit-limit"), "");
    let with_headers = async |times: usize| {
        let request = (0..times).fold(api.request("GET", "/auth/me"), |request, n| {
            request.header(format!("x-{n}"), "x".repeat(1_000))
        });
        Reply::to(request).await
    };
    with_headers(31).await.refused(ErrorCode::NotAuthenticated);
    with_headers(40).await.refused(ErrorCode::HeadersTooLarge);
    absurd(&api).await;
}

/// What hyper itself turns away, without a word of ours.
async fn absurd(api: &Api) {
    let head = format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "x".repeat(1 << 20));
    let answer = say(api.address, &head).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "{answer}");
    assert_eq!(api.get("/healthz").await.status, 200);
}
