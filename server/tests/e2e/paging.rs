//! `GET /users`: pages, and what is searched for.

use guildhall_openapi::UserView;
use serde_json::json;

use crate::support::{Api, on_both};

on_both! {
    /// Someone who is shown twice, or never, or to the wrong search.
    async fn every_page_together_is_the_list(world) {
        let (_, admin) = world.admin().await;
        let mut all = vec!["admin0".to_owned()];
        for i in 0..23 {
            let name = format!("reader{i:02}");
            world.register(&name).await;
            all.push(name);
        }
        admin.delete("/users/7").await.done();
        all.remove(6);

        assert_eq!(names(&admin, "").await, all, "in id order");
        for limit in [1, 5, 23, 24, 1000] {
            let (walked, pages) = walk(&admin, &format!("?limit={limit}")).await;
            assert_eq!(walked, all, "{limit} a page");
            assert_eq!(pages, all.len().div_ceil(limit), "no page too many");
        }
        let (walked, _) = walk(&admin, "?limit=4&q=READER1").await;
        assert_eq!(walked, all[10..20], "the search goes along");
        let (walked, _) = walk(&admin, "?limit=7&skip=3").await;
        assert_eq!(walked, all[3..], "what is left out is left out once");
        assert_eq!(names(&admin, "?skip=20&limit=2").await, all[20..22]);
        assert_eq!(names(&admin, "?after=1&skip=1&limit=2").await, all[2..4]);
        for past in ["?skip=1000", "?after=9223372036854775807", "?group=1", "?q=nobody"] {
            let reply = admin.get(&format!("/users{past}")).await;
            assert_eq!((reply.body.as_str(), reply.header("link")), ("[]", ""), "{past}");
        }
        deleted_too(&admin).await;
        searches(&admin).await;
    }
}

async fn names(api: &Api, query: &str) -> Vec<String> {
    let users: Vec<UserView> = api.get(&format!("/users{query}")).await.json();
    users.iter().map(|user| user.username().to_owned()).collect()
}

/// Follows `Link` to the end: everyone who was shown, and on how many pages.
async fn walk(api: &Api, query: &str) -> (Vec<String>, usize) {
    let (mut seen, mut query, mut pages) = (Vec::new(), query.to_owned(), 0);
    loop {
        let reply = api.get(&format!("/users{query}")).await;
        let users: Vec<UserView> = reply.json();
        assert!(!users.is_empty(), "a page that was announced");
        seen.extend(users.iter().map(|user| user.username().to_owned()));
        pages += 1;
        let link = reply.header("link");
        if link.is_empty() {
            return (seen, pages);
        }
        let next = link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\""));
        // Relative to the list's own address (RFC 3986, 5.4): a query alone.
        query = next.filter(|next| next.starts_with('?')).unwrap().to_owned();
    }
}

async fn deleted_too(admin: &Api) {
    let with = walk(admin, "?limit=5&include_deleted=true").await.0;
    assert!(with.contains(&"reader05".to_owned()) && with.len() == 24, "{with:?}");
    let flat = names(admin, "?include_deleted=1&q=reader05").await;
    assert_eq!(flat, ["reader05"]);
}

async fn searches(admin: &Api) {
    for (id, full_name) in
        [(2, "Élise O'Brien"), (3, "100%"), (4, "a_b"), (5, "back\\slash"), (6, "李小龙")]
    {
        let path = format!("/users/{id}");
        assert_eq!(admin.send("PUT", &path, &json!({ "full_name": full_name })).await.status, 200);
    }
    for (q, found) in [
        ("%C3%89LISE", &["reader00"][..]),
        ("%C3%A9lise", &["reader00"]),
        ("o'b", &["reader00"]),
        ("%20o'brien%20", &["reader00"]),
        ("%25", &["reader01"]),
        ("a_b", &["reader02"]),
        ("_", &["reader02"]),
        ("%5C", &["reader03"]),
        ("%E5%B0%8F", &["reader04"]),
        ("READER00", &["reader00"]),
        ("eader1%25", &[]),
        ("%0A", &[]),
        ("example.org", &[]),
    ] {
        if q == "%0A" {
            // White space alone is no search: everyone.
            assert_eq!(names(admin, "?q=%0A").await.len(), 23);
        } else {
            assert_eq!(names(admin, &format!("?q={q}")).await, found, "{q}");
        }
    }
}
