//! The statements of live sessions.

use async_trait::async_trait;
use guildhall_core::openapi::page::Page;
use guildhall_core::openapi::sessions::SessionQuery;
use guildhall_core::openapi::text::{SessionName, Username};
use guildhall_core::openapi::{Session, SessionId, SessionState, SessionUser, Timestamp, UserId};
use guildhall_core::sessions::{SessionReads, SessionWrites};
use guildhall_core::storage::StorageError;
use sea_query::{
    Expr, ExprTrait, LockType, OnConflict, Order, Query, SelectStatement, Value, Values,
};
use serde::{Deserialize, Serialize};

use crate::columns::{SessionUsers, Sessions, Users};
use crate::list::{limits, numbers, shown};
use crate::statement::{Statement, array, collected, decode, decode_one, hole, text, values};
use crate::{Connection, Dialect, Sql, Writing};

/// What is shown of a session, in the order of [`SessionRow`].
const COLUMNS: [Sessions; 7] = [
    Sessions::Id,
    Sessions::Name,
    Sessions::State,
    Sessions::OwnerId,
    Sessions::CreatedAt,
    Sessions::EndedAt,
    Sessions::Users,
];

/// The users are a JSON text of their own.
#[derive(Deserialize)]
struct SessionRow(SessionId, SessionName, SessionState, UserId, i64, Option<i64>, String);

impl TryFrom<SessionRow> for Session {
    type Error = StorageError;

    fn try_from(row: SessionRow) -> Result<Self, StorageError> {
        let SessionRow(id, name, state, owner_id, created_at, ended_at, users) = row;
        let users: Vec<(UserId, Username)> = decode(&users)?;
        let users = users.into_iter().map(|(id, username)| SessionUser { id, username });
        let created_at = Timestamp::from_micros(created_at);
        let ended_at = ended_at.map(Timestamp::from_micros);
        Ok(Self { id, name, state, owner_id, created_at, ended_at, users: users.collect() })
    }
}

#[derive(Debug)]
pub(crate) struct Statements {
    by_id: Statement,
    list: Statement,
    list_in_state: Statement,
    owned: Statement,
    joined: Statement,
    insert: Statement,
    lock: Statement,
    set_state: Statement,
    delete: Statement,
    join: Statement,
    leave: Statement,
    lock_all: Statement,
    leave_all: Statement,
}

/// All columns of a session, as a row that comes with its id has them.
pub(crate) fn row(session: &Session) -> impl Serialize {
    let Session { id, name, state, owner_id, .. } = session;
    let created_at = session.created_at.as_micros();
    (id, name, state, owner_id, created_at, session.ended_at.map(Timestamp::as_micros))
}

/// Sessions with those who take part in each.
fn sessions<D: Dialect>() -> SelectStatement {
    let user = |column| (SessionUsers::Table, column);
    let users = Query::select()
        .columns([(Users::Table, Users::Id), (Users::Table, Users::Username)])
        .from(SessionUsers::Table)
        .inner_join(
            Users::Table,
            Expr::col((Users::Table, Users::Id)).equals(user(SessionUsers::UserId)),
        )
        .and_where(Expr::col(user(SessionUsers::SessionId)).equals((Sessions::Table, Sessions::Id)))
        .order_by(user(SessionUsers::Place), Order::Asc)
        .take();
    let users = collected::<D, _>(users, &[Users::Id, Users::Username]);
    let [columns @ .., _] = COLUMNS;
    Query::select().columns(columns).expr_as(users, Sessions::Users).from(Sessions::Table).take()
}

fn list<D: Dialect>(in_state: bool) -> Statement {
    let rows = sessions::<D>()
        .and_where_option(in_state.then(|| Expr::col(Sessions::State).eq(hole())))
        .and_where(Expr::col(Sessions::Id).gt(hole()))
        .order_by(Sessions::Id, Order::Asc)
        .limit(0)
        .offset(0)
        .take();
    Statement::new::<D>(&rows)
}

fn owned<D: Dialect>() -> Statement {
    let rows = sessions::<D>()
        .and_where(Expr::col(Sessions::OwnerId).eq(hole()))
        .and_where(Expr::col(Sessions::Id).gt(hole()))
        .order_by(Sessions::Id, Order::Asc)
        .limit(0)
        .offset(0)
        .take();
    Statement::new::<D>(&rows)
}

