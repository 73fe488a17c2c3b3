//! Messages that are taken over. Their numbers in the logs are found here, under the locks of the logs; what a
//! trigger writes of a message on SQLite is then what it would be anyway, and is written once more where it
//! differs: when it was told, and that it may have been read.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use guildhall_core::openapi::{Message, MessageId, Timestamp, UserId};
use guildhall_core::storage::StorageError;
use guildhall_core::stream::{Log, StreamReads as _};
use sea_query::{Expr, ExprTrait, OnConflict, Query};
use serde::Deserialize;

use super::many;
use super::rows::{Cell, by_ids, given, insert_all, inserting, upsert};
use crate::columns::{Conversations, Logs, Messages, Stream, flag};
use crate::list::numbers;
use crate::messages::{COLUMNS, MessageRow};
use crate::statement::{Statement, array, decode, hole, text, values};
use crate::{Connection, Dialect, Sql, Writing};

#[derive(Debug)]
pub(super) struct Statements {
    by_id: Statement,
    lock_logs: Statement,
    add: Statement,
    set_logs: Statement,
    tell: Statement,
    conversations: Statement,
    /// Puts all of some users' conversations in the order of their last messages.
    order: Statement,
    set_conversations: Statement,
}

/// One side of a conversation, as it is counted.
#[derive(Clone, Copy, Default)]
struct Side {
    last: i64,
    unread: i64,
    other_wrote: bool,
}

