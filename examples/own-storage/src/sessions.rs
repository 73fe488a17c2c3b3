//! Live sessions. A row has who takes part by id; they are shown under the names that they have now.

use async_trait::async_trait;
use guildhall_core::openapi::page::Page;
use guildhall_core::openapi::sessions::SessionQuery;
use guildhall_core::openapi::text::SessionName;
use guildhall_core::openapi::{Session, SessionId, SessionState, SessionUser, Timestamp, UserId};
use guildhall_core::sessions::{SessionReads, SessionWrites};
use guildhall_core::storage::StorageError;

use crate::data::{Data, after, page};

#[derive(Clone)]
pub(crate) struct Row {
    /// All but its users.
    pub(crate) session: Session,
    /// In the order in which they joined.
    pub(crate) users: Vec<UserId>,
}

impl Data {
    pub(crate) fn show(&self, row: &Row) -> Session {
        let users = row.users.iter().filter_map(|id| self.user(*id));
        let users = users.map(|user| SessionUser { id: user.id, username: user.username.clone() });
        Session { users: users.collect(), ..row.session.clone() }
    }

    /// A page of the sessions of which this is so.
    fn sessions_which(
        &self,
        part: &Page<SessionId>,
        which: impl Fn(&Row) -> bool,
    ) -> (Vec<Session>, bool) {
        let rows = self.sessions.range(after(part.after)).map(|(_, row)| row);
        let found = rows.filter(|row| which(row)).map(|row| self.show(row));
        page(found, part.skip, part.limit)
    }
}

#[async_trait]
impl SessionReads for Data {
    async fn by_id(&mut self, id: SessionId) -> Result<Option<Session>, StorageError> {
        Ok(self.sessions.get(&id).map(|row| self.show(row)))
    }

    async fn list(&mut self, query: &SessionQuery) -> Result<(Vec<Session>, bool), StorageError> {
        let is_in = |row: &Row| query.state.is_none_or(|state| row.session.state == state);
        Ok(self.sessions_which(&query.page, is_in))
    }

    async fn owned(
        &mut self,
        user: UserId,
        page: &Page<SessionId>,
    ) -> Result<(Vec<Session>, bool), StorageError> {
        Ok(self.sessions_which(page, |row| row.session.owner_id == user))
    }

    async fn joined(
        &mut self,
        user: UserId,
        page: &Page<SessionId>,
    ) -> Result<(Vec<Session>, bool), StorageError> {
        Ok(self.sessions_which(page, |row| row.users.contains(&user)))
    }
}

#[async_trait]
impl SessionWrites for Data {
    async fn insert(
        &mut self,
        name: &SessionName,
        owner: UserId,
        created_at: Timestamp,
    ) -> Result<SessionId, StorageError> {
        let id = self.next_id()?;
        let session = Session {
            id,
            name: name.clone(),
            state: SessionState::Inactive,
            owner_id: owner,
            created_at,
            ended_at: None,
            users: Vec::new(),
        };
        self.sessions.insert_mut(id, Row { session, users: Vec::new() });
        Ok(id)
    }

    async fn lock(
        &mut self,
        id: SessionId,
    ) -> Result<Option<(UserId, SessionState)>, StorageError> {
        Ok(self.sessions.get(&id).map(|Row { session, .. }| (session.owner_id, session.state)))
    }

    async fn set_state(
        &mut self,
        id: SessionId,
        state: SessionState,
        ended_at: Option<Timestamp>,
    ) -> Result<(), StorageError> {
        if let Some(Row { session, .. }) = self.sessions.get_mut(&id) {
            session.state = state;
            session.ended_at = ended_at;
        }
        Ok(())
    }

    async fn delete(&mut self, id: SessionId) -> Result<(), StorageError> {
        self.sessions.remove_mut(&id);
        Ok(())
    }

    async fn join(&mut self, id: SessionId, user: UserId) -> Result<bool, StorageError> {
        let Some(row) = self.sessions.get_mut(&id) else { return Ok(false) };
        let is_new = !row.users.contains(&user);
        if is_new {
            row.users.push(user);
        }
        Ok(is_new)
    }

    async fn leave(&mut self, id: SessionId, user: UserId) -> Result<bool, StorageError> {
        let Some(row) = self.sessions.get_mut(&id) else { return Ok(false) };
        let before = row.users.len();
        row.users.retain(|other| *other != user);
        Ok(row.users.len() < before)
    }

    async fn leave_all(&mut self, user: UserId) -> Result<Vec<SessionId>, StorageError> {
        let theirs = self.sessions.iter().filter(|(_, Row { session, users })| {
            session.state != SessionState::Ended && users.contains(&user)
        });
        let left: Vec<_> = theirs.map(|(id, _)| *id).collect();
        for id in &left {
            self.leave(*id, user).await?;
        }
        Ok(left)
    }
}
