//! A report of `guildhall-bench` as rows of the table in `docs/BENCHMARKS.md`.

use std::fmt::Write as _;

use anyhow::Result;
use serde::Deserialize;

/// The table's head.
pub(super) const HEAD: &str =
    "| figure | median | least | most | goal |\n|---|---:|---:|---:|---:|\n";

#[derive(Deserialize)]
struct Report {
    figures: Vec<Figure>,
    goals: Vec<Goal>,
}

/// A figure that could not be had is no number.
#[derive(Deserialize)]
struct Figure {
    name: String,
    unit: String,
    median: Option<f64>,
    least: Option<f64>,
    most: Option<f64>,
}

#[derive(Deserialize)]
struct Goal {
    name: String,
    bound: Bound,
    found: Option<f64>,
    met: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

/// A row for each figure, its goal beside it, and one for each goal that is about no figure alone. One that was missed
/// says so.
///
/// # Errors
///
/// Fails on what is no report.
pub(super) fn rows(scenario: &str, report: &str) -> Result<String> {
    let Report { figures, mut goals } = serde_json::from_str(report)?;
    let mut rows = String::new();
    for Figure { name, unit, median, least, most } in figures {
        let own = goals.iter().position(|goal| goal.name == name);
        let goal = own.map(|own| goals.remove(own).text()).unwrap_or_default();
        let [median, least, most] = [median, least, most].map(short);
        let unit = if unit.is_empty() { unit } else { format!(", {unit}") };
        writeln!(rows, "| `{scenario}`: {name}{unit} | {median} | {least} | {most} | {goal} |")?;
    }
    for goal in goals {
        let (found, text) = (short(goal.found), goal.text());
        writeln!(rows, "| `{scenario}`: {} | {found} | | | {text} |", goal.name)?;
    }
    Ok(rows)
}

impl Goal {
    fn text(&self) -> String {
        let bound = match self.bound {
            Bound::AtLeast(least) => format!("≥ {}", short(Some(least))),
            Bound::AtMost(most) => format!("≤ {}", short(Some(most))),
        };
        if self.met { bound } else { format!("{bound}, missed") }
    }
}

/// Three digits or more, with a comma before every three of a whole number.
fn short(value: Option<f64>) -> String {
    let Some(value) = value else { return "–".to_owned() };
    let decimals = match value.abs() {
        size if size >= 99.95 || size == 0.0 => 0,
        size if size >= 9.995 => 1,
        _ => 2,
    };
    let text = format!("{value:.decimals$}").replace('-', "−");
    if decimals > 0 {
        return text;
    }
    let digits = text.trim_start_matches('−');
    let sign = &text[..text.len() - digits.len()];
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().collect();
    format!("{sign}{}", String::from_utf8_lossy(&groups.join(&b',')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_stand_beside_their_goals() {
        let report = r#"{"scenario": "s", "figures": [
            {"name": "rate", "unit": "a second", "median": 11622.4, "least": 9.471, "most": -42.0},
            {"name": "nothing", "unit": "", "median": null, "least": null, "most": null}
        ], "goals": [
            {"name": "rate", "bound": {"at_least": 5.0}, "found": 11622.4, "met": true},
            {"name": "memory, MiB", "bound": {"at_most": 120.0}, "found": 130.0, "met": false}
        ]}"#;
        let expected = "| `s`: rate, a second | 11,622 | 9.47 | −42.0 | ≥ 5.00 |\n\
                        | `s`: nothing | – | – | – |  |\n\
                        | `s`: memory, MiB | 130 | | | ≤ 120, missed |\n";
        assert_eq!(rows("s", report).unwrap(), expected);
    }
}
