//! The storage contract: what a database has to do for Guildhall, and what it may rely on.
//!
//! [`Storage`] hands out [`Reads`] and [`Transaction`]s; each is the sum of one small trait per
//! aggregate, which stands in the aggregate's file (`accounts.rs`, `logins.rs`, …). The
//! conformance suite (feature `conformance`) is this page as code. `examples/own-storage` is a whole
//! storage in plain maps, to begin one's own from.
//!
//! # Rules
//! - **Absence is `Option`**, never an error; to change what is not there does nothing. Errors say what
//!   the caller can do ([`StorageError`]).
//! - **A unique key decides**, not a look before. A violated one is [`StorageError::Conflict`]: the
//!   call has changed nothing, and the transaction that met it can still be used. Where several are
//!   violated, the first that the method's doc names is told.
//! - **Keys and searches know no language.** Keys come folded, and are compared byte by byte, as is all
//!   text; a search finds what holds its text as it is, without wildcards, and an empty one finds all.
//! - **What a transaction read is on the disk once its own `commit` returned.** Before that it may
//!   be what another has done and not yet committed, so nobody is answered from a transaction that
//!   is then dropped, unless with a no.
//! - **A transaction that is dropped leaves nothing behind.** One whose `commit` returned `Ok` is
//!   on the disk.
//! - **Writers of the same row take turns.** A method whose doc says "locks" keeps other
//!   transactions from changing what it read until the end of its own.
//! - **Reads see what was committed before they began**, which is when [`Reads::accounts`] or its like
//!   is called, however old the [`Reads`] is. Two calls may see two states; what must be seen together
//!   is one call. They may be made to wait for a transaction, and never see what it has not committed.
//! - **A transaction sees what it has done itself.**
//! - **Who holds a transaction asks for nothing beside it**, neither another nor a [`Reads`], until it
//!   has ended: a storage may let all of them take turns.
//! - **Ids rise**: a new one is above all that were committed before it, from 1 up and below 2^53. None
//!   is given again, also when its row is removed; gaps do no harm.
//! - **Accounts are never removed**, only marked as deleted. The ids of users that are handed in, but for
//!   a message's receiver, are those of accounts; others a storage may refuse as it likes.
//! - **Pages**: of the rows that the filter leaves, those behind `after` (before `before`), in id order
//!   (newest first) where nothing else is said; of these `skip` are left out and `limit` shown. The
//!   `bool` says whether there is another one behind them.
//! - **Times** are whole microseconds and come back as they went in, as does all Unicode text
//!   without NUL.
//! - **Every change of an event moves everyone's log on in the same transaction**: an insert by itself
//!   ([`EventWrites::insert`]), an update or a delete by what the service publishes with it. Numbers of a log
//!   are committed in their order and seen together with what was done in their transactions, so whoever was
//!   told number N ([`StreamReads::number`]) reads from then on every change up to N. Events are kept in memory by
//!   that (`docs/decisions/0007-fresh-reads.md`).
//! - **A call may cost a round trip**, so what belongs together is one method, and a method carries
//!   all it needs.
//!
//! # Adding an aggregate, `polls` say
//! 1. `openapi/src/polls.rs`: wire types and endpoints; one line each in `lib.rs`, `operations`.
//!    What is new to the contract stands in its lists: an id in `ids.rs`, kinds of text in
//!    `text.rs`, codes in `error.rs`.
//! 2. `core/src/polls.rs`: traits `PollReads` and `PollWrites`, the service `Polls`; one line each
//!    in [`Reads`], [`Transaction`] and [`Guildhall`](crate::Guildhall); a [`Conflict`] and its code
//!    for each key that can be violated.
//!    What people should hear of at once is a variant of `Push` (`openapi/src/stream.rs`, and its line
//!    in `stream/schema.rs`), and a `tx.stream().publish(…)` before the commit.
//! 3. `core/src/conformance/polls.rs`: its cases; one line in the list.
//! 4. `storage-sql/src/polls.rs`: the statements, for all databases; its columns in `columns.rs`,
//!    its lines in `lib.rs`. The same in plain maps: `examples/own-storage/src/polls.rs`.
//! 5. A migration of the same number in `storage-sqlite/migrations` and
//!    `storage-postgres/migrations`; its tables and columns in `transfer/rows.rs`, so that they can be moved; rows
//!    of it in `storage-sql/tests/upgrade/mod.rs`, which every later version has to read.
//! 6. `server/src/routes/polls.rs`: the routes; one line and a tag in `routes.rs`, new kinds of
//!    parameters in `parameter.rs`.

