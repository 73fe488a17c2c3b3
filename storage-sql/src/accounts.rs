//! The statements of accounts.

use async_trait::async_trait;
use guildhall_core::accounts::{Account, AccountReads, AccountWrites, Draft, UserFilter};
use guildhall_core::identity::Keys;
use guildhall_core::openapi::text::{Email, FullName, Username};
use guildhall_core::openapi::{GroupId, LoginId, Role, Timestamp, User, UserId};
use guildhall_core::presence::Presence;
use guildhall_core::storage::{Conflict, StorageError};
use sea_query::{
    Expr, ExprTrait, Func, LikeExpr, LockType, OnConflict, Order, Query, SelectStatement, Value,
    Values,
};
use serde::{Deserialize, Serialize};

use crate::columns::{Logins, Users, flag, maybe_time, time};
use crate::list::{contains, limits, shown};
use crate::mail;
use crate::statement::{Statement, array, decode, decode_one, hole, text, values};
use crate::{Connection, Dialect, Sql, Violation, Writing};

/// What is shown of an account: the order in which [`UserRow`] reads it.
pub(crate) const COLUMNS: [Users; 12] = [
    Users::Id,
    Users::Username,
    Users::Email,
    Users::FullName,
    Users::EmailVerified,
    Users::Disabled,
    Users::Role,
    Users::GroupId,
    Users::CreatedAt,
    Users::UpdatedAt,
    Users::DeletedAt,
    Users::LastLogin,
];

/// How serde reads a [`User`] from [`COLUMNS`]; the compiler holds the fields against the type.
#[derive(Deserialize)]
#[serde(remote = "User")]
struct UserRow {
    id: UserId,
    username: Username,
    email: Email,
    full_name: Option<FullName>,
    #[serde(deserialize_with = "flag")]
    email_verified: bool,
    #[serde(deserialize_with = "flag")]
    disabled: bool,
    role: Role,
    group: Option<GroupId>,
    #[serde(deserialize_with = "time")]
    created_at: Timestamp,
    #[serde(deserialize_with = "time")]
    updated_at: Timestamp,
    #[serde(deserialize_with = "maybe_time")]
    deleted_at: Option<Timestamp>,
    #[serde(deserialize_with = "maybe_time")]
    last_login: Option<Timestamp>,
}

