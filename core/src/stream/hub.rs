//! Who in this process is listening, and what has been said since they last looked.
//!
//! Each listener has an inbox that never grows beyond a few rows: what does not fit is not lost, it is
//! read from the logs. Nothing here is needed for a row to arrive, only for it to arrive soon and
//! without being read.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use guildhall_openapi::{LoginId, Push, Timestamp, UserId};
use tokio::sync::{Notify, watch};

use super::relay::Hints;
use super::{Aftermath, Log, Place, Told};

/// What happened, and its JSON, which is written once for all who are told.
#[derive(Debug)]
pub struct News {
    push: Push,
    json: OnceLock<Box<str>>,
    /// When its row was written, where it has one.
    pub(super) written_at: Option<Timestamp>,
}

impl News {
    pub(crate) fn new(push: Push, written_at: Option<Timestamp>) -> Self {
        Self { push, json: OnceLock::new(), written_at }
    }

    /// What happened.
    #[must_use]
    pub fn push(&self) -> &Push {
        &self.push
    }

    /// It as JSON, without the brace that closes the object.
    pub(super) fn json(&self) -> &str {
        self.json.get_or_init(|| {
            // Nothing in a push can fail to be JSON: its keys are text and its numbers whole.
            let mut json = serde_json::to_string(&self.push).unwrap_or_default();
            json.pop();
            json.into()
        })
    }
}

/// How many rows an inbox holds; beyond that its reader reads the logs.
const ROOM: usize = 64;
const SHARDS: usize = 64;

/// How many streams of one user a process serves at once; each is told everything that the user is.
pub const MOST: usize = 100;

/// What has been said to a reader since they last looked.
#[derive(Default)]
pub(super) struct Said {
    pub(super) rows: Vec<(Told, Arc<News>)>,
    /// There are rows that are not among these.
    pub(super) missed: bool,
    /// The account or its logins may have changed.
    pub(super) check: bool,
}

/// Where a reader is told.
pub(super) struct Inbox {
    said: Mutex<Said>,
    pub(super) news: Notify,
    /// How far the reader is in their own log.
    own: AtomicI64,
    /// The login through which they read.
    login: Option<LoginId>,
}

impl Inbox {
    fn say(&self, say: impl FnOnce(&mut Said)) {
        say(&mut locked(&self.said));
        self.news.notify_one();
    }

    pub(super) fn take(&self) -> Said {
        std::mem::take(&mut locked(&self.said))
    }

    /// Where the reader now is.
    pub(super) fn is_at(&self, place: Place) {
        self.own.store(place.own, Ordering::Relaxed);
    }
}

/// What is said is whole after every line, so a panic elsewhere leaves nothing half done.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

type Shard = Mutex<HashMap<UserId, Vec<Arc<Inbox>>>>;

/// The listeners of this process.
pub(crate) struct Hub {
    shards: Box<[Shard]>,
    hasher: RandomState,
    stopping: AtomicBool,
    /// How many are listening.
    count: watch::Sender<usize>,
    /// The row of everyone's log up to which all have been said here.
    shared: AtomicI64,
    pub(super) hints: Hints,
}

impl Hub {
    pub(crate) fn new() -> Self {
        let shards = (0..SHARDS).map(|_| Shard::default()).collect();
        let (hasher, stopping) = (RandomState::new(), AtomicBool::new(false));
        let (count, _) = watch::channel(0);
        let shared = AtomicI64::new(0);
        Self { shards, hasher, stopping, count, shared, hints: Hints::default() }
    }

