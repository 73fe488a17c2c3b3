//! Mails: what people are told outside, and the proof that they read it.
//!
//! A mail is a row, written in the transaction that is its reason, and sent afterwards
//! ([`Guildhall::send_mails`](crate::Guildhall::send_mails)). A mail that asks for something carries a token in its link
//! and a short code, which are MACs of the row under the server's key: nothing that can be used is stored, and the
//! text is made when it is sent. The row is also the token: to use it is to remove it, once, and all of its kind with it (OWASP ASVS 5.0, 6.5.1).

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use guildhall_openapi::text::Email;
use guildhall_openapi::{Language, Timestamp, User, UserId};

use crate::accounts::Account;
use crate::error::Result;
use crate::guesses::{DAY, Tries};
use crate::identity;
use crate::storage::{Source, StorageError, Transaction};
use crate::tokens::{TokenKeys, random_text};

pub mod outbox;
pub(crate) mod secret;
mod text;

pub use guildhall_openapi::recovery::MailKind as Kind;
pub use outbox::{Links, Outbox};
pub use text::escaped;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// How often a code may be guessed, for each mail (OWASP ASVS 5.0, 6.6.3).
pub const MOST_GUESSES: i64 = 10;

/// How many mails of a kind an address gets in an hour because someone asked for them.
const MOST_ASKED: i64 = 3;

/// How long a mail's token is good, and how long it is tried to send it.
const fn lifetime(kind: Kind) -> Duration {
    match kind {
        Kind::ResetPassword => HOUR,
        Kind::VerifyEmail => DAY,
        Kind::EmailChanged | Kind::PasswordChanged => Duration::from_secs(7 * 24 * 60 * 60),
    }
}

/// Whether a mail asks for something, and so carries a token.
const fn asks(kind: Kind) -> bool {
    matches!(kind, Kind::VerifyEmail | Kind::ResetPassword)
}

/// A mail to be. `Debug` leaves the nonce out.
#[derive(Clone, PartialEq, Eq)]
pub struct Draft {
    /// What it is about.
    pub kind: Kind,
    /// Where it goes.
    pub email: Email,
    /// [`identity::email_key`] of that.
    pub email_key: String,
    /// The language in which it is written.
    pub language: Language,
    /// What makes its token its own: random, and of no use without the server's key.
    pub nonce: String,
    /// When it is made; it is due at once.
    pub now: Timestamp,
    /// When its token ends. It is not sent any more then.
    pub expires_at: Timestamp,
}

impl Draft {
    /// A mail of this kind, made now.
    #[must_use]
    pub fn new(kind: Kind, email: Email, language: Language, now: Timestamp) -> Self {
        let (email_key, nonce) = (identity::email_key(&email), random_text::<16>());
        let expires_at = now.after(lifetime(kind));
        Self { kind, email, email_key, language, nonce, now, expires_at }
    }
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, email, now, .. } = self;
        let mut shown = f.debug_struct("Draft");
        shown.field("kind", kind).field("email", email).field("now", now).finish_non_exhaustive()
    }
}

/// A mail as it is stored. `Debug` leaves the nonce out.
#[derive(Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its id.
    pub id: i64,
    /// Whose account it is about; none where no account had the address.
    pub user: Option<UserId>,
    /// What it is about.
    pub kind: Kind,
    /// Where it goes; of one that was asked for what was typed, and it goes to the account's own address.
    pub email: Email,
    /// The language in which it is written.
    pub language: Language,
    /// What makes its token its own.
    pub nonce: String,
    /// When its token ends.
    pub expires_at: Timestamp,
    /// How often it was tried to send it.
    pub tries: i64,
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, user, kind, email, expires_at, tries, .. } = self;
        let mut shown = f.debug_struct("Stored");
        shown.field("id", id).field("user", user).field("kind", kind).field("email", email);
        shown.field("expires_at", expires_at).field("tries", tries).finish_non_exhaustive()
    }
}

impl Stored {
    /// Whether this account is the one that the mail is about, stands, and still has the address.
    pub(crate) fn is_for(&self, user: &User) -> bool {
        self.user == Some(user.id)
            && !user.disabled
            && user.deleted_at.is_none()
            && identity::email_key(&self.email) == identity::email_key(&user.email)
    }
}

/// What a storage can tell of mails.
#[async_trait]
pub trait MailReads: Send {
    /// The mail with this id.
    async fn by_id(&mut self, id: i64) -> Result<Option<Stored>, StorageError>;

    /// The mails about this account, in the order in which they were written.
    async fn about(&mut self, user: UserId) -> Result<Vec<Stored>, StorageError>;

    /// When the next mail is due, if one is to be sent.
    async fn next_due(&mut self) -> Result<Option<Timestamp>, StorageError>;

    /// How many mails are to be sent, due or not.
    async fn waiting(&mut self) -> Result<u64, StorageError>;
}

/// What a storage can do to mails. (The mail of a new account is written with it:
/// [`AccountWrites::insert`](crate::accounts::AccountWrites::insert).)
#[async_trait]
pub trait MailWrites: MailReads {
    /// Adds a mail about this account, due at once.
    async fn insert(&mut self, user: UserId, draft: &Draft) -> Result<(), StorageError>;

