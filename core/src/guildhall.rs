//! The whole of Guildhall in one handle, and the settings that are rules.

use std::sync::Arc;
use std::time::Duration;

use guildhall_openapi::{Language, Timestamp};
use tokio::sync::Notify;
use tracing::Instrument as _;

use crate::accounts::Accounts;
use crate::audit::Audit;
use crate::clock::{Clock, SystemClock};
use crate::console::Console;
use crate::error::{Error, Result};
use crate::events::Events;
use crate::events::cache::EventCache;
use crate::groups::Groups;
use crate::guesses::Gates;
use crate::logins::Logins;
use crate::messages::Messages;
use crate::passwords::Passwords;
use crate::presence::Presences;
use crate::recovery::Recovery;
use crate::sessions::Sessions;
use crate::storage::{Storage, Transaction};
use crate::stream::hub::Hub;
use crate::stream::{Aftermath, Streams};
use crate::tokens::TokenKeys;

/// Who may make an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Registration {
    /// Anyone.
    #[default]
    Open,
    /// Admins, for others.
    Closed,
}

/// Who may see who is here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Directory {
    /// Everyone who is signed in.
    #[default]
    Members,
    /// Everyone.
    Public,
    /// Admins.
    Private,
}

/// The settings that are rules.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Who may make an account.
    pub registration: Registration,
    /// Who may see who is here.
    pub directory: Directory,
    /// How long an access token is good: 30 minutes.
    pub access_lifetime: Duration,
    /// How long a login lasts without being used: 30 days.
    pub login_lifetime: Duration,
    /// How long a spent refresh token still gets the present one: 30 seconds.
    pub refresh_grace: Duration,
    /// How long the stream can be read again: 30 days.
    pub stream_retention: Duration,
    /// How long the audit log is kept: 365 days.
    pub audit_retention: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            registration: Registration::default(),
            directory: Directory::default(),
            access_lifetime: Duration::from_secs(30 * 60),
            login_lifetime: Duration::from_secs(30 * 24 * 60 * 60),
            refresh_grace: Duration::from_secs(30),
            stream_retention: Duration::from_secs(30 * 24 * 60 * 60),
            audit_retention: Duration::from_secs(365 * 24 * 60 * 60),
        }
    }
}

/// Guildhall: cheap to clone, to be shared by all who use it.
///
/// ```no_run
/// # async fn example(storage: std::sync::Arc<dyn guildhall_core::storage::Storage>) -> Result<(), Box<dyn std::error::Error>> {
/// use guildhall_core::passwords::{Cost, Passwords, PoolSize};
/// use guildhall_core::tokens::{Signing, TokenKeys, random};
/// use guildhall_core::{Guildhall, Policy};
///
/// let guildhall = Guildhall::new(
///     storage,
///     TokenKeys::new(&random::<32>(), Signing::default()),
///     Passwords::start(Cost::default(), PoolSize::default())?,
///     Policy::default(),
/// );
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Guildhall {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) keys: Arc<TokenKeys>,
    pub(crate) passwords: Passwords,
    pub(crate) policy: Policy,
    pub(crate) presences: Arc<Presences>,
    pub(crate) events: Arc<EventCache>,
    pub(crate) gates: Arc<Gates>,
    pub(crate) hub: Arc<Hub>,
    /// There is a mail to be sent.
    pub(crate) new_mail: Arc<Notify>,
    clock: Arc<dyn Clock>,
}

impl Guildhall {
    /// Guildhall on this storage, which is migrated already.
    #[must_use]
    pub fn new(
        storage: Arc<dyn Storage>,
        keys: TokenKeys,
        passwords: Passwords,
        policy: Policy,
    ) -> Self {
        Self::with_clock(storage, keys, passwords, policy, Arc::new(SystemClock))
    }

