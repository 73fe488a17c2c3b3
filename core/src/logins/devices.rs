//! The devices on which someone is signed in: to see them, and to sign them out.

use guildhall_openapi::{AuditAction, ErrorCode, Login, LoginId, UserId};

use super::Logins;
use crate::audit::Draft;
use crate::caller::Caller;
use crate::error::Result;

impl Logins<'_> {
    /// Signs the calling device out: its tokens are dead at once.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn log_out(&self, caller: &Caller) -> Result<()> {
        match caller.login() {
            Some(login) => {
                let entry = Draft::of(caller, AuditAction::SignedOut, self.0.now());
                self.remove(caller.id(), login, entry).await.map(drop)
            }
            None => Ok(()),
        }
    }

    /// The caller's logins.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn list(&self, caller: &Caller) -> Result<Vec<Login>> {
        let mut logins = self.of(caller.id()).await?;
        for login in &mut logins {
            login.current = Some(login.id) == caller.login();
        }
        Ok(logins)
    }

    /// Someone's logins; `current` is false in all.
    pub(crate) async fn of(&self, user: UserId) -> Result<Vec<Login>> {
        let since = self.idle_since(self.0.now());
        Ok(self.0.storage.read().await?.logins().list(user, since).await?)
    }

    /// Signs out one of the caller's devices.
    ///
    /// # Errors
    /// `login_not_found`.
    pub async fn revoke(&self, caller: &Caller, login: LoginId) -> Result<()> {
        let entry = Draft::of(caller, AuditAction::LoginRevoked, self.0.now());
        if self.remove(caller.id(), login, entry).await? {
            Ok(())
        } else {
            Err(ErrorCode::LoginNotFound.into())
        }
    }

    /// Signs out all of the caller's devices, this one too.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn revoke_all(&self, caller: &Caller) -> Result<()> {
        let entry = Draft::of(caller, AuditAction::LoginsRevoked, self.0.now());
        self.remove_all(caller.id(), &entry).await
    }

    /// Removes a login of this user, if it is theirs, and notes so.
    pub(crate) async fn remove(&self, user: UserId, login: LoginId, entry: Draft) -> Result<bool> {
        let mut tx = self.0.storage.write().await?;
        let removed = tx.logins().revoke(user, login).await?;
        if removed {
            tx.audit().insert(&entry.login(login)).await?;
        }
        self.0.commit(tx, [user]).await?;
        Ok(removed)
    }

    /// Removes all of them.
    pub(crate) async fn remove_all(&self, user: UserId, entry: &Draft) -> Result<()> {
        let mut tx = self.0.storage.write().await?;
        tx.logins().revoke_all(user, None).await?;
        tx.audit().insert(entry).await?;
        self.0.commit(tx, [user]).await
    }
}
