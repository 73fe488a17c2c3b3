//! The lines of a file: a header, a row each, and a last one that says how much there was.

use std::fmt::Write as _;

use aws_lc_rs::digest::{Context, SHA256};
use guildhall_openapi::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Row, Table, TransferError};

/// The format that is written, and the newest that is read.
pub const FORMAT: u32 = 1;

/// The first line.
#[derive(Serialize, Deserialize)]
pub(super) struct Header {
    guildhall: Export,
    format: u32,
    /// The program that wrote it.
    version: String,
    at: Timestamp,
}

#[derive(Serialize, Deserialize)]
enum Export {
    #[serde(rename = "export")]
    Export,
}

impl Header {
    pub(super) fn new(at: Timestamp) -> Self {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Self { guildhall: Export::Export, format: FORMAT, version, at }
    }

    /// Reads the first line.
    pub(super) fn check(line: &[u8]) -> Result<(), TransferError> {
        let wrong = |what: String| Err(TransferError::Line { number: 1, what });
        match serde_json::from_slice::<Self>(line) {
            Ok(Self { format: FORMAT, .. }) => Ok(()),
            Ok(Self { format, version, .. }) => wrong(format!(
                "it is of format {format}, written by version {version}; this program reads format {FORMAT}"
            )),
            Err(_) => wrong("it does not begin an export of Guildhall".into()),
        }
    }
}

/// The last line.
#[derive(Serialize, Deserialize)]
pub(super) struct Footer {
    guildhall: End,
    pub(super) tables: Vec<Tally>,
}

#[derive(Serialize, Deserialize)]
enum End {
    #[serde(rename = "end")]
    End,
}

impl Footer {
    pub(super) fn new(tables: Vec<Tally>) -> Self {
        Self { guildhall: End::End, tables }
    }
}

/// How much there is of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// The table.
    pub name: Table,
    /// How many rows.
    pub rows: u64,
    /// The SHA-256 of their lines, each with its newline, in hexadecimal.
    pub sha256: String,
}

impl Tally {
    /// Both in words.
    pub(super) fn said(&self) -> String {
        format!("{} rows with the checksum {}", self.rows, self.sha256)
    }
}

/// A table's tally while it grows.
pub(super) struct Counting {
    rows: u64,
    lines: Context,
}

impl Counting {
    pub(super) fn new() -> Self {
        Self { rows: 0, lines: Context::new(&SHA256) }
    }

    /// Counts rows in; their lines.
    pub(super) fn add(&mut self, rows: &[Row]) -> Result<Vec<u8>, TransferError> {
        let mut lines = Vec::new();
        for row in rows {
            serde_json::to_writer(&mut lines, row).map_err(std::io::Error::from)?;
            lines.push(b'\n');
        }
        self.lines.update(&lines);
        self.rows += rows.len() as u64;
        Ok(lines)
    }

    pub(super) fn tally(self, name: Table) -> Tally {
        let mut sha256 = String::new();
        for byte in self.lines.finish().as_ref() {
            // A `String` takes all.
            write!(sha256, "{byte:02x}").ok();
        }
        Tally { name, rows: self.rows, sha256 }
    }
}
