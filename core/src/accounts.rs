//! Accounts: who the people are, who may see and change them.

use std::fmt;

use async_trait::async_trait;
use guildhall_openapi::page::Page;
use guildhall_openapi::text::{Email, FullName, IdempotencyKey, Password, Username};
use guildhall_openapi::{
    AuditAction, ErrorCode, Fault, GroupId, Language, NewAccount, NewUser, Role, Timestamp, User,
    UserId,
};

use crate::audit;
use crate::caller::{Caller, Origin};
use crate::error::{Error, Faults, Result};
use crate::guildhall::{Guildhall, Registration};
use crate::idempotency::{Begun, Once};
use crate::identity::{self, Keys};
use crate::mail;
use crate::presence::Presence;
use crate::storage::StorageError;
use crate::tokens::random_text;

mod by;
mod change;
mod directory;
mod erasure;

pub(crate) use by::By;
pub(crate) use change::Settled;

/// An account as it is stored. `Debug` leaves the hash out.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// What is shown of it.
    pub user: User,
    /// The hash of its password (PHC, or bcrypt's form).
    pub password_hash: String,
}

/// An account to be: everything but its id. `Debug` leaves the hash out.
#[derive(Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its username.
    pub username: Username,
    /// Its email address.
    pub email: Email,
    /// Its owner's name.
    pub full_name: Option<FullName>,
    /// What it may do.
    pub role: Role,
    /// Whether it starts out shut.
    pub disabled: bool,
    /// The group its owner is in.
    pub group: Option<GroupId>,
    /// The hash of its password.
    pub password_hash: String,
    /// When it is made.
    pub created_at: Timestamp,
    /// The mail that asks whether the address is theirs.
    pub verification: mail::Draft,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("user", &self.user).finish_non_exhaustive()
    }
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { username, email, .. } = self;
        let mut draft = f.debug_struct("Draft");
        draft.field("username", username).field("email", email).finish_non_exhaustive()
    }
}

impl Draft {
    /// The account under its id.
    #[must_use]
    pub fn with_id(self, id: UserId) -> Account {
        let Self { username, email, full_name, role, disabled, group, password_hash, .. } = self;
        let created_at = self.created_at;
        let user = User {
            id,
            username,
            email,
            full_name,
            email_verified: false,
            disabled,
            role,
            group,
            created_at,
            updated_at: created_at,
            deleted_at: None,
            last_login: None,
        };
        Account { user, password_hash }
    }
}

/// Which accounts a list shows, in id order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Only those whose search key ([`Keys::search`]) holds this, which is folded.
    pub search: Option<String>,
    /// Only those in this group.
    pub group: Option<GroupId>,
    /// Deleted ones too.
    pub include_deleted: bool,
    /// Which part of the list.
    pub page: Page<UserId>,
}

/// What a storage can tell of accounts.
#[async_trait]
pub trait AccountReads: Send {
    /// The account with this id, deleted or not.
    async fn by_id(&mut self, id: UserId) -> Result<Option<Account>, StorageError>;

    /// The account with this email key, or else the one with this username key.
    async fn by_key(
        &mut self,
        email: &str,
        username: &str,
    ) -> Result<Option<Account>, StorageError>;

    /// The account and its logins, in any order, unless it is disabled or deleted. Logins that were
    /// last seen long ago may be among them.
    async fn presence(&mut self, id: UserId) -> Result<Option<Presence>, StorageError>;

    /// A page of a list and whether there is more after it.
    async fn list(&mut self, filter: &UserFilter) -> Result<(Vec<User>, bool), StorageError>;
}

/// What a storage can do to accounts.
#[async_trait]
pub trait AccountWrites: AccountReads {
    /// Adds an account with these keys, and the draft's mail about it. Conflicts, the first of: `EmailTaken`, `UsernameTaken`,
    /// `NoSuchGroup`.
    async fn insert(&mut self, draft: &Draft, keys: &Keys) -> Result<UserId, StorageError>;

    /// The account with this id, deleted or not. Locks it.
    async fn lock(&mut self, id: UserId) -> Result<Option<Account>, StorageError>;

    /// The ids of all admins who are neither disabled nor deleted. Locks them, in id order, and
    /// whoever would become one less.
    async fn lock_admins(&mut self) -> Result<Vec<UserId>, StorageError>;

    /// Stores the account with these keys, all but `created_at` and `last_login`, which stay as they
    /// are. Conflicts as for `insert`; its own keys are free to it.
    async fn update(&mut self, account: &Account, keys: &Keys) -> Result<(), StorageError>;
}

/// The service: [`Guildhall::accounts`].
#[derive(Clone, Copy)]
pub struct Accounts<'a>(pub(crate) &'a Guildhall, pub(crate) Language);

