//! The statements of the stream. Its rows are written by triggers (`0005_stream.sql`,
//! `0006_messages.sql`), with the numbers that the statements find to be the next ones, or with those
//! that have come next meanwhile; those of many at once by functions (`0008_fast_writes.sql`).

use async_trait::async_trait;
use guildhall_core::openapi::{Message, Push, Timestamp, UserId};
use guildhall_core::storage::StorageError;
use guildhall_core::stream::{Log, Place, Row, Slice, StreamReads};
use sea_query::{Expr, ExprTrait, Func, Order, Query, SelectStatement};
use serde::Deserialize;

use crate::columns::{Changes, Logs, Messages, Stream};
use crate::list::numbers;
use crate::messages::{MessageRow, message};
use crate::statement::{Statement, collected, decode, decode_one, hole, nested, text, values};
use crate::{Connection, Dialect, Sql};

pub(crate) mod writes;

/// What is read of a row, in the order of [`StreamRow`].
const COLUMNS: [Stream; 5] =
    [Stream::Number, Stream::Behind, Stream::WrittenAt, Stream::Kind, Stream::Told];

/// What is told is a JSON text of its own.
#[derive(Deserialize)]
struct StreamRow(i64, i64, i64, Kind, Option<String>);

/// What a row tells of.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    NewMessage,
    MessageRead,
    Change,
}

impl TryFrom<StreamRow> for Row<Option<Push>> {
    type Error = StorageError;

    fn try_from(row: StreamRow) -> Result<Self, StorageError> {
        let StreamRow(number, behind, written_at, kind, told) = row;
        let written_at = Timestamp::from_micros(written_at);
        let message = |told: &str| decode::<MessageRow>(told).map(Message::from);
        let push = |told: String| match kind {
            Kind::NewMessage => Ok(Push::NewMessage { message: message(&told)? }),
            Kind::MessageRead => Ok(Push::MessageRead { message: message(&told)? }),
            Kind::Change => decode(&told),
        };
        Ok(Self { number, behind, written_at, push: told.map(push).transpose()? })
    }
}

/// How far the logs are, and rows of each, which are a JSON text of their own.
#[derive(Deserialize)]
struct SliceRow(i64, i64, String, String);

#[derive(Deserialize)]
struct HeadRow(i64, i64);

#[derive(Debug)]
pub(crate) struct Statements {
    head: Statement,
    heads: Statement,
    number: Statement,
    shared: Statement,
    after: Statement,
    writes: writes::Statements,
}

/// The number of the last row that a log has had.
pub(crate) fn head(log: Expr) -> Expr {
    let number = Query::select()
        .column(Logs::Number)
        .from(Logs::Table)
        .and_where(Expr::col((Logs::Table, Logs::Log)).eq(log))
        .take();
    Func::coalesce([number.into(), Expr::cust("0")]).into()
}

/// The number of the row that comes next.
pub(crate) fn next(log: Expr) -> Expr {
    head(log).add(Expr::cust("1"))
}

/// The name of everyone's log.
pub(crate) fn everyone() -> Expr {
    Expr::cust("0")
}

/// The first rows of a log behind a number.
fn behind<D: Dialect>(log: Expr) -> SelectStatement {
    let subject = (Stream::Table, Stream::Subject);
    let body = Query::select()
        .column(Changes::Body)
        .from(Changes::Table)
        .and_where(Expr::col((Changes::Table, Changes::Id)).equals(subject))
        .take();
    let message =
        message::<D>().and_where(Expr::col((Messages::Table, Messages::Id)).equals(subject)).take();
    let is_change = Expr::col(Stream::Kind).eq(Expr::cust("'change'"));
    // Selected one by one, so that no planner takes it for a join of two large tables.
    let told = Expr::case(is_change, Expr::from(body)).finally(nested(message));
    let page = Query::select()
        .columns([Stream::Number, Stream::Behind, Stream::WrittenAt, Stream::Kind])
        .expr_as(told, Stream::Told)
        .from(Stream::Table)
        .and_where(Expr::col(Stream::Log).eq(log))
        .and_where(Expr::col(Stream::Number).gt(hole()))
        .order_by(Stream::Number, Order::Asc)
        .limit(0)
        .take();
    collected::<D, _>(page, &COLUMNS)
}

