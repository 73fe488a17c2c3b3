//! `GET /users`: pages, and what is searched for.

use futures_util::TryStreamExt as _;
use guildhall_openapi::accounts::{UserDeletion, UserPatch, UserQuery};
use guildhall_openapi::page::Page;
use guildhall_openapi::{Change, UserId, UserView};

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
        admin.accounts().delete(UserId::new(7).unwrap(), &UserDeletion::default()).await.unwrap();
        all.remove(6);

        assert_eq!(names(&admin, "").await, all, "in id order");
        for limit in [1, 5, 23, 24, 1000] {
            let (walked, pages) = walk(&admin, &by(limit)).await;
            assert_eq!(walked, all, "{limit} a page");
            assert_eq!(pages, all.len().div_ceil(usize::try_from(limit).unwrap()), "no page too many");
        }
        let searching = UserQuery { q: Some("READER1".into()), ..by(4) };
        assert_eq!(walk(&admin, &searching).await.0, all[10..20], "the search goes along");
        let skipping = Page { skip: 3.try_into().unwrap(), ..by(7).page };
        let (walked, _) = walk(&admin, &UserQuery { page: skipping, ..by(7) }).await;
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

/// As a query is written out.
async fn names(api: &Api, query: &str) -> Vec<String> {
    let users: Vec<UserView> = api.get(&format!("/users{query}")).await.json();
    users.iter().map(|user| user.username().to_owned()).collect()
}

/// So many on a page.
fn by(limit: u64) -> UserQuery {
    let page = Page { limit: limit.try_into().unwrap(), ..Page::default() };
    UserQuery { page, ..UserQuery::default() }
}

/// Everyone who is shown on all pages together, and how many pages those are.
async fn walk(api: &Api, query: &UserQuery) -> (Vec<String>, usize) {
    let pages: Vec<_> = api.accounts().list(query).pages().try_collect().await.unwrap();
    assert!(pages.iter().all(|page| !page.is_empty()), "a page that was announced");
    let names = pages.iter().flatten().map(|user| user.username().to_owned());
    (names.collect(), pages.len())
}

async fn deleted_too(admin: &Api) {
    let with = walk(admin, &UserQuery { include_deleted: true, ..by(5) }).await.0;
    assert!(with.contains(&"reader05".to_owned()) && with.len() == 24, "{with:?}");
    let flat = names(admin, "?include_deleted=1&q=reader05").await;
    assert_eq!(flat, ["reader05"]);
}

async fn searches(admin: &Api) {
    for (id, full_name) in
        [(2, "Élise O'Brien"), (3, "100%"), (4, "a_b"), (5, "back\\slash"), (6, "李小龙")]
    {
        let full_name = Change::Set(full_name.into());
        let patch = UserPatch { full_name, ..UserPatch::default() };
        admin.accounts().update(UserId::new(id).unwrap(), &patch).await.unwrap();
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
