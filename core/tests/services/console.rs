//! What the operator does at the console.

use std::sync::Arc;

use guildhall_core::Origin;
use guildhall_core::openapi::accounts::UserQuery;
use guildhall_core::openapi::page::{Limit, Page};
use guildhall_core::openapi::{AuditAction, AuditActor, ErrorCode, LoginId, Role, UserId};

use crate::audit::entries;
use crate::house::{House, OTHER_PASSWORD, PASSWORD, code, faults};
use crate::outbox::Postbox;
use crate::recovery::{by_token, proof};

/// What the audit log has of the operator, oldest first, by what was done and to whom.
async fn noted(house: &House) -> Vec<(AuditAction, Option<UserId>)> {
    let by_operator = |actor: Option<AuditActor>| actor == Some(AuditActor::Console);
    let mut lines = Vec::new();
    for entry in entries(house).await {
        if by_operator(entry.detail.as_ref().and_then(|detail| detail.actor)) {
            assert_eq!((entry.actor_id, entry.ip), (None, None));
            lines.push((entry.action, entry.subject_id));
        }
    }
    lines
}

#[tokio::test]
async fn what_is_done_counts_at_once_and_is_noted() {
    let house = House::new().await;
    let (root, alice) = (house.admin("root").await.id, house.member("alice").await.id);
    let console = house.console();
    let tokens = house.sign_in("alice").await;
    assert!(console.set_disabled(alice, true).await.unwrap().disabled);
    assert_eq!(code(&house.authenticate(&tokens).await), Some(ErrorCode::NotAuthenticated));
    assert!(!console.set_disabled(alice, false).await.unwrap().disabled);
    assert_eq!(console.set_role(alice, Role::Admin).await.unwrap().role, Role::Admin);
    assert_eq!(console.set_role(alice, Role::User).await.unwrap().role, Role::User);
    console.set_password(alice, &OTHER_PASSWORD.into()).await.unwrap();
    assert!(console.delete(alice, false).await.unwrap().deleted_at.is_some());
    assert_eq!(console.delete(alice, true).await.unwrap().full_name, None);
    let again = console.delete(alice, false).await;
    assert_eq!(code(&again), Some(ErrorCode::UserNotFound));
    use AuditAction::{
        PasswordChanged, RoleChanged, UserCreated, UserDeleted, UserDisabled, UserEnabled,
        UserErased,
    };
    let done = [UserDisabled, UserEnabled, RoleChanged, RoleChanged, PasswordChanged, UserDeleted];
    let of_alice = done.into_iter().chain([UserErased]).map(|action| (action, Some(alice)));
    let all: Vec<_> = [(UserCreated, Some(root))].into_iter().chain(of_alice).collect();
    assert_eq!(noted(&house).await, all);
    let role = entries(&house).await.into_iter().find(|entry| entry.action == RoleChanged).unwrap();
    assert_eq!(role.detail.unwrap().new_role, Some(Role::Admin), "beside who did it");
}

#[tokio::test]
async fn the_last_admin_stays() {
    let house = House::new().await;
    let (root, console) = (house.admin("root").await.id, house.console());
    for refused in [
        console.set_disabled(root, true).await,
        console.set_role(root, Role::User).await,
        console.delete(root, false).await,
        console.delete(root, true).await,
    ] {
        assert_eq!(code(&refused), Some(ErrorCode::LastAdmin));
    }
    house.admin("other").await;
    console.set_role(root, Role::User).await.unwrap();
}

