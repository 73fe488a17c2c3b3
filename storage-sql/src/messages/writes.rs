//! Sending and reading messages.

use std::collections::HashMap;

use async_trait::async_trait;
use guildhall_core::messages::{Draft, MessageWrites, Sent, Unread};
use guildhall_core::openapi::{Message, MessageId, Timestamp, UserId};
use guildhall_core::storage::StorageError;
use guildhall_core::stream::{Log, Told};
use sea_query::{Expr, ExprTrait, Order, Query, SelectStatement, SimpleExpr};
use serde::Deserialize;

use super::{COLUMNS, MessageRow};
use crate::columns::{Messages, Stream, Users};
use crate::statement::{Statement, array, decode, decode_one, hole, text, values};
use crate::stream::{everyone, head, next};
use crate::{Dialect, Sql, Writing};

/// What was written of a message that was sent, in the order of [`SentRow`].
const SENT: [Messages; 4] =
    [Messages::Id, Messages::SenderNumber, Messages::ReceiverNumber, Messages::Behind];

#[derive(Deserialize)]
struct SentRow(MessageId, i64, i64, i64);

/// What a trigger wrote of a message that was read, in the order of [`ReadRow`].
const READ: [Stream; 3] = [Stream::Subject, Stream::Number, Stream::Behind];

#[derive(Deserialize)]
struct ReadRow(MessageId, i64, i64);

#[derive(Debug)]
pub(super) struct Statements {
    insert: Statement,
    read_one: Statement,
    read_from: Statement,
    last_told: Statement,
}

/// The message, if the receiver is there, with the numbers that come next in the logs.
fn insert<D: Dialect>() -> Statement {
    let receiver = (Users::Table, Users::Id);
    let row = Query::select()
        .expr(hole())
        .expr(hole())
        .expr(hole())
        .column(receiver)
        .expr(hole())
        .expr(hole())
        .expr(next(hole()))
        .expr(next(Expr::col(receiver)))
        .expr(head(everyone()))
        .from(Users::Table)
        .and_where(Expr::col(receiver).eq(hole()))
        .and_where(Expr::col(Users::DeletedAt).is_null())
        .take();
    D::send_message(
        Query::insert()
            .into_table(Messages::Table)
            .columns([
                Messages::Content,
                Messages::CreatedAt,
                Messages::SenderId,
                Messages::ReceiverId,
                Messages::LowerId,
                Messages::HigherId,
                Messages::SenderNumber,
                Messages::ReceiverNumber,
                Messages::Behind,
            ])
            .select_from(row)
            .expect("as many values as columns")
            .returning(Query::returning().expr(text(array::<D, _>(&SENT))))
            .take(),
    )
}

/// The oldest that someone received from one sender and has not read.
fn oldest_unread() -> SelectStatement {
    Query::select()
        .column(Messages::Id)
        .from(Messages::Table)
        .and_where(Expr::col(Messages::ReceiverId).eq(hole()))
        .and_where(Expr::col(Messages::SenderId).eq(hole()))
        .and_where(Expr::col(Messages::ReadAt).is_null())
        .order_by(Messages::Id, Order::Asc)
        .limit(0)
        .take()
}

fn read<D: Dialect>(which: SimpleExpr) -> Statement {
    Statement::new::<D>(
        Query::update()
            .table(Messages::Table)
            .value(Messages::ReadAt, hole())
            .and_where(Expr::col(Messages::ReceiverId).eq(hole()))
            .and_where(which)
            .and_where(Expr::col(Messages::ReadAt).is_null())
            .returning(Query::returning().expr(text(array::<D, _>(&COLUMNS)))),
    )
}

/// The last rows of a log.
fn last_told<D: Dialect>() -> Statement {
    let rows = Query::select()
        .columns(READ)
        .from(Stream::Table)
        .and_where(Expr::col(Stream::Log).eq(hole()))
        .and_where(Expr::col(Stream::Number).gt(head(hole()).sub(hole())))
        .order_by(Stream::Number, Order::Asc)
        .take();
    Statement::new::<D>(&rows)
}

impl Statements {
    pub(super) fn new<D: Dialect>() -> Self {
        Self {
            insert: insert::<D>(),
            read_one: read::<D>(Expr::col(Messages::Id).eq(hole())),
            read_from: read::<D>(Expr::col(Messages::Id).in_subquery(oldest_unread())),
            last_told: last_told::<D>(),
        }
    }

    pub(super) fn lists(&self) -> [(&'static str, &Statement); 2] {
        [("unread messages from one", &self.read_from), ("last rows of a log", &self.last_told)]
    }
}

#[async_trait]
impl<C: Writing> MessageWrites for Sql<C> {
    async fn insert(&mut self, draft: &Draft) -> Result<Option<Sent>, StorageError> {
        let Draft { content, sender, receiver, now } = draft;
        let insert = &self.statements.messages.writes.insert;
        let row = || (content, now.as_micros(), sender, receiver);
        let values = insert.values(row, || {
            let (lower, higher) = (sender.min(receiver), sender.max(receiver));
            values![
                content.as_str(),
                now.as_micros(),
                sender.get(),
                lower.get(),
                higher.get(),
                sender.get(),
                receiver.get(),
            ]
        })?;
        let cells = self.connection.rows(insert, values).await?;
        let Some(SentRow(id, sent, received, behind)) = decode_one(&cells)? else {
            return Ok(None);
        };
        let mut told = vec![Told { log: Log::User(*receiver), number: received, behind }];
        if sender != receiver {
            told.push(Told { log: Log::User(*sender), number: sent, behind });
        }
        Ok(Some(Sent { id, told }))
    }

    async fn read(
        &mut self,
        receiver: UserId,
        which: Unread,
        now: Timestamp,
    ) -> Result<Vec<(Message, Told)>, StorageError> {
        let statements = &self.statements.messages.writes;
        let (read, which) = match which {
            Unread::One(id) => (&statements.read_one, values![id.get()]),
            Unread::From(sender, most) => {
                let most = i64::from(most);
                (&statements.read_from, values![receiver.get(), sender.get(), most])
            }
        };
        let mut values = values![now.as_micros(), receiver.get()];
        values.0.extend(which.0);
        let cells = self.connection.rows(read, values).await?;
        let read = cells.iter().map(|cell| decode::<MessageRow>(cell).map(Message::from));
        let mut read = read.collect::<Result<Vec<_>, _>>()?;
        read.sort_by_key(|message| message.id);
        let Some(sender) = read.first().map(|message| message.sender_id) else {
            return Ok(Vec::new());
        };
        // All are from one sender, whose log is locked by now: its last rows tell of these.
        let count = i64::try_from(read.len()).unwrap_or(i64::MAX);
        let values = values![sender.get(), sender.get(), count];
        let rows = self.connection.page(&statements.last_told, values).await?;
        let log = Log::User(sender);
        let told = |ReadRow(id, number, behind)| (id, Told { log, number, behind });
        let told: HashMap<_, _> = rows.into_iter().map(told).collect();
        let with_told = |message: Message| match told.get(&message.id) {
            Some(told) => Ok((message, *told)),
            None => Err(StorageError::Corrupt(format!("{} was not told", message.id).into())),
        };
        read.into_iter().map(with_told).collect()
    }
}