impl Accounts<'_> {
    /// The same, with mails in this language. English is the default.
    #[must_use]
    pub fn speaking(self, language: Language) -> Self {
        Self(self.0, language)
    }

    /// Makes an account for whoever asks.
    ///
    /// # Errors
    /// `registration_closed`, `validation_failed`, `weak_password`, `email_taken`,
    /// `username_taken`.
    pub async fn register(&self, new: NewAccount, origin: &Origin) -> Result<User> {
        if self.0.policy.registration == Registration::Closed {
            return Err(ErrorCode::RegistrationClosed.into());
        }
        let entry = audit::Draft::by_nobody(AuditAction::Registered, origin.ip, self.0.now());
        self.add(new.into(), Once::default(), entry).await
    }

    /// Makes an account for someone else.
    ///
    /// # Errors
    /// `forbidden` unless the caller is an admin; then as [`Accounts::register`], and
    /// `group_not_found`, `idempotency_key_reused`.
    pub async fn create(
        &self,
        caller: &Caller,
        new: NewUser,
        key: Option<&IdempotencyKey>,
    ) -> Result<User> {
        caller.must_be_admin()?;
        let once = self.0.once(caller, key, "create_user", &new)?;
        let created = audit::Draft::of(caller, AuditAction::UserCreated, self.0.now());
        self.add(new, once, created).await
    }

    /// Whether there is an admin who can sign in.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn has_admin(&self) -> Result<bool> {
        Ok(!self.0.storage.write().await?.accounts().lock_admins().await?.is_empty())
    }

    /// Makes an admin if there is none, as a start with `ADMIN_EMAIL` does; `None` where there is.
    /// If a stranger has the username, the admin gets one like it.
    ///
    /// # Errors
    /// As [`Accounts::register`], but for `username_taken`.
    pub async fn create_first_admin(&self, new: NewAccount) -> Result<Option<User>> {
        if self.has_admin().await? {
            return Ok(None);
        }
        let taken = match self.create_admin(new.clone()).await {
            Err(Error::Refused(code @ (ErrorCode::EmailTaken | ErrorCode::UsernameTaken))) => code,
            made => return made.map(Some),
        };
        // Another replica that starts at this moment may have been quicker.
        if self.has_admin().await? {
            return Ok(None);
        }
        if taken == ErrorCode::EmailTaken {
            return Err(taken.into());
        }
        let username = format!("{}-{}", new.username.as_str(), random_text::<6>()).into();
        self.create_admin(NewAccount { username, ..new }).await.map(Some)
    }

    /// Makes an admin. For the operator, who needs no one's leave.
    ///
    /// # Errors
    /// As [`Accounts::register`].
    pub async fn create_admin(&self, new: NewAccount) -> Result<User> {
        let role = Some(Role::Admin);
        let created = audit::Draft::by_operator(AuditAction::UserCreated, self.0.now());
        self.add(NewUser { role, ..new.into() }, Once::default(), created).await
    }

    /// Adds an account; `entry` tells the audit log, once it is known whose it is.
    async fn add(&self, new: NewUser, once: Once, entry: audit::Draft) -> Result<User> {
        let mut faults = Faults::default();
        let username = faults.check("username", identity::username(&new.username));
        let email = faults.check("email", identity::email(&new.email));
        let full_name = faults.check("full_name", check_full_name(new.full_name));
        faults.check("password", new.password.check().map(|_| ()));
        faults.done()?;
        let (Some(username), Some(email), Some(full_name)) = (username, email, full_name) else {
            return Err(Error::Internal("a fault was not noted".into()));
        };
        let password_hash =
            self.hash("password", &new.password, &username, &email, full_name.as_ref()).await?;
        let now = self.0.now();
        let verification = mail::Draft::new(mail::Kind::VerifyEmail, email.clone(), self.1, now);
        let draft = Draft {
            username,
            email,
            full_name,
            role: new.role.unwrap_or_default(),
            disabled: new.disabled.unwrap_or_default(),
            group: new.group,
            password_hash,
            created_at: now,
            verification,
        };
        // The keys do not depend on the id.
        let mut account = draft.clone().with_id(UserId::FIRST);
        let keys = Keys::of(&account.user);
        let mut tx = match once.begin(self.0).await? {
            Begun::Before(user) => return Ok(user),
            Begun::Now(tx) => tx,
        };
        let id = tx.accounts().insert(&draft, &keys).await?;
        account.user.id = id;
        tx.audit().insert(&entry.to(id)).await?;
        let user = once.end(self.0, tx, account.user, []).await?;
        self.0.new_mail.notify_one();
        Ok(user)
    }

    /// The hash of a new password for an account of these names.
    pub(crate) async fn hash(
        &self,
        field: &'static str,
        password: &Password,
        username: &Username,
        email: &Email,
        full_name: Option<&FullName>,
    ) -> Result<String> {
        let local = email.split('@').next().unwrap_or_default();
        let personal =
            [username.as_str(), email.as_str(), local, full_name.map_or("", |name| name)];
        let personal = personal.iter().filter(|word| !word.is_empty()).map(ToString::to_string);
        self.0.passwords.hash_new(field, password, personal.collect()).await
    }

    /// A caller for a program that embeds Guildhall and acts for one of its users.
    ///
    /// # Errors
    /// `user_not_found` where there is no such account, or it is disabled or deleted.
    pub async fn acting_as(&self, id: UserId) -> Result<Caller> {
        let entry = self.0.presences.of(id, &*self.0.storage).await?;
        let presence = entry.ok_or(ErrorCode::UserNotFound)?.presence;
        Ok(Caller { presence, login: None, expires_at: None, ip: None })
    }
}

fn check_full_name(name: Option<FullName>) -> Result<Option<FullName>, Fault> {
    name.map(|name| name.check().map(FullName::from)).transpose()
}
