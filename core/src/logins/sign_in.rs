//! Signing in with a password: the comparison, and the login that comes of it.

use guildhall_openapi::{AuditAction, Credentials, ErrorCode, Tokens};

use super::rotation::Rotation;
use super::{Logins, NewLogin};
use crate::accounts::Account;
use crate::audit::Draft;
use crate::caller::Origin;
use crate::error::Result;
use crate::guesses::{Attempt, Target};
use crate::identity;
use crate::passwords::Verdict;
use crate::tokens::random_text;

impl Logins<'_> {
    /// Signs a device in. `email` may hold a username.
    ///
    /// # Errors
    /// `invalid_credentials`, the same and after the same time whether the account or the password
    /// is wrong; `account_disabled`, only after a right password.
    pub async fn log_in(&self, credentials: &Credentials, origin: &Origin) -> Result<Tokens> {
        let name = credentials.email.check().unwrap_or_default();
        let account = self.0.accounts().of_name(name).await?;
        let email = identity::email_key(name);
        let target =
            account.as_ref().map_or(Target::Nobody(&email), |a| Target::Account(a.user.id));
        let attempt = self.0.attempt(target, origin.ip, None).await?;
        let Some((account, better)) = self.compare(credentials, account, &attempt, origin).await?
        else {
            return Err(ErrorCode::InvalidCredentials.into());
        };
        let id = account.user.id;
        if let Some(tokens) = self.open(account, better, &attempt, origin).await? {
            return Ok(tokens);
        }
        // The account has changed since: another login may have stored a better hash.
        let account = self.0.storage.read().await?.accounts().by_id(id).await?;
        let account = account.filter(|account| account.user.deleted_at.is_none());
        let opened = match self.compare(credentials, account, &attempt, origin).await? {
            Some((account, better)) => self.open(account, better, &attempt, origin).await?,
            None => None,
        };
        opened.ok_or_else(|| ErrorCode::InvalidCredentials.into())
    }

    /// The account, and a better hash for it if there is one, where the password is right.
    async fn compare(
        &self,
        credentials: &Credentials,
        account: Option<Account>,
        attempt: &Attempt,
        origin: &Origin,
    ) -> Result<Option<(Account, Option<String>)>> {
        let failed = |account: Option<&Account>, code| {
            let failed = Draft::by_nobody(AuditAction::SignInFailed, origin.ip, self.0.now());
            Draft { subject: account.map(|account| account.user.id), ..failed.refused(code) }
        };
        let stored = account.as_ref().map(|account| account.password_hash.as_str());
        let verdict = self.0.passwords.verify(&credentials.password, stored).await?;
        let account = match (account, &verdict) {
            (Some(account), Verdict::Right | Verdict::Upgrade(_)) => account,
            (account, _) => {
                let entry = failed(account.as_ref(), ErrorCode::InvalidCredentials);
                self.0.wrong(attempt, &entry).await?;
                return Ok(None);
            }
        };
        if account.user.disabled {
            let entry = failed(Some(&account), ErrorCode::AccountDisabled);
            self.0.right(attempt, Some(&entry)).await?;
            return Err(ErrorCode::AccountDisabled.into());
        }
        let better = if let Verdict::Upgrade(hash) = verdict { Some(hash) } else { None };
        Ok(Some((account, better)))
    }

    /// Stores the login; `None` where the account has changed since its password was compared.
    async fn open(
        &self,
        account: Account,
        better: Option<String>,
        attempt: &Attempt,
        origin: &Origin,
    ) -> Result<Option<Tokens>> {
        let (user, now) = (account.user.id, self.0.now());
        let rotation = Rotation::new(random_text::<16>());
        let (ip, user_agent) = origin.to_store();
        let new = NewLogin {
            user,
            verified_hash: account.password_hash,
            better_hash: better,
            seed: rotation.seed.clone(),
            now,
            idle_since: self.idle_since(now),
            ip,
            user_agent,
        };
        let mut tx = self.0.storage.write().await?;
        let Some(login) = tx.logins().insert(&new).await? else { return Ok(None) };
        attempt.signed_in(user, &mut *tx, now).await?;
        let entry = Draft::by(user, AuditAction::SignedIn, origin.ip, now).login(login);
        tx.audit().insert(&entry).await?;
        self.0.commit(tx, [user]).await?;
        self.tokens(user, login, &rotation, now).map(Some)
    }
}
