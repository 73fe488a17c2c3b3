//! A statement's text, built once with holes for its values, and its rows read as JSON.

use std::sync::Arc;

use guildhall_core::storage::StorageError;
use sea_query::{
    BinOper, Expr, ExprTrait, Func, InsertStatement, IntoIden, Query, QueryStatementWriter,
    SelectStatement, SimpleExpr,
};
use serde::de::DeserializeOwned;

use crate::Dialect;

/// A statement's text in one dialect. Its values are bound in the order of its holes.
#[derive(Clone, Debug)]
pub struct Statement {
    text: Arc<str>,
    parts: usize,
}

impl Statement {
    pub(crate) fn new<D: Dialect>(query: &impl QueryStatementWriter) -> Self {
        let (text, _) = query.build_any(&D::Builder::default());
        Self { text: D::worded(text).into(), parts: 1 }
    }

    /// Two inserts that are one step: see [`Dialect::both`].
    pub(crate) fn both<D: Dialect>(
        first: InsertStatement,
        second: InsertStatement,
        cell: Expr,
    ) -> Self {
        let (text, parts) = D::both(first, second, cell);
        Self { text: text.into(), parts }
    }

    /// A page of rows, for [`Connection::page`](crate::Connection::page): `rows` selects the columns, in
    /// order, with its own `ORDER BY` and `LIMIT`.
    pub(crate) fn page<D: Dialect, I: IntoIden + Copy>(
        rows: SelectStatement,
        columns: &[I],
    ) -> Self {
        if D::PAGE_IS_CELL {
            return Self::new::<D>(&collected::<D, I>(rows, columns));
        }
        Self::new::<D>(&rows)
    }

    /// The text, to be shared with a driver.
    #[must_use]
    pub fn text(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    /// Of how many statements the text consists, for the database: they are done together or not at all.
    #[must_use]
    pub fn parts(&self) -> usize {
        self.parts
    }
}

/// A place for a value. Constants are written out (`Expr::cust`), so that the values of a
/// statement are its holes and nothing else.
pub(crate) fn hole() -> SimpleExpr {
    Expr::val(0_i64)
}

/// A value as text; of a number it is the number's JSON.
pub(crate) fn text(expr: impl Into<Expr>) -> Expr {
    expr.into().cast_as("text")
}

/// The one cell of a query that is JSON, as text that stands in other JSON as a text of its own. (SQLite
/// remembers of what its functions made that it is JSON, and puts it into other JSON as it is, but only
/// where it has not been stored in between.)
pub(crate) fn nested(query: SelectStatement) -> Expr {
    Expr::from(query).binary(BinOper::Custom("||"), Expr::cust("''"))
}

/// A row's columns as a JSON array.
pub(crate) fn array<D: Dialect, I: IntoIden + Copy>(columns: &[I]) -> SimpleExpr {
    let columns = columns.iter().map(|column| Expr::col((*column).into_iden()));
    Func::cust(D::JSON_ARRAY).args(columns).into()
}

/// Rows, in their order, as one cell of text: a JSON array of their columns.
pub(crate) fn collected<D: Dialect, I: IntoIden + Copy>(
    rows: SelectStatement,
    columns: &[I],
) -> SelectStatement {
    let all = Func::cust(D::JSON_ARRAY_OF_ROWS).arg(array::<D, I>(columns));
    Query::select()
        .expr(Func::coalesce([text(all), Expr::cust("'[]'")]))
        .from_subquery(rows, "page")
        .take()
}

/// Reads one cell.
pub(crate) fn decode<T: DeserializeOwned>(cell: &str) -> Result<T, StorageError> {
    serde_json::from_str(cell).map_err(|error| StorageError::Corrupt(error.into()))
}

/// Reads the first of at most one row.
pub(crate) fn decode_one<T: DeserializeOwned>(cells: &[String]) -> Result<Option<T>, StorageError> {
    cells.first().map(|cell| decode(cell)).transpose()
}

/// The values of a statement, in the order of its holes.
macro_rules! values {
    ($($value:expr),* $(,)?) => { sea_query::Values(vec![$(sea_query::Value::from($value)),*]) };
}
pub(crate) use values;
