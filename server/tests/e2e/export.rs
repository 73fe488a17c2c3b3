//! What someone is given of what is stored about them.

use guildhall_openapi::{ErrorCode, Export};

use crate::events::event;
use crate::groups::{into_group, new_group};
use crate::messages::new_message;
use crate::sessions::new_session;
use crate::support::on_both;

on_both! {
    /// A part that is missing, of someone else, or no JSON where there are several pages of it.
    async fn all_of_ones_own_is_exported_and_nothing_else(world) {
        let ((alice, api), (bob, other)) = (world.someone().await, world.someone().await);
        let (_, admin) = world.admin().await;
        let group = admin.groups().create(&new_group("Rowers")).await.unwrap();
        let user = admin.accounts().update(alice.id, &into_group(&group)).await.unwrap();
        let (mut sent, mut received) = (Vec::new(), Vec::new());
        for number in 0..120 {
            let content = format!("\"{number}\" é\n");
            let messages = (api.messages(), other.messages());
            sent.push(messages.0.send(&new_message(bob.id, &content)).await.unwrap());
            received.push(messages.1.send(&new_message(alice.id, &content)).await.unwrap());
        }
        other.messages().send(&new_message(bob.id, "To myself")).await.unwrap();
        let (own, theirs) = (event(&api, "Regatta").await, event(&other, "Tea").await);
        for attends in [&own, &theirs] {
            api.events().attend(attends.id).await.unwrap();
        }
        let owned = api.sessions().create(&new_session("Own")).await.unwrap();
        let joined = other.sessions().create(&new_session("Joined")).await.unwrap();
        let joined = api.sessions().add_user(joined.id, alice.id).await.unwrap();

        let reply = api.get("/auth/me/export").await;
        assert_eq!(reply.header("content-type"), "application/json");
        let disposition = "attachment; filename=\"guildhall-export.json\"";
        assert_eq!(reply.header("content-disposition"), disposition);
        assert_eq!(reply.header("cache-control"), "no-store");
        let export: Export = reply.json();
        sent.reverse();
        received.reverse();
        assert_eq!((&export.user, &export.group), (&user, &Some(group)));
        assert_eq!(export.logins, api.logins().list().await.unwrap());
        assert_eq!(export.addresses[0].ip, "127.0.0.1");
        assert_eq!(export.sessions_owned, [owned]);
        assert_eq!(export.sessions_joined, [joined]);
        assert_eq!(export.events_organized, std::slice::from_ref(&own));
        assert_eq!(export.events_attended, [own, theirs]);
        assert_eq!(export.messages_sent, sent);
        assert_eq!(export.messages_received, received);
        assert!(export.audit.iter().all(|entry| entry.subject_id == Some(alice.id)));
        assert_eq!((export.audit.len(), export.audit_of_others.len()), (3, 0));
        assert_eq!(api.accounts().export().await.unwrap().messages_sent, sent);
        // Nobody's stored secret is among it.
        assert!(!reply.body.contains("argon2") && !reply.body.contains("password"));
        world.api.get("/auth/me/export").await.refused(ErrorCode::NotAuthenticated);
    }
}
