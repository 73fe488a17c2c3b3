//! What `docs/SECURITY.md` names is there: the files, and in them the tests.

use std::fs::read_to_string;
use std::path::Path;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const PAGE: &str = "docs/SECURITY.md";
const HEAD: &str = "| id | what it asks | where | shown by |";

/// The rows of the requirements that are met, cell by cell.
fn rows(page: &str) -> Vec<Vec<&str>> {
    let (_, table) = page.split_once(HEAD).expect("the table of what is met");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// What stands between backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// Whether a file has a test, or a case that every storage is put through, of this name.
fn has_test(file: &str, name: &str) -> bool {
    let Ok(text) = read_to_string(Path::new(ROOT).join(file)) else { return false };
    let lines: Vec<_> = text.lines().collect();
    let begin = format!("fn {name}(");
    let found =
        lines.iter().enumerate().find_map(|(at, line)| Some((at, line.split_once(&begin)?.1)));
    let Some((at, rest)) = found else { return false };
    // A macro makes tests of what takes a world or a fleet without its type; the conformance suite of its cases.
    let taken = rest.split(')').next().unwrap_or_default();
    let is_given = taken == "storage: &dyn Storage" || !taken.is_empty() && !taken.contains(':');
    let mut attributes = lines[..at].iter().rev().take_while(|line| line.trim().starts_with("#["));
    is_given || attributes.any(|line| line.contains("test"))
}

#[test]
fn each_requirement_that_is_met_names_tests_that_are_there() {
    let page = read_to_string(Path::new(ROOT).join(PAGE)).expect("the page");
    let rows = rows(&page);
    assert!(rows.len() > 50, "{} rows", rows.len());
    let mut wrong = Vec::new();
    for row in &rows {
        let [id, _, places, tests] = row[..] else { panic!("four cells: {row:?}") };
        let places = quoted(places).filter(|place| !Path::new(ROOT).join(place).is_file());
        wrong.extend(places.map(|place| format!("{id}: no file {place}")));
        if quoted(tests).next().is_none() {
            wrong.push(format!("{id}: no test"));
        }
        for test in quoted(tests) {
            let Some((file, name)) = test.split_once("::") else { panic!("{id}: {test}") };
            if !has_test(file, name) {
                wrong.push(format!("{id}: no test {test}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{PAGE} names what is not there: {wrong:#?}");
}
