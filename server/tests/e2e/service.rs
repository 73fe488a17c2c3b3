//! The pages about the service itself: health, and the description of the API.

use guildhall_openapi::ErrorCode;
use serde_json::{Value, json};

use crate::support::{Api, Reply, on_both};

on_both! {
    /// A service that does not say how it is, or whose description needs another host.
    async fn the_service_says_how_it_is_and_what_it_does(world) {
        let api = &world.api;
        for path in ["/healthz", "/readyz", "/healthz/", "/readyz/"] {
            assert_eq!(api.get(path).await.json::<Value>(), json!({ "status": "ok" }), "{path}");
        }
        let head = Reply::to(api.request("HEAD", "/healthz")).await;
        assert_eq!((head.status, head.body.as_str()), (200, ""));
        assert_eq!(api.get("/openapi.json").await.body, guildhall_openapi::DOCUMENT);
        api.get("/metrics").await.refused(ErrorCode::NotFound);
        request_ids(api).await;
        docs(api).await;
    }
}

async fn request_ids(api: &Api) {
    let mut ids = Vec::new();
    for path in ["/healthz", "/users", "/nowhere", "/docs", "/healthz"] {
        let request = api.request("GET", path).header("x-request-id", "chosen by the caller");
        ids.push(Reply::to(request).await.header("x-request-id").to_owned());
    }
    assert!(ids.iter().all(|id| !id.is_empty() && !id.contains("chosen")), "{ids:?}");
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5, "each its own");
}

/// Swagger UI works offline: every file that the page names is here, and none is elsewhere.
async fn docs(api: &Api) {
    let page = api.get("/docs").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    let moved = api.get("/docs/").await;
    assert_eq!((moved.status, moved.header("location")), (308, "../docs"));
    let script = api.get("/docs/start.js").await;
    for text in [&page.body, &script.body] {
        for elsewhere in ["http://", "https://", "\"//", "'//", "=//", "@import"] {
            assert!(!text.contains(elsewhere), "{elsewhere} in {text}");
        }
    }
    let names = page.body.split(['"', '\'']).filter(|name| name.starts_with("docs/"));
    let named: Vec<_> = names.collect();
    assert_eq!(named.len(), 3, "{named:?}");
    for (name, media) in named
        .iter()
        .map(|name| (name, if name.ends_with("css") { "text/css" } else { "text/javascript" }))
    {
        let file = api.request("GET", &format!("/{name}")).send().await.unwrap();
        assert_eq!(file.status(), 200, "{name}");
        assert!(file.headers()["content-type"].to_str().unwrap().starts_with(media), "{name}");
        assert!(!file.bytes().await.unwrap().is_empty(), "{name}");
    }
    assert!(script.body.contains("url: \"openapi.json\""), "the document of this server");
}
