//! Parameters that do not fit: each is `422` and named.

use serde_json::json;

use crate::support::on_both;

on_both! {
    /// An id or a parameter of a list that is taken for another, or makes the storage fail.
    async fn parameters_that_do_not_fit_are_named(world) {
        let (_, api) = world.admin().await;
        for id in [
            "0", "-1", "abc", "9223372036854775808", "99999999999999999999999", "1.0", "0x1", "%20", "1%00",
            "%FF", "1e3", "null", "+",
        ] {
            let user = format!("/users/{id}");
            api.get(&user).await.names("user_id");
            api.ask("PUT", &user, &json!({})).await.names("user_id");
            api.delete(&user).await.names("user_id");
            api.delete(&format!("/auth/logins/{id}")).await.names("login_id");
            for list in ["group", "after"] {
                api.get(&format!("/users?{list}={id}")).await.names(list);
            }
        }
        let long = "x".repeat(201);
        for (name, values) in [
            ("limit", &["0", "1001", "x", "-1", "", "1.5", "18446744073709551616"][..]),
            ("skip", &["-1", "x", "", "2147483648", "18446744073709551616"]),
            ("q", &["%00", "a%00b", long.as_str()]),
            ("include_deleted", &["maybe", "2", ""]),
            ("after", &[""]),
            ("group", &[""]),
        ] {
            for value in values {
                api.get(&format!("/users?{name}={value}")).await.names(name);
            }
        }
        for fits in [
            "limit=1", "limit=1000", "skip=0", "skip=2147483647", "after=9223372036854775807",
            "group=9223372036854775807", "q=", "q=%25", "q=_", "q=%5C", "q='", "include_deleted=true", "unknown=1",
            "q=%C3%89", "", "&&", "=", "limit",
        ] {
            let status = api.get(&format!("/users?{fits}")).await.status;
            assert_eq!(status, if fits == "limit" { 422 } else { 200 }, "{fits}");
        }
        let nobody = format!("/users/{}", i64::MAX);
        assert_eq!(api.get(&nobody).await.status, 404);
    }
}