fn joined<D: Dialect>() -> Statement {
    let (user, session) = (
        (SessionUsers::Table, SessionUsers::UserId),
        (SessionUsers::Table, SessionUsers::SessionId),
    );
    let rows = sessions::<D>()
        .inner_join(SessionUsers::Table, Expr::col(session).equals((Sessions::Table, Sessions::Id)))
        .and_where(Expr::col(user).eq(hole()))
        .and_where(Expr::col(session).gt(hole()))
        .order_by(session, Order::Asc)
        .limit(0)
        .offset(0)
        .take();
    Statement::new::<D>(&rows)
}

/// The place behind the last of a session.
fn next_place() -> SelectStatement {
    let last = Expr::col(SessionUsers::Place).max();
    Query::select()
        .expr(hole())
        .expr(hole())
        .expr(last.if_null(Expr::cust("0")).add(Expr::cust("1")))
        .from(SessionUsers::Table)
        .and_where(Expr::col(SessionUsers::SessionId).eq(hole()))
        .take()
}

impl Statements {
    pub(crate) fn new<D: Dialect>() -> Self {
        let one = sessions::<D>().and_where(Expr::col(Sessions::Id).eq(hole())).take();
        let of_user = Query::select()
            .column(SessionUsers::SessionId)
            .from(SessionUsers::Table)
            .and_where(Expr::col(SessionUsers::UserId).eq(hole()))
            .take();
        let session = || Query::returning().expr(text(Expr::col(SessionUsers::SessionId)));
        Self {
            by_id: Statement::new::<D>(
                Query::select().expr(text(array::<D, _>(&COLUMNS))).from_subquery(one, "page"),
            ),
            list: list::<D>(false),
            list_in_state: list::<D>(true),
            owned: owned::<D>(),
            joined: joined::<D>(),
            insert: Statement::new::<D>(
                Query::insert()
                    .into_table(Sessions::Table)
                    .columns([
                        Sessions::Name,
                        Sessions::State,
                        Sessions::OwnerId,
                        Sessions::CreatedAt,
                    ])
                    .values_panic((0..4).map(|_| hole()))
                    .returning(Query::returning().expr(text(Expr::col(Sessions::Id)))),
            ),
            lock: Statement::new::<D>(
                Query::select()
                    .expr(text(array::<D, _>(&[Sessions::OwnerId, Sessions::State])))
                    .from(Sessions::Table)
                    .and_where(Expr::col(Sessions::Id).eq(hole()))
                    .lock(LockType::Update),
            ),
            set_state: Statement::new::<D>(
                Query::update()
                    .table(Sessions::Table)
                    .values([(Sessions::State, hole()), (Sessions::EndedAt, hole())])
                    .and_where(Expr::col(Sessions::Id).eq(hole())),
            ),
            delete: Statement::new::<D>(
                Query::delete()
                    .from_table(Sessions::Table)
                    .and_where(Expr::col(Sessions::Id).eq(hole())),
            ),
            join: Statement::new::<D>(
                Query::insert()
                    .into_table(SessionUsers::Table)
                    .columns([SessionUsers::SessionId, SessionUsers::UserId, SessionUsers::Place])
                    .select_from(next_place())
                    .expect("as many values as columns")
                    .on_conflict(
                        OnConflict::columns([SessionUsers::UserId, SessionUsers::SessionId])
                            .do_nothing()
                            .to_owned(),
                    )
                    .returning(session()),
            ),
            leave: Statement::new::<D>(
                Query::delete()
                    .from_table(SessionUsers::Table)
                    .and_where(Expr::col(SessionUsers::SessionId).eq(hole()))
                    .and_where(Expr::col(SessionUsers::UserId).eq(hole()))
                    .returning(session()),
            ),
            lock_all: Statement::new::<D>(
                Query::select()
                    .expr(text(Expr::col(Sessions::Id)))
                    .from(Sessions::Table)
                    .and_where(Expr::col(Sessions::Id).in_subquery(of_user))
                    .and_where(Expr::col(Sessions::State).ne(Expr::cust("'ended'")))
                    // Without the table, PostgreSQL would take the text that is selected.
                    .order_by((Sessions::Table, Sessions::Id), Order::Asc)
                    .lock(LockType::Update),
            ),
            leave_all: Statement::new::<D>(
                Query::delete()
                    .from_table(SessionUsers::Table)
                    .and_where(Expr::col(SessionUsers::UserId).eq(hole()))
                    .and_where(Expr::col(SessionUsers::SessionId).in_subquery(D::numbers(hole()))),
            ),
        }
    }

    pub(crate) fn lists(&self) -> Vec<(&'static str, &Statement)> {
        vec![
            ("sessions", &self.list),
            ("sessions in a state", &self.list_in_state),
            ("owned sessions", &self.owned),
            ("joined sessions", &self.joined),
        ]
    }
}

