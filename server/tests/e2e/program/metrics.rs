//! `GET /metrics`.

use guildhall_openapi::ErrorCode;

use crate::support::{Api, Folder, Reply, account};

#[tokio::test]
async fn requests_are_counted_by_operation_and_status() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let folder = Folder::new();
    let running = folder.serve(&[("METRICS_ADDR", &free.to_string())]);
    let api = running.api().await;
    let metrics = Api::at(free);
    api.auth().sign_up(&account("alice")).await.unwrap();
    for _ in 0..3 {
        api.get("/auth/me").await.refused(ErrorCode::NotAuthenticated);
    }
    api.get("/users/1234567").await.refused(ErrorCode::NotAuthenticated);
    api.get("/nowhere/secret").await.refused(ErrorCode::NotFound);
    let page = metrics.get("/metrics").await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").starts_with("text/plain"), "{page:?}");
    for (operation, status, times) in
        [("register", 200, 1), ("me", 401, 3), ("get_user", 401, 1), ("none", 404, 1)]
    {
        assert_eq!(count(&page, operation, status), Some(times), "{operation}: {}", page.body);
    }
    assert!(page.body.contains("guildhall_http_request_seconds_bucket{"), "{}", page.body);
    for private in ["alice", "1234567", "secret"] {
        assert!(!page.body.contains(private), "{private} in {}", page.body);
    }
    api.get("/metrics").await.refused(ErrorCode::NotFound);
}

fn count(page: &Reply, operation: &str, status: u16) -> Option<u64> {
    let line = page.body.lines().find(|line| {
        line.starts_with("guildhall_http_requests_total{")
            && line.contains(&format!("operation=\"{operation}\""))
            && line.contains(&format!("status=\"{status}\""))
    })?;
    line.rsplit(' ').next()?.parse().ok()
}
