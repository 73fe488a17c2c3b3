//! What the audit log is told, and of what not.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use guildhall_core::openapi::accounts::{ProfilePatch, UserPatch};
use guildhall_core::openapi::audit::AuditQuery;
use guildhall_core::openapi::logins::{PasswordChange, Refresh};
use guildhall_core::openapi::{
    AuditAction, AuditDetail, AuditEntry, Credentials, ErrorCode, LoginId, NewUser, Role, UserId,
};
use guildhall_core::storage::Storage as _;
use guildhall_core::stream::relay::{Failure, Relay};
use guildhall_core::{Caller, Guildhall, Origin};
use tokio::time::timeout;

use crate::house::{House, OTHER_PASSWORD, PASSWORD, START, code, new_account};

const IP: &str = "192.0.2.7";

/// Where everyone here comes from.
fn origin() -> Origin {
    Origin { ip: IP.parse().ok(), user_agent: None }
}

fn ip() -> Option<IpAddr> {
    origin().ip
}

/// The audit log, oldest first.
pub(crate) async fn entries(house: &House) -> Vec<AuditEntry> {
    let mut reads = house.storage.read().await.unwrap();
    let (mut entries, _) = reads.audit().list(&AuditQuery::default()).await.unwrap();
    entries.reverse();
    entries
}

/// Who did what to whom.
type Line = (AuditAction, Option<UserId>, Option<UserId>);

/// What came after the first so many entries, in short; each from where everyone comes.
async fn since(house: &House, count: usize) -> Vec<Line> {
    let new = entries(house).await.split_off(count);
    let line = |entry: &AuditEntry| {
        assert_eq!((entry.ip.as_deref(), entry.at), (Some(IP), START), "{entry:?}");
        (entry.action, entry.actor_id, entry.subject_id)
    };
    new.iter().map(line).collect()
}

async fn caller(house: &House, name: &str) -> Caller {
    let credentials = Credentials { email: name.into(), password: PASSWORD.into() };
    let tokens = house.logins().log_in(&credentials, &origin()).await.unwrap();
    house.logins().authenticate(&tokens.access_token, ip()).await.unwrap()
}

async fn try_password(house: &House, name: &str, password: &str) -> Option<ErrorCode> {
    let credentials = Credentials { email: name.into(), password: password.into() };
    code(&house.logins().log_in(&credentials, &origin()).await)
}

#[tokio::test]
async fn accounts_are_made_by_strangers_admins_and_the_operator() {
    let house = House::new().await;
    let root = house.admin("root").await.id;
    let alice = house.accounts().register(new_account("alice"), &origin()).await.unwrap().id;
    let caller = caller(&house, "root").await;
    for key in [None, Some("key".into())] {
        let name = if key.is_some() { "bob" } else { "carol" };
        for _ in 0..=usize::from(key.is_some()) {
            let new = NewUser::from(new_account(name));
            house.accounts().create(&caller, new, key.as_ref()).await.unwrap();
        }
    }
    let taken = house.accounts().register(new_account("alice"), &origin()).await;
    assert_eq!(code(&taken), Some(ErrorCode::EmailTaken));
    let (carol, bob) = (alice.get() + 1, alice.get() + 2);
    let all = entries(&house).await;
    let lines: Vec<Line> = all.iter().map(|e| (e.action, e.actor_id, e.subject_id)).collect();
    let made = AuditAction::UserCreated;
    assert_eq!(
        lines,
        [
            (made, None, Some(root)),
            (AuditAction::Registered, None, Some(alice)),
            (AuditAction::SignedIn, Some(root), Some(root)),
            (made, Some(root), UserId::new(carol)),
            (made, Some(root), UserId::new(bob)),
        ]
    );
    assert_eq!(all.iter().filter(|entry| entry.ip.as_deref() == Some(IP)).count(), 4);
}