#[tokio::test]
async fn a_password_ends_logins_and_lets_in_who_had_guessed_too_often() {
    let house = House::new().await;
    let (alice, console) = (house.member("alice").await.id, house.console());
    let tokens = house.sign_in("alice").await;
    for _ in 0..30 {
        house.log_in("alice", "wrong").await.unwrap_err();
    }
    assert_eq!(code(&house.log_in("alice", PASSWORD).await), Some(ErrorCode::TooManyRequests));
    assert_eq!(faults(console.set_password(alice, &"short".into()).await).len(), 1);
    let weak = console.set_password(alice, &"password1".into()).await;
    assert_eq!(code(&weak), Some(ErrorCode::WeakPassword));
    house.authenticate(&tokens).await.unwrap();
    console.set_password(alice, &OTHER_PASSWORD.into()).await.unwrap();
    assert_eq!(code(&house.authenticate(&tokens).await), Some(ErrorCode::NotAuthenticated));
    house.log_in("alice", OTHER_PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_mail_sets_a_password_anew() {
    let (house, post) = (House::new().await, Arc::new(Postbox::default()));
    let (alice, console) = (house.member("alice").await.id, house.console());
    post.fetch(&house).await;
    let tokens = house.sign_in("alice").await;
    for _ in 0..4 {
        console.mail_reset(alice).await.unwrap();
    }
    assert_eq!(code(&house.authenticate(&tokens).await), Some(ErrorCode::NotAuthenticated));
    house.sign_in("alice").await;
    let mails = post.fetch(&house).await;
    assert_eq!(mails.len(), 4, "the operator asks as often as they like");
    console.mail_reset(alice).await.unwrap();
    let proof = proof(&house, &post).await;
    let reset = by_token(&proof, OTHER_PASSWORD);
    house.recovery().reset_password(&reset, &Origin::default()).await.unwrap();
    house.log_in("alice", OTHER_PASSWORD).await.unwrap();
    console.set_disabled(alice, true).await.unwrap();
    let refused = console.mail_reset(alice).await;
    assert_eq!(code(&refused), Some(ErrorCode::AccountDisabled));
    console.delete(alice, false).await.unwrap();
    assert_eq!(code(&console.mail_reset(alice).await), Some(ErrorCode::UserNotFound));
}

#[tokio::test]
async fn people_are_found_by_id_email_and_username() {
    let house = House::new().await;
    let console = house.console();
    let alice = house.member("alice").await.id;
    let id = alice.to_string();
    for name in ["alice", "ALICE@example.org", " Alice ", &id] {
        assert_eq!(console.user(name).await.unwrap().id, alice, "{name}");
    }
    // Whoever takes another's id for a name is not taken for them.
    let crafty = house.member(&format!("{id}00")).await;
    assert_eq!(console.user(&crafty.username).await.unwrap().id, crafty.id);
    assert_eq!(code(&console.user("bob").await), Some(ErrorCode::UserNotFound));
    console.delete(alice, false).await.unwrap();
    assert_eq!(code(&console.user("alice").await), Some(ErrorCode::UserNotFound));
    assert!(console.user(&id).await.unwrap().deleted_at.is_some());
    let of = async |include_deleted| {
        let page = Page { limit: Limit::try_from(1).unwrap(), ..Page::default() };
        let query = UserQuery { include_deleted, page, ..UserQuery::default() };
        let (users, more) = console.users(query).await.unwrap();
        (users[0].id, more)
    };
    assert_eq!(of(true).await, (alice, true));
    assert_eq!(of(false).await, (crafty.id, false));
}

#[tokio::test]
async fn logins_are_ended_one_by_one_or_all() {
    let house = House::new().await;
    let (alice, bob) = (house.member("alice").await.id, house.member("bob").await.id);
    let console = house.console();
    let (first, second) = (house.caller("alice").await, house.caller("alice").await);
    let ids = async || -> Vec<LoginId> {
        console.logins(alice).await.unwrap().iter().map(|login| login.id).collect()
    };
    let (one, two) = (first.login().unwrap(), second.login().unwrap());
    assert_eq!(ids().await, [one, two]);
    assert_eq!(code(&console.revoke(bob, one).await), Some(ErrorCode::LoginNotFound));
    console.revoke(alice, one).await.unwrap();
    assert_eq!(ids().await, [two]);
    console.revoke_all(alice).await.unwrap();
    assert!(ids().await.is_empty());
    use AuditAction::{LoginRevoked, LoginsRevoked};
    assert_eq!(noted(&house).await, [(LoginRevoked, Some(alice)), (LoginsRevoked, Some(alice))]);
    let detail = entries(&house).await.into_iter().find(|e| e.action == LoginRevoked);
    assert_eq!(detail.unwrap().detail.unwrap().login_id, Some(one));
}
