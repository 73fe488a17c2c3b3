//! What is shown, as text or as JSON. Nothing that others wrote gets from here to the terminal with
//! characters that the terminal would obey.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use clap::ColorChoice;
use serde::Serialize;
use tokio::time::sleep;
use unicode_width::UnicodeWidthStr as _;

use crate::failure::Failure;

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const FAINT: Style = Style::new().dimmed();
pub(crate) const GREEN: Style = AnsiColor::Green.on_default();
pub(crate) const CYAN: Style = AnsiColor::Cyan.on_default();
const RED: Style = AnsiColor::Red.on_default().bold();

/// How long nothing is said about a call that takes its time.
const PATIENCE: Duration = Duration::from_millis(500);

/// How things are shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    pub(crate) json: bool,
    pub(crate) colour: bool,
    colour_of_errors: bool,
}

impl Output {
    pub(crate) fn new(json: bool, colour: ColorChoice) -> Self {
        match colour {
            ColorChoice::Auto => {}
            ColorChoice::Always => anstream::ColorChoice::Always.write_global(),
            ColorChoice::Never => anstream::ColorChoice::Never.write_global(),
        }
        Self {
            json,
            // Terminals have them, unless NO_COLOR is set or TERM says otherwise.
            colour: AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never,
            colour_of_errors: AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never,
        }
    }

    /// Shows one thing: the value as JSON, or a line about it.
    pub(crate) fn show<T: Serialize>(
        self,
        value: &T,
        line: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        self.print(&if self.json { json(value)? } else { one_line(&line()) })
    }

    /// Shows a list: an array, or a table; of an empty one, that it is.
    pub(crate) fn list<T: Serialize, const N: usize>(
        self,
        rows: &[T],
        columns: [(&str, Style); N],
        cells: impl Fn(&T) -> [String; N],
        none: &str,
    ) -> Result<(), Failure> {
        if self.json {
            return self.print(&json(&rows)?);
        }
        if rows.is_empty() {
            // For people alone: a program that counts lines is to count none.
            self.note(none);
            return Ok(());
        }
        let table: Vec<_> = rows.iter().map(|row| cells(row).map(|cell| one_line(&cell))).collect();
        self.print(&self.table(columns, &table))
    }

    /// Shows text that is fit to be shown.
    pub(crate) fn print(self, text: &str) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "{text}")?;
        Ok(stdout.flush()?)
    }

    /// Tells something besides, on the error output.
    pub(crate) fn note(self, text: &str) {
        let note = if self.json {
            serde_json::json!({ "note": text }).to_string()
        } else {
            paint(self.colour_of_errors, FAINT, &one_line(text))
        };
        // There is nobody else to tell.
        writeln!(io::stderr(), "{note}").ok();
    }

    /// Tells why a command failed, on the error output.
    pub(crate) fn fail(self, failure: &Failure) {
        let text = if self.json {
            json(failure).unwrap_or_default()
        } else {
            described(failure, self.colour_of_errors)
        };
        // There is nobody else to tell.
        writeln!(io::stderr(), "{text}").ok();
    }

    /// Waits for a call, and says so when it takes long and a person looks on.
    pub(crate) async fn wait<T>(self, call: impl Future<Output = T>) -> T {
        let mut call = std::pin::pin!(call);
        tokio::select! {
            done = &mut call => return done,
            () = sleep(PATIENCE) => {}
        }
        if self.json || !io::stderr().is_terminal() {
            return call.await;
        }
        eprint!("{}", paint(self.colour_of_errors, FAINT, "waiting for the server…"));
        let done = call.await;
        // Back to the line's beginning, and clear it.
        eprint!("\r\x1b[K");
        done
    }

    pub(crate) fn paint(self, style: Style, text: &str) -> String {
        paint(self.colour, style, text)
    }

    fn table<const N: usize>(self, columns: [(&str, Style); N], rows: &[[String; N]]) -> String {
        let widths: [usize; N] = std::array::from_fn(|column| {
            let cells = rows.iter().map(|row| row[column].width());
            cells.fold(columns[column].0.width(), usize::max)
        });
        let line = |cells: [(&str, Style); N]| {
            let mut line = String::new();
            for ((cell, style), width) in cells.into_iter().zip(widths) {
                let gap = width - cell.width() + 2;
                write!(line, "{}{:gap$}", self.paint(style, cell), "").ok();
            }
            line.trim_end().to_owned()
        };
        let mut lines = vec![line(columns.map(|(title, _)| (title, BOLD)))];
        lines.extend(rows.iter().map(|row| {
            line(std::array::from_fn(|column| (row[column].as_str(), columns[column].1)))
        }));
        lines.join("\n")
    }
}

/// A failure as people read it: what it is, and in a second line what helps.
pub(crate) fn described(failure: &Failure, colour: bool) -> String {
    let mut detail = failure.detail.clone();
    for error in &failure.errors {
        write!(detail, "; {} {}", error.field, error.message).ok();
    }
    let mut text = format!("{} {}", paint(colour, RED, "error:"), one_line(&detail));
    if let Some(hint) = &failure.hint {
        write!(text, "\n{} {}", paint(colour, CYAN, "hint:"), one_line(hint)).ok();
    }
    text
}

/// A value as JSON in one line.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<String, Failure> {
    // JSON may hold some of them as they are. None of them stands outside of a string.
    serde_json::to_string(value)
        .map(|json| harmless(&json))
        .map_err(|error| Failure::new("failed", error.to_string()))
}

/// A text in one line, fit to be shown.
pub(crate) fn one_line(text: &str) -> String {
    harmless(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A text with the lines it has, fit to be shown; all but the first are indented, so that none of
/// them passes for something else.
pub(crate) fn lines(text: &str) -> String {
    let lines: Vec<_> =
        text.trim().lines().map(|line| harmless(&line.replace('\t', "    "))).collect();
    lines.join("\n    ")
}

/// Writes what terminals obey instead of showing it as `\u001b`: control characters, and those that
/// change the direction of what stands around them.
fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control()
            || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        {
            write!(shown, "\\u{:04x}", u32::from(character)).ok();
        } else {
            shown.push(character);
        }
    }
    shown
}

fn paint(colour: bool, style: Style, text: &str) -> String {
    if colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
}
