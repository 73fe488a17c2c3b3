//! Live sessions: who takes part in what, from its start to its end.
//!
//! A session outlives its owner's account: it stays under the owner's id, and admins may start,
//! stop and delete it. Whoever is deleted leaves the sessions that have not ended; those that have
//! keep the list of who was there.

use std::sync::Arc;

use async_trait::async_trait;
use guildhall_openapi::page::Page;
use guildhall_openapi::sessions::SessionQuery;
use guildhall_openapi::text::{IdempotencyKey, SessionName};
use guildhall_openapi::{
    ErrorCode, NewSession, Push, Session, SessionId, SessionState, Timestamp, UserId,
};

use crate::caller::Caller;
use crate::error::{Result, check};
use crate::guildhall::Guildhall;
use crate::idempotency::Begun;
use crate::storage::{StorageError, Transaction};
use crate::stream::{Aftermath, Audience, News, Told};

mod state;

use state::Call;

/// What a storage can tell of sessions. Their users are shown with the usernames that the accounts have
/// now, deleted ones too, in the order in which they joined.
#[async_trait]
pub trait SessionReads: Send {
    /// The session with this id.
    async fn by_id(&mut self, id: SessionId) -> Result<Option<Session>, StorageError>;

    /// A page of a list, in id order, and whether there is more after it.
    async fn list(&mut self, query: &SessionQuery) -> Result<(Vec<Session>, bool), StorageError>;

    /// A page of those that this user owns, likewise.
    async fn owned(
        &mut self,
        user: UserId,
        page: &Page<SessionId>,
    ) -> Result<(Vec<Session>, bool), StorageError>;

    /// A page of those that this user is in, likewise.
    async fn joined(
        &mut self,
        user: UserId,
        page: &Page<SessionId>,
    ) -> Result<(Vec<Session>, bool), StorageError>;
}

/// What a storage can do to sessions.
#[async_trait]
pub trait SessionWrites: SessionReads {
    /// Adds a session that is inactive and has no users.
    async fn insert(
        &mut self,
        name: &SessionName,
        owner: UserId,
        created_at: Timestamp,
    ) -> Result<SessionId, StorageError>;

    /// Whose the session is, and in which state. Locks it.
    async fn lock(&mut self, id: SessionId)
    -> Result<Option<(UserId, SessionState)>, StorageError>;

    /// Stores a state, and when the session ended: `Some` where the state is `Ended`, and only there.
    async fn set_state(
        &mut self,
        id: SessionId,
        state: SessionState,
        ended_at: Option<Timestamp>,
    ) -> Result<(), StorageError>;

    /// Removes the session and who is in it.
    async fn delete(&mut self, id: SessionId) -> Result<(), StorageError>;

    /// Puts a user, who is not deleted, behind those who are in a session that this transaction locked
    /// together with the user's account. Whoever is in keeps their place. Whether they were not in
    /// before.
    async fn join(&mut self, id: SessionId, user: UserId) -> Result<bool, StorageError>;

    /// Takes a user out of a session; whether they were in.
    async fn leave(&mut self, id: SessionId, user: UserId) -> Result<bool, StorageError>;

    /// Takes a user out of every session that has not ended; which these were, in id order. Locks
    /// them before it does, in that order.
    async fn leave_all(&mut self, user: UserId) -> Result<Vec<SessionId>, StorageError>;
}

/// The service: [`Guildhall::sessions`].
#[derive(Clone, Copy)]
pub struct Sessions<'a>(pub(crate) &'a Guildhall);