    /// The same, with a clock of the caller's.
    #[must_use]
    pub fn with_clock(
        storage: Arc<dyn Storage>,
        keys: TokenKeys,
        passwords: Passwords,
        policy: Policy,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let (keys, presences) = (Arc::new(keys), Arc::new(Presences::new()));
        let (gates, hub) = (Arc::new(Gates::new()), Arc::new(Hub::new()));
        let (events, new_mail) = (Arc::new(EventCache::new()), Arc::default());
        Self { storage, keys, passwords, policy, presences, events, gates, hub, new_mail, clock }
    }

    /// Accounts.
    #[must_use]
    pub fn accounts(&self) -> Accounts<'_> {
        Accounts(self, Language::default())
    }

    /// What was done, by whom and from where.
    #[must_use]
    pub fn audit(&self) -> Audit<'_> {
        Audit(self)
    }

    /// What the operator does.
    #[must_use]
    pub fn console(&self) -> Console<'_> {
        Console(self)
    }

    /// Events.
    #[must_use]
    pub fn events(&self) -> Events<'_> {
        Events(self)
    }

    /// Groups.
    #[must_use]
    pub fn groups(&self) -> Groups<'_> {
        Groups(self)
    }

    /// Logins.
    #[must_use]
    pub fn logins(&self) -> Logins<'_> {
        Logins(self, Language::default())
    }

    /// Direct messages.
    #[must_use]
    pub fn messages(&self) -> Messages<'_> {
        Messages(self)
    }

    /// Forgotten passwords and verified addresses.
    #[must_use]
    pub fn recovery(&self) -> Recovery<'_> {
        Recovery(self, Language::default())
    }

    /// Live sessions.
    #[must_use]
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions(self)
    }

    /// What users are told as it happens.
    #[must_use]
    pub fn streams(&self) -> Streams<'_> {
        Streams(self)
    }

    /// Ends all streams of this process, for good: before it stops. Once their readers have let them
    /// go it is done.
    pub async fn end_streams(&self) {
        self.hub.stop();
        self.hub.ended().await;
    }

    /// Waits until other replicas have been told of all that has happened here so far. Without a
    /// relay there is nothing to wait for.
    pub async fn all_told(&self) {
        self.hub.all_told().await;
    }

    /// Asks the storage for a sign of life.
    ///
    /// # Errors
    /// [`Error::Storage`] where there is none.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.storage.ping().await?)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Commits, and then sees to what follows: that changed accounts are looked up afresh, and that
    /// those who listen are told. All of it happens even if the caller goes away in between, so that
    /// no cache outlives what it was read from.
    pub(crate) async fn commit(
        &self,
        tx: Box<dyn Transaction>,
        aftermath: impl Into<Aftermath>,
    ) -> Result<()> {
        let (this, aftermath) = (self.clone(), aftermath.into());
        to_its_end(async move {
            let committed = tx.commit().await;
            for user in &aftermath.changed {
                this.presences.forget(*user);
            }
            this.hub.announce(aftermath, committed.is_ok());
            Ok(committed?)
        })
        .await
    }

    /// Does a step, and then tells those who listen what follows from it, likewise.
    pub(crate) async fn step<T: Send + 'static>(
        &self,
        step: impl Future<Output = Result<(T, Aftermath)>> + Send + 'static,
    ) -> Result<T> {
        let this = self.clone();
        to_its_end(async move {
            let (done, aftermath) = step.await?;
            this.hub.announce(aftermath, true);
            Ok(done)
        })
        .await
    }
}

/// Works even if whoever waits for it goes away.
async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    // Under the request of whoever waits, for the log.
    let work = work.in_current_span();
    tokio::spawn(work).await.map_err(|gone| Error::Internal(gone.into()))?
}

#[cfg(test)]
mod tests {
    use tracing::Span;

    use super::*;

    /// A line of the log that nobody can tell whose it is.
    #[tokio::test]
    async fn what_goes_on_to_its_end_is_logged_under_its_request() {
        let _guard = tracing::subscriber::set_default(tracing_subscriber::registry());
        let span = tracing::error_span!("request");
        let inside = to_its_end(async { Ok(Span::current().id()) }).instrument(span.clone());
        assert_eq!(inside.await.unwrap(), span.id());
        assert!(span.id().is_some());
    }
}
