//! The statements of calls that may be asked for again.

use async_trait::async_trait;
use guildhall_core::idempotency::{Claim, Claimed, IdempotencyWrites};
use guildhall_core::openapi::{Timestamp, UserId};
use guildhall_core::storage::StorageError;
use sea_query::{Expr, ExprTrait, OnConflict, Query};
use serde::Deserialize;

use crate::columns::IdempotencyKeys;
use crate::statement::{Statement, array, decode_one, hole, text, values};
use crate::{Dialect, Sql, Writing};

const COLUMNS: [IdempotencyKeys; 2] = [IdempotencyKeys::Fingerprint, IdempotencyKeys::Answer];

#[derive(Deserialize)]
struct ClaimedRow(String, String);

#[derive(Debug)]
pub(crate) struct Statements {
    forget: Statement,
    take: Statement,
    find: Statement,
    answer: Statement,
    forget_user: Statement,
}

impl Statements {
    pub(crate) fn new<D: Dialect>() -> Self {
        Self {
            forget: Statement::new::<D>(
                Query::delete()
                    .from_table(IdempotencyKeys::Table)
                    .and_where(Expr::col(IdempotencyKeys::CreatedAt).lt(hole())),
            ),
            take: Statement::new::<D>(
                Query::insert()
                    .into_table(IdempotencyKeys::Table)
                    .columns([
                        IdempotencyKeys::UserId,
                        IdempotencyKeys::Key,
                        IdempotencyKeys::Fingerprint,
                        IdempotencyKeys::Answer,
                        IdempotencyKeys::CreatedAt,
                    ])
                    .values_panic((0..5).map(|_| hole()))
                    .on_conflict(OnConflict::new().do_nothing().to_owned())
                    .returning(Query::returning().expr(text(Expr::col(IdempotencyKeys::Key)))),
            ),
            find: Statement::new::<D>(
                Query::select()
                    .expr(text(array::<D, _>(&COLUMNS)))
                    .from(IdempotencyKeys::Table)
                    .and_where(Expr::col(IdempotencyKeys::UserId).eq(hole()))
                    .and_where(Expr::col(IdempotencyKeys::Key).eq(hole())),
            ),
            forget_user: Statement::new::<D>(
                Query::delete()
                    .from_table(IdempotencyKeys::Table)
                    .and_where(Expr::col(IdempotencyKeys::UserId).eq(hole())),
            ),
            answer: Statement::new::<D>(
                Query::update()
                    .table(IdempotencyKeys::Table)
                    .values([(IdempotencyKeys::Answer, hole())])
                    .and_where(Expr::col(IdempotencyKeys::UserId).eq(hole()))
                    .and_where(Expr::col(IdempotencyKeys::Key).eq(hole())),
            ),
        }
    }
}

#[async_trait]
impl<C: Writing> IdempotencyWrites for Sql<C> {
    async fn claim(
        &mut self,
        claim: &Claim,
        forget_before: Timestamp,
    ) -> Result<Option<Claimed>, StorageError> {
        let statements = &self.statements.idempotency;
        let Claim { user, key, fingerprint, now } = claim;
        self.connection.rows(&statements.forget, values![forget_before.as_micros()]).await?;
        let taking = values![user.get(), key.as_str(), fingerprint.as_str(), "", now.as_micros()];
        if !self.connection.rows(&statements.take, taking).await?.is_empty() {
            return Ok(None);
        }
        let cells =
            self.connection.rows(&statements.find, values![user.get(), key.as_str()]).await?;
        let found = decode_one::<ClaimedRow>(&cells)?;
        Ok(found.map(|ClaimedRow(fingerprint, answer)| Claimed { fingerprint, answer }))
    }

    async fn answer(&mut self, user: UserId, key: &str, answer: &str) -> Result<(), StorageError> {
        let values = values![answer, user.get(), key];
        self.connection.rows(&self.statements.idempotency.answer, values).await.map(drop)
    }

    async fn forget_user(&mut self, user: UserId) -> Result<(), StorageError> {
        let forget = &self.statements.idempotency.forget_user;
        self.connection.rows(forget, values![user.get()]).await.map(drop)
    }
}
