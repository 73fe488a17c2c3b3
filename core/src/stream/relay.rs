//! Hints between replicas: who has news, and whose account has changed.
//!
//! A hint carries nothing but names, so that it may be lost, doubled or late: what it speaks of
//! stands in the storage. Hints that wait are merged, so that a busy replica sends few.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Mutex;

use async_trait::async_trait;
use guildhall_openapi::UserId;
use tokio::sync::{Notify, watch};

use super::Log;
use super::hub::locked;

/// Carries short texts between all replicas of one Guildhall: PostgreSQL's `NOTIFY` does, or NATS.
#[async_trait]
pub trait Relay: Send + Sync + 'static {
    /// Sends a text of at most [`LONGEST`] bytes of ASCII to all replicas; this one may get it too.
    ///
    /// # Errors
    /// Where it was not sent. It is tried again.
    async fn tell(&self, hint: &str) -> Result<(), Failure>;

    /// Waits for the next text. `None` where some may have been missed, as after a lost connection;
    /// it connects again by itself. Called by one task at a time.
    ///
    /// # Errors
    /// Where nothing can be heard for the moment. It is called again a second later, and once it
    /// hears again it answers `None` first.
    async fn hear(&self) -> Result<Option<String>, Failure>;
}

/// Why a relay failed, for the log.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The longest hint, in bytes. (PostgreSQL's `NOTIFY` takes less than 8000.)
pub const LONGEST: usize = 7900;

/// So many names are worth a look at everything.
const MOST: usize = 100_000;

/// Of whom is to be told.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Names {
    pub(super) logs: BTreeSet<Log>,
    pub(super) accounts: BTreeSet<UserId>,
    /// There were too many to name.
    pub(super) all: bool,
}

impl Names {
    fn is_empty(&self) -> bool {
        !self.all && self.logs.is_empty() && self.accounts.is_empty()
    }

    fn add(&mut self, add: impl FnOnce(&mut Self)) {
        if self.logs.len() + self.accounts.len() < MOST {
            add(self);
        } else {
            self.all = true;
        }
    }

    /// The names as texts that a relay takes, each with the replica's own name before it.
    pub(super) fn write(&self, replica: &str) -> Vec<String> {
        let logs = self.logs.iter().map(|log| ('s', log.get()));
        let names = logs.chain(self.accounts.iter().map(|user| ('a', user.get())));
        let (mut texts, mut text) = (Vec::new(), replica.to_owned());
        if self.all {
            text.push_str(" *");
        }
        for (kind, name) in names {
            // 20 digits, a letter and a space.
            if text.len() + 22 > LONGEST {
                texts.push(std::mem::replace(&mut text, replica.to_owned()));
            }
            // Writing to a string does not fail.
            write!(text, " {kind}{name}").ok();
        }
        texts.push(text);
        texts
    }

    /// What another replica wrote; `None` where it was this one. What is not understood is passed
    /// over: a newer replica may say more.
    pub(super) fn read(text: &str, replica: &str) -> Option<Self> {
        let mut words = text.split(' ');
        if words.next() == Some(replica) {
            return None;
        }
        let mut names = Self::default();
        for word in words {
            let number = || word[1..].parse::<i64>().ok();
            match word.as_bytes().first() {
                Some(b'*') => names.all = true,
                Some(b's') => names.logs.extend(number().and_then(Log::named)),
                Some(b'a') => names.accounts.extend(number().and_then(UserId::new)),
                _ => {}
            }
        }
        Some(names)
    }
}

/// Hints that wait to be sent; none are kept where no relay asks for them.
pub(super) struct Hints {
    waiting: Mutex<Option<Names>>,
    some: Notify,
    /// Whether any wait or are being sent. It is changed under the lock of those that wait.
    busy: watch::Sender<bool>,
}

impl Default for Hints {
    fn default() -> Self {
        Self { waiting: Mutex::default(), some: Notify::new(), busy: watch::Sender::new(false) }
    }
}

