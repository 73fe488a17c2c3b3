//! All that is stored, as one value, and what the tables are made of.

use std::ops::Bound;

use guildhall_core::guesses::Tries;
use guildhall_core::openapi::page::{Limit, Skip};
use guildhall_core::openapi::{
    AuditEntry, AuditId, EventId, GroupId, LoginId, Message, MessageId, SessionId, Timestamp,
    UserId,
};
use guildhall_core::storage::{Conflict, StorageError};
use guildhall_core::stream::Log;

use crate::{accounts, events, groups, idempotency, logins, mail, messages, sessions, stream};

/// An ordered map. A clone shares all rows, and a change copies the few nodes on the way to its row.
pub(crate) type Map<K, V> = rpds::RedBlackTreeMapSync<K, V>;
/// An ordered set, likewise.
pub(crate) type Set<T> = rpds::RedBlackTreeSetSync<T>;

/// The tables. What is named after another's key is an index, kept by whoever writes the row.
#[derive(Clone, Default)]
pub(crate) struct Data {
    last_id: i64,

    pub(crate) accounts: Map<UserId, accounts::Row>,
    pub(crate) emails: Map<String, UserId>,
    pub(crate) usernames: Map<String, UserId>,

    pub(crate) groups: Map<GroupId, groups::Row>,
    pub(crate) group_names: Map<String, GroupId>,

    pub(crate) logins: Map<LoginId, logins::Row>,
    pub(crate) logins_of: Map<UserId, Set<LoginId>>,

    pub(crate) sessions: Map<SessionId, sessions::Row>,

    pub(crate) events: Map<EventId, events::Row>,
    pub(crate) titles: Map<String, EventId>,
    pub(crate) attendees: Map<EventId, Set<UserId>>,

    pub(crate) messages: Map<MessageId, Message>,
    pub(crate) received: Map<UserId, Set<MessageId>>,
    pub(crate) sent: Map<UserId, Set<MessageId>>,
    pub(crate) conversations: Map<UserId, Map<UserId, messages::Side>>,

    pub(crate) mails: Map<i64, mail::Row>,

    pub(crate) logs: Map<Log, stream::Rows>,
    pub(crate) tickets: Map<String, Timestamp>,

    pub(crate) tries: Map<String, Tries>,
    pub(crate) addresses: Map<(UserId, String), Timestamp>,
    pub(crate) audit: Map<AuditId, AuditEntry>,
    pub(crate) claims: Map<(UserId, String), idempotency::Row>,
}

impl Data {
    /// The next id. All kinds of rows are numbered together, and no number is given again.
    pub(crate) fn next_id<Id: TryFrom<i64>>(&mut self) -> Result<Id, StorageError> {
        self.last_id += 1;
        Id::try_from(self.last_id)
            .map_err(|_| StorageError::Backend("there are no ids left".into()))
    }

    /// Sees to it that the next id is above this one.
    pub(crate) fn ids_rise_above(&mut self, id: i64) {
        self.last_id = self.last_id.max(id);
    }
}

/// The value under a key, a fresh one where there was none.
pub(crate) fn entry<K: Ord + Copy, V: Clone + Default>(map: &mut Map<K, V>, key: K) -> &mut V {
    if !map.contains_key(&key) {
        map.insert_mut(key, V::default());
    }
    map.get_mut(&key).expect("it was inserted where it was not there")
}

/// Removes at most so many of the rows of which this is so; how many.
pub(crate) fn forget<K: Ord + Clone, V>(
    map: &mut Map<K, V>,
    most: usize,
    which: impl Fn(&K, &V) -> bool,
) -> usize {
    let old = map.iter().filter(|(key, value)| which(key, value)).map(|(key, _)| key.clone());
    let old: Vec<_> = old.take(most).collect();
    for key in &old {
        map.remove_mut(key);
    }
    old.len()
}

/// Fails where a row other than this one has the key.
pub(crate) fn check_key<Id: Copy + PartialEq>(
    keys: &Map<String, Id>,
    key: Option<&str>,
    id: Id,
    taken: Conflict,
) -> Result<(), StorageError> {
    match key.and_then(|key| keys.get(key)) {
        Some(owner) if *owner != id => Err(taken.into()),
        _ => Ok(()),
    }
}

/// Gives a row a key in place of the one that it had.
pub(crate) fn set_key<Id>(
    keys: &mut Map<String, Id>,
    before: Option<&str>,
    key: Option<&str>,
    id: Id,
) {
    if let Some(before) = before {
        keys.remove_mut(before);
    }
    if let Some(key) = key {
        keys.insert_mut(key.into(), id);
    }
}

/// All behind this id, of a list in id order.
pub(crate) fn after<Id>(id: Option<Id>) -> (Bound<Id>, Bound<Id>) {
    (id.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded)
}

/// All before this id, of a list that is newest first.
pub(crate) fn before<Id>(id: Option<Id>) -> (Bound<Id>, Bound<Id>) {
    (Bound::Unbounded, id.map_or(Bound::Unbounded, Bound::Excluded))
}

/// A page of these rows, and whether there is more after it.
pub(crate) fn page<T>(rows: impl Iterator<Item = T>, skip: Skip, limit: Limit) -> (Vec<T>, bool) {
    let limit = limit.get() as usize;
    let mut rows: Vec<_> = rows.skip(skip.get() as usize).take(limit + 1).collect();
    let more = rows.len() > limit;
    rows.truncate(limit);
    (rows, more)
}
