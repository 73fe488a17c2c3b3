//! Events that come from memory are those that the database has: whoever changed them, and however look-ups, changes
//! and callers who go away come in between.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use guildhall_core::accounts::AccountReads;
use guildhall_core::audit::AuditReads;
use guildhall_core::events::EventReads;
use guildhall_core::groups::GroupReads;
use guildhall_core::guesses::GuessReads;
use guildhall_core::logins::LoginReads;
use guildhall_core::mail::MailReads;
use guildhall_core::messages::MessageReads;
use guildhall_core::openapi::{
    ErrorCode, Event, EventId, EventPatch, NewEvent, Push, Timestamp, UserId,
};
use guildhall_core::sessions::SessionReads;
use guildhall_core::storage::{Pool, Reads, Steps, Storage, StorageError, Transaction};
use guildhall_core::stream::{Log, Place, Row, Slice, StreamReads};
use guildhall_core::{Caller, Guildhall, Policy};
use guildhall_storage_sqlite::Location;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::house::{House, START, code};

/// What is done to look-ups, and to reads of rows.
struct Tap {
    /// Look-ups that have their answer and wait to give it.
    held: Semaphore,
    /// How many of them may go.
    let_go: Semaphore,
    is_held: AtomicBool,
    fails: AtomicBool,
    look_ups: AtomicUsize,
    rows: AtomicUsize,
}

impl Tap {
    fn look_ups(&self) -> usize {
        self.look_ups.load(Ordering::SeqCst)
    }

    fn rows(&self) -> usize {
        self.rows.load(Ordering::SeqCst)
    }

    fn hold(&self, is_held: bool) {
        self.is_held.store(is_held, Ordering::SeqCst);
    }

    /// Once another look-up is held.
    async fn one_is_held(&self) {
        let held = tokio::time::timeout(Duration::from_secs(20), self.held.acquire());
        held.await.expect("a look-up").unwrap().forget();
    }
}

struct Tapped(Arc<dyn Storage>, Arc<Tap>);
struct TappedReads(Box<dyn Reads>, Arc<Tap>);

#[async_trait]
impl Storage for Tapped {
    async fn read(&self) -> Result<Box<dyn Reads>, StorageError> {
        Ok(Box::new(TappedReads(self.0.read().await?, Arc::clone(&self.1))))
    }

    async fn write(&self) -> Result<Box<dyn Transaction>, StorageError> {
        self.0.write().await
    }

    async fn write_at_length(&self) -> Result<Box<dyn Transaction>, StorageError> {
        self.0.write_at_length().await
    }

    fn steps(&self) -> &dyn Steps {
        self.0.steps()
    }

    async fn ping(&self) -> Result<(), StorageError> {
        self.0.ping().await
    }

    fn pools(&self) -> Vec<Pool> {
        self.0.pools()
    }

    async fn migrate(&self) -> Result<(), StorageError> {
        self.0.migrate().await
    }

    async fn pending_migrations(&self) -> Result<Vec<String>, StorageError> {
        self.0.pending_migrations().await
    }
}

macro_rules! delegate {
    ($($aggregate:ident: $reads:ident),*) => {
        impl Reads for TappedReads {
            $(fn $aggregate(&mut self) -> &mut dyn $reads {
                self.0.$aggregate()
            })*

            fn events(&mut self) -> &mut dyn EventReads {
                self.1.rows.fetch_add(1, Ordering::SeqCst);
                self.0.events()
            }

            fn stream(&mut self) -> &mut dyn StreamReads {
                self
            }
        }
    };
}

delegate! {
    accounts: AccountReads,
    audit: AuditReads,
    groups: GroupReads,
    guesses: GuessReads,
    logins: LoginReads,
    mail: MailReads,
    messages: MessageReads,
    sessions: SessionReads
}

#[async_trait]
impl StreamReads for TappedReads {
    async fn head(&mut self, user: UserId) -> Result<Place, StorageError> {
        self.0.stream().head(user).await
    }

    async fn heads(&mut self, logs: &[Log]) -> Result<Vec<(Log, i64)>, StorageError> {
        self.0.stream().heads(logs).await
    }

    async fn number(&mut self, log: Log) -> Result<i64, StorageError> {
        self.1.look_ups.fetch_add(1, Ordering::SeqCst);
        let number = self.0.stream().number(log).await;
        if self.1.is_held.load(Ordering::SeqCst) {
            self.1.held.add_permits(1);
            self.1.let_go.acquire().await.unwrap().forget();
        }
        if self.1.fails.load(Ordering::SeqCst) {
            return Err(StorageError::Busy("it is away".into()));
        }
        number
    }