#[derive(Deserialize)]
struct AccountRow(#[serde(with = "UserRow")] User, String);

impl From<AccountRow> for Account {
    fn from(AccountRow(user, password_hash): AccountRow) -> Self {
        Self { user, password_hash }
    }
}

#[derive(Deserialize)]
pub(crate) struct ListRow(#[serde(with = "UserRow")] User);

impl From<ListRow> for User {
    fn from(ListRow(user): ListRow) -> Self {
        user
    }
}

/// An account and its logins; an outer join gives one of nulls where there is none.
#[derive(Deserialize)]
struct PresenceRow(#[serde(with = "UserRow")] User, Vec<(Option<LoginId>, Option<i64>)>);

#[derive(Debug)]
pub(crate) struct Statements {
    by_id: Statement,
    by_email: Statement,
    by_username: Statement,
    presence: Statement,
    /// By which of the filters are on: see [`on`].
    lists: Vec<Statement>,
    insert: Statement,
    email_owner: Statement,
    lock: Statement,
    lock_admins: Statement,
    update: Statement,
}

/// The filters of a list; each is a bit of the number under which its statement stands.
mod on {
    pub(super) const AFTER: usize = 1;
    pub(super) const GROUP: usize = 2;
    pub(super) const SEARCH: usize = 4;
    pub(super) const DELETED_TOO: usize = 8;
    pub(super) const ALL: usize = 16;
}

fn account<D: Dialect>() -> SelectStatement {
    let row =
        Func::cust(D::JSON_ARRAY).arg(array::<D, _>(&COLUMNS)).arg(Expr::col(Users::PasswordHash));
    Query::select().expr(text(row)).from(Users::Table).take()
}

fn list<D: Dialect>(filters: usize) -> Statement {
    let has = |filter| filters & filter != 0;
    let rows = Query::select()
        .columns(COLUMNS)
        .from(Users::Table)
        .and_where_option(has(on::AFTER).then(|| Expr::col(Users::Id).gt(hole())))
        .and_where_option(has(on::GROUP).then(|| Expr::col(Users::GroupId).eq(hole())))
        .and_where_option(
            has(on::SEARCH).then(|| {
                Expr::col(Users::SearchKey).like(LikeExpr::new(String::new()).escape('\\'))
            }),
        )
        .and_where_option((!has(on::DELETED_TOO)).then(|| Expr::col(Users::DeletedAt).is_null()))
        .order_by(Users::Id, Order::Asc)
        .limit(0)
        .offset(0)
        .take();
    Statement::new::<D>(&rows)
}

/// The columns that change, in the order in which [`changed`] gives them.
const CHANGED: [Users; 13] = [
    Users::Username,
    Users::UsernameKey,
    Users::Email,
    Users::EmailKey,
    Users::SearchKey,
    Users::FullName,
    Users::EmailVerified,
    Users::Disabled,
    Users::Role,
    Users::GroupId,
    Users::PasswordHash,
    Users::UpdatedAt,
    Users::DeletedAt,
];

fn changed(account: &Account, keys: &Keys) -> Vec<Value> {
    let user = &account.user;
    values![
        user.username.as_str(),
        keys.username.clone(),
        user.email.as_str(),
        keys.email.clone(),
        keys.search.as_str(),
        user.full_name.as_deref().map(str::to_owned),
        user.email_verified,
        user.disabled,
        role(user.role),
        user.group.map(GroupId::get),
        account.password_hash.as_str(),
        user.updated_at.as_micros(),
        user.deleted_at.map(Timestamp::as_micros),
    ]
    .0
}

/// All columns of an account, as a row that comes with its id has them.
pub(crate) fn row(account: &Account) -> impl Serialize {
    let (user, keys) = (&account.user, Keys::of(&account.user));
    let micros = |at: Option<Timestamp>| at.map(Timestamp::as_micros);
    (
        user.id,
        &user.username,
        keys.username,
        &user.email,
        keys.email,
        keys.search,
        &user.full_name,
        user.email_verified,
        user.disabled,
        role(user.role),
        user.group,
        &account.password_hash,
        user.created_at.as_micros(),
        user.updated_at.as_micros(),
        micros(user.deleted_at),
        micros(user.last_login),
    )
}

fn role(role: Role) -> &'static str {
    match role {
        Role::User => "user",
        Role::Admin => "admin",
    }
}

impl Statements {
    pub(crate) fn new<D: Dialect>() -> Self {
        let presence = Func::cust(D::JSON_ARRAY).arg(presence_user::<D>()).arg(
            Func::cust(D::JSON_ARRAY_OF_ROWS).arg(
                Func::cust(D::JSON_ARRAY)
                    .arg(Expr::col((Logins::Table, Logins::Id)))
                    .arg(Expr::col((Logins::Table, Logins::CreatedAt))),
            ),
        );
        let standing = |column| Expr::col((Users::Table, column));
        Self {
            by_id: Statement::new::<D>(account::<D>().and_where(Expr::col(Users::Id).eq(hole()))),
            by_email: Statement::new::<D>(
                account::<D>().and_where(Expr::col(Users::EmailKey).eq(hole())),
            ),
            by_username: Statement::new::<D>(
                account::<D>().and_where(Expr::col(Users::UsernameKey).eq(hole())),
            ),
            presence: Statement::new::<D>(
                Query::select()
                    .expr(text(presence))
                    .from(Users::Table)
                    .left_join(
                        Logins::Table,
                        Expr::col((Logins::Table, Logins::UserId))
                            .equals((Users::Table, Users::Id)),
                    )
                    .and_where(standing(Users::Id).eq(hole()))
                    .and_where(standing(Users::Disabled).eq(Expr::cust("FALSE")))
                    .and_where(standing(Users::DeletedAt).is_null())
                    .group_by_col((Users::Table, Users::Id)),
            ),
            lists: (0..on::ALL).map(list::<D>).collect(),
            insert: D::insert_with(
                Query::insert()
                    .into_table(Users::Table)
                    .columns(CHANGED.into_iter().chain([Users::CreatedAt]))
                    .values_panic((0..=CHANGED.len()).map(|_| hole()))
                    .on_conflict(OnConflict::new().do_nothing().to_owned())
                    .take(),
                |made| mail::about(Query::select().column("id").from_subquery(made, "made").take()),
            ),
            email_owner: Statement::new::<D>(
                Query::select()
                    .expr(text(Expr::col(Users::Id)))
                    .from(Users::Table)
                    .and_where(Expr::col(Users::EmailKey).eq(hole())),
            ),
            lock: Statement::new::<D>(
                account::<D>().and_where(Expr::col(Users::Id).eq(hole())).lock(LockType::Update),
            ),
            lock_admins: Statement::new::<D>(
                Query::select()
                    .expr(text(Expr::col(Users::Id)))
                    .from(Users::Table)
                    .and_where(Expr::col(Users::Role).eq(Expr::cust("'admin'")))
                    .and_where(Expr::col(Users::Disabled).eq(Expr::cust("FALSE")))
                    .and_where(Expr::col(Users::DeletedAt).is_null())
                    // Without the table, PostgreSQL would take the text that is selected.
                    .order_by((Users::Table, Users::Id), Order::Asc)
                    // Whoever adds rows that refer to them, in whatever order, need not wait.
                    .lock(LockType::NoKeyUpdate),
            ),
            update: Statement::new::<D>(
                Query::update()
                    .table(Users::Table)
                    .values(CHANGED.map(|column| (column, hole())))
                    .and_where(Expr::col(Users::Id).eq(hole())),
            ),
        }
    }

    pub(crate) fn lists(&self) -> Vec<(&'static str, &Statement)> {
        self.lists.iter().map(|list| ("users", list)).collect()
    }
}

fn presence_user<D: Dialect>() -> Expr {
    let columns = COLUMNS.map(|column| Expr::col((Users::Table, column)));
    Func::cust(D::JSON_ARRAY).args(columns).into()
}

#[async_trait]
impl<C: Connection> AccountReads for Sql<C> {
    async fn by_id(&mut self, id: UserId) -> Result<Option<Account>, StorageError> {
        let cells =
            self.connection.rows(&self.statements.accounts.by_id, values![id.get()]).await?;
        Ok(decode_one::<AccountRow>(&cells)?.map(Account::from))
    }

    async fn by_key(
        &mut self,
        email: &str,
        username: &str,
    ) -> Result<Option<Account>, StorageError> {
        let statements = &self.statements.accounts;
        let mut cells = self.connection.rows(&statements.by_email, values![email]).await?;
        if cells.is_empty() {
            cells = self.connection.rows(&statements.by_username, values![username]).await?;
        }
        Ok(decode_one::<AccountRow>(&cells)?.map(Account::from))
    }

    async fn presence(&mut self, id: UserId) -> Result<Option<Presence>, StorageError> {
        let cells =
            self.connection.rows(&self.statements.accounts.presence, values![id.get()]).await?;
        Ok(decode_one::<PresenceRow>(&cells)?.map(|PresenceRow(user, logins)| {
            let login = |(id, made): (Option<LoginId>, Option<i64>)| {
                Some((id?, Timestamp::from_micros(made?)))
            };
            Presence { user, logins: logins.into_iter().filter_map(login).collect() }
        }))
    }

    async fn list(&mut self, filter: &UserFilter) -> Result<(Vec<User>, bool), StorageError> {
        let UserFilter { search, group, include_deleted, page } = filter;
        let (mut filters, mut values) = (0, Vec::new());
        let mut filter_by = |filter, value: Option<Value>| {
            if let Some(value) = value {
                filters |= filter;
                values.push(value);
            }
        };
        filter_by(on::AFTER, page.after.map(|id| id.get().into()));
        filter_by(on::GROUP, group.map(|id| id.get().into()));
        filter_by(on::SEARCH, search.as_ref().map(|part| contains(part).into()));
        if *include_deleted {
            filters |= on::DELETED_TOO;
        }
        values.extend(limits(page.limit, page.skip));
        let list = &self.statements.accounts.lists[filters];
        Ok(shown::<ListRow, _>(self.connection.page(list, Values(values)).await?, page.limit))
    }
}

#[async_trait]
impl<C: Writing> AccountWrites for Sql<C> {
    async fn insert(&mut self, draft: &Draft, keys: &Keys) -> Result<UserId, StorageError> {
        let statements = &self.statements.accounts;
        let mut values = changed(&draft.clone().with_id(UserId::FIRST), keys);
        values.push(draft.created_at.as_micros().into());
        values.extend(mail::drafted(&draft.verification));
        let inserted = if draft.group.is_some() {
            self.connection.try_rows(&statements.insert, Values(values)).await?.map_err(conflict)?
        } else {
            self.connection.rows(&statements.insert, Values(values)).await?
        };
        if let Some(id) = decode_one(&inserted)? {
            return Ok(id);
        }
        Err(self.taken(keys, None).await?)
    }

    async fn lock(&mut self, id: UserId) -> Result<Option<Account>, StorageError> {
        let cells = self.connection.rows(&self.statements.accounts.lock, values![id.get()]).await?;
        Ok(decode_one::<AccountRow>(&cells)?.map(Account::from))
    }

    async fn lock_admins(&mut self) -> Result<Vec<UserId>, StorageError> {
        let cells = self.connection.rows(&self.statements.accounts.lock_admins, values![]).await?;
        cells.iter().map(|cell| decode(cell)).collect()
    }

    async fn update(&mut self, account: &Account, keys: &Keys) -> Result<(), StorageError> {
        let mut values = changed(account, keys);
        values.push(account.user.id.get().into());
        let updated =
            self.connection.try_rows(&self.statements.accounts.update, Values(values)).await?;
        match updated {
            Ok(_) => Ok(()),
            // Databases differ in which of two violated keys they name.
            Err(Violation::Unique(key)) if key == "users.username_key" => {
                Err(self.taken(keys, Some(account.user.id)).await?)
            }
            Err(violation) => Err(conflict(violation)),
        }
    }
}

impl<C: Connection> Sql<C> {
    /// The conflict over these keys, of which another account has one: the email where it has both.
    pub(crate) async fn taken(
        &mut self,
        keys: &Keys,
        own: Option<UserId>,
    ) -> Result<StorageError, StorageError> {
        let owner = self
            .connection
            .rows(&self.statements.accounts.email_owner, values![keys.email.clone()])
            .await?;
        let owner: Option<UserId> = decode_one(&owner)?;
        let taken = if owner.is_some_and(|owner| Some(owner) != own) {
            Conflict::EmailTaken
        } else {
            Conflict::UsernameTaken
        };
        Ok(StorageError::Conflict(taken))
    }
}

fn conflict(violation: Violation) -> StorageError {
    match violation {
        Violation::Unique(key) if key == "users.email_key" => {
            StorageError::Conflict(Conflict::EmailTaken)
        }
        Violation::Reference => StorageError::Conflict(Conflict::NoSuchGroup),
        Violation::Unique(key) => StorageError::Backend(format!("{key} is not unique").into()),
    }
}
