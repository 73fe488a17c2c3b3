//! The statements of direct messages.
//!
//! What is told of messages, and what conversations show of them, is written by triggers or a function
//! (`0006_messages.sql`, `0009_conversations_in_place.sql`): so sending one is one statement, and many that
//! wait are one call.

use async_trait::async_trait;
use guildhall_core::messages::{Known, MessageReads};
use guildhall_core::openapi::messages::{ConversationQuery, ReceivedQuery};
use guildhall_core::openapi::page::Recent;
use guildhall_core::openapi::text::{FullName, MessageText, Username};
use guildhall_core::openapi::{Conversation, Correspondent, Message, MessageId, Timestamp, UserId};
use guildhall_core::storage::StorageError;
use sea_query::{Expr, ExprTrait, Order, Query, SelectStatement, UnionType, Value, Values};
use serde::Deserialize;

use crate::columns::{Conversations, Messages, Users, flag};
use crate::list::{limits, shown};
use crate::statement::{Statement, array, decode, decode_one, hole, text, values};
use crate::{Connection, Dialect, Sql};

mod writes;

/// What is shown of a message, in the order of [`MessageRow`].
pub(crate) const COLUMNS: [Messages; 6] = [
    Messages::Id,
    Messages::Content,
    Messages::CreatedAt,
    Messages::SenderId,
    Messages::ReceiverId,
    Messages::ReadAt,
];

#[derive(Deserialize)]
pub(crate) struct MessageRow(MessageId, MessageText, i64, UserId, UserId, Option<i64>);

impl From<MessageRow> for Message {
    fn from(row: MessageRow) -> Self {
        let MessageRow(id, content, created_at, sender_id, receiver_id, read_at) = row;
        let created_at = Timestamp::from_micros(created_at);
        let read_at = read_at.map(Timestamp::from_micros);
        let is_read = read_at.is_some();
        Self { id, content, created_at, sender_id, receiver_id, is_read, read_at }
    }
}