    /// Adds a mail about the account that has the draft's email key and is not disabled; to verify an address,
    /// that is not verified either. Where there is none the mail is added all the same, about nobody, so that
    /// both cost the same.
    async fn request(&mut self, draft: &Draft) -> Result<(), StorageError>;

    /// The mails that are due, the longest due first, at most so many. Each is due again at `until`, and was
    /// tried once more. None that another transaction claims is among them.
    async fn claim(
        &mut self,
        now: Timestamp,
        until: Timestamp,
        most: u32,
    ) -> Result<Vec<Stored>, StorageError>;

    /// Sets when the mail is due; never where none is given.
    async fn due(&mut self, id: i64, at: Option<Timestamp>) -> Result<(), StorageError>;

    /// Counts a guess for each mail to this email key of this kind that has not ended, and has had fewer than
    /// `most`; those mails, in any order. Of many guesses at once each is counted.
    async fn guess(
        &mut self,
        email_key: &str,
        kind: Kind,
        now: Timestamp,
        most: i64,
    ) -> Result<Vec<Stored>, StorageError>;

    /// Counts no guess for this mail.
    async fn forgive(&mut self, id: i64) -> Result<(), StorageError>;

    /// Removes all mails of this kind to this email key that have not ended; their ids. Of many at once one is
    /// told of each mail.
    async fn end(
        &mut self,
        email_key: &str,
        kind: Kind,
        now: Timestamp,
    ) -> Result<Vec<i64>, StorageError>;

    /// Removes all mails about this account.
    async fn forget(&mut self, user: UserId) -> Result<(), StorageError>;

    /// Removes mails that ended before then, at most so many; how many. Those that others have locked may
    /// be left for the next time.
    async fn prune(&mut self, before: Timestamp, most: u32) -> Result<u64, StorageError>;
}

/// A mail in words, ready to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// The same whenever this mail is sent, and no other's: the left side of a Message-ID (RFC 5322, 3.6.4).
    pub id: String,
    /// The address, its domain in ASCII.
    pub to: String,
    /// What it is about, in a line.
    pub subject: String,
    /// Its language, as a tag of RFC 5646.
    pub language: &'static str,
    /// Plain text. It may hold a token.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

impl fmt::Debug for Letter {
    /// Without the text, which may hold a token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, to, subject, language, .. } = self;
        let mut shown = f.debug_struct("Letter");
        shown.field("id", id).field("to", to).field("subject", subject);
        shown.field("language", language).finish_non_exhaustive()
    }
}

/// Sends mails.
#[async_trait]
pub trait Mailer: Send + Sync + 'static {
    /// Sends a mail; `Ok` once someone else has taken it on. It is given up after a minute.
    ///
    /// # Errors
    /// Where it could not be sent; it is tried again later. The words go to the log, so they hold nothing of the
    /// mail's text.
    async fn send(&self, letter: &Letter) -> Result<(), Source>;
}

/// Whether one more mail of this kind may go to this address because someone asks for it. It is counted whether
/// or not anyone has the address, so that this does not show.
pub(crate) async fn admit(
    tx: &mut dyn Transaction,
    keys: &TokenKeys,
    draft: &Draft,
) -> Result<bool> {
    let now = draft.now;
    let key = format!("{}@{}", draft.kind.as_str(), keys.fingerprint(&draft.email_key));
    let fresh = Tries { count: 0, since: now, last: now };
    let before = tx.guesses().lock(&key, fresh).await?;
    let before = if before.since.after(HOUR) <= now { fresh } else { before };
    if before.count >= MOST_ASKED {
        return Ok(false);
    }
    let tries = Tries { count: before.count + 1, last: now, ..before };
    tx.guesses().store(&key, tries, now.before(DAY)).await?;
    Ok(true)
}

/// Writes the mails that follow from a change of an account, and ends those that it makes void; whether there are
/// some. What was changed is told to the address from before: whoever has taken the account cannot keep it from its
/// owner (OWASP ASVS 5.0, 6.3.7). A deleted account gets no mails.
pub(crate) async fn tell_of_change(
    tx: &mut dyn Transaction,
    keys: &TokenKeys,
    before: &Account,
    after: &Account,
    language: Language,
) -> Result<bool> {
    let (user, now) = (after.user.id, after.user.updated_at);
    if after.user.deleted_at.is_some() {
        return Ok(false);
    }
    let draft = |kind, email: &Email| Draft::new(kind, email.clone(), language, now);
    let [old, new] = [before, after].map(|account| identity::email_key(&account.user.email));
    let (has_new_email, has_new_password) =
        (old != new, before.password_hash != after.password_hash);
    if has_new_email || has_new_password {
        tx.mail().end(&old, Kind::ResetPassword, now).await?;
    }
    if has_new_email {
        tx.mail().end(&old, Kind::VerifyEmail, now).await?;
        tx.mail().insert(user, &draft(Kind::EmailChanged, &before.user.email)).await?;
        let ask = draft(Kind::VerifyEmail, &after.user.email);
        if !after.user.email_verified && admit(tx, keys, &ask).await? {
            tx.mail().insert(user, &ask).await?;
        }
    }
    if has_new_password {
        tx.mail().insert(user, &draft(Kind::PasswordChanged, &before.user.email)).await?;
    }
    Ok(has_new_email || has_new_password)
}
