//! The statements that read tables from end to end and fill them. Tables and columns are called what the rows of
//! `guildhall_core::transfer` call them.

use async_trait::async_trait;
use guildhall_core::storage::StorageError;
use guildhall_core::transfer::{Misfit, Restore, Row, Snapshot, Table, Violated};
use sea_query::{Expr, ExprTrait, Order, Query, SelectStatement, UnionType, Value, Values};

use crate::statement::{Statement, decode, hole, text};
use crate::{Connection, Dialect, Violation, Writing};

/// A connection that reads, and perhaps fills, tables from end to end.
pub struct Tables<C> {
    connection: C,
    statements: Vec<TableStatements>,
    restart: fn(Table, i64) -> Statement,
    worded: fn(&SelectStatement) -> Statement,
    /// What makes the triggers work again.
    wake: Vec<String>,
}

/// What is said of one table.
struct TableStatements {
    table: Table,
    first: Statement,
    after: Statement,
    count: Statement,
    insert: Statement,
}

impl TableStatements {
    fn new<D: Dialect>(table: Table) -> Self {
        let (columns, key) = (table.columns(), table.key());
        let page = Query::select()
            .columns(columns.iter().copied())
            .from_subquery(source::<D>(table), "source")
            .limit(0)
            .take();
        let ordered = |mut page: SelectStatement| {
            for column in key {
                page.order_by(*column, Order::Asc);
            }
            Statement::new::<D>(&page)
        };
        let behind = Expr::tuple(key.iter().map(|column| Expr::col(*column)))
            .gt(Expr::tuple(key.iter().map(|_| hole())));
        let count = Query::select()
            .expr(text(Expr::cust("count(*)")))
            .from_subquery(source::<D>(table), "source")
            .take();
        let mut insert = Query::insert();
        let insert = insert.into_table(table.name()).columns(columns.iter().copied());
        // As many columns on both sides.
        insert.select_from(D::given(table)).ok();
        Self {
            table,
            first: ordered(page.clone()),
            after: ordered(page.clone().and_where(behind).take()),
            count: Statement::new::<D>(&count),
            insert: Statement::new::<D>(insert),
        }
    }
}

/// A table's rows, with the columns that it is said to have.
fn source<D: Dialect>(table: Table) -> SelectStatement {
    if table == Table::Ids {
        return D::last_ids();
    }
    Query::select().columns(table.columns().iter().copied()).from(table.name()).take()
}

/// The rows of several queries.
pub fn united(queries: impl Iterator<Item = SelectStatement>) -> SelectStatement {
    let all = queries.reduce(|mut all, next| all.union(UnionType::All, next).take());
    all.unwrap_or_default()
}

impl<C: Connection> Tables<C> {
    /// Puts the statements before a connection.
    pub fn new<D: Dialect>(connection: C) -> Self {
        let statements = Table::ALL.iter().map(|table| TableStatements::new::<D>(*table)).collect();
        Self {
            connection,
            statements,
            restart: D::restart,
            worded: |query| Statement::new::<D>(query),
            wake: Vec::new(),
        }
    }

    fn statements_of(&self, table: Table) -> Result<&TableStatements, StorageError> {
        let found = self.statements.iter().find(|statements| statements.table == table);
        found.ok_or_else(|| StorageError::Backend(table.name().into()))
    }
}

impl<C: Writing> Tables<C> {
    /// The same to fill them: others are kept out, and triggers do nothing, until it ends.
    ///
    /// # Errors
    /// As any write.
    pub async fn filling<D: Dialect>(connection: C) -> Result<Self, StorageError> {
        let mut tables = Self::new::<D>(connection);
        for text in D::alone() {
            tables.run(text).await?;
        }
        let [sleep, wake] = D::sleep_and_wake();
        let (sleep, wake) = (Statement::of_texts([sleep]), Statement::of_texts([wake]));
        tables.wake = tables.connection.rows(&wake, Values(Vec::new())).await?;
        for text in tables.connection.rows(&sleep, Values(Vec::new())).await? {
            tables.run(text).await?;
        }
        Ok(tables)
    }

    async fn run(&mut self, text: String) -> Result<(), StorageError> {
        self.connection.rows(&Statement::of_texts([text]), Values(Vec::new())).await.map(drop)
    }

