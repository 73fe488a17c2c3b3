//! The outbox: mails are sent after their transaction, beside the requests, and tried again until they end.
//!
//! Whoever sends claims mails for a while, so that of several replicas one sends each; if it dies over it,
//! the claim ends and another goes on. So a mail is sent at least once, and as a rule not twice.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use guildhall_openapi::Timestamp;
use metrics::counter;
use tokio::time::timeout;

use super::{Letter, Mailer, Stored, asks, text};
use crate::error::Result;
use crate::guildhall::Guildhall;
use crate::identity;
use crate::storage::Source;

/// How long a mail may take to be sent.
const SENDING: Duration = Duration::from_secs(60);
/// How long a mail is claimed for: longer than sending it and noting that may take.
const CLAIM: Duration = Duration::from_secs(120);
/// How many are sent at once.
const AT_ONCE: u32 = 8;
/// How often it is looked for mails of others, who went away over them.
const LOOK: Duration = Duration::from_secs(15);
/// How long there is at least between two looks.
const PAUSE: Duration = Duration::from_millis(20);
/// How long a storage that failed is left alone.
const AGAIN: Duration = Duration::from_secs(1);
/// The longest wait between two tries to send a mail.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// The pages that links in mails open. A token is put behind each as `?token=…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    /// Where an address is verified.
    pub verify: String,
    /// Where a password is set anew.
    pub reset: String,
}

impl Links {
    /// The pages that the server has, which is reached at this URL.
    #[must_use]
    pub fn under(public_url: &str) -> Self {
        let public_url = public_url.trim_end_matches('/');
        let page = |name| format!("{public_url}/auth/pages/{name}");
        Self { verify: page("verify"), reset: page("reset") }
    }
}

/// How mails are sent.
#[derive(Clone)]
pub struct Outbox {
    /// What sends them.
    pub mailer: Arc<dyn Mailer>,
    /// Where their links lead.
    pub links: Links,
    /// How long it is waited after the first time that a mail cannot be sent: twice as long after each
    /// further time, at most 15 minutes.
    pub retry: Duration,
}

impl Outbox {
    /// An outbox that tries again after 10 seconds.
    #[must_use]
    pub fn new(mailer: Arc<dyn Mailer>, links: Links) -> Self {
        Self { mailer, links, retry: Duration::from_secs(10) }
    }

    /// How long it is waited after so many tries.
    fn wait(&self, tries: i64) -> Duration {
        let doublings = u32::try_from(tries - 1).unwrap_or(0);
        self.retry.saturating_mul(2_u32.saturating_pow(doublings)).min(LONGEST)
    }
}

impl Guildhall {
    /// Sends mails until `stop` is done, and then ends what it has begun. A program spawns it once, beside what it
    /// does; of several on one storage each mail is sent by one. Without it nobody gets mails.
    pub async fn send_mails(self, outbox: Outbox, stop: impl Future<Output = ()> + Send) {
        let mut stop = pin!(stop);
        // So that what never failed is 0 and not unknown.
        for result in ["sent", "failed", "dropped"] {
            count(result, 0);
        }
        loop {
            let wait = match self.send_some_mails(&outbox).await {
                Ok(next) => next.map_or(LOOK, |next| until(next, self.now()).clamp(PAUSE, LOOK)),
                Err(error) => {
                    tracing::warn!(%error, "mails cannot be read, it is tried again");
                    AGAIN
                }
            };
            tokio::select! {
                () = &mut stop => return,
                // Whether the time is up or there is a new one: it is time to look.
                _ = timeout(wait, self.new_mail.notified()) => {}
            }
        }
    }

    /// Sends all mails that are due now; when the next one is.
    ///
    /// # Errors
    /// Those of the storage. A mail that cannot be sent is none: it is tried again later.
    pub async fn send_due_mails(&self, outbox: &Outbox) -> Result<Option<Timestamp>> {
        loop {
            let next = self.send_some_mails(outbox).await?;
            if next.is_none_or(|next| next > self.now()) {
                return Ok(next);
            }
        }
    }

    /// The same with no more than are sent at once; others may be due still.
    async fn send_some_mails(&self, outbox: &Outbox) -> Result<Option<Timestamp>> {
        let next = self.next_due_mail().await?;
        let now = self.now();
        if next.is_none_or(|next| next > now) {
            return Ok(next);
        }
        let mut tx = self.storage.write().await?;
        let claimed = tx.mail().claim(now, now.after(CLAIM), AT_ONCE).await?;
        tx.commit().await?;
        for noted in join_all(claimed.iter().map(|mail| self.send_mail(mail, outbox))).await {
            noted?;
        }
        self.next_due_mail().await
    }

    async fn next_due_mail(&self) -> Result<Option<Timestamp>> {
        Ok(self.storage.read().await?.mail().next_due().await?)
    }

    /// Sends a mail that is claimed, if it still has a sense, and notes that.
    async fn send_mail(&self, mail: &Stored, outbox: &Outbox) -> Result<()> {
        let letter = self.letter(mail, &outbox.links).await?;
        let is_dropped = letter.is_none();
        let sent = match letter {
            Some(letter) => timeout(SENDING, outbox.mailer.send(&letter))
                .await
                .unwrap_or_else(|_| Err(Source::from("it took too long"))),
            None => Ok(()),
        };
        let result = match &sent {
            Ok(()) if is_dropped => "dropped",
            Ok(()) => "sent",
            Err(_) => "failed",
        };
        count(result, 1);
        let next = sent.err().map(|error| {
            let wait = outbox.wait(mail.tries);
            let (id, kind, tries) = (mail.id, mail.kind.as_str(), mail.tries);
            tracing::warn!(
                id,
                kind,
                tries,
                ?wait,
                error,
                "a mail cannot be sent, it is tried again"
            );
            self.now().after(wait)
        });
        let mut tx = self.storage.write().await?;
        tx.mail().due(mail.id, next).await?;
        Ok(tx.commit().await?)
    }

    /// The mail in words; nothing where there is nobody to get it, or it would come to nothing.
    async fn letter(&self, mail: &Stored, links: &Links) -> Result<Option<Letter>> {
        let Some(user) = mail.user.filter(|_| mail.expires_at > self.now()) else {
            return Ok(None);
        };
        let account = self.storage.read().await?.accounts().by_id(user).await?;
        let Some(account) = account.filter(|account| account.user.deleted_at.is_none()) else {
            return Ok(None);
        };
        if asks(mail.kind) && !mail.is_for(&account.user) {
            return Ok(None);
        }
        // What was typed by whoever asked may lead elsewhere, though it is taken for the same address.
        let to = if asks(mail.kind) { &account.user.email } else { &mail.email };
        let (subject, text, html) = text::write(mail, links, &self.keys);
        Ok(Some(Letter {
            id: self.keys.fingerprint(&format!("mail {} {}", mail.id, mail.nonce)),
            to: identity::mail_address(to),
            subject,
            language: mail.language.tag(),
            text,
            html,
        }))
    }
}

fn count(result: &'static str, tries: u64) {
    counter!("guildhall_mails_total", "result" => result).increment(tries);
}

fn until(then: Timestamp, now: Timestamp) -> Duration {
    let micros = then.as_micros().saturating_sub(now.as_micros());
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}
