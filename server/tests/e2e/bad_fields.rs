//! Fields of bodies that do not keep their limits: each is `422` and named, and what keeps them
//! just so is taken.

use guildhall_openapi::{ErrorCode, Tokens, User};
use serde_json::{Value, json};

use crate::support::{Api, PASSWORD, World, credentials, on_both};

on_both! {
    /// A field over its limits that is stored, or is refused under another name; a field at its
    /// limits that is refused.
    async fn fields_keep_their_limits(world) {
        let (someone, signed_in) = world.someone().await;
        let (_, admin) = world.admin().await;
        let other = format!("/users/{}", someone.id);
        let whole = json!({
            "username": "carol", "email": "carol@example.org", "password": PASSWORD, "full_name": "Carol",
        });
        for (api, method, path) in [
            (&world.api, "POST", "/register"),
            (&admin, "POST", "/users"),
            (&admin, "PUT", other.as_str()),
        ] {
            let call = Call { api, method, path, whole: &whole };
            call.texts(&["username", "email", "password", "full_name"]).await;
        }
        let whole = json!({ "username": "carol", "email": "carol@example.org", "full_name": "Carol" });
        let call = Call { api: &signed_in, method: "PATCH", path: "/auth/me", whole: &whole };
        call.texts(&["username", "email", "full_name"]).await;
        let whole = json!({ "current_password": PASSWORD, "new_password": PASSWORD });
        let call = Call { api: &signed_in, method: "POST", path: "/auth/password", whole: &whole };
        call.texts(&["new_password"]).await;

        required(&world.api, &signed_in, &admin).await;
        other_types(world, &admin, &other).await;
        easy_passwords(world, &signed_in).await;
        assert_eq!(admin.get("/users").await.json::<Value>().as_array().unwrap().len(), 2, "nobody more");
        at_the_limits(world).await;
    }
}

/// A call and a body that fits.
struct Call<'a> {
    api: &'a Api,
    method: &'a str,
    path: &'a str,
    whole: &'a Value,
}

impl Call<'_> {
    /// Each field in turn holds what does not fit in it.
    async fn texts(&self, fields: &[&str]) {
        for field in fields {
            for bad in misfits(field) {
                let mut body = self.whole.clone();
                body[field] = bad;
                self.api.ask(self.method, self.path, &body).await.names(field);
            }
        }
    }
}

/// What does not fit in the text field of this name.
fn misfits(field: &str) -> Vec<Value> {
    let mut bad = vec![json!(5), json!(true), json!(["x"]), json!({ "x": "y" }), json!(1e300)];
    let texts: Vec<String> = match field {
        "username" => {
            let long = "x".repeat(65);
            [
                "",
                "ab",
                " ab ",
                &long,
                "a b c",
                "al\0ice",
                "élise",
                "alice@x",
                "a/b/c",
                "alice\u{200b}",
            ]
            .map(str::to_owned)
            .to_vec()
        }
        "email" => {
            let long = format!("x@{}.org", "x".repeat(249));
            [
                "",
                "x",
                &long,
                "plain",
                "@example.org",
                "x@",
                "x@y",
                "x y@example.org",
                "x@exa mple.org",
                "é@example.org",
                "x\0@example.org",
                "x@example..org",
                "x@@example.org",
                "x@[127.0.0.1]",
                "\"x y\"@example.org",
                "x@example.org, y@example.org",
                "x@example.org\r\nBcc: y@example.org",
            ]
            .map(str::to_owned)
            .to_vec()
        }
        "full_name" => vec!["x".repeat(201), "é".repeat(201), "a\0b".into(), "x".repeat(100_000)],
        _ => vec!["".into(), "x7#qLw!".into(), "x".repeat(129), "x7#qLw!2zR\0".into()],
    };
    bad.extend(texts.into_iter().map(Value::from));
    bad
}

/// Fields that have to be there, and may not be null.
async fn required(api: &Api, signed_in: &Api, admin: &Api) {
    let account =
        json!({ "username": "carol", "email": "carol@example.org", "password": PASSWORD });
    for (api, path, whole) in [
        (api, "/register", account.clone()),
        (admin, "/users", account),
        (api, "/login", json!({ "email": "carol", "password": PASSWORD })),
        (api, "/auth/refresh", json!({ "refresh_token": "x" })),
        (
            signed_in,
            "/auth/password",
            json!({ "current_password": PASSWORD, "new_password": PASSWORD }),
        ),
    ] {
        for field in whole.as_object().unwrap().keys() {
            let mut without = whole.clone();
            without.as_object_mut().unwrap().remove(field);
            api.post(path, &without).await.names(field);
            for bad in [Value::Null, json!(5), json!(["x"])] {
                let mut body = whole.clone();
                body[field] = bad;
                api.post(path, &body).await.names(field);
            }
        }
    }
}

