//! What users are told: a log for each, and one for everyone.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

use async_trait::async_trait;
use guildhall_core::openapi::{MessageId, Push, SessionId, Timestamp, UserId};
use guildhall_core::storage::StorageError;
use guildhall_core::stream::{Audience, Log, Place, Row, Slice, StreamReads, StreamWrites, Told};

use crate::data::{Data, Map, entry, forget};

/// The rows of a log, and the number of the last that it ever had.
#[derive(Clone, Default)]
pub(crate) struct Rows {
    last: i64,
    rows: Map<i64, Entry>,
}

#[derive(Clone)]
struct Entry {
    behind: i64,
    written_at: Timestamp,
    news: News,
}

/// What a row tells. Of messages it tells the present state, so it only says which.
#[derive(Clone)]
pub(crate) enum News {
    Push(Arc<Push>),
    Sent(MessageId),
    Read(MessageId),
}

impl Data {
    /// Writes the next row of a log.
    pub(crate) fn tell(&mut self, log: Log, news: News, now: Timestamp) -> Told {
        let behind = self.last_of(Log::Everyone);
        let Rows { last, rows } = entry(&mut self.logs, log);
        *last += 1;
        rows.insert_mut(*last, Entry { behind, written_at: now, news });
        Told { log, number: *last, behind }
    }

    fn last_of(&self, log: Log) -> i64 {
        self.logs.get(&log).map_or(0, |rows| rows.last)
    }

    fn head_of(&self, user: UserId) -> Place {
        Place { own: self.last_of(Log::User(user)), shared: self.last_of(Log::Everyone) }
    }

    fn behind(&self, log: Log, number: i64, limit: u32) -> Vec<Row<Option<Push>>> {
        let rows = self.logs.get(&log).into_iter();
        let rows = rows.flat_map(|log| log.rows.range((Bound::Excluded(number), Bound::Unbounded)));
        let shown = rows.map(|(number, Entry { behind, written_at, news })| {
            let message = |id| self.messages.get(id).cloned();
            let push = match news {
                News::Push(push) => Some(Push::clone(push)),
                News::Sent(id) => message(id).map(|message| Push::NewMessage { message }),
                News::Read(id) => message(id).map(|message| Push::MessageRead { message }),
            };
            Row { number: *number, behind: *behind, written_at: *written_at, push }
        });
        shown.take(limit as usize).collect()
    }

    /// Each log once, in the order of their names.
    fn logs_of(&self, audience: Audience) -> BTreeSet<Log> {
        match audience {
            Audience::Everyone => BTreeSet::from([Log::Everyone]),
            Audience::User(user) => BTreeSet::from([Log::User(user)]),
            Audience::Session(id, another) => {
                let row = self.sessions.get(&id).into_iter();
                let theirs = row.flat_map(|row| row.users.iter().chain([&row.session.owner_id]));
                theirs.chain(&another).copied().map(Log::User).collect()
            }
        }
    }
}

#[async_trait]
impl StreamReads for Data {
    async fn head(&mut self, user: UserId) -> Result<Place, StorageError> {
        Ok(self.head_of(user))
    }

    async fn heads(&mut self, logs: &[Log]) -> Result<Vec<(Log, i64)>, StorageError> {
        let heads = logs.iter().map(|log| (*log, self.last_of(*log)));
        Ok(heads.filter(|(_, last)| *last > 0).collect())
    }

    async fn number(&mut self, log: Log) -> Result<i64, StorageError> {
        Ok(self.last_of(log))
    }

    async fn shared(&mut self, number: i64, limit: u32) -> Result<Vec<Row<Push>>, StorageError> {
        let rows = self.behind(Log::Everyone, number, limit).into_iter();
        let row = |Row { number, behind, written_at, push }| {
            Some(Row { number, behind, written_at, push: push? })
        };
        Ok(rows.filter_map(row).collect())
    }

    async fn after(
        &mut self,
        user: UserId,
        place: Place,
        limit: u32,
    ) -> Result<Slice<Option<Push>>, StorageError> {
        Ok(Slice {
            head: self.head_of(user),
            own: self.behind(Log::User(user), place.own, limit),
            shared: self.behind(Log::Everyone, place.shared, limit),
        })
    }
}

#[async_trait]
impl StreamWrites for Data {
    async fn publish(
        &mut self,
        audience: Audience,
        push: &Push,
        now: Timestamp,
    ) -> Result<Vec<Told>, StorageError> {
        let push = Arc::new(push.clone());
        let logs = self.logs_of(audience).into_iter();
        Ok(logs.map(|log| self.tell(log, News::Push(Arc::clone(&push)), now)).collect())
    }

    async fn lock(&mut self, _sessions: &[SessionId]) -> Result<(), StorageError> {
        Ok(())
    }

    async fn prune(&mut self, before: Timestamp, most: u32) -> Result<u64, StorageError> {
        let rows = self.logs.iter().flat_map(|(log, Rows { rows, .. })| {
            rows.iter().map(move |(number, row)| (*log, *number, row.written_at))
        });
        let old: Vec<_> = rows.filter(|(.., at)| *at < before).take(most as usize).collect();
        for (log, number, _) in &old {
            entry(&mut self.logs, *log).rows.remove_mut(number);
        }
        Ok(old.len() as u64)
    }

    async fn spend_ticket(&mut self, ticket: &str, until: Timestamp) -> Result<bool, StorageError> {
        let is_first = !self.tickets.contains_key(ticket);
        self.tickets.insert_mut(ticket.into(), until);
        Ok(is_first)
    }

    async fn forget_tickets(&mut self, before: Timestamp, most: u32) -> Result<u64, StorageError> {
        Ok(forget(&mut self.tickets, most as usize, |_, until| *until < before) as u64)
    }
}
