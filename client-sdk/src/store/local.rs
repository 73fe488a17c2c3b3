//! A login in the browser's `localStorage`.

use std::io;

use gloo_storage::errors::StorageError;
use gloo_storage::{LocalStorage, Storage as _};

use super::TokenStore;
use crate::driver::SavedLogin;

/// Keeps a login in `localStorage` under a key, for all tabs of an origin.
#[derive(Clone, Debug)]
pub struct LocalStore(String);

impl LocalStore {
    /// Under this key.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }
}

impl TokenStore for LocalStore {
    fn load(&self) -> io::Result<Option<SavedLogin>> {
        match LocalStorage::get(&self.0) {
            Ok(login) => Ok(Some(login)),
            // What is no login is nobody's; whoever signs in repairs it.
            Err(StorageError::KeyNotFound(_) | StorageError::SerdeError(_)) => Ok(None),
            Err(error) => Err(io::Error::other(error.to_string())),
        }
    }

    fn save(&self, login: Option<&SavedLogin>) -> io::Result<()> {
        match login {
            Some(login) => LocalStorage::set(&self.0, login)
                .map_err(|error| io::Error::other(error.to_string())),
            None => {
                LocalStorage::delete(&self.0);
                Ok(())
            }
        }
    }
}
