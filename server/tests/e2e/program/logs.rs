//! What is logged, and in which form.

use guildhall_openapi::ErrorCode;
use serde_json::Value;

use crate::support::{Folder, account};

/// The lines of a program, each a JSON object.
fn lines(said: &str) -> Vec<Value> {
    let line = |line: &str| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
    said.lines().map(line).collect()
}

const REQUESTS: &str = "warn,guildhall=info,guildhall::requests=debug";

#[tokio::test]
async fn lines_in_json_say_whose_request_they_are_of() {
    let folder = Folder::new();
    let running = folder.serve(&[("LOG_FORMAT", "json"), ("LOG", REQUESTS)]);
    let api = running.api().await;
    let user = api.auth().sign_up(&account("alice")).await.unwrap();
    let alice = api.sign_in("alice").await;
    let path = format!("/users/{}?fields=secret", user.id);
    let found = alice.get(&path).await;
    let forbidden = alice.get("/audit").await;
    forbidden.refused(ErrorCode::Forbidden);
    running.terminate();
    let said = lines(&running.ended().stderr);
    for line in &said {
        for key in ["timestamp", "level", "target", "message"] {
            assert!(line[key].is_string(), "{key}: {line}");
        }
    }
    let of = |id: &str| -> Vec<_> {
        said.iter().filter(|line| line["span"]["request_id"] == *id).collect()
    };
    let [line] = of(found.header("x-request-id"))[..] else { panic!("{said:?}") };
    assert_eq!(
        (&line["target"], &line["message"]),
        (&"guildhall::requests".into(), &"answered".into())
    );
    assert!(line["ms"].as_f64().is_some_and(|ms| ms > 0.0), "{line}");
    let digits = line["ms"].to_string().rsplit_once('.').map_or(0, |(_, digits)| digits.len());
    assert!(digits <= 3, "a microsecond is the least that is told: {line}");
    assert_eq!(line["status"], 200);
    let span = &line["span"];
    assert_eq!(span["operation"], "get_user", "{line}");
    assert_eq!((&span["method"], &span["path"]), (&"GET".into(), &"/users/{user_id}".into()));
    assert_eq!(span["user"], user.id.get());
    assert!(!line.to_string().contains("secret"), "{line}");
    let two = of(forbidden.header("x-request-id"));
    let messages: Vec<_> = two.iter().map(|line| line["message"].as_str().unwrap()).collect();
    assert_eq!(messages, ["answered", "forbidden"]);
    assert!(two.iter().all(|line| line["span"]["user"] == user.id.get()), "{two:?}");
}

/// What is said at a start and at a stop, and not by the log alone.
#[tokio::test]
async fn in_json_a_server_says_nothing_else_from_its_start_to_its_stop() {
    let folder = Folder::new();
    let running = folder.serve(&[
        ("LOG_FORMAT", "json"),
        ("SECRET_KEY", "short, and with a comma"),
        ("ADMIN_EMAIL", "ada@example.org"),
        ("ADMIN_PASSWORD", "tulip-harbor-lantern"),
        ("DRAIN_SECONDS", "1"),
    ]);
    let api = running.api().await;
    running.terminate();
    let ended = running.ended();
    assert!(ended.status.success(), "{ended:?}");
    assert_eq!(ended.stdout, "");
    let said = lines(&ended.stderr);
    let of = |begin: &str| -> Vec<_> {
        let begins = |line: &&Value| line["message"].as_str().unwrap().starts_with(begin);
        said.iter().filter(begins).collect()
    };
    let [greeting] = of("serving")[..] else { panic!("{said:?}") };
    assert_eq!(greeting["level"], "INFO");
    assert_eq!(greeting["api"], format!("http://{}", api.address));
    assert!(greeting["data"].as_str().unwrap().ends_with("guildhall.db"), "{greeting}");
    assert!(greeting["mail"].is_string() && greeting.get("admin").is_none(), "{greeting}");
    let warnings = of("SECRET_KEY");
    assert_eq!(warnings.len(), 2, "{said:?}");
    assert!(warnings.iter().all(|line| line["level"] == "WARN"), "{said:?}");
    assert_eq!(of("Created the admin ").len(), 1, "{said:?}");
    assert_eq!(of("draining").len(), 1, "{said:?}");
}

/// A line for each request is asked for; ids come with whatever else there is, and a filter can do without.
#[tokio::test]
async fn a_filter_has_the_requests_or_not() {
    for (filter, has_line, has_id) in [
        ("warn,guildhall=info", false, true),
        (REQUESTS, true, true),
        ("warn,guildhall=info,guildhall::requests=off", false, false),
    ] {
        let folder = Folder::new();
        let running = folder.serve(&[("LOG", filter)]);
        let api = running.api().await;
        api.auth().sign_up(&account("alice")).await.unwrap();
        let forbidden = api.sign_in("alice").await.get("/audit").await;
        let id = forbidden.header("x-request-id").to_owned();
        running.terminate();
        let said = running.ended().stderr;
        assert!(said.contains("forbidden"), "{filter}: {said}");
        assert_eq!(said.contains("answered"), has_line, "{filter}: {said}");
        assert_eq!(said.contains(&format!("request_id=\"{id}\"")), has_id, "{filter}: {said}");
    }
}

#[test]
fn an_unknown_form_is_refused() {
    let ended = Folder::new().run(&[], &[("LOG_FORMAT", "xml")], "");
    ended.refused("LOG_FORMAT: \"xml\" does not fit: it is none of pretty, json");
}
