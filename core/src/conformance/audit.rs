//! The audit log.

use guildhall_openapi::audit::AuditQuery;
use guildhall_openapi::page::{Limit, Recent, Skip};
use guildhall_openapi::{
    AuditAction, AuditActor, AuditDetail, AuditEntry, AuditId, ErrorCode, LoginId, Role, Timestamp,
    UserId,
};

use super::fixtures::NOW;
use super::sessions::crowd;
use crate::audit::Draft;
use crate::storage::Storage;

/// So many microseconds after the present.
fn later(by: i64) -> Timestamp {
    Timestamp::from_micros(NOW.as_micros() + by)
}

fn draft(action: AuditAction) -> Draft {
    Draft { action, actor: None, subject: None, at: NOW, ip: None, detail: None }
}

/// Adds entries, each in a transaction of its own.
async fn write(storage: &dyn Storage, drafts: Vec<Draft>) -> Vec<AuditEntry> {
    let mut entries = Vec::new();
    for draft in drafts {
        let mut tx = storage.write().await.unwrap();
        let id = tx.audit().insert(&draft).await.unwrap();
        tx.commit().await.unwrap();
        entries.push(draft.with_id(id));
    }
    entries
}

async fn list(storage: &dyn Storage, query: &AuditQuery) -> (Vec<AuditEntry>, bool) {
    storage.read().await.unwrap().audit().list(query).await.unwrap()
}

async fn all(storage: &dyn Storage) -> Vec<AuditEntry> {
    list(storage, &AuditQuery::default()).await.0
}

/// What went in comes back, with every action and every detail; what was dropped does not.
pub async fn an_entry_comes_back_as_it_went_in(storage: &dyn Storage) {
    let users = crowd(storage, 2).await;
    let mut drafts: Vec<_> = AuditAction::ALL.map(draft).into();
    drafts.push(Draft {
        actor: Some(users[0]),
        subject: Some(users[1]),
        ip: Some("2001:db8::1".into()),
        detail: Some(AuditDetail {
            old_role: Some(Role::User),
            new_role: Some(Role::Admin),
            login_id: Some(LoginId::FIRST),
            code: Some(ErrorCode::AccountDisabled),
            actor: Some(AuditActor::Console),
        }),
        ..draft(AuditAction::RoleChanged)
    });
    let mut entries = write(storage, drafts).await;
    assert!(entries.is_sorted_by_key(|entry| entry.id));
    entries.reverse();
    let mut tx = storage.write().await.unwrap();
    tx.audit().insert(&draft(AuditAction::SignedIn)).await.unwrap();
    assert_eq!(tx.audit().list(&AuditQuery::default()).await.unwrap().0.len(), entries.len() + 1);
    drop(tx);
    assert_eq!(all(storage).await, entries);
}

/// Entries whose times are not in the order of their ids, as of replicas whose clocks differ.
async fn mixed(storage: &dyn Storage, users: &[UserId]) -> Vec<AuditEntry> {
    let actions = [AuditAction::SignedIn, AuditAction::SignedOut, AuditAction::SignInFailed];
    let drafts = (0..30_usize).map(|number| Draft {
        actor: [None, Some(users[0]), Some(users[1])][number % 3],
        subject: Some(users[number / 2 % 2]),
        at: later([0, 3, 1, 7, 5][number % 5] + (number / 10) as i64),
        ip: [None, Some("192.0.2.7".into()), Some("192.0.2.8".into())][number / 3 % 3].clone(),
        ..draft(actions[number / 4 % 3])
    });
    let mut entries = write(storage, drafts.collect()).await;
    entries.sort_by_key(|entry| (entry.at, entry.id));
    entries.reverse();
    entries
}

/// Newest first, page by page.
pub async fn entries_are_listed_newest_first(storage: &dyn Storage) {
    let users = crowd(storage, 2).await;
    let all = mixed(storage, &users).await;
    let befores = all.iter().map(|entry| Some(entry.id)).step_by(7);
    for before in [None, AuditId::new(i64::MAX)].into_iter().chain(befores) {
        let from = all.iter().position(|entry| Some(entry.id) == before).map_or(0, |at| at + 1);
        // Of a place that never was, its neighbour is the last that was written.
        let last = all.iter().max_by_key(|entry| entry.id).unwrap();
        let place = all.iter().position(|entry| entry.id == last.id).unwrap();
        let from = if before == AuditId::new(i64::MAX) { place } else { from };
        for (skip, limit) in [(0, Limit::MAX), (0, 1), (3, 4), (29, 1), (Skip::MAX, 1)] {
            let page =
                Recent { before, skip: skip.try_into().unwrap(), limit: limit.try_into().unwrap() };
            let shown = list(storage, &AuditQuery { page, ..AuditQuery::default() }).await;
            let rest = all.iter().skip(from).skip(skip as usize);
            let expected: Vec<_> = rest.clone().take(limit as usize).cloned().collect();
            assert_eq!(shown, (expected, rest.count() as u64 > limit), "{page:?}");
        }
    }
}