    fn shard(&self, user: UserId) -> MutexGuard<'_, HashMap<UserId, Vec<Arc<Inbox>>>> {
        let shard = usize::try_from(self.hasher.hash_one(user) % SHARDS as u64).unwrap_or(0);
        locked(&self.shards[shard])
    }

    /// A new listener; `None` where the user has [`MOST`].
    pub(super) fn listen(
        self: &Arc<Self>,
        user: UserId,
        login: Option<LoginId>,
    ) -> Option<Listener> {
        let inbox = Arc::new(Inbox {
            said: Mutex::default(),
            news: Notify::new(),
            own: AtomicI64::new(i64::MAX),
            login,
        });
        let mut shard = self.shard(user);
        let inboxes = shard.entry(user).or_default();
        if inboxes.len() >= MOST {
            return None;
        }
        inboxes.push(Arc::clone(&inbox));
        drop(shard);
        self.count.send_modify(|count| *count += 1);
        Some(Listener { hub: Arc::clone(self), user, inbox })
    }

    fn each_of(&self, user: UserId, say: impl Fn(&Inbox)) {
        for inbox in self.shard(user).get(&user).into_iter().flatten() {
            say(inbox);
        }
    }

    fn each(&self, say: impl Fn(&Inbox)) {
        for shard in &self.shards {
            for inbox in locked(shard).values().flatten() {
                say(inbox);
            }
        }
    }

    fn each_of_log(&self, log: Log, say: impl Fn(&Inbox)) {
        match log {
            Log::User(user) => self.each_of(user, say),
            Log::Everyone => self.each(say),
        }
    }

    /// Tells what was committed, here and to other replicas; where it is not known whether it
    /// was (`committed` is false), that there may be something to read.
    pub(crate) fn announce(&self, aftermath: Aftermath, committed: bool) {
        for (told, news) in aftermath.told {
            self.hints.log(told.log);
            if committed {
                self.say(told, &news);
            } else {
                self.heard_of(told.log);
            }
        }
        for user in aftermath.changed {
            self.hints.account(user);
            self.check(user);
        }
    }

    /// Tells those who read a row's log of it.
    pub(super) fn say(&self, told: Told, news: &Arc<News>) {
        if told.log == Log::Everyone {
            let (last, next) = (told.number - 1, told.number);
            // Where one is missing between, it is read with those that follow.
            self.shared.compare_exchange(last, next, Ordering::SeqCst, Ordering::SeqCst).ok();
        }
        self.each_of_log(told.log, |inbox| {
            inbox.say(|said| {
                if said.rows.len() < ROOM {
                    said.rows.push((told, Arc::clone(news)));
                } else {
                    said.missed = true;
                }
            });
        });
    }

    /// The row of everyone's log up to which all have been said.
    pub(super) fn shared(&self) -> i64 {
        self.shared.load(Ordering::SeqCst)
    }

    /// Up to here all rows of everyone's log have been said, or are read by each by themself.
    pub(super) fn has_said(&self, number: i64) {
        self.shared.fetch_max(number, Ordering::SeqCst);
    }

    /// There is something to be read in this log.
    pub(super) fn heard_of(&self, log: Log) {
        self.each_of_log(log, |inbox| inbox.say(|said| said.missed = true));
    }

    /// The user's log is so far; whoever is not has missed something.
    pub(super) fn is_at(&self, user: UserId, head: i64) {
        self.each_of(user, |inbox| {
            if inbox.own.load(Ordering::Relaxed) < head {
                inbox.say(|said| said.missed = true);
            }
        });
    }

    /// The account or its logins may have changed.
    pub(super) fn check(&self, user: UserId) {
        self.each_of(user, |inbox| inbox.say(|said| said.check = true));
    }

    /// Whether all who read as this user do so through one of these logins; none where the account
    /// does not stand.
    pub(super) fn are_logins_of(&self, user: UserId, logins: Option<&[LoginId]>) -> bool {
        let shard = self.shard(user);
        let mut readers = shard.get(&user).into_iter().flatten();
        readers.all(|inbox| match (logins, inbox.login) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(logins), Some(login)) => logins.contains(&login),
        })
    }

    /// Any account may have changed.
    pub(super) fn check_all(&self) {
        self.each(|inbox| inbox.say(|said| said.check = true));
    }

    /// Who is listening.
    pub(super) fn listening(&self) -> Vec<UserId> {
        self.shards
            .iter()
            .flat_map(|shard| locked(shard).keys().copied().collect::<Vec<_>>())
            .collect()
    }

    /// Ends all streams, for good.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        self.each(|inbox| inbox.news.notify_one());
    }

    /// Waits until nobody is listening any more.
    pub(crate) async fn ended(&self) {
        // The sender is this hub's own, so it cannot be gone.
        self.count.subscribe().wait_for(|count| *count == 0).await.ok();
    }

    /// Waits until no hint waits to be sent.
    pub(crate) async fn all_told(&self) {
        self.hints.all_told().await;
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }
}

/// A place in the hub, given up when this is dropped.
pub(super) struct Listener {
    hub: Arc<Hub>,
    user: UserId,
    pub(super) inbox: Arc<Inbox>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut shard = self.hub.shard(self.user);
        if let Some(inboxes) = shard.get_mut(&self.user) {
            inboxes.retain(|inbox| !Arc::ptr_eq(inbox, &self.inbox));
            if inboxes.is_empty() {
                shard.remove(&self.user);
            }
        }
        self.hub.count.send_modify(|count| *count -= 1);
    }
}
