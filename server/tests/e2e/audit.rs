//! What admins are told of what was done, and how they look for it.

use futures_util::TryStreamExt as _;
use guildhall_openapi::audit::AuditQuery;
use guildhall_openapi::{AuditAction, ErrorCode};

use crate::support::{PASSWORD, Refused as _, on_both};

on_both! {
    /// A sign-in that is not noted, a password that is, or a log that someone else reads.
    async fn admins_see_who_did_what_from_where(world) {
        let ((alice, api), (_, admin)) = (world.someone().await, world.admin().await);
        let secret = "secret-typed-as-a-name";
        let refused = world.api.auth().sign_in(secret, PASSWORD).await;
        refused.refused(ErrorCode::InvalidCredentials);
        let refused = world.api.auth().sign_in(&alice.username, secret).await;
        refused.refused(ErrorCode::InvalidCredentials);
        api.audit().list(&AuditQuery::default()).await.refused(ErrorCode::Forbidden);

        let all: Vec<_> = {
            let limit = "2".parse().unwrap();
            let mut query = AuditQuery::default();
            query.page.limit = limit;
            admin.audit().list(&query).rows().try_collect().await.unwrap()
        };
        assert!(all.is_sorted_by_key(|entry| std::cmp::Reverse(entry.id)));
        let actions: Vec<_> = all.iter().map(|entry| entry.action).collect();
        use AuditAction::{Registered, SignInFailed, SignedIn, UserCreated};
        assert_eq!(
            actions,
            [SignInFailed, SignInFailed, SignedIn, UserCreated, SignedIn, Registered]
        );
        assert!(!admin.get("/audit").await.body.contains(secret));
        assert_eq!((all[0].subject_id, all[1].subject_id), (Some(alice.id), None));
        assert_eq!(all[0].ip.as_deref(), Some("127.0.0.1"));

        let (failed, local) = (Some(SignInFailed), Some([127, 0, 0, 1].into()));
        let to_alice = AuditQuery { subject_id: Some(alice.id), ..AuditQuery::default() };
        for (query, expected) in [
            (AuditQuery { action: failed, ..AuditQuery::default() }, vec![0, 1]),
            (AuditQuery { actor_id: Some(alice.id), ..AuditQuery::default() }, vec![4]),
            (to_alice.clone(), vec![0, 4, 5]),
            (AuditQuery { action: failed, ip: local, ..to_alice }, vec![0]),
            (AuditQuery { from: Some(all[1].at), ..AuditQuery::default() }, vec![0, 1]),
            (AuditQuery { to: Some(all[4].at), ..AuditQuery::default() }, vec![5]),
        ] {
            let found = admin.audit().list(&query).await.unwrap();
            let expected: Vec<_> = expected.into_iter().map(|at: usize| all[at].clone()).collect();
            assert_eq!(found.rows, expected, "{query:?}");
        }
        for (name, value) in [
            ("action", "signed"),
            ("actor_id", "0"),
            ("subject_id", "x"),
            ("from", "yesterday"),
            ("to", ""),
            ("ip", "300.1.1.1"),
            ("before", "-1"),
            ("limit", "0"),
        ] {
            admin.get(&format!("/audit?{name}={value}")).await.names(name);
        }
    }
}
