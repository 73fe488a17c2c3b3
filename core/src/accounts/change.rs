//! Changing and deleting accounts: who may change what, and what else follows from it.

use guildhall_openapi::accounts::{ProfilePatch, UserPatch};
use guildhall_openapi::text::{FullName, Password, PresentPassword};
use guildhall_openapi::{AuditAction, Change, ErrorCode, Fault, Role, User, UserId};

use super::by::By;
use super::{Account, Accounts, check_full_name, erasure};
use crate::audit;
use crate::caller::Caller;
use crate::error::{Error, Faults, Result};
use crate::guesses::{self, Target};
use crate::identity::{self, Keys};
use crate::mail;
use crate::passwords::Verdict;
use crate::sessions;
use crate::stream::Aftermath;

/// What was settled about a change before its transaction began: hashing takes long, and nothing
/// waits for it with a row locked.
#[derive(Default)]
pub(crate) struct Settled {
    /// The hash with which the present password was compared, if it was.
    pub(crate) verified: Option<String>,
    /// The hash of a new password.
    pub(crate) new_hash: Option<String>,
    /// Whether an admin might be one no longer afterwards.
    pub(crate) may_remove_admin: bool,
    /// Whether what tells of the person is overwritten; of a deleted account too.
    pub(crate) erases: bool,
}

