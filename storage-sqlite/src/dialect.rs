//! What SQLite calls things.

use guildhall_storage_sql::core::transfer::Table;
use guildhall_storage_sql::{Dialect, Statement, united};
use sea_query::{
    Expr, ExprTrait, Func, FunctionCall, InsertStatement, Query, SelectStatement,
    SqliteQueryBuilder,
};

/// What SQLite calls things.
pub enum SqliteDialect {}

impl Dialect for SqliteDialect {
    type Builder = SqliteQueryBuilder;
    const JSON_ARRAY: &'static str = "json_array";
    const JSON_ARRAY_OF_ROWS: &'static str = "json_group_array";

    fn numbers(array: Expr) -> SelectStatement {
        let numbers = Func::cust("json_each").arg(array);
        Query::select().column("value").from_function(numbers, "numbers").take()
    }

    fn elements(array: Expr) -> FunctionCall {
        Func::cust("json_each").arg(array)
    }

    /// `AUTOINCREMENT` goes on behind the highest id that there was, whoever gave it.
    fn raise_ids(_: &[Table]) -> Vec<Statement> {
        Vec::new()
    }

    fn insert_with(
        mut row: InsertStatement,
        then: impl FnOnce(SelectStatement) -> InsertStatement,
    ) -> Statement {
        row.returning(Query::returning().expr(Expr::col("id").cast_as("text")));
        Statement::of_texts(
            [row, then(inserted())].map(|insert| insert.build(SqliteQueryBuilder).0),
        )
    }

    fn create_event(
        mut event: InsertStatement,
        tell: impl FnOnce(SelectStatement) -> InsertStatement,
        told: Expr,
    ) -> Statement {
        let mut telling = tell(inserted());
        event.returning(Query::returning().expr(Expr::col("id").cast_as("text")));
        telling.returning(Query::returning().expr(told));
        Statement::of_texts([event, telling].map(|insert| insert.build(SqliteQueryBuilder).0))
    }

    /// SQLite plans by the value of a bare `LIMIT ?`, and so prepares the statement anew for each
    /// (`sqlite3ExprIsInteger`).
    fn worded(text: String) -> String {
        text.replace("LIMIT ?", "LIMIT ? + 0").replace("OFFSET ?", "OFFSET ? + 0")
    }

    fn given(table: Table) -> SelectStatement {
        let columns = table.columns().iter();
        Query::select()
            .exprs(columns.map(|column| Expr::cust(format!("value ->> '{column}'"))))
            .from_function(Func::cust("json_each").arg(Expr::val("")), "given")
            .take()
    }

    fn last_ids() -> SelectStatement {
        let of = |table: Table| {
            let last = format!("SELECT seq FROM sqlite_sequence WHERE name = '{}'", table.name());
            Query::select()
                .expr_as(Expr::cust(format!("'{}'", table.name())), "name")
                .expr_as(Expr::cust(format!("coalesce(({last}), 0)")), "last")
                .take()
        };
        united(Table::numbered().map(of))
    }

    fn restart(table: Table, last: i64) -> Statement {
        let name = table.name();
        Statement::of_texts([
            format!("DELETE FROM sqlite_sequence WHERE name = '{name}'"),
            format!("INSERT INTO sqlite_sequence (name, seq) VALUES ('{name}', {last})"),
        ])
    }

    /// Whoever writes is the only one.
    fn alone() -> Vec<String> {
        Vec::new()
    }

    fn sleep_and_wake() -> [String; 2] {
        ["'DROP TRIGGER ' || name", "sql"].map(|what| {
            format!(
                "SELECT {what} FROM sqlite_master \
                WHERE type = 'trigger' AND name GLOB '*_are_told*' ORDER BY rowid"
            )
        })
    }
}

/// The `id` of the row that the statement before has inserted, if it has.
fn inserted() -> SelectStatement {
    Query::select()
        .expr_as(Expr::cust("last_insert_rowid()"), "id")
        .and_where(Expr::cust("changes() > 0"))
        .take()
}