impl Statements {
    pub(crate) fn new<D: Dialect>() -> Self {
        let heads = || Func::cust(D::JSON_ARRAY).arg(head(hole())).arg(head(everyone()));
        let after = heads().arg(nested(behind::<D>(hole()))).arg(nested(behind::<D>(everyone())));
        let known = Query::select()
            .columns([Logs::Log, Logs::Number])
            .from(Logs::Table)
            .and_where(Expr::col(Logs::Log).in_subquery(D::numbers(hole())))
            // A log may have been locked before it had a row.
            .and_where(Expr::col(Logs::Number).gt(Expr::cust("0")))
            .take();
        Self {
            head: Statement::new::<D>(Query::select().expr(text(heads()))),
            heads: Statement::new::<D>(&known),
            number: Statement::new::<D>(Query::select().expr(text(head(hole())))),
            shared: Statement::new::<D>(&behind::<D>(everyone())),
            after: Statement::new::<D>(Query::select().expr(text(after))),
            writes: writes::Statements::new::<D>(),
        }
    }

    pub(crate) fn lists(&self) -> Vec<(&'static str, &Statement)> {
        vec![
            ("the stream", &self.after),
            ("everyone's log", &self.shared),
            ("heads of logs", &self.heads),
        ]
    }
}

#[async_trait]
impl<C: Connection> StreamReads for Sql<C> {
    async fn head(&mut self, user: UserId) -> Result<Place, StorageError> {
        let cells = self.connection.rows(&self.statements.stream.head, values![user.get()]).await?;
        let HeadRow(own, shared) = decode_one(&cells)?.ok_or_else(nothing)?;
        Ok(Place { own, shared })
    }

    async fn heads(&mut self, logs: &[Log]) -> Result<Vec<(Log, i64)>, StorageError> {
        let names = numbers(logs.iter().map(|log| log.get()));
        let heads = self.connection.page(&self.statements.stream.heads, values![names]).await?;
        let log = |HeadRow(name, number)| Some((Log::named(name)?, number));
        Ok(heads.into_iter().filter_map(log).collect())
    }

    async fn number(&mut self, log: Log) -> Result<i64, StorageError> {
        let cells =
            self.connection.rows(&self.statements.stream.number, values![log.get()]).await?;
        decode_one(&cells)?.ok_or_else(nothing)
    }

    async fn shared(&mut self, number: i64, limit: u32) -> Result<Vec<Row<Push>>, StorageError> {
        let values = values![number, i64::from(limit)];
        let cells = self.connection.rows(&self.statements.stream.shared, values).await?;
        let whole = |row: Row<Option<Push>>| {
            let Row { number, behind, written_at, push } = row;
            Some(Row { number, behind, written_at, push: push? })
        };
        let rows: Vec<StreamRow> = decode_one(&cells)?.unwrap_or_default();
        let rows = rows.into_iter().map(Row::try_from);
        Ok(rows.collect::<Result<Vec<_>, _>>()?.into_iter().filter_map(whole).collect())
    }

    async fn after(
        &mut self,
        user: UserId,
        place: Place,
        limit: u32,
    ) -> Result<Slice<Option<Push>>, StorageError> {
        let (user, limit) = (user.get(), i64::from(limit));
        let values = values![user, user, place.own, limit, place.shared, limit];
        let cells = self.connection.rows(&self.statements.stream.after, values).await?;
        let SliceRow(own, shared, of_own, of_shared) = decode_one(&cells)?.ok_or_else(nothing)?;
        let rows = |cell: &str| {
            let rows = decode::<Vec<StreamRow>>(cell)?.into_iter().map(Row::try_from);
            rows.collect::<Result<Vec<_>, _>>()
        };
        let head = Place { own, shared };
        Ok(Slice { head, own: rows(&of_own)?, shared: rows(&of_shared)? })
    }
}

/// A statement that always gives a row gave none.
fn nothing() -> StorageError {
    StorageError::Backend("no row came back".into())
}
