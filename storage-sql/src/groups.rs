//! The statements of groups.

use async_trait::async_trait;
use guildhall_core::groups::{GroupReads, GroupWrites};
use guildhall_core::openapi::page::Page;
use guildhall_core::openapi::text::GroupName;
use guildhall_core::openapi::{Group, GroupId, Timestamp, UserId};
use guildhall_core::storage::{Conflict, StorageError};
use sea_query::{Expr, ExprTrait, LockType, OnConflict, Order, Query};
use serde::Deserialize;

use crate::columns::{Groups, Users, time};
use crate::list::{limits, shown};
use crate::statement::{Statement, array, decode, decode_one, hole, text, values};
use crate::{Connection, Dialect, Sql, Violation, Writing};

/// What is shown of a group, in the order of [`GroupRow`].
pub(crate) const COLUMNS: [Groups; 3] = [Groups::Id, Groups::Name, Groups::CreatedAt];

#[derive(Deserialize)]
pub(crate) struct GroupRow(GroupId, GroupName, #[serde(deserialize_with = "time")] Timestamp);

impl From<GroupRow> for Group {
    fn from(GroupRow(id, name, created_at): GroupRow) -> Self {
        Self { id, name, created_at }
    }
}

#[derive(Debug)]
pub(crate) struct Statements {
    by_id: Statement,
    list: Statement,
    insert: Statement,
    rename: Statement,
    lock: Statement,
    users: Statement,
    delete: Statement,
}

impl Statements {
    pub(crate) fn new<D: Dialect>() -> Self {
        Self {
            by_id: Statement::new::<D>(
                Query::select()
                    .expr(text(array::<D, _>(&COLUMNS)))
                    .from(Groups::Table)
                    .and_where(Expr::col(Groups::Id).eq(hole())),
            ),
            list: Statement::new::<D>(
                Query::select()
                    .columns(COLUMNS)
                    .from(Groups::Table)
                    .and_where(Expr::col(Groups::Id).gt(hole()))
                    .order_by(Groups::Id, Order::Asc)
                    .limit(0)
                    .offset(0),
            ),
            insert: Statement::new::<D>(
                Query::insert()
                    .into_table(Groups::Table)
                    .columns([Groups::Name, Groups::NameKey, Groups::CreatedAt])
                    .values_panic((0..3).map(|_| hole()))
                    .on_conflict(OnConflict::new().do_nothing().to_owned())
                    .returning(Query::returning().expr(text(Expr::col(Groups::Id)))),
            ),
            rename: Statement::new::<D>(
                Query::update()
                    .table(Groups::Table)
                    .values([(Groups::Name, hole()), (Groups::NameKey, hole())])
                    .and_where(Expr::col(Groups::Id).eq(hole()))
                    .returning(Query::returning().expr(text(array::<D, _>(&COLUMNS)))),
            ),
            lock: Statement::new::<D>(
                Query::select()
                    .expr(text(Expr::col(Groups::Id)))
                    .from(Groups::Table)
                    .and_where(Expr::col(Groups::Id).eq(hole()))
                    .lock(LockType::Update),
            ),
            users: Statement::new::<D>(
                Query::select()
                    .expr(text(Expr::col(Users::Id)))
                    .from(Users::Table)
                    .and_where(Expr::col(Users::GroupId).eq(hole())),
            ),
            delete: Statement::new::<D>(
                Query::delete()
                    .from_table(Groups::Table)
                    .and_where(Expr::col(Groups::Id).eq(hole())),
            ),
        }
    }

    pub(crate) fn lists(&self) -> Vec<(&'static str, &Statement)> {
        vec![("groups", &self.list)]
    }
}

#[async_trait]
impl<C: Connection> GroupReads for Sql<C> {
    async fn by_id(&mut self, id: GroupId) -> Result<Option<Group>, StorageError> {
        let cells = self.connection.rows(&self.statements.groups.by_id, values![id.get()]).await?;
        Ok(decode_one::<GroupRow>(&cells)?.map(Group::from))
    }

    async fn list(&mut self, page: &Page<GroupId>) -> Result<(Vec<Group>, bool), StorageError> {
        // No group has the id 0.
        let [limit, offset] = limits(page.limit, page.skip);
        let values = values![page.after.map_or(0, GroupId::get), limit, offset];
        let rows = self.connection.page(&self.statements.groups.list, values).await?;
        Ok(shown::<GroupRow, _>(rows, page.limit))
    }
}

#[async_trait]
impl<C: Writing> GroupWrites for Sql<C> {
    async fn insert(
        &mut self,
        name: &GroupName,
        key: &str,
        created_at: Timestamp,
    ) -> Result<GroupId, StorageError> {
        let values = values![name.as_str(), key, created_at.as_micros()];
        let inserted = self.connection.rows(&self.statements.groups.insert, values).await?;
        decode_one(&inserted)?.ok_or(StorageError::Conflict(Conflict::GroupNameTaken))
    }

    async fn rename(
        &mut self,
        id: GroupId,
        name: &GroupName,
        key: &str,
    ) -> Result<Option<Group>, StorageError> {
        let values = values![name.as_str(), key, id.get()];
        let renamed = self.connection.try_rows(&self.statements.groups.rename, values).await?;
        Ok(decode_one::<GroupRow>(&renamed.map_err(conflict)?)?.map(Group::from))
    }

    async fn delete(&mut self, id: GroupId) -> Result<Option<Vec<UserId>>, StorageError> {
        let statements = &self.statements.groups;
        // Who wants to get in refers to the group, and so waits for the end of this transaction.
        if self.connection.rows(&statements.lock, values![id.get()]).await?.is_empty() {
            return Ok(None);
        }
        let cells = self.connection.rows(&statements.users, values![id.get()]).await?;
        // The users' column is set to null by the schema.
        self.connection.rows(&statements.delete, values![id.get()]).await?;
        cells.iter().map(|cell| decode(cell)).collect::<Result<_, _>>().map(Some)
    }
}

fn conflict(violation: Violation) -> StorageError {
    match violation {
        Violation::Unique(key) if key == "groups.name_key" => {
            StorageError::Conflict(Conflict::GroupNameTaken)
        }
        other => StorageError::Backend(format!("{other:?}").into()),
    }
}
