//! `/users/{user_id}` and `POST /users`: who may do what to whom.

use guildhall_openapi::accounts::{UserDeletion, UserPatch, UserQuery};
use guildhall_openapi::page::{Limit, Page};
use guildhall_openapi::{Change, ErrorCode, GroupId, NewUser, Role, User, UserId, UserView};

use crate::support::{Api, PASSWORD, Refused as _, World, account, on_both};

on_both! {
    /// Someone who may do what is not theirs, or an account that outlives its end.
    async fn accounts_are_managed_by_those_who_may(world) {
        creating(world).await;
        not_theirs(world).await;
        last_admin(world).await;
        changing(world).await;
        disabling(world).await;
        deleting(world).await;
    }
}

/// What makes someone something else.
fn into_role(role: Role) -> UserPatch {
    UserPatch { role: Some(role), ..UserPatch::default() }
}

/// What shuts an account, or opens it.
pub(crate) fn into_disabled(disabled: bool) -> UserPatch {
    UserPatch { disabled: Some(disabled), ..UserPatch::default() }
}

/// What gives someone another full name.
fn named(name: &str) -> UserPatch {
    UserPatch { full_name: Change::Set(name.into()), ..UserPatch::default() }
}

/// Everyone, deleted or not.
pub(crate) async fn everyone(api: &Api, include_deleted: bool) -> Vec<UserView> {
    let page = Page { limit: Limit::try_from(1000).unwrap(), ..Page::default() };
    let query = UserQuery { include_deleted, page, ..UserQuery::default() };
    api.accounts().list(&query).await.unwrap().rows
}

fn nobody() -> UserId {
    UserId::new(999_999).unwrap()
}

async fn creating(world: &World) {
    let (_, admin) = world.admin().await;
    let staff = NewUser {
        full_name: Some("Staff".into()),
        role: Some(Role::Admin),
        disabled: Some(false),
        ..account("staff").into()
    };
    let made = admin.accounts().create(&staff).await.unwrap();
    assert_eq!((made.role, made.disabled), (Role::Admin, false));
    admin.accounts().create(&staff).await.refused(ErrorCode::EmailTaken);
    let staff = world.sign_in("staff").await;
    let shut = NewUser { disabled: Some(true), ..account("shut").into() };
    let shut = staff.accounts().create(&shut).await.unwrap();
    assert_eq!((shut.role, shut.disabled), (Role::User, true));
    let signed_in = world.api.auth().sign_in("shut", PASSWORD).await;
    signed_in.refused(ErrorCode::AccountDisabled);
}

async fn not_theirs(world: &World) {
    let ((user, api), (other, _)) = (world.someone().await, world.someone().await);
    let accounts = api.accounts();
    accounts.create(&account("nobody").into()).await.refused(ErrorCode::Forbidden);
    let nothing = UserPatch::default;
    for patch in [
        into_role(Role::Admin),
        into_disabled(false),
        UserPatch { email_verified: Some(true), ..nothing() },
        UserPatch { group: Change::Clear, ..nothing() },
        UserPatch { group: Change::Set(GroupId::FIRST), ..nothing() },
        UserPatch { role: Some(Role::User), ..named("x") },
    ] {
        accounts.update(user.id, &patch).await.refused(ErrorCode::Forbidden);
    }
    let password = UserPatch { password: Some(PASSWORD.into()), ..nothing() };
    for patch in [nothing(), named("x"), password] {
        accounts.update(other.id, &patch).await.refused(ErrorCode::Forbidden);
    }
    accounts.delete(other.id, &UserDeletion::default()).await.refused(ErrorCode::Forbidden);
    // Whether there is such an account is not told either.
    accounts.delete(nobody(), &UserDeletion::default()).await.refused(ErrorCode::Forbidden);
    let unchanged = accounts.get(user.id).await.unwrap();
    let UserView::Full(unchanged) = unchanged else { panic!("{unchanged:?}") };
    assert_eq!((unchanged.role, unchanged.full_name), (Role::User, None));
    let named = accounts.update(user.id, &named("x")).await.unwrap();
    assert_eq!(named.full_name, Some("x".into()));
}