    /// Adds rows in one statement; the key that one of them violates.
    async fn add(&mut self, rows: &[Row]) -> Result<Result<(), Violation>, StorageError> {
        let Some(first) = rows.first() else { return Ok(Ok(())) };
        let mut array = vec![b'['];
        for row in rows {
            if array.len() > 1 {
                array.push(b',');
            }
            row.write_columns(&mut array).map_err(|error| StorageError::Backend(error.into()))?;
        }
        array.push(b']');
        let array = String::from_utf8(array).map_err(|e| StorageError::Backend(e.into()))?;
        let statement = self.statements_of(first.table())?.insert.clone();
        let added = self.connection.try_rows(&statement, Values(vec![array.into()])).await?;
        Ok(added.map(drop))
    }

    async fn restart(&mut self, row: &Row) -> Result<Result<(), Misfit>, StorageError> {
        let Row::Ids(ids) = row else { return Ok(Ok(())) };
        let Some(table) = Table::numbered().find(|table| table.name() == ids.name) else {
            return Ok(Err(Misfit { index: 0, key: Violated::Reference }));
        };
        let statement = (self.restart)(table, ids.last);
        self.connection.rows(&statement, Values(Vec::new())).await.map(|_| Ok(()))
    }
}

#[async_trait]
impl<C: Connection> Snapshot for Tables<C> {
    async fn rows(
        &mut self,
        table: Table,
        after: Option<&Row>,
        limit: u32,
    ) -> Result<Vec<Row>, StorageError> {
        let mut values: Vec<Value> = Vec::new();
        for key in after.map(Row::key).unwrap_or_default() {
            values.push(match key {
                serde_json::Value::String(text) => text.into(),
                number => number.as_i64().into(),
            });
        }
        values.push(i64::from(limit).into());
        let of = self.statements_of(table)?;
        let statement = if after.is_some() { of.after.clone() } else { of.first.clone() };
        let page = self.connection.page::<Vec<serde_json::Value>>(&statement, Values(values));
        let read = |columns| {
            Row::read(table, columns).map_err(|error| StorageError::Corrupt(error.into()))
        };
        page.await?.into_iter().map(read).collect()
    }

    async fn count(&mut self, table: Table) -> Result<u64, StorageError> {
        let statement = self.statements_of(table)?.count.clone();
        let cells = self.connection.rows(&statement, Values(Vec::new())).await?;
        cells.first().map_or(Ok(0), |cell| decode(cell))
    }
}

#[async_trait]
impl<C: Writing> Restore for Tables<C> {
    async fn insert(&mut self, rows: &[Row]) -> Result<Result<(), Misfit>, StorageError> {
        if rows.first().is_some_and(|row| row.table() == Table::Ids) {
            for (index, row) in rows.iter().enumerate() {
                if let Err(misfit) = self.restart(row).await? {
                    return Ok(Err(Misfit { index, ..misfit }));
                }
            }
            return Ok(Ok(()));
        }
        if self.add(rows).await?.is_ok() {
            return Ok(Ok(()));
        }
        // Which of them it is, the database does not say.
        for (index, row) in rows.iter().enumerate() {
            if let Err(violation) = self.add(std::slice::from_ref(row)).await? {
                let key = match violation {
                    Violation::Unique(key) => Violated::Unique(key),
                    Violation::Reference => Violated::Reference,
                };
                return Ok(Err(Misfit { index, key }));
            }
        }
        Ok(Ok(()))
    }

    async fn astray(
        &mut self,
        table: Table,
        column: &'static str,
        to: Table,
    ) -> Result<u64, StorageError> {
        let held = Expr::col((table.name(), column));
        // Not `NOT IN`: PostgreSQL reads the other table anew for each row once its ids need more than `work_mem`.
        let there = Query::select()
            .expr(Expr::cust("1"))
            .from(to.name())
            .and_where(Expr::col((to.name(), "id")).eq(held.clone()))
            .take();
        let query = Query::select()
            .expr(text(Expr::cust("count(*)")))
            .from(table.name())
            .and_where(held.is_not_null())
            .and_where(Expr::exists(there).not())
            .take();
        let statement = (self.worded)(&query);
        let cells = self.connection.rows(&statement, Values(Vec::new())).await?;
        cells.first().map_or(Ok(0), |cell| decode(cell))
    }

    async fn commit(mut self: Box<Self>) -> Result<(), StorageError> {
        for text in std::mem::take(&mut self.wake) {
            self.run(text).await?;
        }
        self.connection.commit().await
    }
}
