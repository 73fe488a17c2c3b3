//! What the operator does at the console of a server: they need no one's leave, the rules are the same, and the audit
//! log says that it was them.

use guildhall_openapi::accounts::UserQuery;
use guildhall_openapi::text::Password;
use guildhall_openapi::{AuditAction, ErrorCode, Login, LoginId, Role, User, UserId};

use crate::accounts::{By, Settled};
use crate::audit::Draft;
use crate::error::{Error, Result};
use crate::guildhall::Guildhall;
use crate::mail::{self, Kind};

/// The service: [`Guildhall::console`].
#[derive(Clone, Copy)]
pub struct Console<'a>(pub(crate) &'a Guildhall);

impl Console<'_> {
    /// A page of all accounts, and whether there is more.
    ///
    /// # Errors
    /// `validation_failed`.
    pub async fn users(&self, query: UserQuery) -> Result<(Vec<User>, bool)> {
        self.0.accounts().list_all(query).await
    }

    /// The account with this id, email or username, tried in this order. One that is deleted has its id alone: its
    /// names are free again.
    ///
    /// # Errors
    /// `user_not_found`.
    pub async fn user(&self, name: &str) -> Result<User> {
        let name = name.trim();
        if let Ok(id) = name.parse::<UserId>() {
            let account = self.0.storage.read().await?.accounts().by_id(id).await?;
            if let Some(account) = account {
                return Ok(account.user);
            }
        }
        self.0.accounts().find(name).await?.ok_or_else(|| ErrorCode::UserNotFound.into())
    }

    /// Shuts an account, which ends its logins, or opens it again.
    ///
    /// # Errors
    /// `user_not_found` also where it is deleted; `last_admin`.
    pub async fn set_disabled(&self, id: UserId, disabled: bool) -> Result<User> {
        self.edit(id, disabled, |user| user.disabled = disabled).await
    }

    /// Says what an account may do.
    ///
    /// # Errors
    /// As [`Console::set_disabled`].
    pub async fn set_role(&self, id: UserId, role: Role) -> Result<User> {
        self.edit(id, role == Role::User, |user| user.role = role).await
    }

    /// Deletes an account; with `erase` what tells of the person is overwritten too, also where it is deleted already.
    ///
    /// # Errors
    /// As [`Console::set_disabled`].
    pub async fn delete(&self, id: UserId, erase: bool) -> Result<User> {
        let accounts = self.0.accounts();
        if erase {
            accounts.erase_by(By::Operator, id).await
        } else {
            accounts.delete_by(By::Operator, id).await
        }
    }

    /// Sets a password: all logins end, and wrong tries at the account are forgotten.
    ///
    /// # Errors
    /// `user_not_found`, `validation_failed`, `weak_password`.
    pub async fn set_password(&self, id: UserId, password: &Password) -> Result<User> {
        password.check().map_err(|fault| Error::field("password", fault))?;
        let accounts = self.0.accounts();
        let user = accounts.standing(id).await?.user;
        let new_hash = Some(accounts.new_hash("password", password, &user).await?);
        let settled = Settled { new_hash, ..Settled::default() };
        accounts.change(By::Operator, id, settled, |_| Ok(())).await
    }

    /// Ends all logins, and writes a mail with which the account's owner sets a new password; until they do the old one
    /// is good. It is written however many were asked for before; a server sends it.
    ///
    /// # Errors
    /// `user_not_found`, `account_disabled`.
    pub async fn mail_reset(&self, id: UserId) -> Result<User> {
        let mut tx = self.0.storage.write().await?;
        let account = tx.accounts().lock(id).await?;
        let user = account.map(|account| account.user).filter(|user| user.deleted_at.is_none());
        let user = user.ok_or(ErrorCode::UserNotFound)?;
        if user.disabled {
            return Err(ErrorCode::AccountDisabled.into());
        }
        let now = self.0.now();
        let draft = mail::Draft::new(Kind::ResetPassword, user.email.clone(), <_>::default(), now);
        tx.mail().insert(id, &draft).await?;
        tx.logins().revoke_all(id, None).await?;
        tx.audit().insert(&Draft::by_operator(AuditAction::LoginsRevoked, now).to(id)).await?;
        self.0.commit(tx, [id]).await?;
        self.0.new_mail.notify_one();
        Ok(user)
    }

    /// An account's logins; `current` is false in all.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn logins(&self, id: UserId) -> Result<Vec<Login>> {
        self.0.logins().of(id).await
    }

    /// Ends one of an account's logins.
    ///
    /// # Errors
    /// `login_not_found`.
    pub async fn revoke(&self, id: UserId, login: LoginId) -> Result<()> {
        let entry = Draft::by_operator(AuditAction::LoginRevoked, self.0.now()).to(id);
        if self.0.logins().remove(id, login, entry).await? {
            Ok(())
        } else {
            Err(ErrorCode::LoginNotFound.into())
        }
    }

    /// Ends all of them.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn revoke_all(&self, id: UserId) -> Result<()> {
        let entry = Draft::by_operator(AuditAction::LoginsRevoked, self.0.now()).to(id);
        self.0.logins().remove_all(id, &entry).await
    }

    async fn edit(
        &self,
        id: UserId,
        may_remove_admin: bool,
        edit: impl FnOnce(&mut User) + Send,
    ) -> Result<User> {
        let settled = Settled { may_remove_admin, ..Settled::default() };
        let edit = |user: &mut User| {
            edit(user);
            Ok(())
        };
        self.0.accounts().change(By::Operator, id, settled, edit).await
    }
}
