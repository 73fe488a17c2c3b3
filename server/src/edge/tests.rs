//! What no request over a socket can bring about.

use std::time::Duration;

use poem::http::Uri;
use poem::{Endpoint as _, Request, Response, Route, endpoint, get, handler};

use super::EdgePolicy;
use crate::answer::LogId;

#[handler]
fn panics() {
    panic!("a fault of ours")
}

#[handler]
async fn hangs() {
    std::future::pending::<()>().await;
}

async fn ask(path: &'static str, origin: &'static str) -> Response {
    let routes = Route::new().at("/panics", get(panics)).at("/hangs", get(hangs));
    let cors = "https://app.example.org".parse().unwrap();
    let request_timeout = Duration::from_millis(1);
    let policy = EdgePolicy { cors, request_timeout, ..EdgePolicy::default() };
    let request = Request::builder().uri(Uri::from_static(path)).header("origin", origin).finish();
    crate::guarded(routes, &policy).call(request).await.unwrap()
}

#[tokio::test]
async fn a_fault_of_ours_is_answered_with_all_headers() {
    for (path, status, code) in [("/panics", 500, "internal"), ("/hangs", 503, "timeout")] {
        let mut answer = ask(path, "https://app.example.org").await;
        assert_eq!(answer.status().as_u16(), status, "{path}");
        let headers = answer.headers();
        assert_eq!(headers["content-type"], "application/problem+json");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(
            headers["content-security-policy"],
            "default-src 'none'; frame-ancestors 'none'"
        );
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(headers["access-control-allow-origin"], "https://app.example.org");
        assert!(headers.contains_key("x-request-id"));
        let body = answer.take_body().into_string().await.unwrap();
        assert!(body.contains(&format!("\"{code}\"")) && !body.contains("fault"), "{body}");
    }
}

#[tokio::test]
async fn an_answer_that_is_read_while_it_is_sent_knows_under_which_id_the_log_has_it() {
    let log = LogId::default();
    let shared = log.clone();
    let answers = endpoint::make_sync(move |_| Response::builder().extension(log.clone()).finish());
    let app = crate::guarded(Route::new().at("/", answers), &EdgePolicy::default());
    let answer = app.call(Request::builder().finish()).await.unwrap();
    assert_eq!(shared.get().unwrap(), answer.headers()["x-request-id"]);
}