#[tokio::test]
async fn sign_ins_that_fail_tell_no_name_and_no_password() {
    let house = House::new().await;
    let (alice, bob) = (house.member("alice").await.id, house.member("bob").await.id);
    house.admin("root").await;
    let root = caller(&house, "root").await;
    let shut = UserPatch { disabled: Some(true), ..UserPatch::default() };
    house.accounts().update(&root, bob, shut).await.unwrap();
    let before = entries(&house).await.len();
    let invalid = Some(ErrorCode::InvalidCredentials);
    assert_eq!(try_password(&house, "alice", OTHER_PASSWORD).await, invalid);
    assert_eq!(try_password(&house, OTHER_PASSWORD, PASSWORD).await, invalid);
    let disabled = Some(ErrorCode::AccountDisabled);
    assert_eq!(try_password(&house, "bob", PASSWORD).await, disabled);
    let failed = AuditAction::SignInFailed;
    let lines = [(failed, None, Some(alice)), (failed, None, None), (failed, None, Some(bob))];
    assert_eq!(since(&house, before).await, lines);
    let new = entries(&house).await.split_off(before);
    let codes: Vec<_> = new.iter().map(|entry| entry.detail.as_ref().unwrap().code).collect();
    assert_eq!(codes, [invalid, invalid, disabled]);
    assert!(!format!("{new:?}").contains(OTHER_PASSWORD));
}

#[tokio::test]
async fn devices_that_come_and_go_are_noted() {
    let house = House::new().await;
    let alice = house.member("alice").await.id;
    let before = entries(&house).await.len();
    let [one, two, three] = [
        caller(&house, "alice").await,
        caller(&house, "alice").await,
        caller(&house, "alice").await,
    ];
    house.logins().log_out(&one).await.unwrap();
    house.logins().log_out(&one).await.unwrap();
    house.logins().revoke(&three, two.login().unwrap()).await.unwrap();
    let gone = house.logins().revoke(&three, two.login().unwrap()).await;
    assert_eq!(code(&gone), Some(ErrorCode::LoginNotFound));
    house.logins().revoke_all(&three).await.unwrap();
    use AuditAction::{LoginRevoked, LoginsRevoked, SignedIn, SignedOut};
    let actions = [SignedIn, SignedIn, SignedIn, SignedOut, LoginRevoked, LoginsRevoked];
    let lines = actions.map(|action| (action, Some(alice), Some(alice)));
    assert_eq!(since(&house, before).await, lines);
    let new = entries(&house).await.split_off(before);
    let with = |entry: &AuditEntry| entry.detail.as_ref().and_then(|detail| detail.login_id);
    let logins: Vec<Option<LoginId>> = new.iter().map(with).collect();
    let [one, two, three] = [one, two, three].map(|caller| caller.login());
    assert_eq!(logins, [one, two, three, one, two, None]);
}

#[tokio::test]
async fn a_stolen_refresh_token_is_noted() {
    let house = House::new().await;
    let alice = house.member("alice").await.id;
    let tokens = house.sign_in("alice").await;
    let refresh = Refresh { refresh_token: tokens.refresh_token };
    house.logins().refresh(&refresh, &origin()).await.unwrap();
    let before = entries(&house).await.len();
    house.wait(31);
    for _ in 0..2 {
        let refused = house.logins().refresh(&refresh, &origin()).await;
        assert_eq!(code(&refused), Some(ErrorCode::InvalidRefreshToken));
    }
    let new = entries(&house).await.split_off(before);
    let [entry] = &new[..] else { panic!("{new:?}") };
    assert_eq!((entry.action, entry.actor_id), (AuditAction::RefreshReused, None));
    assert_eq!((entry.subject_id, entry.ip.as_deref()), (Some(alice), Some(IP)));
    assert!(entry.detail.as_ref().unwrap().login_id.is_some());
}

