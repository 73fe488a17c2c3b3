//! A statement's text, built once with holes for its values, and single rows read as JSON.

use std::sync::Arc;

use guildhall_core::storage::StorageError;
use sea_query::{
    BinOper, Expr, ExprTrait, Func, IntoIden, Query, QueryStatementWriter, SelectStatement,
    SimpleExpr, Value, Values,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Dialect;

/// The values of a statement, in the order of its holes.
macro_rules! values {
    ($($value:expr),* $(,)?) => { sea_query::Values(vec![$(sea_query::Value::from($value)),*]) };
}
pub(crate) use values;

/// A statement's text in one dialect. Its values are bound in the order of its holes.
#[derive(Clone, Debug)]
pub struct Statement {
    texts: Arc<[Arc<str>]>,
    takes_rows: bool,
}

impl Statement {
    pub(crate) fn new<D: Dialect>(query: &impl QueryStatementWriter) -> Self {
        let (text, _) = query.build_any(&D::Builder::default());
        Self::of_texts([D::worded(text)])
    }

    /// Several statements that are a step: see [`Statement::texts`].
    #[must_use]
    pub fn of_texts<const N: usize>(texts: [String; N]) -> Self {
        Self { texts: texts.into_iter().map(Arc::from).collect(), takes_rows: false }
    }

    /// A statement that takes rows: as [`Statement::takes_rows`] says.
    #[must_use]
    pub fn of_rows(text: String) -> Self {
        Self { takes_rows: true, ..Self::of_texts([text]) }
    }

    /// The text, to be shared with a driver; of a step of several, the first.
    #[must_use]
    pub fn text(&self) -> Arc<str> {
        Arc::clone(&self.texts[0])
    }

    /// The texts of a step, which are run one after the other, and done together or not at all. The values
    /// are the first's, then the next one's.
    #[must_use]
    pub fn texts(&self) -> Arc<[Arc<str>]> {
        Arc::clone(&self.texts)
    }

    /// Whether its one value is a JSON array of rows, a text, and each of these is answered by a row of
    /// the database, in their order: an array of the cells that any other statement would give. The values
    /// of several calls go [`together`].
    #[must_use]
    pub fn takes_rows(&self) -> bool {
        self.takes_rows
    }

    /// The values of a call: a row as an array, or what belongs into each hole.
    pub(crate) fn values<R: Serialize>(
        &self,
        row: impl FnOnce() -> R,
        holes: impl FnOnce() -> Values,
    ) -> Result<Values, StorageError> {
        if !self.takes_rows {
            return Ok(holes());
        }
        let row = serde_json::to_string(&[row()]).map_err(|e| StorageError::Backend(e.into()))?;
        Ok(values![row])
    }
}

/// The name of a table or a column, whatever it is, as SQL has it.
#[must_use]
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The values of several calls of a statement that takes rows, as those of one.
pub fn together<'a>(calls: impl Iterator<Item = &'a Values>) -> Values {
    let mut all = String::from("[");
    for call in calls {
        if let [Value::String(Some(rows))] = call.0.as_slice() {
            let rows = rows.strip_prefix('[').and_then(|rows| rows.strip_suffix(']'));
            if all.len() > 1 {
                all.push(',');
            }
            all.push_str(rows.unwrap_or_default());
        }
    }
    all.push(']');
    values![all]
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
