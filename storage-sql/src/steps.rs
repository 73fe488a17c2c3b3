//! Changes that are one step: the statements of transactions, each run on its own.

use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use guildhall_core::accounts::{AccountWrites, Draft};
use guildhall_core::events::EventWrites;
use guildhall_core::identity::Keys;
use guildhall_core::messages::{self, MessageWrites};
use guildhall_core::openapi::{Event, EventId, UserId};
use guildhall_core::storage::{Steps, StorageError};
use guildhall_core::stream::Told;

use crate::{Sql, Statements, Writing};

/// A database that can run each statement as a transaction of its own.
pub trait Stepping: Send + Sync + 'static {
    /// Runs them.
    type Connection: Writing;

    /// A connection for a step.
    fn connection(&self) -> impl Future<Output = Result<Self::Connection, StorageError>> + Send;
}

/// The core's [`Steps`] on a database.
pub struct SqlSteps<S> {
    database: S,
    statements: Arc<Statements>,
}

impl<S: Stepping> SqlSteps<S> {
    /// Puts the statements before a database.
    pub fn new(database: S, statements: Arc<Statements>) -> Self {
        Self { database, statements }
    }

    async fn sql(&self) -> Result<Sql<S::Connection>, StorageError> {
        Ok(Sql::new(self.database.connection().await?, Arc::clone(&self.statements)))
    }
}

#[async_trait]
impl<S: Stepping> Steps for SqlSteps<S> {
    async fn insert_account(&self, draft: &Draft, keys: &Keys) -> Result<UserId, StorageError> {
        AccountWrites::insert(&mut self.sql().await?, draft, keys).await
    }

    async fn create_event(&self, event: &Event) -> Result<(EventId, Vec<Told>), StorageError> {
        EventWrites::insert(&mut self.sql().await?, event).await
    }

    async fn send_message(
        &self,
        draft: &messages::Draft,
    ) -> Result<Option<messages::Sent>, StorageError> {
        MessageWrites::insert(&mut self.sql().await?, draft).await
    }
}
