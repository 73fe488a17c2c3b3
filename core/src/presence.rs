//! Whether an account and its logins still stand: asked by every request, so answered from memory;
//! changed by a sign-out or a disabling, so never stale in this process.
//!
//! Each entry remembers at which *epoch* its account's slot stood before it was read. Forgetting an
//! account moves its slot on, after the change is committed and before it is answered; an entry of
//! an older epoch counts as absent. So no entry that was read before a change can be used after
//! it, however the two interleave. Where other processes write to the same database, an entry
//! lives for [`SHARED_LIFETIME`] at most.
//!
//! Most requests show a token that was shown a moment ago. What was found then, the token read and the
//! account looked up, is kept together under the token's text, so that they cost one look.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use guildhall_openapi::{LoginId, Timestamp, User, UserId};
use moka::sync::Cache;

use crate::error::Result;
use crate::stats::Lookups;
use crate::storage::Storage;
use crate::tokens::Access;

/// How long what another process has changed may go unnoticed.
pub const SHARED_LIFETIME: Duration = Duration::from_secs(1);

/// Some accounts share a slot; one is then re-read when the other changes.
const SLOTS: usize = 4096;
const ENTRIES: u64 = 100_000;
/// Tokens are longer than what is known of an account, and at most a second's worth are of use.
const TOKENS: u64 = 20_000;

/// An account and the logins through which its owner is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// The account, neither disabled nor deleted.
    pub user: User,
    /// Its logins, and when each was made.
    pub logins: Vec<(LoginId, Timestamp)>,
}

/// A [`Presence`] as it was at an epoch.
#[derive(Clone)]
pub(crate) struct Entry {
    epoch: u64,
    read_at: Instant,
    pub(crate) presence: Arc<Presence>,
}

/// The caches of [`Presence`]s.
pub(crate) struct Presences {
    entries: Cache<UserId, Entry>,
    /// Only tokens whose login stands among the entry's.
    tokens: Cache<String, (Access, Entry)>,
    epochs: Box<[AtomicU64]>,
    entries_met: Lookups,
    tokens_met: Lookups,
}

impl Presences {
    pub(crate) fn new() -> Self {
        Self {
            entries: Cache::builder().time_to_live(SHARED_LIFETIME).max_capacity(ENTRIES).build(),
            tokens: Cache::builder().time_to_live(SHARED_LIFETIME).max_capacity(TOKENS).build(),
            epochs: (0..SLOTS).map(|_| AtomicU64::new(0)).collect(),
            entries_met: Lookups::of("accounts"),
            tokens_met: Lookups::of("tokens"),
        }
    }

    fn epoch(&self, id: UserId) -> &AtomicU64 {
        let slot = usize::try_from(id.get().unsigned_abs()).unwrap_or(0) % SLOTS;
        &self.epochs[slot]
    }

    /// Whether an entry tells how things are at this moment.
    fn holds(&self, id: UserId, entry: &Entry) -> bool {
        entry.epoch == self.epoch(id).load(Ordering::SeqCst)
            && entry.read_at.elapsed() < SHARED_LIFETIME
    }

    /// The account's present state; `None` where it is gone or disabled.
    pub(crate) async fn of(&self, id: UserId, storage: &dyn Storage) -> Result<Option<Entry>> {
        if let Some(entry) = self.entries.get(&id)
            && self.holds(id, &entry)
        {
            self.entries_met.count(true);
            return Ok(Some(entry));
        }
        self.entries_met.count(false);
        let (epoch, read_at) = (self.epoch(id).load(Ordering::SeqCst), Instant::now());
        let mut reads = storage.read().await?;
        let Some(presence) = reads.accounts().presence(id).await? else {
            return Ok(None);
        };
        let entry = Entry { epoch, read_at, presence: Arc::new(presence) };
        self.entries.insert(id, entry.clone());
        Ok(Some(entry))
    }

    /// What was found when this token was shown before, if that still holds. Whether the token is still in
    /// time is not asked here.
    pub(crate) fn shown(&self, token: &str) -> Option<(Access, Arc<Presence>)> {
        let kept = self.tokens.get(token).filter(|(access, entry)| self.holds(access.user, entry));
        self.tokens_met.count(kept.is_some());
        kept.map(|(access, entry)| (access, entry.presence))
    }

    /// Keeps what was found: a token that was read, and an entry that has its login.
    pub(crate) fn keep(&self, token: &str, access: Access, entry: Entry) {
        self.tokens.insert(token.to_owned(), (access, entry));
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
        self.tokens.invalidate_all();
    }
}
