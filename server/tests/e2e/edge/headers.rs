//! What answers tell browsers and caches.

use guildhall_openapi::operations;

use crate::support::{Api, Folder, Reply, filled, on_both};

const DATA: &str = "default-src 'none'; frame-ancestors 'none'";
const KEYS: &str = "public, max-age=300";

on_both! {
    /// A call, or a way to fail, whose answer can be framed, sniffed, kept by a cache or told to another site.
    async fn every_answer_says_what_to_be_careful_with(world) {
        let (_, admin) = world.admin().await;
        for operation in operations() {
            let path = filled(operation.path, 1);
            for api in [&world.api, &admin] {
                let reply = Reply::to(api.request(operation.method.as_str(), &path)).await;
                // The public keys are for everyone, and for caches too.
                let caching = if path.starts_with("/.well-known/") { KEYS } else { "no-store" };
                careful_but(&reply, caching);
            }
        }
        for path in ["/nowhere", "/healthz", "/readyz", "/openapi.json", "/%FF"] {
            careful(&world.api.get(path).await);
        }
        careful(&Reply::to(world.api.request("OPTIONS", "/users")).await);
        docs(&world.api).await;
        pages(&world.api).await;
    }
}

#[track_caller]
fn careful(reply: &Reply) {
    careful_but(reply, "no-store");
}

#[track_caller]
fn careful_but(reply: &Reply, caching: &str) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", DATA),
        ("referrer-policy", "no-referrer"),
        ("cache-control", caching),
    ] {
        assert_eq!(reply.header(name), value, "{name}: {reply:?}");
    }
    assert_eq!(reply.header("access-control-allow-origin"), "", "{reply:?}");
    // Nothing that a browser would add by itself to what another site makes it ask for.
    assert_eq!(reply.header("set-cookie"), "", "{reply:?}");
}

async fn docs(api: &Api) {
    let page = api.get("/docs").await;
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    let script = api.get("/docs/swagger-ui-bundle.js").await;
    assert_eq!(script.header("cache-control"), "max-age=86400");
    assert_eq!(script.header("x-content-type-options"), "nosniff");
}

/// The server's own pages have forms.
async fn pages(api: &Api) {
    for (page, status) in [("reset?token=gm1", 200), ("verify", 200), ("nowhere", 404)] {
        let reply = api.get(&format!("/auth/pages/{page}")).await;
        assert_eq!((reply.status, reply.header("cache-control")), (status, "no-store"));
        let policy = reply.header("content-security-policy");
        let is_bare = policy.contains("form-action 'self'") && !policy.contains("script-src");
        assert!(is_bare, "{policy}");
    }
}

#[tokio::test]
async fn files_of_others_keep_their_freedom() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join("page")).unwrap();
    folder.write("page/index.html", "<p>The page");
    let running = folder.serve(&[("WEB", "page")]);
    let api = running.api().await;
    let page = api.get("/").await;
    assert_eq!(page.header("content-security-policy"), "frame-ancestors 'self'");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("referrer-policy"), "strict-origin-when-cross-origin");
    careful(&api.get("/missing.html").await);
}