/// A page of a list that has this filter.
async fn page_of(
    connection: &mut impl Connection,
    list: &Statement,
    filter: Option<Value>,
    page: &Page<SessionId>,
) -> Result<(Vec<Session>, bool), StorageError> {
    // No session has the id 0.
    let after = page.after.map_or(0, SessionId::get);
    let values = filter.into_iter().chain([after.into()]);
    let values = values.chain(limits(page.limit, page.skip)).collect();
    let rows = connection.page(list, Values(values)).await?;
    let (rows, more) = shown::<SessionRow, SessionRow>(rows, page.limit);
    let sessions = rows.into_iter().map(Session::try_from).collect::<Result<_, _>>()?;
    Ok((sessions, more))
}

#[async_trait]
impl<C: Connection> SessionReads for Sql<C> {
    async fn by_id(&mut self, id: SessionId) -> Result<Option<Session>, StorageError> {
        let cells =
            self.connection.rows(&self.statements.sessions.by_id, values![id.get()]).await?;
        decode_one::<SessionRow>(&cells)?.map(Session::try_from).transpose()
    }

    async fn list(&mut self, query: &SessionQuery) -> Result<(Vec<Session>, bool), StorageError> {
        let SessionQuery { state, page } = query;
        let statements = &self.statements.sessions;
        let list = state.map_or(&statements.list, |_| &statements.list_in_state);
        let state = state.map(|state| state.as_str().into());
        page_of(&mut self.connection, list, state, page).await
    }

    async fn owned(
        &mut self,
        user: UserId,
        page: &Page<SessionId>,
    ) -> Result<(Vec<Session>, bool), StorageError> {
        let (owned, user) = (&self.statements.sessions.owned, user.get().into());
        page_of(&mut self.connection, owned, Some(user), page).await
    }

    async fn joined(
        &mut self,
        user: UserId,
        page: &Page<SessionId>,
    ) -> Result<(Vec<Session>, bool), StorageError> {
        let (joined, user) = (&self.statements.sessions.joined, user.get().into());
        page_of(&mut self.connection, joined, Some(user), page).await
    }
}

#[async_trait]
impl<C: Writing> SessionWrites for Sql<C> {
    async fn insert(
        &mut self,
        name: &SessionName,
        owner: UserId,
        created_at: Timestamp,
    ) -> Result<SessionId, StorageError> {
        let state = SessionState::Inactive.as_str();
        let values = values![name.as_str(), state, owner.get(), created_at.as_micros()];
        let inserted = self.connection.rows(&self.statements.sessions.insert, values).await?;
        decode_one(&inserted)?.ok_or_else(|| StorageError::Backend("no id came back".into()))
    }

    async fn lock(
        &mut self,
        id: SessionId,
    ) -> Result<Option<(UserId, SessionState)>, StorageError> {
        decode_one(&self.connection.rows(&self.statements.sessions.lock, values![id.get()]).await?)
    }

    async fn set_state(
        &mut self,
        id: SessionId,
        state: SessionState,
        ended_at: Option<Timestamp>,
    ) -> Result<(), StorageError> {
        let values = values![state.as_str(), ended_at.map(Timestamp::as_micros), id.get()];
        self.connection.rows(&self.statements.sessions.set_state, values).await.map(drop)
    }

    async fn delete(&mut self, id: SessionId) -> Result<(), StorageError> {
        self.connection.rows(&self.statements.sessions.delete, values![id.get()]).await.map(drop)
    }

    async fn join(&mut self, id: SessionId, user: UserId) -> Result<bool, StorageError> {
        let values = values![id.get(), user.get(), id.get()];
        let joined = self.connection.rows(&self.statements.sessions.join, values).await?;
        Ok(!joined.is_empty())
    }

    async fn leave(&mut self, id: SessionId, user: UserId) -> Result<bool, StorageError> {
        let values = values![id.get(), user.get()];
        let left = self.connection.rows(&self.statements.sessions.leave, values).await?;
        Ok(!left.is_empty())
    }

    async fn leave_all(&mut self, user: UserId) -> Result<Vec<SessionId>, StorageError> {
        let statements = &self.statements.sessions;
        let left = self.connection.rows(&statements.lock_all, values![user.get()]).await?;
        if left.is_empty() {
            return Ok(Vec::new());
        }
        let left: Vec<SessionId> = left.iter().map(|id| decode(id)).collect::<Result<_, _>>()?;
        let values = values![user.get(), numbers(left.iter().map(|id| id.get()))];
        self.connection.rows(&statements.leave_all, values).await?;
        Ok(left)
    }
}
