//! Telling, and forgetting what was told.

use async_trait::async_trait;
use guildhall_core::openapi::{Push, SessionId, Timestamp, UserId};
use guildhall_core::storage::StorageError;
use guildhall_core::stream::{Audience, Log, StreamWrites, Told};
use sea_query::{
    Expr, ExprTrait, Func, InsertStatement, IntoIden, LockBehavior, LockType, OnConflict, Order,
    Query, SelectStatement, UnionType,
};
use serde::Deserialize;

use super::{everyone, head, next, nothing};
use crate::columns::{Changes, Logs, SessionUsers, Sessions, Stream, Tickets, Users};
use crate::list::numbers;
use crate::statement::{Statement, array, collected, decode, hole, nested, text, values};
use crate::{Dialect, Sql, Writing};

/// What a trigger wrote of a change, in the order of [`ToldRow`].
const TOLD: [Changes; 2] = [Changes::Behind, Changes::Told];

/// Who was told is a JSON text of its own.
#[derive(Deserialize)]
struct ToldRow(i64, String);

#[derive(Debug)]
pub(super) struct Statements {
    tell_one: Statement,
    tell_session: Statement,
    lock: Statement,
    forget_rows: Statement,
    forget_changes: Statement,
    forget_tickets: Statement,
    spend_ticket: Statement,
}

/// A row of what was changed, with the numbers that come next in the logs of the audience.
pub(crate) fn change<D: Dialect>(body: Expr, audience: SelectStatement) -> SelectStatement {
    let log = Expr::col(("audience", Logs::Log));
    let told = Query::select()
        .column(Logs::Log)
        .expr_as(next(log), Logs::Number)
        .from_subquery(audience, "audience")
        .order_by(Logs::Log, Order::Asc)
        .take();
    Query::select()
        .expr(body)
        .expr(hole())
        .expr(head(everyone()))
        .expr(nested(collected::<D, _>(told, &[Logs::Log, Logs::Number])))
        .take()
}

/// Adds such a row.
pub(crate) fn tell(change: SelectStatement) -> InsertStatement {
    Query::insert()
        .into_table(Changes::Table)
        .columns([Changes::Body, Changes::WrittenAt, Changes::Behind, Changes::Told])
        .select_from(change)
        .expect("as many values as columns")
        .take()
}

/// Who was told of a row that was added: what [`told`] reads.
pub(crate) fn told_cell<D: Dialect>() -> Expr {
    text(array::<D, _>(&TOLD))
}

/// Reads a [`told_cell`].
pub(crate) fn told(cell: &str) -> Result<Vec<Told>, StorageError> {
    let ToldRow(behind, told) = decode(cell)?;
    let row = |(log, number)| Some(Told { log: Log::named(log)?, number, behind });
    Ok(decode::<Vec<_>>(&told)?.into_iter().filter_map(row).collect())
}

fn telling<D: Dialect>(audience: SelectStatement) -> Statement {
    let returning = Query::returning().expr(told_cell::<D>());
    Statement::new::<D>(tell(change::<D>(hole(), audience)).returning(returning))
}

/// The owners and the users of some sessions, each once.
fn concerned(these: impl Fn(Expr) -> Expr) -> SelectStatement {
    let users = Query::select()
        .column(SessionUsers::UserId)
        .from(SessionUsers::Table)
        .and_where(these(Expr::col(SessionUsers::SessionId)))
        .take();
    Query::select()
        .expr_as(Expr::col(Sessions::OwnerId), Logs::Log)
        .from(Sessions::Table)
        .and_where(these(Expr::col(Sessions::Id)))
        .union(UnionType::Distinct, users)
        .take()
}

/// Those whom a session concerns, and one more if there is one.
fn session() -> SelectStatement {
    let one_more = Query::select()
        .column(Users::Id)
        .from(Users::Table)
        .and_where(Expr::col(Users::Id).eq(hole()))
        .take();
    concerned(|id| id.eq(hole())).union(UnionType::Distinct, one_more).take()
}

/// An update that changes nothing locks the counter of a log; one that is not there is made.
fn lock<D: Dialect>() -> Statement {
    let sessions = concerned(|id| id.in_subquery(D::numbers(hole())));
    let counters = Query::select()
        .column(Logs::Log)
        .expr(Expr::cust("0"))
        .from_subquery(sessions, "audience")
        .order_by(Logs::Log, Order::Asc)
        .take();
    let unchanged = OnConflict::column(Logs::Log)
        .value(Logs::Number, Expr::col((Logs::Table, Logs::Number)))
        .to_owned();
    Statement::new::<D>(
        Query::insert()
            .into_table(Logs::Table)
            .columns([Logs::Log, Logs::Number])
            .select_from(counters)
            .expect("as many values as columns")
            .on_conflict(unchanged),
    )
}