#[tokio::test]
async fn changes_of_an_account_are_noted_and_only_those() {
    let house = House::new().await;
    house.admin("root").await;
    let id = house.member("alice").await.id;
    let (root, alice) = (caller(&house, "root").await, caller(&house, "alice").await);
    let before = entries(&house).await.len();
    let update = async |patch| house.accounts().update(&root, id, patch).await.unwrap();
    let none = UserPatch::default;
    update(UserPatch { role: Some(Role::User), disabled: Some(false), ..none() }).await;
    update(UserPatch { username: Some("alice".into()), ..none() }).await;
    let patch = ProfilePatch { username: Some("ally".into()), ..ProfilePatch::default() };
    house.accounts().update_me(&alice, patch).await.unwrap();
    let wrong = PasswordChange {
        current_password: OTHER_PASSWORD.into(),
        new_password: "heron-cobalt-ladder".into(),
    };
    house.logins().change_password(&alice, wrong.clone()).await.unwrap_err();
    let right = PasswordChange { current_password: PASSWORD.into(), ..wrong };
    house.logins().change_password(&alice, right).await.unwrap();
    update(UserPatch { email: Some("ally@example.org".into()), ..none() }).await;
    update(UserPatch { email_verified: Some(true), ..none() }).await;
    update(UserPatch { role: Some(Role::Admin), disabled: Some(true), ..none() }).await;
    update(UserPatch { disabled: Some(false), ..none() }).await;
    house.accounts().delete(&root, id).await.unwrap();
    use AuditAction::{
        EmailChanged, EmailVerified, PasswordChanged, ReauthenticationFailed, RoleChanged,
        UserDeleted, UserDisabled, UserEnabled, UsernameChanged,
    };
    let by = |caller: &Caller, action| (action, Some(caller.id()), Some(id));
    let mut lines: Vec<Line> =
        [UsernameChanged, ReauthenticationFailed, PasswordChanged].map(|a| by(&alice, a)).into();
    lines.extend(
        [EmailChanged, EmailVerified, RoleChanged, UserDisabled, UserEnabled, UserDeleted]
            .map(|action| by(&root, action)),
    );
    assert_eq!(since(&house, before).await, lines);
    let all = entries(&house).await;
    let role = all.iter().find(|entry| entry.action == RoleChanged).unwrap();
    let (old_role, new_role) = (Some(Role::User), Some(Role::Admin));
    let detail = AuditDetail { old_role, new_role, ..AuditDetail::default() };
    assert_eq!(role.detail, Some(detail));
}

#[tokio::test]
async fn what_a_rule_refuses_is_no_change() {
    let house = House::new().await;
    let root = house.admin("root").await.id;
    let caller = caller(&house, "root").await;
    let before = entries(&house).await.len();
    let refused = house.accounts().delete(&caller, root).await;
    assert_eq!(code(&refused), Some(ErrorCode::LastAdmin));
    assert_eq!(since(&house, before).await, []);
}

#[tokio::test]
async fn admins_read_the_log_and_nobody_else() {
    let house = House::new().await;
    house.admin("root").await;
    house.member("alice").await;
    let (root, alice) = (caller(&house, "root").await, caller(&house, "alice").await);
    let (shown, more) = house.audit().list(&root, &AuditQuery::default()).await.unwrap();
    assert_eq!((shown.len(), more), (4, false));
    assert!(shown.is_sorted_by_key(|entry| std::cmp::Reverse(entry.id)));
    let refused = house.audit().list(&alice, &AuditQuery::default()).await;
    assert_eq!(code(&refused), Some(ErrorCode::Forbidden));
}

/// A relay that may have missed something, so that the upkeep looks at once.
struct Missed(AtomicBool);

#[async_trait]
impl Relay for Missed {
    async fn tell(&self, _: &str) -> Result<(), Failure> {
        Ok(())
    }

    async fn hear(&self) -> Result<Option<String>, Failure> {
        if self.0.swap(false, Ordering::Relaxed) { Ok(None) } else { std::future::pending().await }
    }
}

#[tokio::test]
async fn old_entries_are_removed_in_the_upkeep() {
    let house = House::new().await;
    let alice = house.member("alice").await.id;
    house.wait(364 * 24 * 60 * 60);
    house.sign_in("alice").await;
    house.wait(2 * 24 * 60 * 60);
    assert_eq!(entries(&house).await.len(), 2);
    let relay = Arc::new(Missed(AtomicBool::new(true)));
    let upkeep = tokio::spawn(Guildhall::clone(&house).upkeep(Some(relay)));
    let removed = async {
        while entries(&house).await.len() == 2 {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(20), removed).await.expect("the upkeep removes one");
    upkeep.abort();
    let left = entries(&house).await;
    assert_eq!((left.len(), left[0].action), (1, AuditAction::SignedIn));
    assert_eq!(left[0].actor_id, Some(alice));
}