    async fn shared(&mut self, number: i64, limit: u32) -> Result<Vec<Row<Push>>, StorageError> {
        self.0.stream().shared(number, limit).await
    }

    async fn after(
        &mut self,
        user: UserId,
        place: Place,
        limit: u32,
    ) -> Result<Slice<Option<Push>>, StorageError> {
        self.0.stream().after(user, place, limit).await
    }
}

/// A Guildhall through whose look-ups the tests can reach, another one on the same database, and an event.
struct Two {
    house: House,
    guildhall: Guildhall,
    tap: Arc<Tap>,
    alice: Caller,
    event: Event,
}

impl Two {
    async fn new() -> Self {
        Self::at(&Location::Memory).await
    }

    async fn at(location: &Location) -> Self {
        let house = House::at(location, Policy::default()).await;
        house.member("alice").await;
        let alice = house.caller("alice").await;
        let tap = Arc::new(Tap {
            held: Semaphore::new(0),
            let_go: Semaphore::new(0),
            is_held: AtomicBool::new(false),
            fails: AtomicBool::new(false),
            look_ups: AtomicUsize::new(0),
            rows: AtomicUsize::new(0),
        });
        let storage = Tapped(Arc::clone(&house.storage) as _, Arc::clone(&tap));
        let guildhall = house.on(Arc::new(storage));
        let (title, text) = ("Party".into(), "x");
        let new = NewEvent { title, description: text.into(), date: START, location: text.into() };
        let event = house.events().create(&alice, new, None).await.unwrap();
        let two = Self { house, guildhall, tap, alice, event };
        // The second finds out how long the log is, the third reads the row again.
        for _ in 0..3 {
            two.get().await;
        }
        two
    }

    async fn get(&self) -> Event {
        self.guildhall.events().get(self.event.id).await.unwrap()
    }

    fn getting(&self) -> JoinHandle<Event> {
        let (guildhall, id) = (self.guildhall.clone(), self.event.id);
        tokio::spawn(async move { guildhall.events().get(id).await.unwrap() })
    }

    /// The other Guildhall renames it.
    async fn rename(&self, title: &str) -> Event {
        let patch = EventPatch { title: Some(title.into()), ..EventPatch::default() };
        self.house.events().update(&self.alice, self.event.id, patch).await.unwrap()
    }
}

/// Lets all that can go on do so.
async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_did_not_change_is_not_read_again() {
    let two = Two::new().await;
    let (rows, look_ups) = (two.tap.rows(), two.tap.look_ups());
    for _ in 0..10 {
        assert_eq!(two.get().await, two.event);
    }
    assert_eq!((two.tap.rows(), two.tap.look_ups()), (rows, look_ups + 10));
    let new = NewEvent {
        title: "Another".into(),
        description: "x".into(),
        date: START,
        location: "x".into(),
    };
    two.house.events().create(&two.alice, new, None).await.unwrap();
    assert_eq!(two.get().await, two.event);
    assert_eq!(two.tap.rows(), rows, "another event is no change of this one");
}

#[tokio::test]
async fn what_another_changes_is_seen_by_the_next() {
    let two = Two::new().await;
    for title in ["Ball", "Feast", "Dance"] {
        let renamed = two.rename(title).await;
        for _ in 0..3 {
            assert_eq!(two.get().await, renamed);
        }
    }
    two.house.events().delete(&two.alice, two.event.id).await.unwrap();
    for _ in 0..3 {
        let gone = two.guildhall.events().get(two.event.id).await;
        assert_eq!(code(&gone), Some(ErrorCode::EventNotFound));
    }
}

/// The log was looked at before the change; nobody who asks after it is served from that.
#[tokio::test]
async fn a_look_up_that_is_under_way_is_not_for_who_comes_later() {
    let two = Two::new().await;
    two.tap.hold(true);
    let before = two.getting();
    two.tap.one_is_held().await;
    let renamed = two.rename("Ball").await;
    let after = two.getting();
    settle().await;
    two.tap.hold(false);
    two.tap.let_go.add_permits(1);
    assert_eq!(before.await.unwrap(), two.event, "it asked before the change");
    assert_eq!(after.await.unwrap(), renamed);
}

