//! Where a device keeps its login.

use std::io;
use std::sync::{Mutex, PoisonError};

use crate::driver::{SavedLogin, Shareable};

#[cfg(not(target_arch = "wasm32"))]
mod file;
#[cfg(target_arch = "wasm32")]
mod local;

#[cfg(not(target_arch = "wasm32"))]
pub use file::FileStore;
#[cfg(target_arch = "wasm32")]
pub use local::LocalStore;

/// Where a device keeps its login, so that a restart does not sign it out.
///
/// Several clients may share one store, in one process or in many, at the same time; there is no
/// lock. Each reads it before it renews the tokens and takes over what another wrote. Both methods
/// are called from async code and must not wait for long.
pub trait TokenStore: Shareable {
    /// What is stored, if anything.
    ///
    /// # Errors
    /// When that cannot be told. Nothing stored is no error.
    fn load(&self) -> io::Result<Option<SavedLogin>>;

    /// Stores a login, or forgets the one that is stored. What others read is always whole.
    ///
    /// # Errors
    /// When it cannot be written.
    fn save(&self, login: Option<&SavedLogin>) -> io::Result<()>;
}

/// Keeps a login for as long as the process runs.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Option<SavedLogin>>);

impl TokenStore for MemoryStore {
    fn load(&self) -> io::Result<Option<SavedLogin>> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn save(&self, login: Option<&SavedLogin>) -> io::Result<()> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = login.cloned();
        Ok(())
    }
}

impl<T: TokenStore + ?Sized> TokenStore for std::sync::Arc<T> {
    fn load(&self) -> io::Result<Option<SavedLogin>> {
        (**self).load()
    }

    fn save(&self, login: Option<&SavedLogin>) -> io::Result<()> {
        (**self).save(login)
    }
}
