//! Groups. Who is in one stands in the accounts.

use async_trait::async_trait;
use guildhall_core::groups::{GroupReads, GroupWrites};
use guildhall_core::openapi::page::Page;
use guildhall_core::openapi::text::GroupName;
use guildhall_core::openapi::{Group, GroupId, Timestamp, UserId};
use guildhall_core::storage::{Conflict, StorageError};

use crate::data::{Data, after, check_key, page, set_key};

#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) group: Group,
    pub(crate) key: String,
}

#[async_trait]
impl GroupReads for Data {
    async fn by_id(&mut self, id: GroupId) -> Result<Option<Group>, StorageError> {
        Ok(self.groups.get(&id).map(|row| row.group.clone()))
    }

    async fn list(&mut self, part: &Page<GroupId>) -> Result<(Vec<Group>, bool), StorageError> {
        let groups = self.groups.range(after(part.after)).map(|(_, row)| row.group.clone());
        Ok(page(groups, part.skip, part.limit))
    }
}

#[async_trait]
impl GroupWrites for Data {
    async fn insert(
        &mut self,
        name: &GroupName,
        key: &str,
        created_at: Timestamp,
    ) -> Result<GroupId, StorageError> {
        let id = self.next_id()?;
        check_key(&self.group_names, Some(key), id, Conflict::GroupNameTaken)?;
        set_key(&mut self.group_names, None, Some(key), id);
        let group = Group { id, name: name.clone(), created_at };
        self.groups.insert_mut(id, Row { group, key: key.into() });
        Ok(id)
    }

    async fn rename(
        &mut self,
        id: GroupId,
        name: &GroupName,
        key: &str,
    ) -> Result<Option<Group>, StorageError> {
        let Some(row) = self.groups.get_mut(&id) else { return Ok(None) };
        check_key(&self.group_names, Some(key), id, Conflict::GroupNameTaken)?;
        set_key(&mut self.group_names, Some(&row.key), Some(key), id);
        row.group.name = name.clone();
        row.key = key.into();
        Ok(Some(row.group.clone()))
    }

    async fn delete(&mut self, id: GroupId) -> Result<Option<Vec<UserId>>, StorageError> {
        let Some(row) = self.groups.get(&id) else { return Ok(None) };
        self.group_names.remove_mut(&row.key);
        self.groups.remove_mut(&id);
        let rows = self.accounts.iter().filter(|(_, row)| row.account.user.group == Some(id));
        let users: Vec<_> = rows.map(|(user, _)| *user).collect();
        for user in &users {
            if let Some(row) = self.accounts.get_mut(user) {
                row.account.user.group = None;
            }
        }
        Ok(Some(users))
    }
}
