//! What lists have in common: the part of one that is asked for, and what comes back.

use guildhall_core::openapi::page::{Limit, Skip};
use sea_query::Value;

/// The values of `LIMIT` and `OFFSET`. One row more than is shown tells whether there is more.
pub(crate) fn limits(limit: Limit, skip: Skip) -> [Value; 2] {
    [signed(limit.get() + 1), signed(skip.get())]
}

/// The rows of a page that was asked for with [`limits`], and whether there is more.
pub(crate) fn shown<Row, Shown: From<Row>>(mut rows: Vec<Row>, limit: Limit) -> (Vec<Shown>, bool) {
    let shown = usize::try_from(limit.get()).unwrap_or(usize::MAX);
    let more = rows.len() > shown;
    rows.truncate(shown);
    (rows.into_iter().map(Shown::from).collect(), more)
}

/// A pattern for `LIKE … ESCAPE '\'` that finds `part` anywhere.
pub(crate) fn contains(part: &str) -> String {
    let mut pattern = String::from("%");
    for c in part.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// Numbers as a JSON array, for [`Dialect::numbers`](crate::Dialect::numbers).
pub(crate) fn numbers(numbers: impl Iterator<Item = i64>) -> String {
    let numbers: Vec<_> = numbers.map(|number| number.to_string()).collect();
    format!("[{}]", numbers.join(","))
}

fn signed(number: u64) -> Value {
    i64::try_from(number).unwrap_or(i64::MAX).into()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_search_for_wildcards_finds_wildcards() {
        assert_eq!(super::contains(r"100%_\"), r"%100\%\_\\%");
    }
}
