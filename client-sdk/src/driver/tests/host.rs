//! A device: a clock, a store, and what its owner sees.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::super::{
    BoxFuture, Change, Driver, Host, Millis, Opened, Outcome, Repeat, Request, SavedLogin, Sockets,
};
use super::socket::connect;
use super::web::{Answer, Lost, Web};

/// What the device's clock says at first.
const EPOCH: u64 = 1_000_000_000;

type Hook = Box<dyn FnOnce() + Send>;
type OnChange = Box<dyn Fn(Change) + Send + Sync>;

pub(super) struct Device {
    pub(super) web: Arc<Web>,
    pub(super) sockets: Sockets,
    /// How many milliseconds the clock is wrong.
    pub(super) skew: AtomicI64,
    store: Mutex<Option<SavedLogin>>,
    /// The store takes nothing.
    pub(super) is_full: AtomicBool,
    /// What another thread does while the store is read, and while it is written.
    while_loading: Mutex<Option<Hook>>,
    while_saving: Mutex<Option<Hook>>,
    changes: Mutex<Vec<Change>>,
    on_change: Mutex<Option<Arc<OnChange>>>,
    random: AtomicU64,
}

impl Device {
    pub(super) fn new(web: Arc<Web>, sockets: Sockets) -> Self {
        Self {
            web,
            sockets,
            skew: AtomicI64::new(0),
            store: Mutex::default(),
            is_full: AtomicBool::new(false),
            while_loading: Mutex::default(),
            while_saving: Mutex::default(),
            changes: Mutex::default(),
            on_change: Mutex::default(),
            random: AtomicU64::new(7),
        }
    }

    pub(super) fn stored(&self) -> Option<SavedLogin> {
        self.store.lock().unwrap().clone()
    }

    pub(super) fn put(&self, login: Option<SavedLogin>) {
        *self.store.lock().unwrap() = login;
    }

    /// The changes that observers heard of since the last time.
    pub(super) fn changes(&self) -> Vec<Change> {
        std::mem::take(&mut self.changes.lock().unwrap())
    }

    pub(super) fn on_change(&self, hear: impl Fn(Change) + Send + Sync + 'static) {
        *self.on_change.lock().unwrap() = Some(Arc::new(Box::new(hear)));
    }

    /// Does something after the store was next read, and before that is known.
    pub(super) fn while_loading(&self, hook: impl FnOnce() + Send + 'static) {
        *self.while_loading.lock().unwrap() = Some(Box::new(hook));
    }

    /// Does something just before the store is next written.
    pub(super) fn while_saving(&self, hook: impl FnOnce() + Send + 'static) {
        *self.while_saving.lock().unwrap() = Some(Box::new(hook));
    }

    /// Puts the clock forward or back.
    pub(super) fn put_clock(&self, by: i64) {
        self.skew.fetch_add(by, Ordering::Relaxed);
    }
}

/// Lets what was to be done once be done.
fn run(hook: &Mutex<Option<Hook>>) {
    let hook = hook.lock().unwrap().take();
    if let Some(hook) = hook {
        hook();
    }
}

impl Host for Device {
    type Payload = String;
    type Reply = Answer;
    type Fault = Lost;

    fn send<'a>(
        &'a self,
        request: &'a Request<String>,
        access_token: Option<&'a str>,
    ) -> BoxFuture<'a, Outcome<Self>> {
        Box::pin(self.web.send(request, access_token))
    }

    fn connect<'a>(
        &'a self,
        path: &'a str,
        access_token: Option<&'a str>,
    ) -> BoxFuture<'a, Opened<Self>> {
        Box::pin(connect(&self.web, path, access_token))
    }

    fn sockets(&self) -> Sockets {
        self.sockets
    }

    fn payload(&self, json: String) -> String {
        json
    }

    fn load(&self) -> Result<Option<SavedLogin>, Lost> {
        let stored = self.stored();
        run(&self.while_loading);
        Ok(stored)
    }

    fn save(&self, login: Option<&SavedLogin>) -> Result<(), Lost> {
        run(&self.while_saving);
        if self.is_full.load(Ordering::Relaxed) {
            return Err(Lost);
        }
        self.put(login.cloned());
        Ok(())
    }

    fn changed(&self, change: Change) {
        self.changes.lock().unwrap().push(change);
        let hear = self.on_change.lock().unwrap().clone();
        if let Some(hear) = hear {
            hear(change);
        }
    }

    fn now(&self) -> Millis {
        let skew = self.skew.load(Ordering::Relaxed);
        (EPOCH + self.web.now()).checked_add_signed(skew).unwrap()
    }

    fn random(&self) -> u64 {
        // SplitMix64.
        let state = self.random.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn sleep(&self, wait: Millis) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(Duration::from_millis(wait)))
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        tokio::spawn(task);
    }
}

/// A request that changes nothing.
pub(super) fn get() -> Request<String> {
    request("GET", "/groups", Repeat::Freely)
}

pub(super) fn request(method: &'static str, path: &str, repeat: Repeat) -> Request<String> {
    Request { method, path: path.to_owned(), payload: String::new(), repeat }
}

/// A device that is signed in, with access tokens that live for this long.
pub(super) async fn signed_in(lifetime: u64, sockets: Sockets) -> Arc<Driver<Device>> {
    let driver = Driver::new(Device::new(Arc::new(Web::new(lifetime)), sockets)).unwrap();
    driver.sign_in(request("POST", "/login", Repeat::Never)).await.unwrap();
    driver.host.changes();
    driver
}
