//! What a scenario found: figures over its rounds, and goals held against them.

use std::fmt;

use serde::Serialize;

/// A scenario's result.
#[derive(Serialize)]
pub(crate) struct Report {
    scenario: &'static str,
    /// How it was asked for, in words.
    setting: String,
    cores: usize,
    /// The share of the machine, in percent, that others used before and after: with much of it
    /// the figures say little.
    others: [f64; 2],
    figures: Vec<Figure>,
    goals: Vec<Goal>,
}

/// A figure of every round.
#[derive(Serialize)]
struct Figure {
    name: String,
    unit: &'static str,
    median: f64,
    least: f64,
    most: f64,
    rounds: Vec<f64>,
}

#[derive(Serialize)]
struct Goal {
    name: String,
    bound: Bound,
    found: f64,
    met: bool,
}

/// What a figure should be.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Bound {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
}

impl Report {
    pub(crate) fn new(scenario: &'static str, setting: String) -> Self {
        Self {
            scenario,
            setting,
            cores: cores(),
            others: [f64::NAN; 2],
            figures: Vec::new(),
            goals: Vec::new(),
        }
    }

    pub(crate) fn others(&mut self, before: f64, after: f64) {
        self.others = [before, after];
    }

    /// Notes a figure and gives its median over the rounds.
    pub(crate) fn figure(
        &mut self,
        name: impl Into<String>,
        unit: &'static str,
        rounds: Vec<f64>,
    ) -> f64 {
        let mut sorted = rounds.clone();
        sorted.sort_by(f64::total_cmp);
        let median = median(&sorted);
        self.figures.push(Figure {
            name: name.into(),
            unit,
            median,
            least: sorted.first().copied().unwrap_or(f64::NAN),
            most: sorted.last().copied().unwrap_or(f64::NAN),
            rounds,
        });
        median
    }

    pub(crate) fn goal(&mut self, name: impl Into<String>, bound: Bound, found: f64) {
        let met = match bound {
            Bound::AtLeast(least) => found >= least,
            Bound::AtMost(most) => found <= most,
        };
        self.goals.push(Goal { name: name.into(), bound, found, met });
    }

    pub(crate) fn goals_met(&self) -> bool {
        self.goals.iter().all(|goal| goal.met)
    }
}

/// The middle of sorted values, the mean of the middle two.
pub(crate) fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    match sorted {
        [] => f64::NAN,
        _ if sorted.len() % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// How many cores the machine has; the process may be pinned to fewer.
pub(crate) fn cores() -> usize {
    let online = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let is_core = |line: &&str| {
        line.strip_prefix("cpu").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    online.lines().filter(is_core).count().max(1)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scenario, setting, cores, others: [before, after], .. } = self;
        writeln!(f, "{scenario}: {setting}")?;
        writeln!(
            f,
            "{cores} cores, of which others used {before:.0} % before and {after:.0} % after\n"
        )?;
        let names = self.figures.iter().map(|figure| figure.name.len() + 2);
        let width = names.max().unwrap_or_default();
        writeln!(f, "{:width$}{:>12}{:>12}{:>12}  unit", "", "median", "least", "most")?;
        for figure in &self.figures {
            let [median, least, most] = [figure.median, figure.least, figure.most].map(short);
            let Figure { name, unit, .. } = figure;
            writeln!(f, "{name:width$}{median:>12}{least:>12}{most:>12}  {unit}")?;
        }
        for goal in &self.goals {
            let (word, bound) = match goal.bound {
                Bound::AtLeast(bound) => ("at least", short(bound)),
                Bound::AtMost(bound) => ("at most", short(bound)),
            };
            let verdict = if goal.met { "met" } else { "MISSED" };
            let found = short(goal.found);
            writeln!(f, "\n{verdict}: {}: {found}, {word} {bound}", goal.name)?;
        }
        Ok(())
    }
}

/// Three digits or more.
fn short(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 || size == 0.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&[1.0, 2.0, 9.0]), 2.0);
        assert_eq!(median(&[1.0, 2.0, 4.0, 9.0]), 3.0);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn a_goal_without_a_figure_is_missed() {
        let mut report = Report::new("none", String::new());
        let none = report.figure("nothing", "s", Vec::new());
        report.goal("something", Bound::AtMost(1.0), none);
        assert!(!report.goals_met());
    }
}
