//! Whether an account and its logins still stand: asked by every request, so answered from memory;
//! changed by a sign-out or a disabling, so never stale in this process.
//!
//! Each entry remembers at which *epoch* its account's slot stood before it was read. Forgetting an
//! account moves its slot on, after the change is committed and before it is answered; an entry of
//! an older epoch counts as absent. So no entry that was read before a change can be used after
//! it, however the two interleave. Where other processes write to the same database, an entry
//! lives for [`SHARED_LIFETIME`] at most.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use guildhall_openapi::{LoginId, Timestamp, User, UserId};
use moka::sync::Cache;

use crate::error::Result;
use crate::storage::Storage;

/// How long what another process has changed may go unnoticed.
pub const SHARED_LIFETIME: Duration = Duration::from_secs(1);

/// Some accounts share a slot; one is then re-read when the other changes.
const SLOTS: usize = 4096;
const ENTRIES: u64 = 100_000;

/// An account and the logins through which its owner is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// The account, neither disabled nor deleted.
    pub user: User,
    /// Its logins, and when each was made.
    pub logins: Vec<(LoginId, Timestamp)>,
}

/// The cache of [`Presence`]s.
pub(crate) struct Presences {
    entries: Cache<UserId, (u64, Arc<Presence>)>,
    epochs: Box<[AtomicU64]>,
}

impl Presences {
    pub(crate) fn new() -> Self {
        Self {
            entries: Cache::builder().max_capacity(ENTRIES).time_to_live(SHARED_LIFETIME).build(),
            epochs: (0..SLOTS).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    fn epoch(&self, id: UserId) -> &AtomicU64 {
        let slot = usize::try_from(id.get().unsigned_abs()).unwrap_or(0) % SLOTS;
        &self.epochs[slot]
    }

    /// The account's present state; `None` where it is gone or disabled.
    pub(crate) async fn of(
        &self,
        id: UserId,
        storage: &dyn Storage,
    ) -> Result<Option<Arc<Presence>>> {
        let epoch = self.epoch(id).load(Ordering::SeqCst);
        if let Some((then, presence)) = self.entries.get(&id)
            && then == epoch
        {
            return Ok(Some(presence));
        }
        let mut reads = storage.read().await?;
        let Some(presence) = reads.accounts().presence(id).await? else {
            return Ok(None);
        };
        let presence = Arc::new(presence);
        self.entries.insert(id, (epoch, Arc::clone(&presence)));
        Ok(Some(presence))
    }

    /// Makes the next question about this account ask the storage. To be called after a change is
    /// committed and before it is answered.
    pub(crate) fn forget(&self, id: UserId) {
        self.epoch(id).fetch_add(1, Ordering::SeqCst);
        self.entries.invalidate(&id);
    }

    /// The same of all accounts.
    pub(crate) fn forget_all(&self) {
        for epoch in &self.epochs {
            epoch.fetch_add(1, Ordering::SeqCst);
        }
        self.entries.invalidate_all();
    }
}
