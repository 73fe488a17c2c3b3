//! Reading a file, line by line.

use std::io::{BufRead, Read as _};

use super::format::{Footer, Header};
use super::{BATCH, Row, Table, Tally, TransferError};

/// The longest line that is read, in bytes. A text of people's has up to 10,000 characters, of up to 6 bytes each in
/// JSON. Longer is `told` of a row of `changes`, up to some 40 bytes for each who is told: 16 MiB are 400,000 people.
const LONGEST: u64 = 16 << 20;
/// A batch ends behind the line with which it has so many bytes.
const LARGE: usize = 4 << 20;

/// A file that is read.
pub(crate) struct File<R> {
    from: R,
    line: Vec<u8>,
    /// The number of the line that was read last.
    number: u64,
    /// A row that was read and begins the next batch.
    next: Option<Row>,
    table: Option<Table>,
    /// What the last line says, once it was read.
    tallies: Option<Vec<Tally>>,
}

/// Rows of one table that stand one below the other.
pub(crate) struct Batch {
    pub(crate) rows: Vec<Row>,
    /// The line of the first of them, where they come from a file.
    pub(super) line: Option<u64>,
}

impl<R: BufRead> File<R> {
    /// Reads the first line.
    pub(crate) fn open(from: R) -> Result<Self, TransferError> {
        let mut file =
            Self { from, line: Vec::new(), number: 0, next: None, table: None, tallies: None };
        file.read_line()?;
        Header::check(&file.line)?;
        Ok(file)
    }

    /// The next rows; none at the end.
    pub(crate) fn batch(&mut self) -> Result<Option<Batch>, TransferError> {
        let (mut rows, mut bytes) = (Vec::new(), 0);
        if let Some(first) = self.next.take() {
            rows.push(first);
            bytes += self.line.len();
        }
        let mut line = self.number;
        while self.tallies.is_none() && rows.len() < BATCH as usize && bytes < LARGE {
            let Some(row) = self.row()? else { break };
            match rows.first().map(Row::table) {
                Some(table) if table != row.table() => {
                    self.next = Some(row);
                    return Ok(Some(Batch { rows, line: Some(line) }));
                }
                Some(_) => {}
                None => line = self.number,
            }
            rows.push(row);
            bytes += self.line.len();
        }
        Ok((!rows.is_empty()).then_some(Batch { rows, line: Some(line) }))
    }

    /// What the last line says. It was read with the last batch.
    pub(super) fn tallies(&self) -> &[Tally] {
        self.tallies.as_deref().unwrap_or_default()
    }

    /// The row of the next line; none where that is the last one.
    fn row(&mut self) -> Result<Option<Row>, TransferError> {
        self.read_line()?;
        if self.line.starts_with(br#"{"guildhall""#) {
            let footer: Footer = self.parse()?;
            self.tallies = Some(footer.tables);
            if self.read_one()? > 0 {
                return Err(self.wrong("it stands behind the end".into()));
            }
            return Ok(None);
        }
        let row: Row = self.parse()?;
        if self.table > Some(row.table()) {
            return Err(self.wrong(format!("{} do not come here", row.table().name())));
        }
        self.table = Some(row.table());
        Ok(Some(row))
    }

    fn parse<'a, T: serde::Deserialize<'a>>(&'a self) -> Result<T, TransferError> {
        let mut json = serde_json::Deserializer::from_slice(&self.line);
        let read = serde_path_to_error::deserialize(&mut json);
        read.map_err(|error| {
            let what = error.to_string();
            // Where in the line says less than the field.
            let what = what.rsplit_once(" at line 1 ").map_or(&*what, |(what, _)| what);
            self.wrong(what.trim_start_matches(".: ").to_owned())
        })
        .and_then(|read| json.end().map(|()| read).map_err(|_| self.wrong("it goes on".into())))
    }

    fn wrong(&self, what: String) -> TransferError {
        TransferError::Line { number: self.number, what }
    }

    fn read_line(&mut self) -> Result<(), TransferError> {
        match self.read_one()? {
            // Its newline is the last that is written of a line.
            1.. if self.line.ends_with(b"\n") => Ok(()),
            1.. if self.line.len() as u64 > LONGEST => {
                Err(self.wrong(format!("it is longer than {LONGEST} bytes")))
            }
            1.. => Err(TransferError::CutOff(self.number - 1)),
            0 => Err(TransferError::CutOff(self.number)),
        }
    }

    /// How long the next line is.
    fn read_one(&mut self) -> Result<usize, TransferError> {
        self.line.clear();
        let length = self.from.by_ref().take(LONGEST + 1).read_until(b'\n', &mut self.line)?;
        self.number += u64::from(length > 0);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Cursor, repeat};

    use guildhall_openapi::Timestamp;

    use super::*;

    fn header() -> Vec<u8> {
        let mut line = serde_json::to_vec(&Header::new(Timestamp::from_micros(0))).unwrap();
        line.push(b'\n');
        line
    }

    fn opened(rest: impl std::io::Read) -> File<impl BufRead> {
        File::open(BufReader::new(Cursor::new(header()).chain(rest))).unwrap()
    }

    #[test]
    fn a_line_that_does_not_end_is_given_up() {
        let mut file = opened(repeat(b' '));
        let refused = file.batch().map(drop).unwrap_err();
        assert_eq!(refused.to_string(), format!("line 2: it is longer than {LONGEST} bytes"));
    }

    #[test]
    fn a_batch_of_long_lines_has_few() {
        let told = "x".repeat(1 << 20);
        let line = |id| {
            let row =
                format!(r#"{{"id":{id},"body":"","behind":0,"told":"{told}","written_at":0}}"#);
            format!("{{\"table\":\"changes\",\"row\":{row}}}\n")
        };
        let lines: String = (1..=9).map(line).collect();
        let mut file = opened(Cursor::new(lines));
        for (rows, first) in [(4, 2), (4, 6)] {
            let batch = file.batch().unwrap().unwrap();
            assert_eq!((batch.rows.len(), batch.line), (rows, Some(first)));
        }
        assert!(matches!(file.batch(), Err(TransferError::CutOff(10))));
    }
}