#[tokio::test]
async fn those_who_wait_share_the_next_look_up() {
    let two = Two::new().await;
    let rows = two.tap.rows();
    two.tap.hold(true);
    let first = two.getting();
    two.tap.one_is_held().await;
    let many: Vec<_> = (0..50).map(|_| two.getting()).collect();
    settle().await;
    let look_ups = two.tap.look_ups();
    two.tap.hold(false);
    two.tap.let_go.add_permits(1);
    for one in many.into_iter().chain([first]) {
        assert_eq!(one.await.unwrap(), two.event);
    }
    assert_eq!((two.tap.look_ups(), two.tap.rows()), (look_ups + 1, rows));
}

#[tokio::test]
async fn who_goes_away_leaves_nobody_waiting() {
    let two = Two::new().await;
    for _ in 0..3 {
        two.tap.hold(true);
        let first = two.getting();
        two.tap.one_is_held().await;
        let [leaving, staying] = [two.getting(), two.getting()];
        settle().await;
        first.abort();
        leaving.abort();
        assert!(first.await.is_err() && leaving.await.is_err());
        two.tap.hold(false);
        two.tap.let_go.add_permits(1);
        assert_eq!(staying.await.unwrap(), two.event);
        assert_eq!(two.get().await, two.event);
    }
}

/// Whoever cannot learn how far the log is reads the row.
#[tokio::test]
async fn a_look_up_that_fails_fails_nobody() {
    let two = Two::new().await;
    two.tap.fails.store(true, Ordering::SeqCst);
    let all = join_all((0..10).map(|_| two.getting())).await;
    assert!(all.into_iter().all(|one| one.unwrap() == two.event));
    let renamed = two.rename("Ball").await;
    assert_eq!(two.get().await, renamed);
    two.tap.fails.store(false, Ordering::SeqCst);
    let rows = two.tap.rows();
    for _ in 0..3 {
        assert_eq!(two.get().await, renamed);
    }
    assert!(two.tap.rows() < rows + 3, "and later it is looked at again");
}

/// A runtime that ends takes its tasks with it; who asks in another one is not left waiting.
#[test]
fn a_look_up_that_is_dropped_leaves_nobody_waiting() {
    let runtime = || tokio::runtime::Runtime::new().unwrap();
    let (first, second) = (runtime(), runtime());
    let two = second.block_on(Two::new());
    two.tap.hold(true);
    let (guildhall, id) = (two.guildhall.clone(), two.event.id);
    first.spawn(async move { guildhall.events().get(id).await });
    second.block_on(two.tap.one_is_held());
    let waiting = {
        let _second = second.enter();
        two.getting()
    };
    first.shutdown_timeout(Duration::from_secs(10));
    two.tap.hold(false);
    // Who came too late for that look-up is in one of their own.
    two.tap.let_go.add_permits(1);
    assert_eq!(second.block_on(waiting).unwrap(), two.event);
    assert_eq!(second.block_on(two.get()), two.event);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_reads_what_was_before_their_asking() {
    let folder = tempfile::tempdir().unwrap();
    let two = Two::at(&Location::File(folder.path().join("guildhall.db"))).await;
    let (is_over, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicI64::new(0)));
    let micros = |event: &Event| event.date.as_micros() - START.as_micros();
    let readers = (0..8).map(|_| {
        let (guildhall, id): (_, EventId) = (two.guildhall.clone(), two.event.id);
        let (is_over, done) = (Arc::clone(&is_over), Arc::clone(&done));
        tokio::spawn(async move {
            while !is_over.load(Ordering::SeqCst) {
                let before = done.load(Ordering::SeqCst);
                let event = guildhall.events().get(id).await.unwrap();
                assert!(micros(&event) >= before, "{before}: {event:?}");
            }
        })
    });
    let readers: Vec<_> = readers.collect();
    for number in 1..=300 {
        let date = Some(Timestamp::from_micros(START.as_micros() + number));
        let patch = EventPatch { date, ..EventPatch::default() };
        two.house.events().update(&two.alice, two.event.id, patch).await.unwrap();
        done.store(number, Ordering::SeqCst);
        if number % 3 == 0 {
            tokio::time::sleep(Duration::from_micros(300)).await;
        }
    }
    is_over.store(true, Ordering::SeqCst);
    for reader in readers {
        reader.await.unwrap();
    }
    let (rows, look_ups) = (two.tap.rows(), two.tap.look_ups());
    assert!(look_ups > 0 && rows > 0, "{look_ups} look-ups, {rows} rows");
}
