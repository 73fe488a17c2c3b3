//! Every statement of Guildhall, once, for all its databases.
//!
//! A driver brings a [`Connection`] and a [`Dialect`]; [`Sql`] makes of them the core's storage
//! traits. Statement texts are built once, when a database is opened ([`Statements`]); a call only
//! binds values.
//!
//! **A row is a sequence.** serde makes the contract's types of the columns in their order: of one text cell that
//! holds a JSON array where a statement gives one row, of the columns themselves where it gives a page. So a
//! database's row types are not seen here, and a column has one reading on both databases
//! (`docs/decisions/0002-rows-as-json.md`).

mod accounts;
mod audit;
mod columns;
mod dialect;
mod events;
mod groups;
mod guesses;
mod idempotency;
mod list;
mod logins;
mod mail;
mod messages;
pub mod migrations;
pub mod row;
mod sessions;
mod statement;
mod steps;
mod stream;
mod takeover;
mod transfer;

use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use guildhall_core::accounts::{AccountReads, AccountWrites};
use guildhall_core::audit::{AuditReads, AuditWrites};
use guildhall_core::events::{EventReads, EventWrites};
use guildhall_core::groups::{GroupReads, GroupWrites};
use guildhall_core::guesses::{GuessReads, GuessWrites};
use guildhall_core::idempotency::IdempotencyWrites;
use guildhall_core::logins::{LoginReads, LoginWrites};
use guildhall_core::mail::{MailReads, MailWrites};
use guildhall_core::messages::{MessageReads, MessageWrites};
use guildhall_core::sessions::{SessionReads, SessionWrites};
use guildhall_core::storage::{Reads, StorageError, Transaction};
use guildhall_core::stream::{StreamReads, StreamWrites};
use guildhall_core::takeover::TakeOverWrites;
use sea_query::Values;
use serde::de::DeserializeOwned;

pub use dialect::Dialect;
pub use guildhall_core as core;
pub use statement::{Statement, quoted, together};
pub use steps::{SqlSteps, Stepping};
pub use transfer::{Tables, united};

/// A key that a statement would have violated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// A unique key, as `table.column`.
    Unique(String),
    /// A reference to a row that is not there.
    Reference,
}

/// One connection, inside a transaction or only reading.
pub trait Connection: Send {
    /// Runs a statement; the first column of each row, which is text.
    fn rows(
        &mut self,
        statement: &Statement,
        values: Values,
    ) -> impl Future<Output = Result<Vec<String>, StorageError>> + Send;

    /// Runs a statement that is a page; its rows, as [`row::read`] reads them.
    fn page<T: DeserializeOwned + Send>(
        &mut self,
        statement: &Statement,
        values: Values,
    ) -> impl Future<Output = Result<Vec<T>, StorageError>> + Send;
}

/// A connection inside a transaction, which is undone when this is dropped.
pub trait Writing: Connection {
    /// Runs a statement that may violate a key; if it does, it leaves no trace and the transaction
    /// can still be used.
    fn try_rows(
        &mut self,
        statement: &Statement,
        values: Values,
    ) -> impl Future<Output = Result<Result<Vec<String>, Violation>, StorageError>> + Send;

    /// Ends the transaction; `Ok` once it is on the disk.
    fn commit(self) -> impl Future<Output = Result<(), StorageError>> + Send;
}

/// The texts of all statements, in one database's dialect.
#[derive(Debug)]
pub struct Statements {
    accounts: accounts::Statements,
    audit: audit::Statements,
    events: events::Statements,
    groups: groups::Statements,
    guesses: guesses::Statements,
    idempotency: idempotency::Statements,
    logins: logins::Statements,
    mail: mail::Statements,
    messages: messages::Statements,
    sessions: sessions::Statements,
    stream: stream::Statements,
    takeover: takeover::Statements,
}

impl Statements {
    /// Builds them.
    #[must_use]
    pub fn new<D: Dialect>() -> Self {
        Self {
            accounts: accounts::Statements::new::<D>(),
            audit: audit::Statements::new::<D>(),
            events: events::Statements::new::<D>(),
            groups: groups::Statements::new::<D>(),
            guesses: guesses::Statements::new::<D>(),
            idempotency: idempotency::Statements::new::<D>(),
            logins: logins::Statements::new::<D>(),
            mail: mail::Statements::new::<D>(),
            messages: messages::Statements::new::<D>(),
            sessions: sessions::Statements::new::<D>(),
            stream: stream::Statements::new::<D>(),
            takeover: takeover::Statements::new::<D>(),
        }
    }

    /// The statements behind lists, by name: tests ask the database how it would run them.
    #[must_use]
    pub fn lists(&self) -> Vec<(&'static str, &Statement)> {
        [
            self.accounts.lists(),
            self.audit.lists(),
            self.groups.lists(),
            self.guesses.lists(),
            self.logins.lists(),
            self.mail.lists(),
            self.sessions.lists(),
            self.events.lists(),
            self.messages.lists(),
            self.stream.lists(),
        ]
        .concat()
    }
}

/// The core's storage traits on a connection.
pub struct Sql<C> {
    connection: C,
    statements: Arc<Statements>,
}

impl<C: Connection> Sql<C> {
    /// Puts the statements before a connection.
    pub fn new(connection: C, statements: Arc<Statements>) -> Self {
        Self { connection, statements }
    }
}

impl<C: Connection> Reads for Sql<C> {
    fn accounts(&mut self) -> &mut dyn AccountReads {
        self
    }

    fn audit(&mut self) -> &mut dyn AuditReads {
        self
    }

    fn events(&mut self) -> &mut dyn EventReads {
        self
    }

    fn groups(&mut self) -> &mut dyn GroupReads {
        self
    }

    fn guesses(&mut self) -> &mut dyn GuessReads {
        self
    }

    fn logins(&mut self) -> &mut dyn LoginReads {
        self
    }

    fn mail(&mut self) -> &mut dyn MailReads {
        self
    }

    fn messages(&mut self) -> &mut dyn MessageReads {
        self
    }

    fn sessions(&mut self) -> &mut dyn SessionReads {
        self
    }

    fn stream(&mut self) -> &mut dyn StreamReads {
        self
    }
}

#[async_trait]
impl<C: Writing> Transaction for Sql<C> {
    fn accounts(&mut self) -> &mut dyn AccountWrites {
        self
    }

    fn audit(&mut self) -> &mut dyn AuditWrites {
        self
    }

    fn events(&mut self) -> &mut dyn EventWrites {
        self
    }

    fn groups(&mut self) -> &mut dyn GroupWrites {
        self
    }

    fn guesses(&mut self) -> &mut dyn GuessWrites {
        self
    }

    fn idempotency(&mut self) -> &mut dyn IdempotencyWrites {
        self
    }

    fn logins(&mut self) -> &mut dyn LoginWrites {
        self
    }

    fn mail(&mut self) -> &mut dyn MailWrites {
        self
    }

    fn messages(&mut self) -> &mut dyn MessageWrites {
        self
    }

    fn sessions(&mut self) -> &mut dyn SessionWrites {
        self
    }

    fn stream(&mut self) -> &mut dyn StreamWrites {
        self
    }

    fn take_over(&mut self) -> &mut dyn TakeOverWrites {
        self
    }

    async fn commit(self: Box<Self>) -> Result<(), StorageError> {
        self.connection.commit().await
    }
}