/// Each filter leaves what it says, alone and with the others.
pub async fn filters_of_the_audit_log_go_together(storage: &dyn Storage) {
    let users = crowd(storage, 2).await;
    let all = mixed(storage, &users).await;
    let (mut found, ip) = (0, "192.0.2.7".parse().unwrap());
    for filters in 0..64 {
        let on = |filter: u32| filters & (1 << filter) != 0;
        let query = AuditQuery {
            action: on(0).then_some(AuditAction::SignedIn),
            actor_id: on(1).then_some(users[0]),
            subject_id: on(2).then_some(users[1]),
            from: on(3).then(|| later(1)),
            to: on(4).then(|| later(7)),
            ip: on(5).then_some(ip),
            page: Recent::default(),
        };
        let is_meant = |entry: &&AuditEntry| {
            query.action.is_none_or(|action| entry.action == action)
                && (!on(1) || entry.actor_id == query.actor_id)
                && (!on(2) || entry.subject_id == query.subject_id)
                && query.from.is_none_or(|from| entry.at >= from)
                && query.to.is_none_or(|to| entry.at < to)
                && (!on(5) || entry.ip.as_deref() == Some("192.0.2.7"))
        };
        let expected: Vec<_> = all.iter().filter(is_meant).cloned().collect();
        found += usize::from(!expected.is_empty() && expected.len() < all.len());
        assert_eq!(list(storage, &query).await, (expected, false), "{query:?}");
    }
    assert!(found > 30, "the filters leave some and not others: {found}");
}

/// One's own addresses go, and those of strangers at one's account; others stay, and all else does.
pub async fn addresses_are_forgotten(storage: &dyn Storage) {
    let ip = || Some("192.0.2.7".to_owned());
    let users = crowd(storage, 2).await;
    let one = |actor: Option<usize>, subject: usize| Draft {
        actor: actor.map(|actor| users[actor]),
        subject: Some(users[subject]),
        ip: ip(),
        ..draft(AuditAction::SignedIn)
    };
    let drafts =
        vec![one(Some(0), 0), one(Some(0), 1), one(None, 0), one(Some(1), 0), one(None, 1)];
    let mut entries = write(storage, drafts).await;
    for _ in 0..2 {
        let mut tx = storage.write().await.unwrap();
        tx.audit().forget_addresses(users[0]).await.unwrap();
        tx.commit().await.unwrap();
    }
    for entry in &mut entries[..3] {
        entry.ip = None;
    }
    entries.reverse();
    assert_eq!(all(storage).await, entries);
}

/// The oldest go, so many at a time; and a list goes on behind what has gone.
pub async fn old_entries_are_removed(storage: &dyn Storage) {
    let drafts = [3, 0, 1, 2].map(|at| Draft { at: later(at), ..draft(AuditAction::SignedIn) });
    let entries = write(storage, drafts.into()).await;
    let prune = async |before, most| {
        let mut tx = storage.write().await.unwrap();
        let removed = tx.audit().prune(before, most).await.unwrap();
        tx.commit().await.unwrap();
        removed
    };
    let left = async || all(storage).await.iter().map(|entry| entry.id).collect::<Vec<_>>();
    assert_eq!(prune(NOW, 10).await, 0);
    assert_eq!(prune(later(3), 1).await, 1);
    assert_eq!(left().await, [entries[0].id, entries[3].id, entries[2].id]);
    let before = |id| {
        let page = Recent { before: Some(id), ..Recent::default() };
        AuditQuery { page, ..AuditQuery::default() }
    };
    // Of the one that is gone the neighbour is the first, which is newer than all.
    let shown = list(storage, &before(entries[1].id)).await.0;
    assert_eq!(shown.len(), 3);
    assert_eq!(prune(later(3), 10).await, 2);
    assert_eq!(left().await, [entries[0].id]);
    assert_eq!(prune(later(4), 10).await, 1);
    assert_eq!(list(storage, &before(entries[3].id)).await, (Vec::new(), false));
}
