//! What commands print: tables for people, JSON for programs. Nothing that others wrote gets from here to a terminal
//! with characters that it would obey.

use std::fmt::Write as _;
use std::io::{self, ErrorKind, IsTerminal as _, Write as _};

use anstream::{AutoStream, ColorChoice};
use anstyle::Style;
use anyhow::Result;
use comfy_table::{ContentArrangement, Row, Table};
use rustix::termios::tcgetwinsize;
use serde::Serialize;

/// A line of a table, and how it looks on a terminal.
pub(super) struct Line<const N: usize> {
    pub(super) style: Style,
    pub(super) cells: [String; N],
}

/// Prints a value: as one JSON document, or as a text.
pub(super) fn show<T: Serialize>(
    json: bool,
    value: &T,
    text: impl FnOnce() -> String,
) -> Result<()> {
    // JSON may hold some such characters as they are; none of them stands outside of a string.
    let text = if json { harmless(&serde_json::to_string_pretty(value)?) } else { text() };
    print(&format!("{}\n", text.trim_end()))
}

/// Prints a text that is fit to be shown. Whoever reads no further, `head` say, has had enough.
pub(super) fn print(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => Ok(done?),
    }
}

/// Prints a line, or several.
pub(super) fn line(text: &str) -> Result<()> {
    print(&format!("{text}\n"))
}

/// A table with these titles. On a terminal it is as wide as that at most, and coloured unless `NO_COLOR` says otherwise;
/// elsewhere all of it is there.
pub(super) fn table<const N: usize>(titles: [&str; N], lines: &[Line<N>]) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    let columns = size().map(|size| size.max(40));
    if let Some(width) = columns {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    table.set_header(Row::from(titles));
    for line in lines {
        let mut row = Row::from(line.cells.iter().map(|cell| harmless(cell)));
        // So that each is one line of the text, which takes its colour.
        row.max_height(1);
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let styles = std::iter::once(Style::new().bold()).chain(lines.iter().map(|line| line.style));
    let text = table.to_string();
    let painted = text.lines().zip(styles).map(|(line, style)| paint(style, line.trim_end()));
    painted.collect::<Vec<_>>().join("\n")
}

/// The text in this style, where standard output takes one.
pub(super) fn paint(style: Style, text: &str) -> String {
    let plain = AutoStream::choice(&io::stdout()) == ColorChoice::Never || style == Style::new();
    if plain { text.to_owned() } else { format!("{style}{text}{style:#}") }
}

/// How many columns the terminal has, where standard output is one.
fn size() -> Option<u16> {
    let stdout = io::stdout();
    let columns = stdout.is_terminal().then(|| tcgetwinsize(&stdout).ok()).flatten()?.ws_col;
    (columns > 0).then_some(columns)
}

/// Writes control characters, and those that change the direction of what stands around them, as `\u001b`.
pub(super) fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        let breaks_lines = character == '\n';
        let turns = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if (character.is_control() && !breaks_lines) || turns {
            // Writing to a string does not fail.
            write!(shown, "\\u{:04x}", u32::from(character)).ok();
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{Line, harmless, table};
    use anstyle::Style;

    #[test]
    fn columns_stand_below_each_other_whatever_they_hold() {
        let line =
            |name: &str, id: &str| Line { style: Style::new(), cells: [name.into(), id.into()] };
        let text = table(["NAME", "ID"], &[line("山田太郎", "1"), line("e\u{301}mile", "20")]);
        assert_eq!(text, "NAME      ID\n山田太郎  1\ne\u{301}mile     20");
    }

    #[test]
    fn what_a_terminal_obeys_is_shown_instead() {
        assert_eq!(harmless("a\u{1b}[31m\u{202e}b\u{9b}"), "a\\u001b[31m\\u202eb\\u009b");
    }
}
