//! `docs/PERMISSIONS.md`, made of the table of endpoints.

use anyhow::{Context as _, Result};
use guildhall_openapi::endpoint::{Operation, Setting, Verdict, Who, operations};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/PERMISSIONS.md");

const INTRODUCTION: &str = "\
# Who may do what

One row a call, one column for each way in which a caller can stand to what is touched. The page is
made of the table of endpoints by `cargo xtask permissions`; from the same table a test
(`server/tests/e2e/access.rs`) tries every call as everyone, on both databases.

`no` comes with the status of the refusal; after a `404` nobody can tell whether the thing is there.
`–` stands where there is nobody of the kind. A call can be refused for other reasons than who asks,
a field that is for admins to set, say; those are in the OpenAPI document.
";

/// Writes the page.
///
/// # Errors
///
/// When it cannot be written.
pub(crate) fn write() -> Result<()> {
    std::fs::write(PAGE, page()).context("docs/PERMISSIONS.md cannot be written")
}

/// The page as it should be.
fn page() -> String {
    let mut lines = vec![INTRODUCTION.to_owned()];
    lines.extend(Who::ALL.map(column).map(|(title, meaning)| format!("- **{title}**: {meaning}.")));
    let titles = Who::ALL.map(|who| column(who).0).join(" | ");
    lines.push(format!("\n| call | operation | {titles} |"));
    lines.push(format!("|---|---|{}", "---|".repeat(Who::ALL.len())));
    let mut notes = Notes::default();
    for operation in operations() {
        let Operation { id, method, path, .. } = operation;
        let cells = Who::ALL.map(|who| notes.cell(operation, who)).join(" | ");
        lines.push(format!("| `{} {path}` | `{id}` | {cells} |", method.as_str()));
    }
    lines.push(String::new());
    for (number, (setting, verdict)) in (1..).zip(notes.0) {
        lines.push(format!("[^{number}]: With `{}`: {}.", setting.as_str(), word(verdict)));
    }
    lines.join("\n") + "\n"
}

/// What a column is called, and whom it is about.
fn column(who: Who) -> (&'static str, &'static str) {
    match who {
        Who::Anonymous => ("anonymous", "not signed in"),
        Who::Member => ("member", "signed in, and nothing more"),
        Who::Participant => ("participant", "is in the session or group, attends the event"),
        Who::Owner => ("owner", "owns the session or login, organizes the event"),
        Who::Themself => ("themself", "the user whom the path names"),
        Who::Admin => ("admin", "an admin, and nothing else of these"),
    }
}

fn word(verdict: Verdict) -> String {
    match verdict {
        Verdict::Yes => "yes".to_owned(),
        Verdict::No(code) => format!("no ({})", code.status()),
        Verdict::Hidden => "no (404)".to_owned(),
    }
}

/// The footnotes so far: what a cell becomes under which setting.
#[derive(Default)]
struct Notes(Vec<(Setting, Verdict)>);

impl Notes {
    /// A cell, marked where a setting makes another of it.
    fn cell(&mut self, operation: &Operation, who: Who) -> String {
        if !operation.callers().any(|caller| caller == who) {
            return "–".to_owned();
        }
        let [usual, others @ ..] =
            Setting::ALL.map(|setting| (setting, operation.access.verdict(who, setting)));
        let moved = others.into_iter().filter(|(_, verdict)| *verdict != usual.1);
        let marks = moved.map(|note| format!("[^{}]", self.number(note))).collect::<String>();
        word(usual.1) + &marks
    }

    fn number(&mut self, note: (Setting, Verdict)) -> usize {
        let known = self.0.iter().position(|known| *known == note);
        let index = known.unwrap_or(self.0.len());
        if known.is_none() {
            self.0.push(note);
        }
        index + 1
    }
}

#[cfg(test)]
mod tests {
    use super::{PAGE, page};

    #[test]
    fn the_checked_in_page_is_the_tables() {
        let same = std::fs::read_to_string(PAGE).is_ok_and(|checked_in| checked_in == page());
        assert!(same, "docs/PERMISSIONS.md is stale: run `cargo xtask permissions`");
    }
}
