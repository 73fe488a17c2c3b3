//! The audit log: entries by their ids, shown in the order of their times.

use std::cmp::Reverse;

use async_trait::async_trait;
use guildhall_core::audit::{AuditReads, AuditWrites, Draft};
use guildhall_core::openapi::audit::AuditQuery;
use guildhall_core::openapi::{AuditEntry, AuditId, Timestamp, UserId};
use guildhall_core::storage::StorageError;

use crate::data::{Data, forget, page};

fn place(entry: &AuditEntry) -> (Timestamp, AuditId) {
    (entry.at, entry.id)
}

fn is_meant(entry: &AuditEntry, query: &AuditQuery) -> bool {
    let AuditQuery { action, actor_id, subject_id, from, to, ip, .. } = query;
    let ip = ip.map(|ip| ip.to_canonical().to_string());
    action.is_none_or(|action| entry.action == action)
        && (actor_id.is_none() || entry.actor_id == *actor_id)
        && (subject_id.is_none() || entry.subject_id == *subject_id)
        && from.is_none_or(|from| entry.at >= from)
        && to.is_none_or(|to| entry.at < to)
        && (ip.is_none() || entry.ip == ip)
}

#[async_trait]
impl AuditReads for Data {
    async fn list(&mut self, query: &AuditQuery) -> Result<(Vec<AuditEntry>, bool), StorageError> {
        let mut entries: Vec<_> = self.audit.values().filter(|e| is_meant(e, query)).collect();
        entries.sort_by_key(|entry| Reverse(place(entry)));
        let part = &query.page;
        if let Some(before) = part.before {
            let Some((_, last)) = self.audit.range(..=before).next_back() else {
                return Ok((Vec::new(), false));
            };
            // Of one that is gone, its neighbour is shown as well.
            entries.retain(|entry| {
                place(entry) < place(last) || (entry.id == last.id && last.id < before)
            });
        }
        Ok(page(entries.into_iter().cloned(), part.skip, part.limit))
    }
}

#[async_trait]
impl AuditWrites for Data {
    async fn insert(&mut self, draft: &Draft) -> Result<AuditId, StorageError> {
        let id = self.next_id()?;
        self.audit.insert_mut(id, draft.clone().with_id(id));
        Ok(id)
    }

    async fn forget_addresses(&mut self, user: UserId) -> Result<(), StorageError> {
        let is_theirs = |entry: &AuditEntry| {
            entry.actor_id == Some(user)
                || (entry.actor_id.is_none() && entry.subject_id == Some(user))
        };
        let theirs: Vec<_> = self.audit.values().filter(|e| is_theirs(e)).map(|e| e.id).collect();
        for id in theirs {
            if let Some(entry) = self.audit.get_mut(&id) {
                entry.ip = None;
            }
        }
        Ok(())
    }

    async fn prune(&mut self, before: Timestamp, most: u32) -> Result<u64, StorageError> {
        let mut old: Vec<_> = self.audit.values().filter(|e| e.at < before).map(place).collect();
        old.sort_unstable();
        old.truncate(most as usize);
        Ok(forget(&mut self.audit, usize::MAX, |_, entry| old.contains(&place(entry))) as u64)
    }
}