/// The other side and the last message are each a JSON text of its own.
#[derive(Deserialize)]
struct ConversationRow(String, String, u64, #[serde(deserialize_with = "flag")] bool);

#[derive(Deserialize)]
struct CorrespondentRow(UserId, Username, Option<FullName>, Option<i64>);

impl TryFrom<ConversationRow> for Known {
    type Error = StorageError;

    fn try_from(row: ConversationRow) -> Result<Self, StorageError> {
        let ConversationRow(user, last_message, unread_count, other_wrote) = row;
        let CorrespondentRow(id, username, full_name, deleted_at) = decode(&user)?;
        let (username, deleted) = (Some(username), deleted_at.is_some());
        let user = Correspondent { id, username, full_name, deleted };
        let last_message = decode::<MessageRow>(&last_message)?.into();
        Ok(Self { conversation: Conversation { user, last_message, unread_count }, other_wrote })
    }
}

#[derive(Debug)]
pub(crate) struct Statements {
    by_id: Statement,
    received: Statement,
    received_unread: Statement,
    received_read: Statement,
    sent: Statement,
    between: Statement,
    conversations: Statement,
    writes: writes::Statements,
}

/// A message as a JSON array.
pub(crate) fn message<D: Dialect>() -> SelectStatement {
    Query::select().expr(text(array::<D, _>(&COLUMNS))).from(Messages::Table).take()
}

/// Messages of which this is so, of those before one.
fn messages(are: Expr) -> SelectStatement {
    Query::select()
        .columns(COLUMNS)
        .from(Messages::Table)
        .and_where(are)
        .and_where(Expr::col(Messages::Id).lt(hole()))
        .take()
}

/// What someone received and has not read, or has read.
fn received(read_at: fn(Expr) -> Expr) -> SelectStatement {
    messages(Expr::col(Messages::ReceiverId).eq(hole()))
        .and_where(read_at(Expr::col(Messages::ReadAt)))
        .take()
}

/// All that someone received: a merge of the two, for which each comes in the order of its index.
fn received_at_all() -> SelectStatement {
    let in_order = |read_at| {
        let part = received(read_at).order_by(Messages::Id, Order::Desc).take();
        Query::select().columns(COLUMNS).from_subquery(part, Messages::Table).take()
    };
    in_order(Expr::is_null).union(UnionType::All, in_order(Expr::is_not_null)).take()
}

fn newest<D: Dialect>(mut messages: SelectStatement) -> Statement {
    let page = messages.order_by(Messages::Id, Order::Desc).limit(0).offset(0).take();
    Statement::new::<D>(&page)
}

fn conversations<D: Dialect>() -> Statement {
    let other = [Users::Id, Users::Username, Users::FullName, Users::DeletedAt];
    let other = Query::select()
        .expr(text(array::<D, _>(&other)))
        .from(Users::Table)
        .and_where(Expr::col(Users::Id).equals((Conversations::Table, Conversations::OtherId)))
        .take();
    let last = Expr::col((Conversations::Table, Conversations::LastMessageId));
    let last = message::<D>().and_where(last.equals((Messages::Table, Messages::Id))).take();
    let page = Query::select()
        .expr_as(Expr::from(other), Conversations::Other)
        .expr_as(Expr::from(last), Conversations::LastMessage)
        .columns([Conversations::UnreadCount, Conversations::OtherWrote])
        .from(Conversations::Table)
        .and_where(Expr::col(Conversations::UserId).eq(hole()))
        .order_by(Conversations::NewestSince, Order::Desc)
        .limit(0)
        .offset(0)
        .take();
    Statement::new::<D>(&page)
}

impl Statements {
    pub(crate) fn new<D: Dialect>() -> Self {
        let lower = Expr::col(Messages::LowerId).eq(hole());
        let between = lower.and(Expr::col(Messages::HigherId).eq(hole()));
        Self {
            by_id: Statement::new::<D>(
                message::<D>().and_where(Expr::col(Messages::Id).eq(hole())),
            ),
            received: newest::<D>(received_at_all()),
            received_unread: newest::<D>(received(Expr::is_null)),
            received_read: newest::<D>(received(Expr::is_not_null)),
            sent: newest::<D>(messages(Expr::col(Messages::SenderId).eq(hole()))),
            between: newest::<D>(messages(between)),
            conversations: conversations::<D>(),
            writes: writes::Statements::new::<D>(),
        }
    }

    pub(crate) fn lists(&self) -> Vec<(&'static str, &Statement)> {
        let lists = vec![
            ("received messages", &self.received),
            ("unread messages", &self.received_unread),
            ("read messages", &self.received_read),
            ("sent messages", &self.sent),
            ("messages between two", &self.between),
            ("conversations", &self.conversations),
        ];
        lists.into_iter().chain(self.writes.lists()).collect()
    }
}

/// The values of [`messages`]: whose they are, and before which.
fn part<const N: usize>(users: [UserId; N], page: &Recent<MessageId>) -> Vec<i64> {
    let before = page.before.map_or(i64::MAX, MessageId::get);
    users.iter().map(|user| user.get()).chain([before]).collect()
}

/// A page of a list that has these parts.
async fn page_of(
    connection: &mut impl Connection,
    list: &Statement,
    parts: Vec<i64>,
    page: &Recent<MessageId>,
) -> Result<(Vec<Message>, bool), StorageError> {
    let values = parts.into_iter().map(Value::from).chain(limits(page.limit, page.skip)).collect();
    Ok(shown::<MessageRow, _>(connection.page(list, Values(values)).await?, page.limit))
}

#[async_trait]
impl<C: Connection> MessageReads for Sql<C> {
    async fn by_id(&mut self, id: MessageId) -> Result<Option<Message>, StorageError> {
        let by_id = &self.statements.messages.by_id;
        let cells = self.connection.rows(by_id, values![id.get()]).await?;
        Ok(decode_one::<MessageRow>(&cells)?.map(Message::from))
    }

    async fn received(
        &mut self,
        user: UserId,
        query: &ReceivedQuery,
    ) -> Result<(Vec<Message>, bool), StorageError> {
        let ReceivedQuery { unread, page } = query;
        let lists = &self.statements.messages;
        let part = part([user], page);
        let (list, parts) = match unread {
            None => (&lists.received, part.repeat(2)),
            Some(true) => (&lists.received_unread, part),
            Some(false) => (&lists.received_read, part),
        };
        page_of(&mut self.connection, list, parts, page).await
    }

    async fn sent(
        &mut self,
        user: UserId,
        page: &Recent<MessageId>,
    ) -> Result<(Vec<Message>, bool), StorageError> {
        let sent = &self.statements.messages.sent;
        page_of(&mut self.connection, sent, part([user], page), page).await
    }

    async fn between(
        &mut self,
        user: UserId,
        other: UserId,
        page: &Recent<MessageId>,
    ) -> Result<(Vec<Message>, bool), StorageError> {
        let part = part([user.min(other), user.max(other)], page);
        page_of(&mut self.connection, &self.statements.messages.between, part, page).await
    }

    async fn conversations(
        &mut self,
        user: UserId,
        query: &ConversationQuery,
    ) -> Result<(Vec<Known>, bool), StorageError> {
        let mut values = values![user.get()];
        values.0.extend(limits(query.limit, query.skip));
        let conversations = &self.statements.messages.conversations;
        let rows = self.connection.page(conversations, values).await?;
        let (rows, more) = shown::<ConversationRow, ConversationRow>(rows, query.limit);
        Ok((rows.into_iter().map(Known::try_from).collect::<Result<_, _>>()?, more))
    }
}
