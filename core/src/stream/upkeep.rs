//! What goes on in the background: hints to and from other replicas, a look at what was missed, and
//! the removal of what is old.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use super::hub::News;
use super::relay::{Names, Relay};
use super::{Log, Row, Told};
use crate::error::Result;
use crate::guildhall::Guildhall;
use crate::tokens::random_text;

/// How often the logs and logins of those who listen are looked at, in case a hint was lost.
const LOOK: Duration = Duration::from_secs(15);
/// How many looks there are to a removal of what is old.
const PRUNE: u32 = 40;
/// How many of them are looked at in one call.
const LOGS: usize = 500;
/// How many rows of everyone's log are read at once.
const PAGE: u32 = 100;
/// How many rows are removed in one transaction.
const ROWS: u32 = 1000;
/// How far the clocks of replicas may be apart: one must not forget a ticket that another takes.
const SKEW: Duration = Duration::from_secs(60);
/// How long a relay that failed is left alone.
const AGAIN: Duration = Duration::from_secs(1);

impl Guildhall {
    /// Does what has to be done from time to time, for as long as it is polled: rows of the stream and of the audit
    /// log that are older than [`Policy`](crate::Policy) says are removed, and what was missed is noticed.
    /// With a relay, other replicas are told and heard at once; without one, they notice within 15
    /// seconds.
    ///
    /// A program spawns it once, beside what it does. Without it, streams in the same process work
    /// all the same.
    pub async fn upkeep(self, relay: Option<Arc<dyn Relay>>) {
        let gap = Notify::new();
        while let Err(error) = self.begin_shared().await {
            tracing::warn!(%error, "the stream cannot be read, it is tried again");
            sleep(AGAIN).await;
        }
        match relay {
            Some(relay) => {
                self.hub.hints.keep();
                let replica = random_text::<9>();
                tokio::join!(
                    self.tell(&*relay, &replica),
                    self.hear(&*relay, &replica, &gap),
                    self.look_and_prune(&gap),
                );
            }
            None => self.look_and_prune(&gap).await,
        }
    }

    /// Tells other replicas of what is done here from now on, for as long as it is polled: for a program that changes
    /// something and ends. [`Guildhall::all_told`] waits for it.
    pub fn telling(self, relay: Arc<dyn Relay>) -> impl Future<Output = ()> + Send {
        self.hub.hints.keep();
        async move { self.tell(&*relay, &random_text::<9>()).await }
    }

    async fn tell(&self, relay: &dyn Relay, replica: &str) {
        loop {
            for text in self.hub.hints.take().await.write(replica) {
                while let Err(error) = relay.tell(&text).await {
                    tracing::warn!(%error, "other replicas cannot be told, it is tried again");
                    sleep(AGAIN).await;
                }
            }
            self.hub.hints.sent();
        }
    }

    async fn hear(&self, relay: &dyn Relay, replica: &str, gap: &Notify) {
        loop {
            match relay.hear().await {
                Ok(Some(text)) => match Names::read(&text, replica) {
                    Some(names) if names.all => self.missed(gap),
                    Some(names) => self.heard(names).await,
                    None => {}
                },
                Ok(None) => self.missed(gap),
                Err(error) => {
                    tracing::warn!(%error, "other replicas cannot be heard, it is tried again");
                    sleep(AGAIN).await;
                }
            }
        }
    }

    async fn heard(&self, names: Names) {
        // First, for the rest may wait for the storage.
        for user in names.accounts {
            self.presences.forget(user);
            self.hub.check(user);
        }
        for log in names.logs {
            match log {
                Log::User(_) => self.hub.heard_of(log),
                Log::Everyone => self.say_shared().await,
            }
        }
    }

    /// Says what is new in everyone's log, read once for all who listen here.
    async fn say_shared(&self) {
        if let Err(error) = self.read_shared().await {
            tracing::warn!(%error, "what is told to everyone cannot be read");
            self.hub.heard_of(Log::Everyone);
        }
    }

    async fn read_shared(&self) -> Result<()> {
        loop {
            let mut reads = self.storage.read().await?;
            let rows = reads.stream().shared(self.hub.shared(), PAGE).await?;
            drop(reads);
            let all = rows.len() < PAGE as usize;
            for Row { number, behind, written_at, push } in rows {
                let news = Arc::new(News::new(push, Some(written_at)));
                self.hub.say(Told { log: Log::Everyone, number, behind }, &news);
                // Also where a row between was removed: whoever needs it finds out.
                self.hub.has_said(number);
            }
            if all {
                return Ok(());
            }
        }
    }

    /// From here on what is new in everyone's log is said; whoever listens already looks.
    async fn begin_shared(&self) -> Result<()> {
        let heads = self.storage.read().await?.stream().heads(&[Log::Everyone]).await?;
        self.hub.has_said(heads.first().map_or(0, |(_, number)| *number));
        self.hub.heard_of(Log::Everyone);
        Ok(())
    }

    /// Anything may have happened meanwhile.
    fn missed(&self, gap: &Notify) {
        self.presences.forget_all();
        self.hub.check_all();
        gap.notify_one();
    }

    async fn look_and_prune(&self, gap: &Notify) {
        for turn in 0_u32.. {
            // Whether the time is up or a gap is told of: it is time to look.
            timeout(LOOK, gap.notified()).await.ok();
            if let Err(error) = self.look_at_heads().await {
                tracing::warn!(%error, "the stream cannot be looked at, it is tried again");
            }
            if turn % PRUNE == 0
                && let Err(error) = self.prune().await
            {
                tracing::warn!(%error, "the stream cannot be pruned, it is tried again");
            }
        }
    }

    /// Whoever is not as far as their logs has missed something, and whoever reads through a login that is
    /// gone has missed that.
    async fn look_at_heads(&self) -> Result<()> {
        let users = self.hub.listening();
        if users.is_empty() {
            return Ok(());
        }
        for users in users.chunks(LOGS) {
            let standing = self.storage.read().await?.logins().standing(users).await?;
            let standing: HashMap<_, _> = standing.into_iter().collect();
            for user in users {
                if !self.hub.are_logins_of(*user, standing.get(user).map(Vec::as_slice)) {
                    self.presences.forget(*user);
                    self.hub.check(*user);
                }
            }
        }
        let logs: Vec<_> = users.into_iter().map(Log::User).chain([Log::Everyone]).collect();
        for logs in logs.chunks(LOGS) {
            for (log, head) in self.storage.read().await?.stream().heads(logs).await? {
                match log {
                    Log::User(user) => self.hub.is_at(user, head),
                    Log::Everyone if head > self.hub.shared() => self.read_shared().await?,
                    Log::Everyone => {}
                }
            }
        }
        Ok(())
    }

    async fn prune(&self) -> Result<()> {
        let now = self.now();
        let (before, done) =
            (now.before(self.policy.stream_retention), now.before(self.policy.audit_retention));
        loop {
            let mut tx = self.storage.write().await?;
            let removed = tx.stream().prune(before, ROWS).await?;
            let forgotten = tx.stream().forget_tickets(now.before(SKEW), ROWS).await?;
            let ended = tx.mail().prune(now, ROWS).await?;
            let audited = tx.audit().prune(done, ROWS).await?;
            tx.commit().await?;
            if removed.max(forgotten).max(ended).max(audited) < u64::from(ROWS) {
                return Ok(());
            }
        }
    }
}
