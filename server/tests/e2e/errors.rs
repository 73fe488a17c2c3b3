//! Errors that no route makes, and the shape that all errors share.

use std::collections::{BTreeMap, BTreeSet};

use guildhall_openapi::{ErrorCode, Language, operations};

use crate::support::{Api, Reply, filled, on_both};

on_both! {
    /// A path that answers otherwise with a slash behind it, a wrong method that is not told what
    /// is right, an error of another shape or in the wrong language.
    async fn errors_are_problem_documents_wherever_they_come_from(world) {
        slashes(&world.api).await;
        methods(&world.api).await;
        nowhere(&world.api).await;
        languages(&world.api).await;
    }
}

/// Each operation's path with a parameter filled in, and its methods.
fn paths() -> BTreeMap<String, BTreeSet<&'static str>> {
    let mut paths: BTreeMap<String, BTreeSet<_>> = BTreeMap::new();
    for operation in operations() {
        let path = filled(operation.path, 7);
        paths.entry(path).or_default().insert(operation.method.as_str());
    }
    for path in ["/healthz", "/readyz", "/openapi.json", "/docs"] {
        paths.insert(path.to_owned(), BTreeSet::from(["GET"]));
    }
    paths
}

async fn slashes(api: &Api) {
    for (path, methods) in paths().iter().filter(|(path, _)| *path != "/docs") {
        for method in methods {
            let plain = Reply::to(api.request(method, path)).await;
            let slashed = Reply::to(api.request(method, &format!("{path}/"))).await;
            assert_eq!(slashed.status, plain.status, "{method} {path}/");
            assert!(!leads_nowhere(&plain), "{method} {path}");
            if plain.status == 200 {
                assert_eq!(slashed.body, plain.body, "{method} {path}/");
            }
        }
        let query = Reply::to(api.request("GET", &format!("{path}/?limit=x"))).await;
        assert!(!leads_nowhere(&query), "{path}/ with a query");
    }
}

/// Whether there is no such path; a row that is not there is something else.
fn leads_nowhere(reply: &Reply) -> bool {
    reply.status == 404 && reply.body.contains("\"not_found\"")
}

/// A wrong method is answered before any question of sign-in: nobody is signed in here.
async fn methods(api: &Api) {
    for (path, methods) in paths() {
        for wrong in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] {
            if methods.contains(wrong) {
                continue;
            }
            let reply = Reply::to(api.request(wrong, &path)).await;
            reply.refused(ErrorCode::MethodNotAllowed);
            let mut allowed: BTreeSet<_> = reply.header("allow").split(", ").collect();
            // Whoever may GET may HEAD.
            assert_eq!(allowed.remove("HEAD"), methods.contains("GET"), "{wrong} {path}");
            assert_eq!(allowed, methods, "{wrong} {path}");
        }
    }
}

async fn nowhere(api: &Api) {
    for path in
        ["/", "/nowhere", "/users/1/nothing", "/auth", "/docs/nothing.js", "/%FF", "/users//"]
    {
        for method in ["GET", "POST", "DELETE"] {
            // `/users//` is `/users` with slashes behind it, and known.
            if path != "/users//" {
                Reply::to(api.request(method, path)).await.refused(ErrorCode::NotFound);
            }
        }
    }
}

async fn languages(api: &Api) {
    for (header, language) in [
        ("fr", Language::French),
        ("fr-CA, en;q=0.5", Language::French),
        ("en", Language::English),
        ("de", Language::English),
        ("en;q=0.1, fr;q=nonsense", Language::French),
    ] {
        let ask = |method, path| api.request(method, path).header("accept-language", header);
        let to = |method, path| Reply::to(ask(method, path));
        for (method, path, code) in [
            ("GET", "/nowhere", ErrorCode::NotFound),
            ("DELETE", "/register", ErrorCode::MethodNotAllowed),
            ("GET", "/auth/me", ErrorCode::NotAuthenticated),
            ("GET", "/users/x", ErrorCode::ValidationFailed),
            ("POST", "/register", ErrorCode::ValidationFailed),
        ] {
            let reply = to(method, path).await;
            reply.refused_in(code, language);
            assert_eq!(reply.header("content-language"), language.tag(), "{method} {path}");
        }
        let reply = to("GET", "/users/x").await.refused_in(ErrorCode::ValidationFailed, language);
        let french = reply.errors[0].message.starts_with("doit");
        assert_eq!(french, language == Language::French, "{reply:?}");
    }
}
