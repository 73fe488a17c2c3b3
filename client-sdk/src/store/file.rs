//! A login in a file that only its owner reads.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::TokenStore;
use crate::driver::SavedLogin;

/// Keeps a login in a file of mode 0600, as JSON.
///
/// The file is replaced as a whole, so that several programs can share it. Its folder is made where
/// there is none.
#[derive(Clone, Debug)]
pub struct FileStore(PathBuf);

impl FileStore {
    /// In this file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    fn write(&self, login: &SavedLogin) -> io::Result<()> {
        fs::create_dir_all(self.folder())?;
        // Temporary files are of mode 0600.
        let mut file = NamedTempFile::new_in(self.folder())?;
        file.write_all(&serde_json::to_vec(login)?)?;
        // An old refresh token, after a power cut, is a spent one.
        file.as_file().sync_all()?;
        file.persist(&self.0)?;
        Ok(())
    }

    fn naming(&self, error: &io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("{}: {error}", self.0.display()))
    }

    fn folder(&self) -> &Path {
        match self.0.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        }
    }
}

impl TokenStore for FileStore {
    fn load(&self) -> io::Result<Option<SavedLogin>> {
        match fs::read(&self.0) {
            // What is no login is nobody's; whoever signs in repairs it.
            Ok(json) => Ok(serde_json::from_slice(&json).ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.naming(&error)),
        }
    }

    fn save(&self, login: Option<&SavedLogin>) -> io::Result<()> {
        let saved = match login {
            Some(login) => self.write(login),
            None => fs::remove_file(&self.0).or_else(|error| match error.kind() {
                io::ErrorKind::NotFound => Ok(()),
                _ => Err(error),
            }),
        };
        saved.map_err(|error| self.naming(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(number: u8) -> SavedLogin {
        SavedLogin {
            access_token: format!("a{number}"),
            refresh_token: format!("r{number}"),
            signed_in_at: 1,
            obtained_at: 2,
            lifetime: 3,
        }
    }

    #[test]
    fn a_login_is_kept_in_a_file_that_only_its_owner_reads() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some/where/token.json");
        let store = FileStore::new(&path);
        assert_eq!(store.load().unwrap(), None);
        for number in [1, 2] {
            store.save(Some(&login(number))).unwrap();
            assert_eq!(FileStore::new(&path).load().unwrap(), Some(login(number)));
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            }
        }
        store.save(None).unwrap();
        store.save(None).unwrap();
        assert_eq!(store.load().unwrap(), None);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 0);
    }

    #[test]
    fn nonsense_in_the_file_is_nobody_and_a_folder_in_its_place_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token.json");
        fs::write(&path, "{").unwrap();
        assert_eq!(FileStore::new(&path).load().unwrap(), None);
        let error = FileStore::new(folder.path()).load().unwrap_err();
        assert!(error.to_string().contains(folder.path().to_str().unwrap()), "{error}");
    }
}
