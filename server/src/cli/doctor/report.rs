//! What was found, and how it is told.

use anstyle::{AnsiColor, Style};
use anyhow::Result;
use serde::Serialize;

use crate::cli::output::{self, harmless, paint};

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    Ok,
    Warn,
    Fail,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Finding {
    pub(super) verdict: Verdict,
    /// What it is about: a setting, or a part.
    pub(super) subject: String,
    /// How it is.
    pub(super) what: String,
    /// What to do about it, where it is not well.
    pub(super) advice: Option<String>,
}

impl Finding {
    pub(super) fn ok(subject: &str, what: impl Into<String>) -> Self {
        Self { verdict: Verdict::Ok, subject: subject.into(), what: what.into(), advice: None }
    }

    pub(super) fn warn(subject: &str, what: impl Into<String>, advice: impl Into<String>) -> Self {
        let advice = Some(advice.into());
        Self { verdict: Verdict::Warn, advice, ..Self::ok(subject, what) }
    }

    pub(super) fn fail(subject: &str, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { verdict: Verdict::Fail, ..Self::warn(subject, what, advice) }
    }

    /// What went wrong, in one line, without the subject that it is told under.
    pub(super) fn error(subject: &str, error: &anyhow::Error, advice: &str) -> Self {
        let line = crate::cli::one_line(error);
        let line = line.strip_prefix(subject).and_then(|rest| rest.strip_prefix(": "));
        Self::fail(subject, line.map_or_else(|| crate::cli::one_line(error), Into::into), advice)
    }
}

/// Prints a line for each, or a list as JSON.
pub(super) fn print(findings: &[Finding], json: bool) -> Result<()> {
    output::show(json, &findings, || findings.iter().map(line).collect::<Vec<_>>().join("\n"))
}

fn line(finding: &Finding) -> String {
    let Finding { verdict, subject, what, advice } = finding;
    let (word, colour) = match verdict {
        Verdict::Ok => ("ok  ", AnsiColor::Green),
        Verdict::Warn => ("warn", AnsiColor::Yellow),
        Verdict::Fail => ("FAIL", AnsiColor::Red),
    };
    let word = paint(colour.on_default().bold(), word);
    let advice = advice.iter().map(|advice| paint(Style::new().dimmed(), &format!(" — {advice}")));
    let text = harmless(&format!("{subject}: {what}").replace('\n', " "));
    format!("{word}  {text}{}", advice.collect::<String>())
}
