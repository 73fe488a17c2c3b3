//! `guildhall export`, `guildhall move`, and `guildhall import` of a file.

use std::path::Path;

use anyhow::{Result, bail};

use super::Settings;

/// Reads a file into the database.
pub(super) async fn import(_: &Settings, from: &Path, _: bool) -> Result<()> {
    bail!("{}: it is no file of `guildhall export`", from.display())
}
