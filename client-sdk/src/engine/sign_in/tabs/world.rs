//! A few tabs of one device, the store they share, the network, and what must never happen.

use std::collections::{HashMap, HashSet};

use super::super::{Access, COOL_DOWN, Renewal, SavedLogin, SignIn, Store};
use super::server::{Pair, Server, login_of};

mod schedule;

/// What the device's clock says at the server's zero, were it right.
const EPOCH: u64 = 1_000_000_000;
/// How far the device's clock is wrong at most.
pub(super) const SKEW: i64 = 300_000;

#[derive(Debug)]
struct Tab {
    sign_in: SignIn,
    is_renewing: bool,
    /// When a renewal failed, until there are other tokens.
    failed_at: Option<u64>,
}

/// A call that is being made.
#[derive(Clone, Debug)]
struct Call {
    tab: usize,
    has_renewed: bool,
    refusals: u32,
}

#[derive(Debug)]
enum Message {
    Refresh {
        call: Call,
        token: String,
    },
    Answer {
        call: Call,
        token: String,
        pair: Option<Pair>,
    },
    /// The end of a login, for the server.
    SignOut {
        login: usize,
    },
}

#[derive(Debug)]
pub(super) struct World {
    pub(super) server: Server,
    now: u64,
    skew: i64,
    has_jumped: bool,
    is_up: bool,
    store: Option<SavedLogin>,
    tabs: Vec<Tab>,
    /// What is under way, and since when.
    flights: Vec<(u64, Message)>,
    /// How long each access token was under way.
    latency: HashMap<String, u64>,
    /// Logins that the user left, or replaced by another.
    left: HashSet<usize>,
}

impl World {
    pub(super) fn new(tabs: usize, lifetime: u64, skew: i64) -> Self {
        let tab = || Tab { sign_in: SignIn::new(None), is_renewing: false, failed_at: None };
        Self {
            server: Server::new(lifetime),
            now: 0,
            skew,
            has_jumped: false,
            is_up: true,
            store: None,
            tabs: (0..tabs).map(|_| tab()).collect(),
            flights: Vec::new(),
            latency: HashMap::new(),
            left: HashSet::new(),
        }
    }

    fn clock(&self) -> u64 {
        (EPOCH + self.now).checked_add_signed(self.skew).unwrap()
    }

    fn margin(&self) -> u64 {
        (self.server.lifetime / 10).min(30_000)
    }

    fn held(&self, tab: usize) -> Option<&SavedLogin> {
        self.tabs[tab].sign_in.held()
    }

    /// Lets a tab's engine decide something, does what it says with the store, and looks at what
    /// became of the sign-in.
    fn decide<T>(
        &mut self,
        tab: usize,
        decide: impl FnOnce(&mut SignIn, Option<SavedLogin>) -> (Store, T),
    ) -> T {
        let before = self.held(tab).cloned();
        let (store, decided) = decide(&mut self.tabs[tab].sign_in, self.store.clone());
        let after = self.held(tab).cloned();
        let login =
            |held: &Option<SavedLogin>| held.as_ref().map(|held| login_of(&held.refresh_token));
        if let Some(lost) = login(&before).filter(|_| login(&before) != login(&after)) {
            let is_over = self.left.contains(&lost) || self.server.is_ended(lost);
            assert!(is_over, "tab {tab} lost login {lost} for no reason");
        }
        if let Some(taken) = login(&after).filter(|_| before != after) {
            assert!(!self.left.contains(&taken), "tab {tab} brought login {taken} back");
        }
        if before != after {
            self.tabs[tab].failed_at = None;
        }
        if store == Store::Write {
            self.store = after;
        }
        decided
    }

    pub(super) fn sign_in(&mut self, tab: usize) {
        if !self.is_up || self.held(tab).is_some() {
            return;
        }
        let pair = self.server.sign_in(self.now);
        let login = self.saved(&pair);
        let number = login_of(&login.refresh_token);
        self.left.extend(0..number);
        self.decide(tab, |sign_in, _| sign_in.signed_in(login));
    }

    fn saved(&mut self, pair: &Pair) -> SavedLogin {
        self.latency.insert(pair.access.clone(), self.now - pair.issued_at);
        SavedLogin {
            access_token: pair.access.clone(),
            refresh_token: pair.refresh.clone(),
            signed_in_at: self.clock(),
            obtained_at: self.clock(),
            lifetime: pair.lifetime,
        }
    }

    pub(super) fn sign_out(&mut self, tab: usize) {
        let Some(held) = self.held(tab) else { return };
        let login = login_of(&held.refresh_token);
        let stored = self.store.as_ref().map(|stored| login_of(&stored.refresh_token));
        self.left.extend([Some(login), stored].into_iter().flatten());
        self.decide(tab, |sign_in, _| (Store::Write, sign_in.sign_out()));
        self.flights.push((self.now, Message::SignOut { login }));
    }

