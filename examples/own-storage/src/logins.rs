//! Logins: the devices on which people are signed in.

use async_trait::async_trait;
use guildhall_core::logins::rotation::Rotation;
use guildhall_core::logins::{LoginReads, LoginWrites, MOST, NewLogin, Seen};
use guildhall_core::openapi::{Login, LoginId, Timestamp, UserId};
use guildhall_core::storage::StorageError;

use crate::accounts::stands;
use crate::data::{Data, entry};

#[derive(Clone)]
pub(crate) struct Row {
    user: UserId,
    login: Login,
    rotation: Rotation,
}

impl Data {
    /// The user's logins, in id order.
    pub(crate) fn logins_of(&self, user: UserId) -> impl Iterator<Item = &Login> {
        let ids = self.logins_of.get(&user).into_iter().flatten();
        ids.filter_map(|id| self.logins.get(id)).map(|row| &row.login)
    }

    fn rotation_of(&self, id: LoginId) -> Option<(UserId, Rotation)> {
        self.logins.get(&id).map(|row| (row.user, row.rotation.clone()))
    }

    fn remove_login(&mut self, user: UserId, id: LoginId) -> bool {
        let is_theirs = entry(&mut self.logins_of, user).remove_mut(&id);
        is_theirs && self.logins.remove_mut(&id)
    }

    /// Removes those of the user's logins of which this is so.
    fn remove_logins(&mut self, user: UserId, which: impl Fn(&Login) -> bool) {
        let logins = self.logins_of(user).filter(|login| which(login));
        for id in logins.map(|login| login.id).collect::<Vec<_>>() {
            self.remove_login(user, id);
        }
    }
}

#[async_trait]
impl LoginReads for Data {
    async fn list(&mut self, user: UserId, since: Timestamp) -> Result<Vec<Login>, StorageError> {
        Ok(self.logins_of(user).filter(|login| login.last_seen_at >= since).cloned().collect())
    }

    async fn standing(
        &mut self,
        users: &[UserId],
    ) -> Result<Vec<(UserId, Vec<LoginId>)>, StorageError> {
        let standing = users.iter().filter(|id| self.user(**id).is_some_and(stands));
        let with_logins = |id: &UserId| (*id, self.logins_of(*id).map(|login| login.id).collect());
        Ok(standing.map(with_logins).collect())
    }

    async fn rotation(
        &mut self,
        login: LoginId,
    ) -> Result<Option<(UserId, Rotation)>, StorageError> {
        Ok(self.rotation_of(login))
    }
}

#[async_trait]
impl LoginWrites for Data {
    async fn insert(&mut self, new: &NewLogin) -> Result<Option<LoginId>, StorageError> {
        let NewLogin { user, now, .. } = *new;
        let Some(row) = self.accounts.get_mut(&user) else { return Ok(None) };
        if !stands(&row.account.user) || row.account.password_hash != new.verified_hash {
            return Ok(None);
        }
        row.account.user.last_login = Some(now);
        if let Some(better) = &new.better_hash {
            row.account.password_hash = better.clone();
        }
        self.remove_logins(user, |login| login.last_seen_at < new.idle_since);
        let surplus = (self.logins_of(user).count() + 1).saturating_sub(MOST as usize);
        let oldest: Vec<_> = self.logins_of(user).map(|login| login.id).take(surplus).collect();
        for id in oldest {
            self.remove_login(user, id);
        }
        let id = self.next_id()?;
        let login = Login {
            id,
            created_at: now,
            last_seen_at: now,
            user_agent: new.user_agent.clone(),
            ip: new.ip.clone(),
            current: false,
        };
        let rotation = Rotation { seen_at: now, ..Rotation::new(new.seed.clone()) };
        self.logins.insert_mut(id, Row { user, login, rotation });
        entry(&mut self.logins_of, user).insert_mut(id);
        Ok(Some(id))
    }

    async fn lock(&mut self, login: LoginId) -> Result<Option<(UserId, Rotation)>, StorageError> {
        Ok(self.rotation_of(login))
    }

    async fn seen(&mut self, login: LoginId, seen: &Seen) -> Result<(), StorageError> {
        let Seen { rotation, now, ip, user_agent } = seen.clone();
        if let Some(row) = self.logins.get_mut(&login) {
            row.login = Login { last_seen_at: now, ip, user_agent, ..row.login };
            row.rotation = Rotation { seen_at: now, ..rotation };
        }
        Ok(())
    }

    async fn revoke(&mut self, user: UserId, login: LoginId) -> Result<bool, StorageError> {
        Ok(self.remove_login(user, login))
    }

    async fn revoke_all(&mut self, user: UserId, but: Option<LoginId>) -> Result<(), StorageError> {
        self.remove_logins(user, |login| Some(login.id) != but);
        Ok(())
    }
}
