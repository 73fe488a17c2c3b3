//! What differs between the databases.

use guildhall_core::transfer::Table;
use sea_query::{Expr, FunctionCall, InsertStatement, QueryBuilder, SelectStatement};

use crate::Statement;

/// What a database calls things.
pub trait Dialect: Sized + Send + Sync + 'static {
    /// Writes sea-query's statements.
    type Builder: QueryBuilder + Default;
    /// The function that makes a JSON array of its arguments.
    const JSON_ARRAY: &'static str;
    /// The aggregate that makes a JSON array of its rows.
    const JSON_ARRAY_OF_ROWS: &'static str;

    /// The numbers in a JSON array that is a text, a row each.
    fn numbers(array: Expr) -> SelectStatement;

    /// The elements of a JSON array that is a text, a row each, whose column is `value`.
    fn elements(array: Expr) -> FunctionCall;

    /// What makes each table give ids above those that are in it.
    fn raise_ids(tables: &[Table]) -> Vec<Statement>;

    /// Adds an event, and tells of it what `tell` makes of a select of its `id`, which is empty where the
    /// event was not added. The cells are the `id`, as text, and `told` of what was told.
    fn create_event(
        event: InsertStatement,
        tell: impl FnOnce(SelectStatement) -> InsertStatement,
        told: Expr,
    ) -> Statement;

    /// Adds a row, and what `then` makes of a select of its `id`, which is empty where the row was not added. The
    /// cell is the `id`, as text; the values are the row's, then those of what comes with it.
    fn insert_with(
        row: InsertStatement,
        then: impl FnOnce(SelectStatement) -> InsertStatement,
    ) -> Statement;

    /// Adds a message.
    fn send_message(message: InsertStatement) -> Statement {
        Statement::new::<Self>(&message)
    }

    /// A statement as it is best said to this database.
    fn worded(text: String) -> String;

    /// The columns of a table, from a JSON array of rows as objects, which is a text.
    fn given(table: Table) -> SelectStatement;

    /// The last id that each of [`Table::numbered`] has given: `name` and `last`.
    fn last_ids() -> SelectStatement;

    /// Makes a table give the ids behind this one next.
    fn restart(table: Table, last: i64) -> Statement;

    /// The statements with which a transaction begins that is to be the only one that writes.
    fn alone() -> Vec<String>;

    /// Two queries, whose cells are statements: those that keep triggers from telling what is written, and those that
    /// bring the triggers back as they are now.
    fn sleep_and_wake() -> [String; 2];
}