async fn last_admin(world: &World) {
    let (first, admin) = world.admin().await;
    let accounts = admin.accounts();
    // The other admins of this test go first.
    for other in everyone(&admin, false).await {
        let UserView::Full(other) = other else { panic!("{other:?}") };
        if other.role == Role::Admin && other.id != first.id {
            accounts.delete(other.id, &UserDeletion::default()).await.unwrap();
        }
    }
    for patch in [into_role(Role::User), into_disabled(true)] {
        accounts.update(first.id, &patch).await.refused(ErrorCode::LastAdmin);
    }
    accounts.delete(first.id, &UserDeletion::default()).await.refused(ErrorCode::LastAdmin);
    let (second, other) = world.admin().await;
    let demoted = other.accounts().update(first.id, &into_role(Role::User)).await.unwrap();
    assert_eq!(demoted.role, Role::User);
    accounts.create(&account("nobody").into()).await.refused(ErrorCode::Forbidden);
    other
        .accounts()
        .delete(second.id, &UserDeletion::default())
        .await
        .refused(ErrorCode::LastAdmin);
}

async fn changing(world: &World) {
    let ((user, api), (other, _)) = (world.someone().await, world.someone().await);
    let (_, admin) = world.admin().await;
    let put = async |patch: UserPatch| admin.accounts().update(user.id, &patch).await;
    let nothing = UserPatch::default;
    let email = |email: &str| UserPatch { email: Some(email.into()), ..nothing() };
    let verified = UserPatch { email_verified: Some(true), ..email("moved@example.org") };
    let changed = put(verified).await.unwrap();
    assert_eq!((changed.email.as_str(), changed.email_verified), ("moved@example.org", true));
    let same = put(email("Moved@example.org")).await.unwrap();
    assert!(same.email_verified, "the same address in other letters");
    let again = put(email("again@example.org")).await.unwrap();
    assert!(!again.email_verified);
    put(email(&other.email)).await.refused(ErrorCode::EmailTaken);
    let taken = UserPatch { username: Some(other.username), ..nothing() };
    put(taken).await.refused(ErrorCode::UsernameTaken);
    let group = Change::Set(GroupId::new(7).unwrap());
    put(UserPatch { group, ..nothing() }).await.refused(ErrorCode::GroupNotFound);
    let unchanged = put(nothing()).await.unwrap();
    assert_eq!((unchanged.username, unchanged.email), (again.username, again.email));
    let promoted = put(into_role(Role::Admin)).await.unwrap();
    assert_eq!(promoted.role, Role::Admin);
    assert_eq!(api.accounts().me().await.unwrap().role, Role::Admin, "at the next request");
    admin.accounts().update(nobody(), &nothing()).await.refused(ErrorCode::UserNotFound);
    admin.accounts().get(nobody()).await.refused(ErrorCode::UserNotFound);
}

async fn disabling(world: &World) {
    let (user, api) = world.someone().await;
    let (_, admin) = world.admin().await;
    for disabled in [true, false] {
        let shown = admin.accounts().update(user.id, &into_disabled(disabled)).await.unwrap();
        assert_eq!(shown.disabled, disabled);
        api.is_cut_off().await;
    }
    api.accounts().me().await.refused(ErrorCode::NotAuthenticated);
    assert!(!api.auth().is_signed_in(), "nor can the tokens be renewed");
    world.sign_in(&user.username).await;
}

async fn deleting(world: &World) {
    let ((user, api), (_, other)) = (world.someone().await, world.someone().await);
    let (_, admin) = world.admin().await;
    api.accounts().delete(user.id, &UserDeletion::default()).await.unwrap();
    api.is_cut_off().await;
    let signed_in = world.api.auth().sign_in(&user.username, PASSWORD).await;
    signed_in.refused(ErrorCode::InvalidCredentials);
    for caller in [&other, &admin] {
        caller.accounts().get(user.id).await.refused(ErrorCode::UserNotFound);
        assert!(everyone(caller, false).await.iter().all(|listed| listed.id() != user.id));
    }
    // The client does not ask for one who is deleted.
    let deleted_too = format!("/users/{}?include_deleted=true", user.id);
    other.get(&deleted_too).await.refused(ErrorCode::UserNotFound);
    let deleted: User = admin.get(&deleted_too).await.json();
    assert!(deleted.deleted_at.is_some());
    let seen = everyone(&other, true).await;
    assert!(seen.iter().all(|listed| listed.id() != user.id), "ignored from others");
    let seen = everyone(&admin, true).await;
    assert!(seen.contains(&UserView::Full(deleted)), "{seen:?}");
    admin.accounts().update(user.id, &named("x")).await.refused(ErrorCode::UserNotFound);
    admin
        .accounts()
        .delete(user.id, &UserDeletion::default())
        .await
        .refused(ErrorCode::UserNotFound);
    // Both names are free again, and the next who has them is somebody else.
    let next = world.register(&user.username).await;
    assert_ne!(next.id, user.id);
    world.sign_in(&user.username).await;
    admin.accounts().delete(next.id, &UserDeletion::default()).await.unwrap();
    world.register(&user.username).await;
}
