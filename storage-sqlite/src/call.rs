//! Calls to SQLite: a statement, or several of one text.

use std::sync::Arc;

use futures_util::StreamExt as _;
use sea_query::Values;
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, Either, Executor as _, Row as _, SqliteConnection};

/// The first column of a statement's rows.
pub(crate) type Rows = Result<Vec<String>, sqlx::Error>;

/// Runs a statement; the first column of its rows.
pub(crate) async fn fetch(
    connection: &mut SqliteConnection,
    text: Arc<str>,
    values: Values,
) -> Rows {
    let query = sqlx::query_with(AssertSqlSafe(text), SqlxValues(values));
    let rows = query.fetch_all(connection).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

/// Runs the statements of a text one after the other, the first few of which are `words`: the rows
/// of each that was done, and what went wrong with the next.
pub(crate) async fn fetch_each(
    connection: &mut SqliteConnection,
    text: Arc<str>,
    values: Values,
    words: usize,
) -> (Vec<Vec<String>>, Option<sqlx::Error>) {
    let query = sqlx::query_with(AssertSqlSafe(text), SqlxValues(values));
    let mut results = connection.fetch_many(query);
    let (mut done, mut rows, mut number) = (Vec::new(), Vec::new(), 0);
    while let Some(result) = results.next().await {
        match result {
            Ok(Either::Right(row)) => match row.try_get(0) {
                Ok(cell) => rows.push(cell),
                Err(error) => return (done, Some(error)),
            },
            Ok(Either::Left(_)) => {
                number += 1;
                if number > words {
                    done.push(std::mem::take(&mut rows));
                }
            }
            Err(error) => return (done, Some(error)),
        }
    }
    (done, None)
}