use async_trait::async_trait;
use guildhall_openapi::{Event, EventId, UserId};

use crate::accounts::{AccountReads, AccountWrites, Draft};
use crate::audit::{AuditReads, AuditWrites};
use crate::events::{EventReads, EventWrites};
use crate::groups::{GroupReads, GroupWrites};
use crate::guesses::{GuessReads, GuessWrites};
use crate::idempotency::IdempotencyWrites;
use crate::identity::Keys;
use crate::logins::{LoginReads, LoginWrites};
use crate::mail::{MailReads, MailWrites};
use crate::messages::{self, MessageReads, MessageWrites};
use crate::sessions::{SessionReads, SessionWrites};
use crate::stream::{StreamReads, StreamWrites, Told};
use crate::takeover::TakeOverWrites;

/// A database.
#[async_trait]
pub trait Storage: Send + Sync + 'static {
    /// A way to read what is committed.
    ///
    /// # Errors
    /// [`StorageError::Busy`] where the database cannot be reached.
    async fn read(&self) -> Result<Box<dyn Reads>, StorageError>;

    /// A transaction. Transactions that change the same rows behave as if one came after the other.
    ///
    /// # Errors
    /// [`StorageError::Busy`] where the database cannot be reached.
    async fn write(&self) -> Result<Box<dyn Transaction>, StorageError>;

    /// As [`Storage::write`], for one whose next step may wait for something slow, another database or a reader
    /// of what is printed say: a storage that ends those who keep others waiting has some minutes of patience
    /// with this one.
    ///
    /// # Errors
    /// [`StorageError::Busy`] where the database cannot be reached.
    async fn write_at_length(&self) -> Result<Box<dyn Transaction>, StorageError>;

    /// Changes that are one step.
    fn steps(&self) -> &dyn Steps;

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// [`StorageError::Busy`] where there is none.
    async fn ping(&self) -> Result<(), StorageError>;

    /// How busy it is at this moment, by pool of connections; nothing where it does not know.
    fn pools(&self) -> Vec<Pool>;

    /// Brings the schema to this version. Several at once, and again, do no harm. Where there is no
    /// schema there is nothing to do.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`] where the database is newer than the program, was changed by
    /// other hands, or is another application's: that one stays as it is.
    async fn migrate(&self) -> Result<(), StorageError>;

    /// The migrations that [`Storage::migrate`] would apply, in order. Where there are none, the storage
    /// can be used as it is.
    ///
    /// # Errors
    /// As [`Storage::migrate`].
    async fn pending_migrations(&self) -> Result<Vec<String>, StorageError>;
}

/// Connections to a database that do the same work, at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// What they are called: `readers`, `writer`, `shared`.
    pub name: &'static str,
    /// How many are at work.
    pub busy: usize,
    /// How many are not.
    pub idle: usize,
    /// How many calls wait for one of them.
    pub waiting: usize,
}

