//! Groups: each person is in one at most; admins say in which.

use async_trait::async_trait;
use guildhall_openapi::groups::GroupPatch;
use guildhall_openapi::page::Page;
use guildhall_openapi::text::{GroupName, IdempotencyKey};
use guildhall_openapi::{ErrorCode, Group, GroupId, NewGroup, Timestamp, UserId};

use crate::caller::Caller;
use crate::error::{Result, check};
use crate::guildhall::Guildhall;
use crate::idempotency::Begun;
use crate::identity;
use crate::storage::StorageError;

/// What a storage can tell of groups.
#[async_trait]
pub trait GroupReads: Send {
    /// The group with this id.
    async fn by_id(&mut self, id: GroupId) -> Result<Option<Group>, StorageError>;

    /// A page of all groups, in id order, and whether there is more after it.
    async fn list(&mut self, page: &Page<GroupId>) -> Result<(Vec<Group>, bool), StorageError>;
}

/// What a storage can do to groups.
#[async_trait]
pub trait GroupWrites: GroupReads {
    /// Adds a group with this name and its key. Conflict: `GroupNameTaken`.
    async fn insert(
        &mut self,
        name: &GroupName,
        key: &str,
        created_at: Timestamp,
    ) -> Result<GroupId, StorageError>;

    /// Gives the group this name and its key; the group as it then is, `None` where there is none.
    /// The key that it had is free. Conflict: `GroupNameTaken`; its own is free to it.
    async fn rename(
        &mut self,
        id: GroupId,
        name: &GroupName,
        key: &str,
    ) -> Result<Option<Group>, StorageError>;

    /// Removes the group; who was in it, deleted users too, in any order. They have no group now, and
    /// their accounts are otherwise as they were. `None` where there is none. Nobody else gets into it
    /// meanwhile: whoever wants to waits, and finds `NoSuchGroup`.
    async fn delete(&mut self, id: GroupId) -> Result<Option<Vec<UserId>>, StorageError>;
}

/// The service: [`Guildhall::groups`]. Who is in a group is told by
/// [`Accounts::of_group`](crate::accounts::Accounts::of_group).
#[derive(Clone, Copy)]
pub struct Groups<'a>(pub(crate) &'a Guildhall);

impl Groups<'_> {
    /// A page of all groups and whether there is more.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn list(&self, _: &Caller, page: Page<GroupId>) -> Result<(Vec<Group>, bool)> {
        Ok(self.0.storage.read().await?.groups().list(&page).await?)
    }

    /// The group with this id.
    ///
    /// # Errors
    /// `group_not_found`.
    pub async fn get(&self, _: &Caller, id: GroupId) -> Result<Group> {
        let group = self.0.storage.read().await?.groups().by_id(id).await?;
        group.ok_or_else(|| ErrorCode::GroupNotFound.into())
    }

    /// Makes a group.
    ///
    /// # Errors
    /// `forbidden` unless the caller is an admin; `validation_failed`, `group_name_taken`,
    /// `idempotency_key_reused`.
    pub async fn create(
        &self,
        caller: &Caller,
        new: NewGroup,
        key: Option<&IdempotencyKey>,
    ) -> Result<Group> {
        caller.must_be_admin()?;
        let once = self.0.once(caller, key, "create_group", &new)?;
        let (name, created_at) = (check("name", &new.name)?, self.0.now());
        let mut tx = match once.begin(self.0).await? {
            Begun::Before(group) => return Ok(group),
            Begun::Now(tx) => tx,
        };
        let id = tx.groups().insert(&name, &identity::name_key(&name), created_at).await?;
        once.end(self.0, tx, Group { id, name, created_at }, []).await
    }

    /// Changes a group.
    ///
    /// # Errors
    /// `forbidden` unless the caller is an admin; `validation_failed`, `group_not_found`,
    /// `group_name_taken`.
    pub async fn update(&self, caller: &Caller, id: GroupId, patch: GroupPatch) -> Result<Group> {
        caller.must_be_admin()?;
        let Some(name) = patch.name.map(|name| check("name", &name)).transpose()? else {
            return self.get(caller, id).await;
        };
        let mut tx = self.0.storage.write().await?;
        let group = tx.groups().rename(id, &name, &identity::name_key(&name)).await?;
        let group = group.ok_or(ErrorCode::GroupNotFound)?;
        self.0.commit(tx, []).await?;
        Ok(group)
    }

    /// Deletes a group. Its users have no group from then on.
    ///
    /// # Errors
    /// `forbidden` unless the caller is an admin; `group_not_found`.
    pub async fn delete(&self, caller: &Caller, id: GroupId) -> Result<()> {
        caller.must_be_admin()?;
        let mut tx = self.0.storage.write().await?;
        let users = tx.groups().delete(id).await?.ok_or(ErrorCode::GroupNotFound)?;
        self.0.commit(tx, users).await
    }
}