/// Fields that are no texts.
async fn other_types(world: &World, admin: &Api, other: &str) {
    let account =
        json!({ "username": "carol", "email": "carol@example.org", "password": PASSWORD });
    for (field, bad) in [
        ("role", json!("owner")),
        ("role", json!("Admin")),
        ("role", json!(1)),
        ("disabled", json!("yes")),
        ("disabled", json!(0)),
        ("group", json!(0)),
        ("group", json!(-1)),
        ("group", json!("1")),
        ("group", json!(1.5)),
        ("group", json!(9_223_372_036_854_775_808_u64)),
    ] {
        let mut body = account.clone();
        body[field] = bad.clone();
        admin.post("/users", &body).await.names(field);
        admin.ask("PUT", other, &json!({ field: bad })).await.names(field);
    }
    admin.ask("PUT", other, &json!({ "email_verified": "no" })).await.names("email_verified");
    let mut body = account.clone();
    body["group"] = json!(i64::MAX);
    admin.post("/users", &body).await.refused(ErrorCode::GroupNotFound);
    admin.ask("PUT", other, &json!({ "group": i64::MAX })).await.refused(ErrorCode::GroupNotFound);
    // All that is wrong is told at once.
    let body = json!({ "username": "x", "email": "x", "password": "x" });
    let problem = world.api.post("/register", &body).await.refused(ErrorCode::ValidationFailed);
    let fields: Vec<_> = problem.errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(fields, ["username", "email", "password"]);
}

async fn easy_passwords(world: &World, signed_in: &Api) {
    for weak in ["password", "12345678", "aaaaaaaaaa", "carol.liddell", "Carol.Liddell@example.org"]
    {
        let body = json!({
            "username": "carol.liddell", "email": "carol.liddell@example.org", "password": weak,
        });
        let problem = world.api.post("/register", &body).await.refused(ErrorCode::WeakPassword);
        assert_eq!(problem.errors[0].field, "password", "{weak}");
    }
    let change = json!({ "current_password": PASSWORD, "new_password": "qwertyuiop" });
    let problem = signed_in.post("/auth/password", &change).await.refused(ErrorCode::WeakPassword);
    assert_eq!(problem.errors[0].field, "new_password");
}

/// The smallest and the largest that fit, as they come back.
async fn at_the_limits(world: &World) {
    let domain = format!("{}.{}.{}", "a".repeat(63), "b".repeat(63), "c".repeat(61));
    let longest_email = format!("{}@{domain}", "x".repeat(64));
    assert_eq!(longest_email.len(), 254);
    let long_password = "x7#qLw!2".repeat(16);
    for (username, email, password, full_name) in [
        ("abc", "a@b.co", "x7#qLw!2", ""),
        (&*"x".repeat(64), &*longest_email, &*long_password, &*"é".repeat(200)),
        ("A.b_c-9", "a.b+c@bücher.example", "  spaces stay  ", "李小龙 \u{1f409} O'Brien"),
    ] {
        let body = json!({ "username": username, "email": email, "password": password, "full_name": full_name });
        let user: User = world.api.post("/register", &body).await.json();
        assert_eq!((user.username.as_str(), user.email.as_str()), (username, email));
        assert_eq!(user.full_name.as_deref(), Some(full_name));
        let body = json!({ "email": username, "password": password });
        let _: Tokens = world.api.post("/login", &body).await.json();
    }
    // White space around a text is not stored.
    let body = json!({
        "username": " dora\n", "email": "\tdora@example.org ", "password": PASSWORD, "full_name": "  Dora  ",
    });
    let user: User = world.api.post("/register", &body).await.json();
    let stored = (user.username.as_str(), user.email.as_str(), user.full_name.as_deref());
    assert_eq!(stored, ("dora", "dora@example.org", Some("Dora")));
    let _: Tokens = world.api.post("/login", &credentials("dora")).await.json();
}
