//! What PostgreSQL calls things.

use guildhall_storage_sql::core::transfer::Table;
use guildhall_storage_sql::{Dialect, Statement, united};
use sea_query::{
    CommonTableExpression, Expr, ExprTrait, Func, FunctionCall, InsertStatement,
    PostgresQueryBuilder, Query, SelectStatement, WithClause,
};

/// What PostgreSQL calls things.
pub enum PostgresDialect {}

impl Dialect for PostgresDialect {
    type Builder = PostgresQueryBuilder;
    const JSON_ARRAY: &'static str = "json_build_array";
    const JSON_ARRAY_OF_ROWS: &'static str = "json_agg";

    fn numbers(array: Expr) -> SelectStatement {
        let numbers = Func::cust("json_array_elements_text").arg(array.cast_as("json"));
        let number = Expr::col("value").cast_as("bigint");
        Query::select().expr(number).from_function(numbers, "numbers").take()
    }

    fn elements(array: Expr) -> FunctionCall {
        Func::cust("jsonb_array_elements").arg(array.cast_as("jsonb"))
    }

    fn raise_ids(tables: &[Table]) -> Vec<Statement> {
        let raise = |table: &Table| {
            let (table, sequence) = (table.name(), sequence(*table));
            Statement::of_texts([format!(
                "SELECT CAST(setval('{sequence}', max(id)) AS TEXT) FROM {table} \
                 HAVING max(id) >= (SELECT last_value FROM {sequence})"
            )])
        };
        tables.iter().map(raise).collect()
    }

    fn insert_with(
        mut row: InsertStatement,
        then: impl FnOnce(SelectStatement) -> InsertStatement,
    ) -> Statement {
        let ids = || Query::select().column("id").from("added").take();
        row.returning_col("id");
        let named = |name: &'static str, insert: InsertStatement| {
            CommonTableExpression::new().table_name(name).query(insert).to_owned()
        };
        let with =
            WithClause::new().cte(named("added", row)).cte(named("more", then(ids()))).to_owned();
        let id = Query::select().expr(Expr::col("id").cast_as("text")).from("added").take();
        Statement::of_texts([id.with(with).build(PostgresQueryBuilder).0])
    }

    fn create_event(
        _: InsertStatement,
        _: impl FnOnce(SelectStatement) -> InsertStatement,
        _: Expr,
    ) -> Statement {
        Statement::of_rows("SELECT create_events($1::jsonb)".into())
    }

    fn send_message(_: InsertStatement) -> Statement {
        Statement::of_rows("SELECT send_messages($1::jsonb)".into())
    }

    fn worded(text: String) -> String {
        text
    }

    fn given(table: Table) -> SelectStatement {
        let shape = Expr::cust(format!("NULL::{}", table.name()));
        let rows = Expr::val("").cast_as("json");
        let columns = table.columns().iter().copied();
        Query::select()
            .columns(columns)
            .from_function(Func::cust("json_populate_recordset").args([shape, rows]), "given")
            .take()
    }

    fn last_ids() -> SelectStatement {
        let last = "CASE WHEN is_called THEN last_value ELSE last_value - 1 END";
        let of = |table: Table| {
            Query::select()
                .expr_as(Expr::cust(format!("'{}'", table.name())).cast_as("text"), "name")
                .expr_as(Expr::cust(last), "last")
                .from(sequence(table))
                .take()
        };
        united(Table::numbered().map(of))
    }

    /// `setval` would last if the transaction did not.
    fn restart(table: Table, last: i64) -> Statement {
        let next = last.saturating_add(1);
        Statement::of_texts([format!("ALTER SEQUENCE {} RESTART WITH {next}", sequence(table))])
    }

    /// Readers go on. A table that is not analyzed yet is read in the order of its key all the same.
    fn alone() -> Vec<String> {
        let tables = Table::ALL.iter().filter(|table| **table != Table::Ids);
        let tables: Vec<_> = tables.map(|table| table.name()).collect();
        [
            "SET LOCAL lock_timeout = '5s'".to_owned(),
            format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", tables.join(", ")),
            "SET LOCAL enable_sort = off".to_owned(),
            "SET LOCAL enable_bitmapscan = off".to_owned(),
        ]
        .into()
    }

    fn sleep_and_wake() -> [String; 2] {
        ["DISABLE", "ENABLE"].map(|word| {
            format!(
                "SELECT format('ALTER TABLE %s {word} TRIGGER %I', tgrelid::regclass, tgname) \
                FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid \
                WHERE NOT tgisinternal AND tgenabled = 'O' \
                AND relnamespace = current_schema()::regnamespace ORDER BY tgrelid, tgname"
            )
        })
    }
}

/// Where a table's ids come from.
fn sequence(table: Table) -> String {
    match table {
        Table::Messages => "messages_id".to_owned(),
        other => format!("{}_id_seq", other.name()),
    }
}
