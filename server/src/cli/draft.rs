//! Files that get their names when they are whole.

use std::fs::File;
use std::future::pending;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use tempfile::{Builder, NamedTempFile};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// A file beside the one that it is to be, for its owner alone; removed where it does not come to that. Its name ends
/// in random letters, so one that a killed program left behind is in nobody's way.
pub(super) struct Draft {
    file: NamedTempFile,
    to: PathBuf,
}

impl Draft {
    /// Makes it.
    pub(super) fn of(to: &Path) -> io::Result<Self> {
        let Some(name) = to.file_name() else {
            return Err(io::Error::new(ErrorKind::InvalidInput, "it names no file"));
        };
        let mut prefix = name.to_owned();
        prefix.push(".");
        let file = Builder::new().prefix(&prefix).tempfile_in(folder(to))?;
        Ok(Self { file, to: to.to_owned() })
    }

    pub(super) fn file(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// Where it is until then.
    pub(super) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Gives it its name, once it is on the disk.
    ///
    /// # Errors
    /// One of [`ErrorKind::AlreadyExists`] where it may not `replace` what has the name.
    pub(super) fn keep(self, replace: bool) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        if replace { self.file.persist(&self.to) } else { self.file.persist_noclobber(&self.to) }?;
        File::open(folder(&self.to))?.sync_all()
    }
}

/// The folder that a file is in, or is to be in.
pub(super) fn folder(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether a draft may become this file, asked before there is one: what stands in the way is said at once.
pub(super) fn is_free(to: &Path, force: bool) -> Result<()> {
    ensure!(!to.is_dir(), "{}: it is a folder", to.display());
    let is_there = to.symlink_metadata().is_ok();
    ensure!(force || !is_there, "{}: it is there already; --force replaces it", to.display());
    Ok(())
}

/// SIGINT and SIGTERM, which from now on do not end the program by themselves.
pub(super) struct Stop(Signal, Signal);

impl Stop {
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self(signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?))
    }

    /// Done when one of them has come.
    pub(super) async fn told(&mut self) {
        let Self(interrupt, terminate) = self;
        tokio::select! {
            Some(()) = interrupt.recv() => {}
            Some(()) = terminate.recv() => {}
            else => pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{read, read_dir, write};
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_draft_replaces_only_what_it_may_and_leaves_nothing_beside() {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("file");
        let names = || read_dir(folder.path()).unwrap().count();
        let made = |text: &str, replace| {
            let mut draft = Draft::of(&to).unwrap();
            draft.file().write_all(text.as_bytes()).unwrap();
            assert!(draft.path().exists());
            draft.keep(replace)
        };
        made("one", false).unwrap();
        // As if somebody had been quicker.
        assert_eq!(made("two", false).unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(read(&to).unwrap(), b"one");
        made("three", true).unwrap();
        assert_eq!(read(&to).unwrap(), b"three");
        drop(Draft::of(&to).unwrap());
        assert_eq!(names(), 1);
    }

    #[test]
    fn what_is_there_is_in_the_way_and_a_folder_always() {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("file");
        is_free(&to, false).unwrap();
        write(&to, "").unwrap();
        is_free(&to, true).unwrap();
        assert!(is_free(&to, false).is_err());
        assert!(is_free(folder.path(), true).is_err());
        assert!(Draft::of(Path::new("/")).is_err());
    }
}