impl Accounts<'_> {
    /// Changes the caller's own account.
    ///
    /// # Errors
    /// As [`Accounts::update`].
    pub async fn update_me(&self, caller: &Caller, patch: ProfilePatch) -> Result<User> {
        self.update(caller, caller.id(), patch.into()).await
    }

    /// Changes an account: one's own (username, email, full name, password), or anyone's and all
    /// of it (admins). A new email or password of one's own needs the present password. A new
    /// password signs out the user's other devices, or all of them when an admin sets it.
    ///
    /// # Errors
    /// `forbidden`, `user_not_found`, `validation_failed`, `weak_password`, `wrong_password`,
    /// `email_taken`, `username_taken`, `group_not_found`, `last_admin`.
    pub async fn update(&self, caller: &Caller, id: UserId, patch: UserPatch) -> Result<User> {
        permit(caller, caller.id() == id, &patch)?;
        let patch = check(patch)?;
        match self.update_checked(caller, id, &patch).await {
            // The password changed since it was compared: the second comparison is the true one.
            Err(Error::Overloaded) => self.update_checked(caller, id, &patch).await,
            done => done,
        }
    }

    async fn update_checked(&self, caller: &Caller, id: UserId, patch: &UserPatch) -> Result<User> {
        let own = caller.id() == id;
        let mut settled = Settled {
            may_remove_admin: patch.role == Some(Role::User) || patch.disabled == Some(true),
            ..Settled::default()
        };
        if patch.password.is_some() || (own && patch.email.is_some()) {
            let before = self.standing(id).await?;
            if own && (patch.password.is_some() || has_new_email(&before.user, patch)) {
                settled.verified =
                    Some(self.verified(caller, &before, patch.current_password.as_ref()).await?);
            }
            if let Some(password) = &patch.password {
                let mut named = before.user;
                apply(&mut named, patch);
                settled.new_hash = Some(self.new_hash("password", password, &named).await?);
            }
        }
        let verified = settled.verified.is_some();
        self.change(By::Caller(caller), id, settled, |user| {
            if own && has_new_email(user, patch) && !verified {
                return Err(missing_password());
            }
            apply(user, patch);
            Ok(())
        })
        .await
    }

    /// Deletes an account: it is gone from every list and from the sessions that have not ended, its
    /// email and username are free again, and all its devices are signed out.
    ///
    /// # Errors
    /// `forbidden` unless it is one's own or the caller is an admin; `user_not_found`;
    /// `last_admin`.
    pub async fn delete(&self, caller: &Caller, id: UserId) -> Result<()> {
        caller.must_be(id)?;
        self.delete_by(By::Caller(caller), id).await.map(drop)
    }

    pub(crate) async fn delete_by(&self, by: By<'_>, id: UserId) -> Result<User> {
        let (now, settled) =
            (self.0.now(), Settled { may_remove_admin: true, ..Settled::default() });
        let delete = |user: &mut User| {
            user.deleted_at = Some(now);
            Ok(())
        };
        self.change(by, id, settled, delete).await
    }

    /// Deletes an account, unless it is deleted already, and overwrites what tells of the person: names,
    /// email, password, group, and the addresses from which they came. Again, it does no harm.
    ///
    /// # Errors
    /// As [`Accounts::delete`], but not for an account that is deleted.
    pub async fn erase(&self, caller: &Caller, id: UserId) -> Result<()> {
        caller.must_be(id)?;
        self.erase_by(By::Caller(caller), id).await.map(drop)
    }

    pub(crate) async fn erase_by(&self, by: By<'_>, id: UserId) -> Result<User> {
        let now = self.0.now();
        let settled = Settled { may_remove_admin: true, erases: true, ..Settled::default() };
        let erase = |user: &mut User| {
            user.deleted_at.get_or_insert(now);
            Ok(())
        };
        self.change(by, id, settled, erase).await
    }

    /// Changes a standing account in one transaction, with all that follows from the change.
    pub(crate) async fn change(
        &self,
        by: By<'_>,
        id: UserId,
        settled: Settled,
        edit: impl FnOnce(&mut User) -> Result<()> + Send,
    ) -> Result<User> {
        let mut tx = self.0.storage.write().await?;
        let accounts = tx.accounts();
        // Admins are locked before the account, and in one order, so that no two changes wait for
        // each other.
        let admins =
            if settled.may_remove_admin { accounts.lock_admins().await? } else { Vec::new() };
        let before = accounts.lock(id).await?;
        let is_meant = |account: &Account| settled.erases || account.user.deleted_at.is_none();
        let before = before.filter(is_meant).ok_or(ErrorCode::UserNotFound)?;
        if settled.verified.is_some_and(|hash| hash != before.password_hash) {
            // It changed since it was compared, or a login stored a better hash of it.
            return Err(Error::Overloaded);
        }
        let (mut after, now) = (before.clone(), self.0.now());
        edit(&mut after.user)?;
        if admins == [id] && !is_standing_admin(&after.user) {
            return Err(ErrorCode::LastAdmin.into());
        }
        after.user.updated_at = now;
        let new_password = settled.new_hash.is_some().then(|| by.sets_password());
        after.password_hash = settled.new_hash.unwrap_or(after.password_hash);
        let entry = by.entry(id, AuditAction::UserErased, now);
        if settled.erases {
            erasure::overwrite(&mut after);
        }
        accounts.update(&after, &Keys::of(&after.user)).await?;
        if after.user.disabled || after.user.deleted_at.is_some() {
            tx.logins().revoke_all(id, None).await?;
        } else if after.password_hash != before.password_hash {
            tx.logins().revoke_all(id, by.kept_login(id)).await?;
        }
        if let By::Mail(mail, _) = by {
            let email_key = identity::email_key(&mail.email);
            if !tx.mail().end(&email_key, mail.kind, now).await?.contains(&mail.id) {
                return Err(ErrorCode::InvalidToken.into());
            }
        }
        if new_password.is_some() && by.forgives() {
            guesses::forgive(&mut *tx, id).await?;
        }
        let tells = mail::tell_of_change(&mut *tx, &self.0.keys, &before, &after, self.1).await?;
        let mut aftermath = Aftermath::from([id]);
        if after.user.deleted_at.is_some() {
            aftermath.told = sessions::leave_all(&mut *tx, id, now).await?;
        }
        audit::note_change(&mut *tx, &entry, &before, &after, new_password).await?;
        if settled.erases {
            erasure::forget(&mut *tx, &entry, &before, &after).await?;
        }
        self.0.commit(tx, aftermath).await?;
        if tells {
            self.0.new_mail.notify_one();
        }
        Ok(after.user)
    }

    /// The account with this id, unless it is deleted.
    pub(crate) async fn standing(&self, id: UserId) -> Result<Account> {
        let account = self.0.storage.read().await?.accounts().by_id(id).await?;
        account
            .filter(|account| account.user.deleted_at.is_none())
            .ok_or_else(|| ErrorCode::UserNotFound.into())
    }

    /// Checks the present password of an account, asked for again; the hash it was compared with.
    /// A wrong one counts as a guess.
    pub(crate) async fn verified(
        &self,
        caller: &Caller,
        account: &Account,
        given: Option<&PresentPassword>,
    ) -> Result<String> {
        let given = given.ok_or_else(missing_password)?;
        let target = Target::Account(account.user.id);
        let attempt = self.0.attempt(target, caller.ip(), caller.login()).await?;
        match self.0.passwords.verify(given, Some(&account.password_hash)).await? {
            Verdict::Wrong => {
                let action = AuditAction::ReauthenticationFailed;
                let entry = audit::Draft::of(caller, action, self.0.now());
                self.0.wrong(&attempt, &entry).await?;
                Err(ErrorCode::WrongPassword.into())
            }
            Verdict::Right | Verdict::Upgrade(_) => {
                self.0.right(&attempt, None).await?;
                Ok(account.password_hash.clone())
            }
        }
    }

    /// The hash of a new password of this user.
    pub(crate) async fn new_hash(
        &self,
        field: &'static str,
        password: &Password,
        user: &User,
    ) -> Result<String> {
        self.hash(field, password, &user.username, &user.email, user.full_name.as_ref()).await
    }
}

