//! What is stored about a person, for them to take along.

use guildhall_core::Origin;
use guildhall_core::openapi::accounts::UserPatch;
use guildhall_core::openapi::messages::ReceivedQuery;
use guildhall_core::openapi::page::Limit;
use guildhall_core::openapi::{AuditAction, Credentials, ErrorCode, Export, NewMessage};

use crate::house::{House, PASSWORD, START};

#[tokio::test]
async fn an_export_is_read_in_pieces_and_has_everything() {
    let house = House::new().await;
    let (alice, bob) = (house.member("alice").await.id, house.member("bob").await.id);
    let (caller, other) = (house.caller("alice").await, house.caller("bob").await);
    for number in 0..250 {
        let (from, to) = if number % 5 == 0 { (&other, alice) } else { (&caller, bob) };
        let new = NewMessage { content: format!("\"{number}\"").into(), receiver_id: to };
        house.messages().send(from, new, None).await.unwrap();
    }
    let mut pieces = house.accounts().export(&caller).await.unwrap();
    let (mut text, mut longest) = (String::new(), 0);
    while let Some(piece) = pieces.next().await.unwrap() {
        longest = longest.max(piece.len());
        text += &piece;
    }
    assert!(pieces.next().await.unwrap().is_none());
    let export: Export = serde_json::from_str(&text).unwrap();
    assert!(longest < text.len() / 2, "{longest} of {}", text.len());
    assert_eq!((export.exported_at, export.user), (START, caller.user().clone()));
    assert_eq!(export.logins, house.logins().list(&caller).await.unwrap());
    assert_eq!((export.messages_sent.len(), export.messages_received.len()), (200, 50));
    assert!(export.messages_sent.is_sorted_by_key(|message| std::cmp::Reverse(message.id)));
    let limit = Limit::try_from(Limit::MAX).unwrap();
    let mut query = ReceivedQuery::default();
    query.page.limit = limit;
    let (received, _) = house.messages().received(&caller, &query).await.unwrap();
    assert_eq!(export.messages_received, received);
}

#[tokio::test]
async fn addresses_of_admins_are_not_told_to_others() {
    let house = House::new().await;
    let alice = house.member("alice").await.id;
    house.admin("root").await;
    let sign_in = async |name: &str, password: &str, ip: &str| {
        let origin = Origin { ip: ip.parse().ok(), user_agent: None };
        let credentials = Credentials { email: name.into(), password: password.into() };
        let tokens = house.logins().log_in(&credentials, &origin).await?;
        house.logins().authenticate(&tokens.access_token, origin.ip).await
    };
    sign_in("alice", "wrong-one", "192.0.2.1").await.unwrap_err();
    let caller = sign_in("alice", PASSWORD, "192.0.2.2").await.unwrap();
    let root = sign_in("root", PASSWORD, "192.0.2.3").await.unwrap();
    let patch = UserPatch { username: Some("ally".into()), ..UserPatch::default() };
    house.accounts().update(&root, alice, patch).await.unwrap();
    let read = async |caller| {
        let mut pieces = house.accounts().export(caller).await.unwrap();
        let mut text = String::new();
        while let Some(piece) = pieces.next().await.unwrap() {
            text += &piece;
        }
        serde_json::from_str::<Export>(&text).unwrap()
    };
    let export = read(&caller).await;
    let lines = export.audit.iter().map(|entry| (entry.action, entry.ip.as_deref()));
    assert_eq!(
        lines.collect::<Vec<_>>(),
        [
            (AuditAction::DataExported, Some("192.0.2.2")),
            (AuditAction::UsernameChanged, None),
            (AuditAction::SignedIn, Some("192.0.2.2")),
            (AuditAction::SignInFailed, Some("192.0.2.1")),
            (AuditAction::Registered, None),
        ]
    );
    assert_eq!(export.audit_of_others, []);
    let known: Vec<_> = export.addresses.iter().map(|known| known.ip.as_str()).collect();
    assert_eq!(known, ["192.0.2.2"]);
    let of_root = read(&root).await;
    let [entry] = &of_root.audit_of_others[..] else { panic!("{of_root:?}") };
    assert_eq!((entry.subject_id, entry.ip.as_deref()), (Some(alice), Some("192.0.2.3")));
}

#[tokio::test]
async fn an_export_breaks_off_where_its_login_ends() {
    let house = House::new().await;
    house.member("alice").await;
    let (thief, owner) = (house.caller("alice").await, house.caller("alice").await);
    let mut pieces = house.accounts().export(&thief).await.unwrap();
    pieces.next().await.unwrap().unwrap();
    house.logins().revoke(&owner, thief.login().unwrap()).await.unwrap();
    let broken = pieces.next().await.unwrap_err();
    assert_eq!(broken.code(), ErrorCode::NotAuthenticated);
}