    /// The login that the store has is ended from elsewhere.
    pub(super) fn revoke(&mut self) {
        if let Some(stored) = &self.store {
            self.server.end(login_of(&stored.refresh_token));
        }
    }

    /// The tab hears that the store was written.
    pub(super) fn notice(&mut self, tab: usize) {
        self.decide(tab, |sign_in, stored| (Store::Leave, sign_in.adopt(stored)));
    }

    /// The tab is loaded anew. One that has an answer to wait for, or to ask for again, is not: what
    /// it knows of that is in no store.
    pub(super) fn reload(&mut self, tab: usize) {
        if !self.tabs[tab].is_renewing && self.tabs[tab].failed_at.is_none() {
            self.tabs[tab].sign_in = SignIn::new(self.store.clone());
        }
    }

    /// A tab makes a call, up to where it has to wait for the network.
    pub(super) fn call(&mut self, tab: usize) {
        // A second call of the tab would wait for the same renewal.
        if !self.tabs[tab].is_renewing {
            self.go_on(Call { tab, has_renewed: false, refusals: 0 });
        }
    }

    fn go_on(&mut self, mut call: Call) {
        let (tab, clock) = (call.tab, self.clock());
        loop {
            let ready = self.tabs[tab].sign_in.ready(clock);
            let access = ready.unwrap_or_else(|| {
                self.decide(tab, |sign_in, stored| (Store::Leave, sign_in.access(stored, clock).0))
            });
            let token = match access {
                Access::SignedOut => return,
                Access::Use(token) => {
                    let came = self.held(tab).map(|held| held.obtained_at);
                    assert!(came <= Some(clock), "used, though by the clock it is yet to come");
                    token
                }
                Access::Renew(_) if call.has_renewed => {
                    self.held(tab).unwrap().access_token.clone()
                }
                Access::Renew(token) => {
                    self.tabs[tab].is_renewing = true;
                    call.has_renewed = true;
                    self.flights.push((self.now, Message::Refresh { call, token }));
                    return;
                }
            };
            if !self.is_up || self.server.takes(&token, self.now) {
                return;
            }
            if !self.server.is_ended(login_of(&token)) {
                assert!(!call.has_renewed, "{token} was refused as soon as it was there");
                self.judge_refusal(tab, &token);
            }
            assert!(call.refusals < 5, "the call of tab {tab} comes to no end");
            call.refusals += 1;
            call.has_renewed = false;
            self.tabs[tab].sign_in.refused(&token);
        }
    }

    /// A living login's token is only refused for a reason: the clock jumped, a renewal failed a
    /// moment ago, or the token was longer under way than the margin makes up for.
    fn judge_refusal(&self, tab: usize, token: &str) {
        let rests = |at: u64| self.now - at <= COOL_DOWN;
        let is_excused = self.has_jumped
            || self.tabs[tab].failed_at.is_some_and(rests)
            || self.latency[token] > self.margin();
        assert!(is_excused, "{token} was used to its very end at {}", self.now);
    }

    /// What was sent arrives.
    pub(super) fn deliver(&mut self, index: usize) {
        if self.flights.is_empty() {
            return;
        }
        match self.flights.remove(index % self.flights.len()).1 {
            Message::Refresh { call, token } if !self.is_up => self.fail(call, &token),
            Message::Refresh { call, token } => {
                let pair = self.server.refresh(&token, self.now);
                assert_eq!(self.server.stolen(), [0_usize; 0], "{token} was taken for stolen");
                self.flights.push((self.now, Message::Answer { call, token, pair }));
            }
            Message::Answer { call, token, pair } => {
                let renewal =
                    pair.map_or(Renewal::Refused, |pair| Renewal::Granted(self.saved(&pair)));
                self.finish(call, &token, renewal);
            }
            Message::SignOut { login } => {
                if self.is_up {
                    self.server.end(login);
                }
            }
        }
    }

    /// What was sent is lost, or its answer.
    pub(super) fn lose(&mut self, index: usize) {
        if self.flights.is_empty() {
            return;
        }
        match self.flights.remove(index % self.flights.len()).1 {
            Message::Refresh { call, token } | Message::Answer { call, token, .. } => {
                self.fail(call, &token);
            }
            Message::SignOut { .. } => {}
        }
    }

    fn fail(&mut self, call: Call, token: &str) {
        self.tabs[call.tab].failed_at = Some(self.now);
        self.finish(call, token, Renewal::Failed);
    }

    fn finish(&mut self, mut call: Call, token: &str, renewal: Renewal) {
        let (tab, clock) = (call.tab, self.clock());
        let has_failed = renewal == Renewal::Failed;
        self.tabs[tab].is_renewing = false;
        self.decide(tab, |sign_in, stored| sign_in.renewed(token, renewal, stored, clock));
        call.has_renewed = !has_failed;
        // As in the driver: a call fails with the renewal, unless there is a token all the same.
        if !has_failed || self.tabs[tab].sign_in.ready(clock).is_some() {
            self.go_on(call);
        }
    }
}