impl Hints {
    /// From now on hints are kept.
    pub(super) fn keep(&self) {
        self.with(|waiting| {
            waiting.get_or_insert_default();
        });
    }

    fn with<T>(&self, with: impl FnOnce(&mut Option<Names>) -> T) -> T {
        with(&mut locked(&self.waiting))
    }

    fn add(&self, add: impl FnOnce(&mut Names)) {
        let kept = self.with(|waiting| {
            let kept = waiting.as_mut().map(|names| names.add(add)).is_some();
            if kept {
                self.busy.send_if_modified(|busy| !std::mem::replace(busy, true));
            }
            kept
        });
        if kept {
            self.some.notify_one();
        }
    }

    /// This log has a new row.
    pub(super) fn log(&self, log: Log) {
        self.add(|names| {
            names.logs.insert(log);
        });
    }

    /// This account, or its logins, have changed.
    pub(super) fn account(&self, user: UserId) {
        self.add(|names| {
            names.accounts.insert(user);
        });
    }

    /// Waits until there are some, and takes them.
    pub(super) async fn take(&self) -> Names {
        loop {
            let names = self.with(|waiting| waiting.as_mut().map(std::mem::take));
            match names {
                Some(names) if !names.is_empty() => return names,
                _ => self.some.notified().await,
            }
        }
    }

    /// Those that were taken are sent.
    pub(super) fn sent(&self) {
        self.with(|waiting| {
            self.busy.send_replace(waiting.as_ref().is_some_and(|names| !names.is_empty()));
        });
    }

    /// Waits until none wait, and none are being sent.
    pub(super) async fn all_told(&self) {
        // The sender is this one's own, so it cannot be gone.
        self.busy.subscribe().wait_for(|busy| !busy).await.ok();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn users(numbers: std::ops::Range<i64>) -> BTreeSet<UserId> {
        numbers.map(|number| UserId::new(number).unwrap()).collect()
    }

    #[test]
    fn names_are_read_as_they_were_written_in_texts_of_bounded_length() {
        let logs = [Log::Everyone, Log::User(UserId::new(i64::MAX).unwrap())].into();
        let names = Names { logs, accounts: users(1..5000), all: false };
        let texts = names.write("here");
        let mut read = Names::default();
        for text in &texts {
            assert!(text.len() <= LONGEST && text.is_ascii());
            let part = Names::read(text, "there").unwrap();
            read.logs.extend(part.logs);
            read.accounts.extend(part.accounts);
        }
        assert_eq!(read, names);
        assert!(texts.iter().all(|text| Names::read(text, "here").is_none()));
    }

    #[test]
    fn what_is_not_understood_is_passed_over() {
        let names = Names::read("there s5 x7 é a0 s-1 a é9 s a7 *", "here").unwrap();
        let user = |id| UserId::new(id).unwrap();
        assert_eq!(names.logs, [Log::User(user(5))].into());
        assert_eq!((names.accounts, names.all), ([user(7)].into(), true));
    }

    #[test]
    fn too_many_names_are_everyone() {
        let hints = Hints::default();
        hints.keep();
        for user in users(1..i64::try_from(MOST).unwrap() + 3) {
            hints.account(user);
        }
        let names = hints.with(Option::take).unwrap();
        assert!(names.all && names.accounts.len() == MOST);
    }

    #[tokio::test]
    async fn all_is_told_once_what_was_taken_is_sent() {
        let hints = Hints::default();
        hints.keep();
        hints.all_told().await;
        hints.log(Log::Everyone);
        hints.take().await;
        assert_eq!(hints.all_told().now_or_never(), None);
        hints.account(UserId::new(1).unwrap());
        hints.sent();
        assert_eq!(hints.all_told().now_or_never(), None);
        hints.take().await;
        hints.sent();
        hints.all_told().await;
    }

    #[test]
    fn without_a_relay_nothing_is_kept() {
        let hints = Hints::default();
        hints.log(Log::Everyone);
        assert_eq!(hints.with(Option::take), None);
    }
}
