//! The file of `--map`: who has which id now, as CSV.

use std::collections::HashMap;
use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use guildhall_core::openapi::UserId;
use guildhall_core::takeover::OldId;
use serde_json::Value;

use super::super::draft::Draft;

const TITLES: [&str; 2] = ["old_id", "new_id"];

/// Who was numbered before: an old id as it stood, and the new one.
#[derive(Default)]
pub(super) struct Before(Vec<(String, UserId)>);

impl Before {
    /// Reads the file; where it is not there, nobody was.
    pub(super) fn read(file: &Path) -> Result<Self> {
        let opened = match File::open(file) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            opened => opened?,
        };
        let mut lines = csv::Reader::from_reader(opened);
        ensure!(lines.headers()? == TITLES[..], "its first line is not `{}`", TITLES.join(","));
        Ok(Self(lines.deserialize().collect::<csv::Result<_>>()?))
    }

    /// By the old ids, in any of their forms.
    pub(super) fn known(&self) -> Result<HashMap<OldId, UserId>> {
        let mut known = HashMap::new();
        for (shown, new) in &self.0 {
            let old = OldId::of(&Value::from(shown.as_str()));
            let Some(old) = old else { bail!("it has a line without an old id") };
            ensure!(known.insert(old, *new).is_none(), "it has {shown} more than once");
        }
        Ok(known)
    }
}

/// The file as it is to be.
pub(super) struct Map {
    draft: Draft,
    lines: csv::Writer<File>,
}

impl Map {
    /// Begins it with who was numbered before.
    pub(super) fn draft(file: &Path, before: &Before) -> Result<Self> {
        let mut draft = Draft::of(file).with_context(|| file.display().to_string())?;
        let mut lines = csv::Writer::from_writer(draft.file().try_clone()?);
        lines.write_record(TITLES)?;
        for pair in &before.0 {
            lines.serialize(pair)?;
        }
        Ok(Self { draft, lines })
    }

    pub(super) fn add(&mut self, old: &str, new: UserId) -> Result<()> {
        Ok(self.lines.serialize((old, new))?)
    }

    /// Sees to it that it is on the disk.
    pub(super) fn sync(&mut self) -> Result<()> {
        self.lines.flush()?;
        Ok(self.draft.file().sync_all()?)
    }

    /// Puts it in the place of the one that was there.
    pub(super) fn keep(self) -> Result<()> {
        let Self { draft, lines } = self;
        drop(lines);
        draft.keep(true).context("--map")
    }
}
