//! The statements of logins.

use async_trait::async_trait;
use guildhall_core::logins::rotation::Rotation;
use guildhall_core::logins::{LoginReads, LoginWrites, MOST, NewLogin, Seen};
use guildhall_core::openapi::{Login, LoginId, Timestamp, UserId};
use guildhall_core::storage::StorageError;
use sea_query::{Expr, ExprTrait, Func, LockType, Order, Query, SelectStatement};
use serde::Deserialize;

use crate::columns::{Logins, Users};
use crate::list::numbers;
use crate::statement::{
    Statement, array, collected, decode, decode_one, hole, nested, text, values,
};
use crate::{Connection, Dialect, Sql, Writing};

/// What is shown of a login, in the order of [`LoginRow`].
const COLUMNS: [Logins; 5] =
    [Logins::Id, Logins::CreatedAt, Logins::LastSeenAt, Logins::UserAgent, Logins::Ip];

#[derive(Deserialize)]
struct LoginRow(LoginId, i64, i64, Option<String>, Option<String>);

impl From<LoginRow> for Login {
    fn from(LoginRow(id, created_at, last_seen_at, user_agent, ip): LoginRow) -> Self {
        let (created_at, last_seen_at) =
            (Timestamp::from_micros(created_at), Timestamp::from_micros(last_seen_at));
        Self { id, created_at, last_seen_at, user_agent, ip, current: false }
    }
}

/// Whose it is, and its rotation; `spent` is a JSON text of its own.
const ROTATION: [Logins; 5] =
    [Logins::UserId, Logins::Seed, Logins::Generation, Logins::Spent, Logins::LastSeenAt];

#[derive(Deserialize)]
struct RotationRow(UserId, String, i64, String, i64);

#[derive(Debug)]
pub(crate) struct Statements {
    list: Statement,
    standing: Statement,
    account: Statement,
    insert: Statement,
    trim: Statement,
    rotation: Statement,
    lock: Statement,
    seen: Statement,
    revoke: Statement,
    revoke_all: Statement,
}

fn rotation<D: Dialect>() -> SelectStatement {
    Query::select()
        .expr(text(array::<D, _>(&ROTATION)))
        .from(Logins::Table)
        .and_where(Expr::col(Logins::Id).eq(hole()))
        .take()
}

fn read_rotation(cells: &[String]) -> Result<Option<(UserId, Rotation)>, StorageError> {
    let Some(row) = decode_one(cells)? else { return Ok(None) };
    let RotationRow(user, seed, generation, spent, seen_at) = row;
    let spent: Vec<(i64, i64)> = decode(&spent)?;
    let spent = spent.into_iter().map(|(g, at)| (g, Timestamp::from_micros(at))).collect();
    Ok(Some((user, Rotation { seed, generation, spent, seen_at: Timestamp::from_micros(seen_at) })))
}

/// Accounts that stand, and the ids of their logins, which are a JSON text of their own.
fn standing<D: Dialect>() -> Statement {
    let user = (Users::Table, Users::Id);
    let logins = Query::select()
        .column(Logins::Id)
        .from(Logins::Table)
        .and_where(Expr::col((Logins::Table, Logins::UserId)).equals(user))
        .take();
    let row = Func::cust(D::JSON_ARRAY)
        .arg(Expr::col(user))
        .arg(nested(collected::<D, _>(logins, &[Logins::Id])));
    Statement::new::<D>(
        Query::select()
            .expr(text(row))
            .from(Users::Table)
            .and_where(Expr::col(user).in_subquery(D::numbers(hole())))
            .and_where(Expr::col((Users::Table, Users::Disabled)).eq(Expr::cust("FALSE")))
            .and_where(Expr::col((Users::Table, Users::DeletedAt)).is_null()),
    )
}

impl Statements {
    pub(crate) fn new<D: Dialect>() -> Self {
        let beyond_most = Query::select()
            .column(Logins::Id)
            .from(Logins::Table)
            .and_where(Expr::col(Logins::UserId).eq(hole()))
            .order_by(Logins::Id, Order::Desc)
            .limit(0)
            .offset(0)
            .take();
        Self {
            list: Statement::new::<D>(
                Query::select()
                    .columns(COLUMNS)
                    .from(Logins::Table)
                    .and_where(Expr::col(Logins::UserId).eq(hole()))
                    .and_where(Expr::col(Logins::LastSeenAt).gte(hole()))
                    .order_by(Logins::Id, Order::Asc),
            ),
            standing: standing::<D>(),
            account: Statement::new::<D>(
                Query::update()
                    .table(Users::Table)
                    .values([(Users::LastLogin, hole()), (Users::PasswordHash, hole())])
                    .and_where(Expr::col(Users::Id).eq(hole()))
                    .and_where(Expr::col(Users::PasswordHash).eq(hole()))
                    .and_where(Expr::col(Users::Disabled).eq(Expr::cust("FALSE")))
                    .and_where(Expr::col(Users::DeletedAt).is_null())
                    .returning(Query::returning().expr(text(Expr::col(Users::Id)))),
            ),
            insert: Statement::new::<D>(
                Query::insert()
                    .into_table(Logins::Table)
                    .columns([
                        Logins::UserId,
                        Logins::Seed,
                        Logins::Generation,
                        Logins::Spent,
                        Logins::CreatedAt,
                        Logins::LastSeenAt,
                        Logins::Ip,
                        Logins::UserAgent,
                    ])
                    .values_panic((0..8).map(|_| hole()))
                    .returning(Query::returning().expr(text(Expr::col(Logins::Id)))),
            ),
            trim: Statement::new::<D>(
                Query::delete()
                    .from_table(Logins::Table)
                    .and_where(Expr::col(Logins::UserId).eq(hole()))
                    .and_where(
                        Expr::col(Logins::LastSeenAt)
                            .lt(hole())
                            .or(Expr::col(Logins::Id).in_subquery(beyond_most)),
                    ),
            ),
            rotation: Statement::new::<D>(&rotation::<D>()),
            lock: Statement::new::<D>(rotation::<D>().lock(LockType::Update)),
            seen: Statement::new::<D>(
                Query::update()
                    .table(Logins::Table)
                    .values([
                        (Logins::Generation, hole()),
                        (Logins::Spent, hole()),
                        (Logins::LastSeenAt, hole()),
                        (Logins::Ip, hole()),
                        (Logins::UserAgent, hole()),
                    ])
                    .and_where(Expr::col(Logins::Id).eq(hole())),
            ),
            revoke: Statement::new::<D>(
                Query::delete()
                    .from_table(Logins::Table)
                    .and_where(Expr::col(Logins::Id).eq(hole()))
                    .and_where(Expr::col(Logins::UserId).eq(hole()))
                    .returning(Query::returning().expr(text(Expr::col(Logins::Id)))),
            ),
            revoke_all: Statement::new::<D>(
                Query::delete()
                    .from_table(Logins::Table)
                    .and_where(Expr::col(Logins::UserId).eq(hole()))
                    .and_where(Expr::col(Logins::Id).ne(hole())),
            ),
        }
    }