fn missing_password() -> Error {
    Error::field("current_password", Fault::Missing)
}

fn is_standing_admin(user: &User) -> bool {
    user.role == Role::Admin && !user.disabled && user.deleted_at.is_none()
}

/// Admins may change everything; others four fields of their own account.
fn permit(caller: &Caller, own: bool, patch: &UserPatch) -> Result<()> {
    let for_admins = patch.email_verified.is_some()
        || patch.role.is_some()
        || patch.disabled.is_some()
        || !patch.group.is_keep();
    if caller.is_admin() || (own && !for_admins) {
        Ok(())
    } else {
        Err(ErrorCode::Forbidden.into())
    }
}

/// The patch with its texts checked and trimmed.
fn check(patch: UserPatch) -> Result<UserPatch> {
    let mut faults = Faults::default();
    let username =
        patch.username.and_then(|name| faults.check("username", identity::username(&name)));
    let email = patch.email.and_then(|email| faults.check("email", identity::email(&email)));
    let full_name = match patch.full_name {
        Change::Set(name) => faults
            .check("full_name", check_full_name(Some(name)))
            .flatten()
            .map_or(Change::Clear, Change::Set),
        other => other,
    };
    if let Some(password) = &patch.password {
        faults.check("password", password.check().map(drop));
    }
    if let Some(password) = &patch.current_password {
        faults.check("current_password", password.check().map(drop));
    }
    faults.done()?;
    Ok(UserPatch { username, email, full_name, ..patch })
}

fn has_new_email(user: &User, patch: &UserPatch) -> bool {
    patch
        .email
        .as_ref()
        .is_some_and(|email| identity::email_key(email) != identity::email_key(&user.email))
}

fn apply(user: &mut User, patch: &UserPatch) {
    fn set<T: Clone>(field: &mut T, new: Option<&T>) {
        if let Some(new) = new {
            field.clone_from(new);
        }
    }
    fn change<T: Clone>(field: &mut Option<T>, change: &Change<T>) {
        if let Some(new) = change.clone().into_new() {
            *field = new;
        }
    }
    let verified = user.email_verified && !has_new_email(user, patch);
    user.email_verified = patch.email_verified.unwrap_or(verified);
    set(&mut user.username, patch.username.as_ref());
    set(&mut user.email, patch.email.as_ref());
    set(&mut user.role, patch.role.as_ref());
    set(&mut user.disabled, patch.disabled.as_ref());
    change::<FullName>(&mut user.full_name, &patch.full_name);
    change(&mut user.group, &patch.group);
}
