//! What is shown of a transfer: how far it is, on a terminal, and what came of it.

use std::fmt::Write as _;

use anyhow::Result;
use guildhall_core::transfer::{Moved, Phase, Snapshot, Table, Tally};
use indicatif::{ProgressBar, ProgressStyle};

/// A bar on standard error; nothing where that is no terminal.
pub(super) struct Bar(ProgressBar);

impl Bar {
    /// One that ends when all rows were seen so many times.
    pub(super) async fn over(snapshot: &mut dyn Snapshot, times: u64) -> Result<Self> {
        let mut rows = 0;
        for table in Table::ALL {
            rows += snapshot.count(*table).await?;
        }
        let style = "{msg:24} {wide_bar} {human_pos} of {human_len} ({eta} left)";
        Ok(Self(ProgressBar::new(rows * times).with_style(ProgressStyle::with_template(style)?)))
    }

    /// One of which nobody knows when it ends.
    pub(super) fn endless() -> Self {
        Self(ProgressBar::new_spinner())
    }

    pub(super) fn progress(&self) -> impl FnMut(Phase, Table, u64) + Send {
        move |phase, table, rows| {
            let what = match phase {
                Phase::Copying => "Copying",
                Phase::Checking => "Checking",
            };
            self.0.set_message(format!("{what} {}", table.name()));
            self.0.inc(rows);
        }
    }

    pub(super) fn end(&self) {
        self.0.finish_and_clear();
    }
}

/// What was written to a file.
pub(super) fn exported(tables: &[Tally]) -> String {
    let mut text = format!("{:<17} {:>10}  sha256\n", "table", "rows");
    for Tally { name, rows, sha256 } in tables {
        // A `String` takes all.
        writeln!(text, "{:<17} {rows:>10}  {sha256}", name.name()).ok();
    }
    text
}

/// What was read, and whether it is what is there now.
pub(super) fn moved(tables: &[Moved]) -> String {
    let mut text = format!("{:<17} {:>10}  {:<64}  equal\n", "table", "rows", "sha256");
    for Moved { read, held } in tables {
        let (Tally { name, rows, sha256 }, equal) = (read, if read == held { "yes" } else { "no" });
        writeln!(text, "{:<17} {rows:>10}  {sha256}  {equal}", name.name()).ok();
    }
    text
}