/// What can be read outside a transaction.
pub trait Reads: Send {
    /// Accounts.
    fn accounts(&mut self) -> &mut dyn AccountReads;
    /// What was done.
    fn audit(&mut self) -> &mut dyn AuditReads;
    /// Events.
    fn events(&mut self) -> &mut dyn EventReads;
    /// Groups.
    fn groups(&mut self) -> &mut dyn GroupReads;
    /// Limits on guessing.
    fn guesses(&mut self) -> &mut dyn GuessReads;
    /// Logins.
    fn logins(&mut self) -> &mut dyn LoginReads;
    /// Mails.
    fn mail(&mut self) -> &mut dyn MailReads;
    /// Direct messages.
    fn messages(&mut self) -> &mut dyn MessageReads;
    /// Live sessions.
    fn sessions(&mut self) -> &mut dyn SessionReads;
    /// What users are told.
    fn stream(&mut self) -> &mut dyn StreamReads;
}

/// Changes that happen together or not at all.
#[async_trait]
pub trait Transaction: Send {
    /// Accounts.
    fn accounts(&mut self) -> &mut dyn AccountWrites;
    /// What was done.
    fn audit(&mut self) -> &mut dyn AuditWrites;
    /// Events.
    fn events(&mut self) -> &mut dyn EventWrites;
    /// Groups.
    fn groups(&mut self) -> &mut dyn GroupWrites;
    /// Limits on guessing.
    fn guesses(&mut self) -> &mut dyn GuessWrites;
    /// Calls that may be asked for again.
    fn idempotency(&mut self) -> &mut dyn IdempotencyWrites;
    /// Logins.
    fn logins(&mut self) -> &mut dyn LoginWrites;
    /// Mails.
    fn mail(&mut self) -> &mut dyn MailWrites;
    /// Direct messages.
    fn messages(&mut self) -> &mut dyn MessageWrites;
    /// Live sessions.
    fn sessions(&mut self) -> &mut dyn SessionWrites;
    /// What users are told.
    fn stream(&mut self) -> &mut dyn StreamWrites;
    /// Rows that bring their ids along.
    fn take_over(&mut self) -> &mut dyn TakeOverWrites;

    /// Makes the changes last: `Ok` means that they are on the disk.
    ///
    /// # Errors
    /// After an error they may have been made or not.
    async fn commit(self: Box<Self>) -> Result<(), StorageError>;
}

/// Changes that are one step and happen often. Each is a transaction of its own, on the disk when it
/// returns; where many wait, a storage may run them as one, each with its own answer. A storage that
/// gains nothing by it begins a transaction, makes the one call, and commits.
#[async_trait]
pub trait Steps: Send + Sync {
    /// [`AccountWrites::insert`], committed: for accounts that are brought along, of which the audit log
    /// tells nothing. Those that are made here are noted, in a transaction.
    async fn insert_account(&self, draft: &Draft, keys: &Keys) -> Result<UserId, StorageError>;

    /// [`EventWrites::insert`], committed.
    async fn create_event(&self, event: &Event) -> Result<(EventId, Vec<Told>), StorageError>;

    /// [`MessageWrites::insert`], committed.
    async fn send_message(
        &self,
        draft: &messages::Draft,
    ) -> Result<Option<messages::Sent>, StorageError>;
}

/// Which rule of the data a change would have broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// Another account has the email.
    #[error("email taken")]
    EmailTaken,
    /// Another account has the username.
    #[error("username taken")]
    UsernameTaken,
    /// Another event has the title.
    #[error("event title taken")]
    EventTitleTaken,
    /// A row refers to an event that is not there.
    #[error("no such event")]
    NoSuchEvent,
    /// Another group has the name.
    #[error("group name taken")]
    GroupNameTaken,
    /// A row refers to a group that is not there.
    #[error("no such group")]
    NoSuchGroup,
}

/// A source of an error that the caller need not understand.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why the storage did not do it, by what the caller can do.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// Choose other values. The transaction can still be used.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// Try again later: the database is away, or was too busy for too long.
    #[error("the database cannot be reached: {0}")]
    Busy(#[source] Source),
    /// What the database holds is not what this program wrote.
    #[error("the database holds something unexpected: {0}")]
    Corrupt(#[source] Source),
    /// Anything else.
    #[error("the database failed: {0}")]
    Backend(#[source] Source),
}
