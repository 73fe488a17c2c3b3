//! Who is calling, with and without proxies between.

use serde_json::Value;

use crate::support::{Api, Folder, Reply, account, credentials};

/// Headers that claim to come from another address.
const CLAIMS: [(&str, &str); 4] = [
    ("forwarded", "for=198.51.100.7"),
    ("x-forwarded-for", "198.51.100.7"),
    ("x-real-ip", "198.51.100.7"),
    ("client-ip", "198.51.100.7"),
];

/// The address that the account's devices show after a sign-in with these headers.
async fn shown(api: &Api, claims: &[(&str, &str)]) -> String {
    let mut login = api.request("POST", "/login").json(&credentials("alice"));
    for (name, value) in claims {
        login = login.header(*name, *value);
    }
    let tokens: Value = Reply::to(login).await.json();
    let signed_in = api.with_token(tokens["access_token"].as_str().unwrap());
    let logins: Value = signed_in.get("/auth/logins").await.json();
    let current = logins.as_array().unwrap().iter().find(|login| login["current"] == true).unwrap();
    current["ip"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_stranger_is_not_believed() {
    let folder = Folder::new();
    let running = folder.serve(&[("TRUSTED_PROXIES", "10.0.0.0/8, 2001:db8::/32")]);
    let api = running.api().await;
    api.auth().sign_up(&account("alice")).await.unwrap();
    assert_eq!(shown(&api, &CLAIMS).await, "127.0.0.1");
    assert_eq!(shown(&api, &CLAIMS).await, "127.0.0.1");
    running.terminate();
    let said = running.ended().stderr;
    assert_eq!(said.matches("TRUSTED_PROXIES").count(), 1, "whoever runs it is told once: {said}");
    // Nor do such headers give anyone another budget.
    let tight = folder.serve(&[("ADDRESS_REQUESTS_PER_MINUTE", "5")]);
    let api = tight.api().await;
    let mut refused = 0;
    for n in 0..9 {
        let request =
            api.request("GET", "/nowhere").header("x-forwarded-for", format!("9.9.9.{n}"));
        refused += u32::from(Reply::to(request).await.status == 429);
    }
    assert!(refused >= 3, "{refused} of nine");
}

#[tokio::test]
async fn a_trusted_proxy_is_believed() {
    let folder = Folder::new();
    let running = folder.serve(&[("TRUSTED_PROXIES", "127.0.0.0/8,10.0.0.0/8")]);
    let api = running.api().await;
    api.auth().sign_up(&account("alice")).await.unwrap();
    for (claims, expected) in [
        (&CLAIMS[..1], "198.51.100.7"),
        (&CLAIMS[1..2], "198.51.100.7"),
        (&[("x-forwarded-for", "1.1.1.1, 2001:db8::7, 10.1.2.3")], "2001:db8::7"),
        (&[("x-forwarded-for", "nonsense")], "127.0.0.1"),
        (&CLAIMS[2..], "127.0.0.1"),
    ] {
        assert_eq!(shown(&api, claims).await, expected, "{claims:?}");
    }
}

#[tokio::test]
async fn those_behind_a_proxy_have_a_budget_each() {
    let variables = [("TRUSTED_PROXIES", "127.0.0.1"), ("ADDRESS_REQUESTS_PER_MINUTE", "3")];
    let folder = Folder::new();
    let running = folder.serve(&variables);
    let api = running.api().await;
    for caller in ["198.51.100.7", "198.51.100.8", "2001:db8::1"] {
        for n in 0..4 {
            let request = api.request("GET", "/nowhere").header("x-forwarded-for", caller);
            let expected = if n < 3 { 404 } else { 429 };
            assert_eq!(Reply::to(request).await.status, expected, "{caller} {n}");
        }
    }
    // Of the same /64.
    let neighbour = api.request("GET", "/nowhere").header("x-forwarded-for", "2001:db8::2");
    assert_eq!(Reply::to(neighbour).await.status, 429);
}
