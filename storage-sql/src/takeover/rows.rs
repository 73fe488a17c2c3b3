//! Statements whose one value is many rows: a JSON array of arrays, of a cell a column.

use sea_query::{
    Expr, ExprTrait, IntoIden, IntoTableRef, OnConflict, Order, Query, SelectStatement, SimpleExpr,
};

use crate::Dialect;
use crate::statement::{Statement, hole, text};

/// What a cell is.
#[derive(Clone, Copy)]
pub(super) enum Cell {
    Number,
    Flag,
    Text,
}

impl Cell {
    /// The cell at this place of a row.
    pub(super) fn at(self, place: usize) -> SimpleExpr {
        Expr::cust(match self {
            Self::Number => format!("CAST(given.value ->> {place} AS BIGINT)"),
            Self::Flag => format!("CAST(given.value ->> {place} AS BOOLEAN)"),
            Self::Text => format!("given.value ->> {place}"),
        })
    }
}

/// Each row once. It ends in a condition, or SQLite would take an `ON CONFLICT` for a join's.
pub(super) fn given<D: Dialect>() -> SelectStatement {
    Query::select().from_function(D::elements(hole()), "given").and_where(Expr::cust("TRUE")).take()
}

/// Adds rows.
pub(super) fn inserting<D: Dialect, I: IntoIden + Copy>(
    table: I,
    columns: &[(I, Cell)],
) -> sea_query::InsertStatement {
    let mut rows = given::<D>();
    for (place, (_, cell)) in columns.iter().enumerate() {
        rows.expr(cell.at(place));
    }
    Query::insert()
        .into_table(table.into_iden())
        .columns(columns.iter().map(|(column, _)| *column))
        .select_from(rows)
        .expect("as many values as columns")
        .take()
}

/// Adds rows, all of them.
pub(super) fn insert_all<D: Dialect, I: IntoIden + Copy>(
    table: I,
    columns: &[(I, Cell)],
) -> Statement {
    Statement::new::<D>(&inserting::<D, I>(table, columns))
}

/// Adds those whose keys are free, and gives their ids.
pub(super) fn insert<D: Dialect, I: IntoIden + Copy>(table: I, columns: &[(I, Cell)]) -> Statement {
    Statement::new::<D>(
        inserting::<D, I>(table, columns)
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .returning(Query::returning().expr(text(Expr::col("id")))),
    )
}

/// Adds rows; of one whose key is there, these columns become as they are given.
pub(super) fn upsert<D: Dialect, I: IntoIden + Copy>(
    table: I,
    columns: &[(I, Cell)],
    key: &[I],
    updated: &[I],
) -> Statement {
    let update =
        OnConflict::columns(key.iter().copied()).update_columns(updated.iter().copied()).to_owned();
    Statement::new::<D>(inserting::<D, I>(table, columns).on_conflict(update))
}

/// The rows of a table that have one of the ids in an array.
pub(super) fn by_ids<D: Dialect, I: IntoIden + IntoTableRef + Copy>(
    table: I,
    id: I,
    columns: impl IntoIterator<Item = I>,
) -> Statement {
    Statement::new::<D>(
        Query::select()
            .columns(columns)
            .from(table)
            .and_where(Expr::col(id).in_subquery(D::numbers(hole())))
            .order_by(id, Order::Asc),
    )
}
