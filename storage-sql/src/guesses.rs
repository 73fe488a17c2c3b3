//! The statements of limits on guessing.

use async_trait::async_trait;
use guildhall_core::guesses::{GuessReads, GuessWrites, Tries};
use guildhall_core::openapi::{KnownAddress, Timestamp, UserId};
use guildhall_core::storage::StorageError;
use sea_query::{Expr, ExprTrait, LockBehavior, LockType, OnConflict, Order, Query};
use serde::Deserialize;

use crate::columns::{Devices, Guesses, time};
use crate::statement::{Statement, array, decode_one, hole, text, values};
use crate::{Connection, Dialect, Sql, Writing};

const COLUMNS: [Guesses; 3] = [Guesses::Count, Guesses::Since, Guesses::Last];

#[derive(Deserialize)]
struct TriesRow(i64, i64, i64);

impl From<TriesRow> for Tries {
    fn from(TriesRow(count, since, last): TriesRow) -> Self {
        let (since, last) = (Timestamp::from_micros(since), Timestamp::from_micros(last));
        Self { count, since, last }
    }
}

#[derive(Deserialize)]
struct AddressRow(String, #[serde(deserialize_with = "time")] Timestamp);

impl From<AddressRow> for KnownAddress {
    fn from(AddressRow(ip, seen_at): AddressRow) -> Self {
        Self { ip, seen_at }
    }
}

#[derive(Debug)]
pub(crate) struct Statements {
    addresses: Statement,
    forget_addresses: Statement,
    clear_all: Statement,
    knows: Statement,
    tries: Statement,
    lock: Statement,
    store: Statement,
    clear: Statement,
    forget: Statement,
    remember: Statement,
    forget_devices: Statement,
}

impl Statements {
    pub(crate) fn new<D: Dialect>() -> Self {
        // What another transaction holds is in use, and waiting for it could be for ever: it may
        // want to forget what this one holds.
        let old_keys = Query::select()
            .column(Guesses::Key)
            .from(Guesses::Table)
            .and_where(Expr::col(Guesses::Last).lt(hole()))
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .take();
        let old_devices = Query::select()
            .column(Devices::Ip)
            .from(Devices::Table)
            .and_where(Expr::col(Devices::UserId).eq(hole()))
            .and_where(Expr::col(Devices::SeenAt).lt(hole()))
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .take();
        Self {
            addresses: Statement::new::<D>(
                Query::select()
                    .columns([Devices::Ip, Devices::SeenAt])
                    .from(Devices::Table)
                    .and_where(Expr::col(Devices::UserId).eq(hole()))
                    .order_by(Devices::Ip, Order::Asc),
            ),
            forget_addresses: Statement::new::<D>(
                Query::delete()
                    .from_table(Devices::Table)
                    .and_where(Expr::col(Devices::UserId).eq(hole())),
            ),
            clear_all: Statement::new::<D>(
                Query::delete()
                    .from_table(Guesses::Table)
                    .and_where(Expr::col(Guesses::Key).gte(hole()))
                    .and_where(Expr::col(Guesses::Key).lt(hole())),
            ),
            knows: Statement::new::<D>(
                Query::select()
                    .expr(text(Expr::col(Devices::SeenAt)))
                    .from(Devices::Table)
                    .and_where(Expr::col(Devices::UserId).eq(hole()))
                    .and_where(Expr::col(Devices::Ip).eq(hole()))
                    .and_where(Expr::col(Devices::SeenAt).gte(hole())),
            ),
            tries: Statement::new::<D>(
                Query::select()
                    .expr(text(array::<D, _>(&COLUMNS)))
                    .from(Guesses::Table)
                    .and_where(Expr::col(Guesses::Key).eq(hole())),
            ),
            // An update that changes nothing locks the row that is there.
            lock: Statement::new::<D>(
                Query::insert()
                    .into_table(Guesses::Table)
                    .columns([Guesses::Key, Guesses::Count, Guesses::Since, Guesses::Last])
                    .values_panic((0..4).map(|_| hole()))
                    .on_conflict(
                        OnConflict::column(Guesses::Key)
                            .value(Guesses::Key, Expr::col((Guesses::Table, Guesses::Key)))
                            .to_owned(),
                    )
                    .returning(Query::returning().expr(text(array::<D, _>(&COLUMNS)))),
            ),
            store: Statement::new::<D>(
                Query::update()
                    .table(Guesses::Table)
                    .values(COLUMNS.map(|column| (column, hole())))
                    .and_where(Expr::col(Guesses::Key).eq(hole())),
            ),
            clear: Statement::new::<D>(
                Query::delete()
                    .from_table(Guesses::Table)
                    .and_where(Expr::col(Guesses::Key).eq(hole())),
            ),
            forget: Statement::new::<D>(
                Query::delete()
                    .from_table(Guesses::Table)
                    .and_where(Expr::col(Guesses::Key).in_subquery(old_keys)),
            ),
            remember: Statement::new::<D>(
                Query::insert()
                    .into_table(Devices::Table)
                    .columns([Devices::UserId, Devices::Ip, Devices::SeenAt])
                    .values_panic((0..3).map(|_| hole()))
                    .on_conflict(
                        OnConflict::columns([Devices::UserId, Devices::Ip])
                            .update_column(Devices::SeenAt)
                            .to_owned(),
                    ),
            ),
            forget_devices: Statement::new::<D>(
                Query::delete()
                    .from_table(Devices::Table)
                    .and_where(Expr::col(Devices::UserId).eq(hole()))
                    .and_where(Expr::col(Devices::Ip).in_subquery(old_devices)),
            ),
        }
    }

    pub(crate) fn lists(&self) -> Vec<(&'static str, &Statement)> {
        vec![("addresses", &self.addresses)]
    }
}

#[async_trait]
impl<C: Connection> GuessReads for Sql<C> {
    async fn knows(
        &mut self,
        user: UserId,
        ip: &str,
        since: Timestamp,
    ) -> Result<bool, StorageError> {
        let values = values![user.get(), ip, since.as_micros()];
        let seen = self.connection.rows(&self.statements.guesses.knows, values).await?;
        Ok(!seen.is_empty())
    }

    async fn addresses(&mut self, user: UserId) -> Result<Vec<KnownAddress>, StorageError> {
        let addresses = &self.statements.guesses.addresses;
        let rows: Vec<AddressRow> = self.connection.page(addresses, values![user.get()]).await?;
        Ok(rows.into_iter().map(KnownAddress::from).collect())
    }

    async fn tries(&mut self, key: &str) -> Result<Option<Tries>, StorageError> {
        let cells = self.connection.rows(&self.statements.guesses.tries, values![key]).await?;
        Ok(decode_one::<TriesRow>(&cells)?.map(Tries::from))
    }
}

#[async_trait]
impl<C: Writing> GuessWrites for Sql<C> {
    async fn lock(&mut self, key: &str, fresh: Tries) -> Result<Tries, StorageError> {
        let values = values![key, fresh.count, fresh.since.as_micros(), fresh.last.as_micros()];
        let cells = self.connection.rows(&self.statements.guesses.lock, values).await?;
        Ok(decode_one::<TriesRow>(&cells)?.map_or(fresh, Tries::from))
    }

    async fn store(
        &mut self,
        key: &str,
        tries: Tries,
        forget_before: Timestamp,
    ) -> Result<(), StorageError> {
        let statements = &self.statements.guesses;
        let values = values![tries.count, tries.since.as_micros(), tries.last.as_micros(), key];
        self.connection.rows(&statements.store, values).await?;
        let before = values![forget_before.as_micros()];
        self.connection.rows(&statements.forget, before).await.map(drop)
    }

    async fn clear(&mut self, key: &str) -> Result<(), StorageError> {
        self.connection.rows(&self.statements.guesses.clear, values![key]).await.map(drop)
    }

    async fn clear_all(&mut self, key: &str) -> Result<(), StorageError> {
        self.clear(key).await?;
        // Bytes are compared, and `A` comes behind `@`.
        let values = values![format!("{key}@"), format!("{key}A")];
        self.connection.rows(&self.statements.guesses.clear_all, values).await.map(drop)
    }

    async fn remember(
        &mut self,
        user: UserId,
        ip: &str,
        now: Timestamp,
        forget_before: Timestamp,
    ) -> Result<(), StorageError> {
        let statements = &self.statements.guesses;
        let device = values![user.get(), ip, now.as_micros()];
        self.connection.rows(&statements.remember, device).await?;
        let before = values![user.get(), user.get(), forget_before.as_micros()];
        self.connection.rows(&statements.forget_devices, before).await.map(drop)
    }

    async fn forget_addresses(&mut self, user: UserId) -> Result<(), StorageError> {
        let statement = &self.statements.guesses.forget_addresses;
        self.connection.rows(statement, values![user.get()]).await.map(drop)
    }
}