/// Removes the oldest of those rows that are older than a time, up to a number of them.
fn forget<D: Dialect, I: IntoIden + Copy>(
    table: I,
    key: &[I],
    time: I,
    only: Option<Expr>,
) -> Statement {
    let oldest = Query::select()
        .columns(key.iter().copied())
        .from(table)
        .and_where(Expr::col(time).lt(hole()))
        .and_where_option(only)
        .order_by(time, Order::Asc)
        .limit(0)
        // What another transaction removes is left to it.
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .take();
    let key = Expr::tuple(key.iter().map(|column| Expr::col(*column)));
    Statement::new::<D>(
        Query::delete()
            .from_table(table)
            .and_where(key.in_subquery(oldest))
            .returning(Query::returning().expr(text(Expr::cust("1")))),
    )
}

/// Changes are removed once nothing is left that was told as early: what is told of them is whole
/// as long as it is there.
fn forget_changes<D: Dialect>() -> Statement {
    let first = Query::select().expr(Expr::col(Stream::WrittenAt).min()).from(Stream::Table).take();
    let first = Func::coalesce([first.into(), Expr::cust(i64::MAX.to_string())]);
    let untold = Expr::col(Changes::WrittenAt).lt(first);
    forget::<D, _>(Changes::Table, &[Changes::Id], Changes::WrittenAt, Some(untold))
}

impl Statements {
    pub(super) fn new<D: Dialect>() -> Self {
        let one = Query::select().expr_as(hole(), Logs::Log).take();
        Self {
            tell_one: telling::<D>(one),
            tell_session: telling::<D>(session()),
            lock: lock::<D>(),
            forget_rows: forget::<D, _>(
                Stream::Table,
                &[Stream::Log, Stream::Number],
                Stream::WrittenAt,
                None,
            ),
            forget_changes: forget_changes::<D>(),
            forget_tickets: forget::<D, _>(Tickets::Table, &[Tickets::Name], Tickets::Until, None),
            spend_ticket: Statement::new::<D>(
                Query::insert()
                    .into_table(Tickets::Table)
                    .columns([Tickets::Name, Tickets::Until])
                    .values_panic((0..2).map(|_| hole()))
                    .on_conflict(OnConflict::new().do_nothing().to_owned())
                    .returning(Query::returning().expr(text(Expr::col(Tickets::Name)))),
            ),
        }
    }
}

#[async_trait]
impl<C: Writing> StreamWrites for Sql<C> {
    async fn publish(
        &mut self,
        audience: Audience,
        push: &Push,
        now: Timestamp,
    ) -> Result<Vec<Told>, StorageError> {
        let statements = &self.statements.stream.writes;
        let body = serde_json::to_string(push).map_err(|e| StorageError::Backend(e.into()))?;
        let (tell, to) = match audience {
            Audience::User(user) => (&statements.tell_one, values![Log::User(user).get()]),
            Audience::Everyone => (&statements.tell_one, values![Log::Everyone.get()]),
            Audience::Session(id, one_more) => {
                let one_more = one_more.map(UserId::get);
                (&statements.tell_session, values![id.get(), id.get(), one_more])
            }
        };
        let mut values = values![body, now.as_micros()];
        values.0.extend(to.0);
        let cells = self.connection.rows(tell, values).await?;
        told(cells.first().ok_or_else(nothing)?)
    }

    async fn lock(&mut self, sessions: &[SessionId]) -> Result<(), StorageError> {
        let sessions = numbers(sessions.iter().map(|id| id.get()));
        let values = values![sessions.clone(), sessions];
        self.connection.rows(&self.statements.stream.writes.lock, values).await.map(drop)
    }

    async fn prune(&mut self, before: Timestamp, most: u32) -> Result<u64, StorageError> {
        let statements = &self.statements.stream.writes;
        let mut removed = 0;
        // In this order: a change goes after what was told of it.
        for forget in [&statements.forget_rows, &statements.forget_changes] {
            let values = values![before.as_micros(), i64::from(most)];
            removed += self.connection.rows(forget, values).await?.len() as u64;
        }
        Ok(removed)
    }

    async fn spend_ticket(&mut self, ticket: &str, until: Timestamp) -> Result<bool, StorageError> {
        let values = values![ticket, until.as_micros()];
        let spend = &self.statements.stream.writes.spend_ticket;
        Ok(!self.connection.rows(spend, values).await?.is_empty())
    }

    async fn forget_tickets(&mut self, before: Timestamp, most: u32) -> Result<u64, StorageError> {
        let values = values![before.as_micros(), i64::from(most)];
        let forget = &self.statements.stream.writes.forget_tickets;
        Ok(self.connection.rows(forget, values).await?.len() as u64)
    }
}
