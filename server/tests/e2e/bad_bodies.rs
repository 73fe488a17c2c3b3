//! Bodies that cannot be read: each gets its documented code, none makes the server fail.

use std::convert::Infallible;
use std::iter::repeat_n;

use futures_util::stream;
use guildhall_openapi::{ErrorCode, Tokens, User};
use reqwest::Body;
use serde_json::json;

use crate::support::{Api, PASSWORD, Reply, World, account, on_both};

on_both! {
    /// A body that makes the server fail, hang or take what it should not.
    async fn bodies_that_cannot_be_read_are_refused(world) {
        broken(&world.api).await;
        deep(&world.api).await;
        large(&world.api).await;
        media(&world.api).await;
        forms(world).await;
        assert_eq!(world.api.get("/healthz").await.status, 200, "it still lives");
    }
}

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

async fn post(api: &Api, path: &str, media: &str, body: impl Into<Body>) -> Reply {
    Reply::to(api.request("POST", path).header("content-type", media).body(body)).await
}

async fn broken(api: &Api) {
    let whole = json!({ "username": "erin", "email": "erin@example.org", "password": PASSWORD })
        .to_string();
    for path in ["/register", "/login", "/auth/refresh"] {
        for body in [
            "",
            " ",
            "[]",
            "[1,2]",
            "5",
            "null",
            "true",
            "\"text\"",
            "nonsense",
            "{",
            "}",
            "\u{feff}{}",
        ] {
            post(api, path, JSON, body).await.names("body");
        }
        // Also where nobody looks: each of these calls passes over this field.
        let mut latin = b"{\"unknown\": \"\xe9\xff\"}".to_vec();
        post(api, path, JSON, latin.clone()).await.names("body");
        latin.truncate(14);
        post(api, path, JSON, latin).await.names("body");
    }
    for cut in [1, 10, whole.len() / 2, whole.len() - 1] {
        post(api, "/register", JSON, whole[..cut].to_owned()).await.names("body");
    }
    for behind in ["x", "{}", "]", ",", "\0"] {
        post(api, "/register", JSON, format!("{whole}{behind}")).await.names("body");
    }
    let lone_surrogate = whole.replace("erin", "\\ud800");
    post(api, "/register", JSON, lone_surrogate).await.names("username");
    let twice = whole.replacen('{', "{\"email\": \"other@example.org\", ", 1);
    post(api, "/register", JSON, twice).await.refused(ErrorCode::ValidationFailed);
    for number in ["1e999", "-0", "01", "NaN", "123456789012345678901234567890"] {
        let body = format!("{{\"username\": {number}}}");
        post(api, "/register", JSON, body).await.refused(ErrorCode::ValidationFailed);
    }
    let nobody = api.post("/login", &json!({ "email": "erin", "password": PASSWORD })).await;
    nobody.refused(ErrorCode::InvalidCredentials);
}

async fn deep(api: &Api) {
    for depth in [100, 10_000, 100_000] {
        let nested = |open: &str, close: &str| {
            let (open, close): (String, String) =
                (repeat_n(open, depth).collect(), repeat_n(close, depth).collect());
            format!("{open}{close}")
        };
        let arrays = nested("[", "]");
        post(api, "/register", JSON, arrays.clone()).await.names("body");
        let objects = nested("{\"a\":", "}").replace(":}", ":1}");
        post(api, "/register", JSON, objects).await.refused(ErrorCode::ValidationFailed);
        let field = format!("{{\"username\": {arrays}}}");
        post(api, "/register", JSON, field).await.names("username");
        post(api, "/login", JSON, "{".repeat(depth)).await.names("body");
        // A field that nobody knows is passed over, whatever is in it.
        let unknown = format!("{{\"unknown\": {arrays}}}");
        post(api, "/register", JSON, unknown).await.refused(ErrorCode::ValidationFailed);
    }
}

async fn large(api: &Api) {
    let two_mib = || "x".repeat(2 << 20);
    let text = || format!("{{\"username\": \"{}\"}}", two_mib());
    for path in ["/register", "/login", "/auth/refresh"] {
        post(api, path, JSON, text()).await.refused(ErrorCode::BodyTooLarge);
        let pieces = text()
            .into_bytes()
            .chunks(1000)
            .map(|c| Ok::<_, Infallible>(c.to_vec()))
            .collect::<Vec<_>>();
        let chunked = Body::wrap_stream(stream::iter(pieces));
        post(api, path, JSON, chunked).await.refused(ErrorCode::BodyTooLarge);
    }
    post(api, "/login", FORM, two_mib()).await.refused(ErrorCode::BodyTooLarge);
    // Exactly 1 MiB is not over it.
    let account = serde_json::to_string(&account("frank")).unwrap();
    let padded = format!("{account}{}", " ".repeat((1 << 20) - account.len()));
    post(api, "/register", JSON, format!("{padded} ")).await.refused(ErrorCode::BodyTooLarge);
    let _: User = post(api, "/register", JSON, padded).await.json();
}

async fn media(api: &Api) {
    let body = json!({ "username": "grace", "email": "grace@example.org", "password": PASSWORD });
    for media in [
        "text/plain",
        "text/html",
        "multipart/form-data; boundary=x",
        "application/xml",
        "x",
        "",
        FORM,
    ] {
        let reply = post(api, "/register", media, body.to_string()).await;
        reply.refused(ErrorCode::UnsupportedMediaType);
        if media != FORM {
            post(api, "/login", media, body.to_string())
                .await
                .refused(ErrorCode::UnsupportedMediaType);
        }
    }
    let without = api.request("POST", "/register").body(body.to_string());
    let _: User = Reply::to(without).await.json();
    for (name, media) in [
        ("heidi", "application/json; charset=utf-8"),
        ("ivan", "APPLICATION/JSON"),
        ("judy", "application/vnd.x+json"),
    ] {
        let account = serde_json::to_string(&account(name)).unwrap();
        let _: User = post(api, "/register", media, account).await.json();
    }
}

async fn forms(world: &World) {
    let api = &world.api;
    world.register("kim").await;
    let fits = format!(
        "grant_type=password&username=kim%40example.org&password={PASSWORD}&scope=&client_id="
    );
    let _: Tokens = post(api, "/login", FORM, fits.clone()).await.json();
    let _: Tokens = post(api, "/login", &format!("{FORM}; charset=UTF-8"), fits).await.json();
    for (form, field) in [
        ("", "username"),
        ("&&&==%", "username"),
        ("username=kim", "password"),
        ("password=x", "username"),
        ("email=kim&password=x", "username"),
        ("{\"username\": \"kim\"}", "username"),
    ] {
        post(api, "/login", FORM, form).await.names(field);
    }
    let twice = "username=kim&username=lee&password=x";
    post(api, "/login", FORM, twice).await.refused(ErrorCode::ValidationFailed);
    let no_text = b"username=kim&password=\xff\xfe".to_vec();
    post(api, "/login", FORM, no_text).await.names("body");
}