#[derive(Deserialize)]
struct SideRow(UserId, UserId, i64, i64, #[serde(deserialize_with = "flag")] bool);

impl Statements {
    pub(super) fn new<D: Dialect>() -> Self {
        use Cell::{Flag, Number, Text};
        let unchanged = OnConflict::column(Logs::Log)
            .value(Logs::Number, Expr::col((Logs::Table, Logs::Number)))
            .to_owned();
        let side = |column| Expr::col((Conversations::Table, column));
        Self {
            by_id: by_ids::<D, _>(Messages::Table, Messages::Id, COLUMNS),
            lock_logs: Statement::new::<D>(
                inserting::<D, _>(Logs::Table, &[(Logs::Log, Number), (Logs::Number, Number)])
                    .on_conflict(unchanged)
                    .returning(
                        Query::returning().expr(text(array::<D, _>(&[Logs::Log, Logs::Number]))),
                    ),
            ),
            add: insert_all::<D, _>(
                Messages::Table,
                &[
                    (Messages::Id, Number),
                    (Messages::Content, Text),
                    (Messages::CreatedAt, Number),
                    (Messages::SenderId, Number),
                    (Messages::ReceiverId, Number),
                    (Messages::ReadAt, Number),
                    (Messages::LowerId, Number),
                    (Messages::HigherId, Number),
                    (Messages::SenderNumber, Number),
                    (Messages::ReceiverNumber, Number),
                    (Messages::Behind, Number),
                ],
            ),
            set_logs: upsert::<D, _>(
                Logs::Table,
                &[(Logs::Log, Number), (Logs::Number, Number)],
                &[Logs::Log],
                &[Logs::Number],
            ),
            tell: upsert::<D, _>(
                Stream::Table,
                &[
                    (Stream::Log, Number),
                    (Stream::Number, Number),
                    (Stream::Behind, Number),
                    (Stream::Kind, Text),
                    (Stream::Subject, Number),
                    (Stream::WrittenAt, Number),
                ],
                &[Stream::Log, Stream::Number],
                &[Stream::WrittenAt],
            ),
            conversations: Statement::new::<D>(
                given::<D>()
                    .columns([
                        (Conversations::Table, Conversations::UserId),
                        (Conversations::Table, Conversations::OtherId),
                        (Conversations::Table, Conversations::LastMessageId),
                        (Conversations::Table, Conversations::UnreadCount),
                        (Conversations::Table, Conversations::OtherWrote),
                    ])
                    .cross_join(Conversations::Table)
                    .and_where(side(Conversations::UserId).eq(Number.at(0)))
                    .and_where(side(Conversations::OtherId).eq(Number.at(1))),
            ),
            order: Statement::new::<D>(
                Query::update()
                    .table(Conversations::Table)
                    .value(Conversations::NewestSince, Expr::col(Conversations::LastMessageId))
                    .and_where(Expr::col(Conversations::UserId).in_subquery(D::numbers(hole())))
                    .and_where(
                        Expr::col(Conversations::NewestSince)
                            .ne(Expr::col(Conversations::LastMessageId)),
                    ),
            ),
            set_conversations: upsert::<D, _>(
                Conversations::Table,
                &[
                    (Conversations::UserId, Number),
                    (Conversations::OtherId, Number),
                    (Conversations::LastMessageId, Number),
                    (Conversations::NewestSince, Number),
                    (Conversations::UnreadCount, Number),
                    (Conversations::OtherWrote, Flag),
                ],
                &[Conversations::UserId, Conversations::OtherId],
                &[
                    Conversations::LastMessageId,
                    Conversations::NewestSince,
                    Conversations::UnreadCount,
                    Conversations::OtherWrote,
                ],
            ),
        }
    }
}

/// Both sides of a message, each once: who sees it, whom it is with, and whether it was received.
fn sides(message: &Message) -> impl Iterator<Item = (UserId, UserId, bool)> {
    let Message { sender_id, receiver_id, .. } = *message;
    let sent = (sender_id != receiver_id).then_some((sender_id, receiver_id, false));
    [(receiver_id, sender_id, true)].into_iter().chain(sent)
}

impl<C: Connection> Sql<C> {
    pub(super) async fn messages_standing(
        &mut self,
        messages: &[Message],
    ) -> Result<HashMap<MessageId, Message>, StorageError> {
        let ids = numbers(messages.iter().map(|message| message.id.get()));
        let by_id = &self.statements.takeover.messages.by_id;
        let rows = self.connection.page::<MessageRow>(by_id, values![ids]).await?;
        Ok(rows.into_iter().map(Message::from).map(|message| (message.id, message)).collect())
    }
}

impl<C: Writing> Sql<C> {
    /// Adds messages whose ids are free.
    pub(super) async fn add_messages(
        &mut self,
        messages: &[&Message],
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let statements = self.statements.clone();
        let statements = &statements.takeover.messages;
        let users: BTreeSet<i64> = messages
            .iter()
            .flat_map(|message| sides(message))
            .map(|(user, ..)| user.get())
            .collect();
        // In their order, so that no two wait for each other.
        let logs = many(users.iter().map(|user| (user, 0)))?;
        let logs = self.connection.rows(&statements.lock_logs, logs).await?;
        let logs = logs.iter().map(|cell| decode::<(i64, i64)>(cell));
        let mut logs: BTreeMap<i64, i64> = logs.collect::<Result<_, _>>()?;
        let behind = self.number(Log::Everyone).await?;
        let mut before = self.conversations_before(messages).await?;

        let (mut rows, mut told) = (Vec::new(), Vec::new());
        for message in messages {
            for (user, other, is_received) in sides(message) {
                let number = logs.entry(user.get()).or_default();
                *number += 1;
                let kind = "new_message";
                told.push((user, *number, behind, kind, message.id, now.as_micros()));
                let side = before.entry((user, other)).or_default();
                side.last = Ord::max(side.last, message.id.get());
                side.unread += i64::from(is_received && !message.is_read);
                side.other_wrote |= is_received;
            }
            let Message { id, content, sender_id, receiver_id, .. } = message;
            let number = |user: &UserId| logs.get(&user.get()).copied().unwrap_or_default();
            rows.push((
                id,
                content,
                message.created_at.as_micros(),
                sender_id,
                receiver_id,
                message.read_at.map(Timestamp::as_micros),
                Ord::min(sender_id, receiver_id),
                Ord::max(sender_id, receiver_id),
                number(sender_id),
                number(receiver_id),
                behind,
            ));
        }
        self.connection.rows(&statements.add, many(rows.into_iter())?).await?;
        self.connection.rows(&statements.set_logs, many(logs.iter())?).await?;
        self.connection.rows(&statements.tell, many(told.into_iter())?).await?;
        let users = numbers(users.into_iter());
        self.connection.rows(&statements.order, values![users]).await?;
        let sides = before.into_iter().map(|((user, other), side)| {
            let Side { last, unread, other_wrote } = side;
            (user, other, last, last, unread, other_wrote)
        });
        self.connection.rows(&statements.set_conversations, many(sides)?).await?;
        Ok(())
    }

    /// The conversations to which the messages belong, as they are now.
    async fn conversations_before(
        &mut self,
        messages: &[&Message],
    ) -> Result<BTreeMap<(UserId, UserId), Side>, StorageError> {
        let pairs: BTreeSet<_> = messages
            .iter()
            .flat_map(|message| sides(message))
            .map(|(user, other, _)| (user, other))
            .collect();
        let statements = self.statements.clone();
        let conversations = &statements.takeover.messages.conversations;
        let rows = many(pairs.into_iter())?;
        let rows = self.connection.page::<SideRow>(conversations, rows).await?;
        let side = |SideRow(user, other, last, unread, other_wrote)| {
            ((user, other), Side { last, unread, other_wrote })
        };
        Ok(rows.into_iter().map(side).collect())
    }
}
