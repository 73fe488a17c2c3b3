//! The devices on which someone is signed in: to see them, and to sign them out.

use guildhall_openapi::{AuditAction, ErrorCode, Login, LoginId};

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
            Some(login) => self.remove(caller, login, AuditAction::SignedOut).await.map(drop),
            None => Ok(()),
        }
    }

    /// The caller's logins.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn list(&self, caller: &Caller) -> Result<Vec<Login>> {
        let since = self.idle_since(self.0.now());
        let mut logins = self.0.storage.read().await?.logins().list(caller.id(), since).await?;
        for login in &mut logins {
            login.current = Some(login.id) == caller.login();
        }
        Ok(logins)
    }

    /// Signs out one of the caller's devices.
    ///
    /// # Errors
    /// `login_not_found`.
    pub async fn revoke(&self, caller: &Caller, login: LoginId) -> Result<()> {
        if self.remove(caller, login, AuditAction::LoginRevoked).await? {
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
        let mut tx = self.0.storage.write().await?;
        tx.logins().revoke_all(caller.id(), None).await?;
        let entry = Draft::of(caller, AuditAction::LoginsRevoked, self.0.now());
        tx.audit().insert(&entry).await?;
        self.0.commit(tx, [caller.id()]).await
    }

    async fn remove(&self, caller: &Caller, login: LoginId, how: AuditAction) -> Result<bool> {
        let mut tx = self.0.storage.write().await?;
        let removed = tx.logins().revoke(caller.id(), login).await?;
        if removed {
            let entry = Draft::of(caller, how, self.0.now()).login(login);
            tx.audit().insert(&entry).await?;
        }
        self.0.commit(tx, [caller.id()]).await?;
        Ok(removed)
    }
}
