//! Calls of the stream that its engine makes, for programs that want to make them themselves.

use guildhall_openapi::Endpoint;
use guildhall_openapi::stream::{CreateTicket, Sync, SyncAnswer, SyncQuery, Ticket};

use super::{Method, Shape};
use crate::call::Call;
use crate::client::Client;
use crate::error::Error;

impl Client {
    /// Reads the stream once, without following it: what happened since a cursor.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn sync(&self, query: &SyncQuery) -> Result<SyncAnswer, Error> {
        self.send(Call::<Sync>::to(&[]).query(query)).await
    }

    /// Makes a ticket, with which something else opens the stream's socket in this person's name.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn create_ticket(&self) -> Result<Ticket, Error> {
        self.send(Call::<CreateTicket>::to(&[])).await
    }
}

/// The methods of this module.
pub(super) const METHODS: &[Method] = &[
    Method { aggregate: "", name: "sync", operation: Sync::OPERATION.id, shape: Shape::Answer },
    Method {
        aggregate: "",
        name: "create_ticket",
        operation: CreateTicket::OPERATION.id,
        shape: Shape::Answer,
    },
];
