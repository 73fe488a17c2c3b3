//! A file that gets its name when it is whole.

use std::fs::{File, OpenOptions, hard_link, remove_file, rename};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use guildhall_core::tokens::random_text;

/// A file beside the one that it is to be, for its owner alone; removed where it does not come to that.
pub(super) struct Draft {
    file: File,
    path: PathBuf,
    to: PathBuf,
}

impl Draft {
    /// Makes it.
    pub(super) fn of(to: &Path, force: bool) -> Result<Self> {
        if !force && to.symlink_metadata().is_ok() {
            bail!("{}: it is there already; --force replaces it", to.display());
        }
        let Some(name) = to.file_name() else { bail!("{}: it names no file", to.display()) };
        let mut name = name.to_owned();
        name.push(format!(".{}", random_text::<6>()));
        let path = to.with_file_name(name);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let file = file.with_context(|| path.display().to_string())?;
        Ok(Self { file, path, to: to.to_owned() })
    }

    pub(super) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    pub(super) fn name(&self) -> String {
        self.to.display().to_string()
    }

    /// Gives it its name, once it is on the disk.
    pub(super) fn keep(self, force: bool) -> Result<()> {
        self.named(force).with_context(|| self.name())
    }

    fn named(&self, force: bool) -> std::io::Result<()> {
        self.file.sync_all()?;
        if force {
            rename(&self.path, &self.to)?;
        } else {
            // Unlike a rename it replaces nothing.
            hard_link(&self.path, &self.to)?;
        }
        let folder = self.to.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        match remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                eprintln!("guildhall: {}: {error}", self.path.display());
            }
            _ => {}
        }
    }
}