impl Sessions<'_> {
    /// A page of the sessions and whether there is more.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn list(&self, _: &Caller, query: SessionQuery) -> Result<(Vec<Session>, bool)> {
        Ok(self.0.storage.read().await?.sessions().list(&query).await?)
    }

    /// The session with this id.
    ///
    /// # Errors
    /// `session_not_found`.
    pub async fn get(&self, _: &Caller, id: SessionId) -> Result<Session> {
        let session = self.0.storage.read().await?.sessions().by_id(id).await?;
        session.ok_or_else(|| ErrorCode::SessionNotFound.into())
    }

    /// Makes a session, inactive and without users, that the caller owns. Called again with the
    /// same key, it gives the first answer and creates nothing.
    ///
    /// # Errors
    /// `validation_failed`, `idempotency_key_reused`.
    pub async fn create(
        &self,
        caller: &Caller,
        new: NewSession,
        key: Option<&IdempotencyKey>,
    ) -> Result<Session> {
        let once = self.0.once(caller, key, "create_session", &new)?;
        let (name, owner_id, created_at) = (check("name", &new.name)?, caller.id(), self.0.now());
        let mut tx = match once.begin(self.0).await? {
            Begun::Before(session) => return Ok(session),
            Begun::Now(tx) => tx,
        };
        let id = tx.sessions().insert(&name, owner_id, created_at).await?;
        let state = SessionState::Inactive;
        let (ended_at, users) = (None, Vec::new());
        let session = Session { id, name, state, owner_id, created_at, ended_at, users };
        once.end(self.0, tx, session, []).await
    }

    /// Starts a session; one that is active stays so.
    ///
    /// # Errors
    /// `session_not_found`; `forbidden` unless the caller owns it or is an admin; `session_ended`.
    pub async fn start(&self, caller: &Caller, id: SessionId) -> Result<Session> {
        self.call(caller, id, Call::Start).await
    }

    /// Ends a session; one that has ended stays as it is.
    ///
    /// # Errors
    /// `session_not_found`; `forbidden` unless the caller owns it or is an admin.
    pub async fn stop(&self, caller: &Caller, id: SessionId) -> Result<Session> {
        self.call(caller, id, Call::Stop).await
    }

    /// Lets a user take part; one who does keeps their place in the list.
    ///
    /// # Errors
    /// `session_not_found`; `forbidden` unless the caller is the user, owns the session or is an
    /// admin; `user_not_found`, for a deleted user too; `session_ended`.
    pub async fn add_user(&self, caller: &Caller, id: SessionId, user: UserId) -> Result<Session> {
        self.call(caller, id, Call::Add(user)).await
    }

    /// Lets a user take part no more; for one who does not, it changes nothing.
    ///
    /// # Errors
    /// As [`Sessions::add_user`].
    pub async fn remove_user(
        &self,
        caller: &Caller,
        id: SessionId,
        user: UserId,
    ) -> Result<Session> {
        self.call(caller, id, Call::Remove(user)).await
    }

    /// Deletes a session, in whichever state.
    ///
    /// # Errors
    /// `session_not_found`; `forbidden` unless the caller owns it or is an admin.
    pub async fn delete(&self, caller: &Caller, id: SessionId) -> Result<()> {
        let mut tx = self.0.storage.write().await?;
        let locked = tx.sessions().lock(id).await?;
        let (owner, _) = locked.ok_or(ErrorCode::SessionNotFound)?;
        caller.must_be(owner)?;
        let (push, now) = (Push::SessionDeleted { session_id: id }, self.0.now());
        let audience = Audience::Session(id, None);
        let told = tx.stream().publish(audience, &push, now).await?;
        tx.sessions().delete(id).await?;
        self.0.commit(tx, Aftermath::told(push, now, told)).await
    }

    /// Does what is asked of a session; the session as it then is.
    async fn call(&self, caller: &Caller, id: SessionId, call: Call) -> Result<Session> {
        let mut tx = self.0.storage.write().await?;
        let account = match call.user() {
            // Locked, so that nobody gets in who is deleted at the same time; and before the
            // session, as by whoever deletes them.
            Some(user) => Some(tx.accounts().lock(user).await?),
            None => None,
        };
        let locked = tx.sessions().lock(id).await?;
        let (owner, before) = locked.ok_or(ErrorCode::SessionNotFound)?;
        if call.user() != Some(caller.id()) {
            caller.must_be(owner)?;
        }
        if let Some(account) = account {
            account.filter(|a| a.user.deleted_at.is_none()).ok_or(ErrorCode::UserNotFound)?;
        }
        let after = call.on(before)?;
        if after != before {
            let ended_at = (after == SessionState::Ended).then(|| self.0.now());
            tx.sessions().set_state(id, after, ended_at).await?;
        }
        let changed = match call {
            Call::Add(user) => tx.sessions().join(id, user).await?,
            Call::Remove(user) => tx.sessions().leave(id, user).await?,
            Call::Start | Call::Stop => after != before,
        };
        let session = tx.sessions().by_id(id).await?.ok_or(ErrorCode::SessionNotFound)?;
        if !changed {
            // It was read here, and is answered once it is on the disk.
            tx.commit().await?;
            return Ok(session);
        }
        let (push, now) = (Push::SessionUpdated { session: session.clone() }, self.0.now());
        // Whoever was removed is told as well.
        let audience = Audience::Session(id, call.user());
        let told = tx.stream().publish(audience, &push, now).await?;
        self.0.commit(tx, Aftermath::told(push, now, told)).await?;
        Ok(session)
    }
}

/// Takes a user who is deleted out of every session that has not ended, and tells the others; the
/// rows that tell them.
pub(crate) async fn leave_all(
    tx: &mut dyn Transaction,
    user: UserId,
    now: Timestamp,
) -> Result<Vec<(Told, Arc<News>)>> {
    let mut told = Vec::new();
    let left = tx.sessions().leave_all(user).await?;
    tx.stream().lock(&left).await?;
    for id in left {
        let session = tx.sessions().by_id(id).await?.ok_or(ErrorCode::SessionNotFound)?;
        let push = Push::SessionUpdated { session };
        let rows = tx.stream().publish(Audience::Session(id, None), &push, now).await?;
        told.extend(Aftermath::told(push, now, rows).told);
    }
    Ok(told)
}