    pub(crate) fn lists(&self) -> Vec<(&'static str, &Statement)> {
        vec![("logins", &self.list), ("standing accounts", &self.standing)]
    }
}

#[async_trait]
impl<C: Connection> LoginReads for Sql<C> {
    async fn list(&mut self, user: UserId, since: Timestamp) -> Result<Vec<Login>, StorageError> {
        let values = values![user.get(), since.as_micros()];
        let rows: Vec<LoginRow> =
            self.connection.page(&self.statements.logins.list, values).await?;
        Ok(rows.into_iter().map(Login::from).collect())
    }

    async fn standing(
        &mut self,
        users: &[UserId],
    ) -> Result<Vec<(UserId, Vec<LoginId>)>, StorageError> {
        let users = numbers(users.iter().map(|user| user.get()));
        let cells = self.connection.rows(&self.statements.logins.standing, values![users]).await?;
        let row = |cell: &String| {
            let (user, logins): (UserId, String) = decode(cell)?;
            let logins: Vec<(LoginId,)> = decode(&logins)?;
            Ok((user, logins.into_iter().map(|(login,)| login).collect()))
        };
        cells.iter().map(row).collect()
    }

    async fn rotation(
        &mut self,
        login: LoginId,
    ) -> Result<Option<(UserId, Rotation)>, StorageError> {
        let rotation = &self.statements.logins.rotation;
        read_rotation(&self.connection.rows(rotation, values![login.get()]).await?)
    }
}

#[async_trait]
impl<C: Writing> LoginWrites for Sql<C> {
    async fn insert(&mut self, new: &NewLogin) -> Result<Option<LoginId>, StorageError> {
        let (statements, now, user) =
            (&self.statements.logins, new.now.as_micros(), new.user.get());
        let hash = new.better_hash.as_ref().unwrap_or(&new.verified_hash);
        let account = values![now, hash.as_str(), user, new.verified_hash.as_str()];
        if self.connection.rows(&statements.account, account).await?.is_empty() {
            return Ok(None);
        }
        let (ip, agent) = (new.ip.clone(), new.user_agent.clone());
        let login = values![user, new.seed.as_str(), 0_i64, "[]", now, now, ip, agent];
        let id = decode_one(&self.connection.rows(&statements.insert, login).await?)?;
        let trim = values![user, new.idle_since.as_micros(), user, i64::MAX, i64::from(MOST)];
        self.connection.rows(&statements.trim, trim).await?;
        Ok(id)
    }

    async fn lock(&mut self, login: LoginId) -> Result<Option<(UserId, Rotation)>, StorageError> {
        let lock = &self.statements.logins.lock;
        read_rotation(&self.connection.rows(lock, values![login.get()]).await?)
    }

    async fn seen(&mut self, login: LoginId, seen: &Seen) -> Result<(), StorageError> {
        let spent: Vec<_> =
            seen.rotation.spent.iter().map(|(g, at)| (*g, at.as_micros())).collect();
        let spent =
            serde_json::to_string(&spent).map_err(|error| StorageError::Backend(error.into()))?;
        let values = values![
            seen.rotation.generation,
            spent,
            seen.now.as_micros(),
            seen.ip.clone(),
            seen.user_agent.clone(),
            login.get(),
        ];
        self.connection.rows(&self.statements.logins.seen, values).await.map(drop)
    }

    async fn revoke(&mut self, user: UserId, login: LoginId) -> Result<bool, StorageError> {
        let values = values![login.get(), user.get()];
        let removed = self.connection.rows(&self.statements.logins.revoke, values).await?;
        Ok(!removed.is_empty())
    }

    async fn revoke_all(&mut self, user: UserId, but: Option<LoginId>) -> Result<(), StorageError> {
        // No login has the id 0.
        let values = values![user.get(), but.map_or(0, LoginId::get)];
        self.connection.rows(&self.statements.logins.revoke_all, values).await.map(drop)
    }
}
