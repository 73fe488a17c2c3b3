//! Accounts. They are never removed: one that is deleted keeps its row and loses its keys.

use async_trait::async_trait;
use guildhall_core::accounts::{Account, AccountReads, AccountWrites, Draft, UserFilter};
use guildhall_core::identity::Keys;
use guildhall_core::openapi::{Role, User, UserId};
use guildhall_core::presence::Presence;
use guildhall_core::storage::{Conflict, StorageError};

use crate::data::{Data, after, check_key, page, set_key};

#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) account: Account,
    keys: Keys,
}

pub(crate) fn stands(user: &User) -> bool {
    !user.disabled && user.deleted_at.is_none()
}

impl Data {
    pub(crate) fn user(&self, id: UserId) -> Option<&User> {
        self.accounts.get(&id).map(|row| &row.account.user)
    }

    pub(crate) fn account(&self, id: UserId) -> Option<Account> {
        self.accounts.get(&id).map(|row| row.account.clone())
    }

    pub(crate) fn put(&mut self, account: Account, keys: &Keys) -> Result<(), StorageError> {
        let (id, keys) = (account.user.id, keys.clone());
        check_key(&self.emails, keys.email.as_deref(), id, Conflict::EmailTaken)?;
        check_key(&self.usernames, keys.username.as_deref(), id, Conflict::UsernameTaken)?;
        if account.user.group.is_some_and(|group| !self.groups.contains_key(&group)) {
            return Err(Conflict::NoSuchGroup.into());
        }
        let before = self.accounts.get(&id).map(|row| &row.keys);
        let (email, username) =
            before.map_or((None, None), |keys| (keys.email.as_deref(), keys.username.as_deref()));
        set_key(&mut self.emails, email, keys.email.as_deref(), id);
        set_key(&mut self.usernames, username, keys.username.as_deref(), id);
        self.accounts.insert_mut(id, Row { account, keys });
        Ok(())
    }
}

#[async_trait]
impl AccountReads for Data {
    async fn by_id(&mut self, id: UserId) -> Result<Option<Account>, StorageError> {
        Ok(self.account(id))
    }

    async fn by_key(
        &mut self,
        email: &str,
        username: &str,
    ) -> Result<Option<Account>, StorageError> {
        let id = self.emails.get(email).or_else(|| self.usernames.get(username));
        Ok(id.and_then(|id| self.account(*id)))
    }

    async fn presence(&mut self, id: UserId) -> Result<Option<Presence>, StorageError> {
        let user = self.user(id).filter(|user| stands(user)).cloned();
        let logins = self.logins_of(id).map(|login| (login.id, login.created_at)).collect();
        Ok(user.map(|user| Presence { user, logins }))
    }

    async fn list(&mut self, filter: &UserFilter) -> Result<(Vec<User>, bool), StorageError> {
        let UserFilter { search, group, include_deleted, page: part } = filter;
        let rows = self.accounts.range(after(part.after)).map(|(_, row)| row);
        let found = rows.filter(|Row { account: Account { user, .. }, keys }| {
            search.as_ref().is_none_or(|search| keys.search.contains(search))
                && (group.is_none() || user.group == *group)
                && (*include_deleted || user.deleted_at.is_none())
        });
        Ok(page(found.map(|row| row.account.user.clone()), part.skip, part.limit))
    }
}

#[async_trait]
impl AccountWrites for Data {
    async fn insert(&mut self, draft: &Draft, keys: &Keys) -> Result<UserId, StorageError> {
        let id = self.next_id()?;
        self.put(draft.clone().with_id(id), keys)?;
        self.add_mail(Some(id), &draft.verification)?;
        Ok(id)
    }

    async fn lock(&mut self, id: UserId) -> Result<Option<Account>, StorageError> {
        Ok(self.account(id))
    }

    async fn lock_admins(&mut self) -> Result<Vec<UserId>, StorageError> {
        let users = self.accounts.values().map(|row| &row.account.user);
        let admins = users.filter(|user| user.role == Role::Admin && stands(user));
        Ok(admins.map(|user| user.id).collect())
    }

    async fn update(&mut self, account: &Account, keys: &Keys) -> Result<(), StorageError> {
        let Some(stored) = self.user(account.user.id) else { return Ok(()) };
        let mut account = account.clone();
        account.user.created_at = stored.created_at;
        account.user.last_login = stored.last_login;
        self.put(account, keys)
    }
}
