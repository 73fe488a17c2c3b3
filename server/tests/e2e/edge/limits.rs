//! How large and how long requests may be.

use guildhall_openapi::ErrorCode;

use super::raw::say;
use crate::support::{Api, Folder, Reply};

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
    assert_ne!(deep.header("ratelimit-limit"), "", "it costs all the same");
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
