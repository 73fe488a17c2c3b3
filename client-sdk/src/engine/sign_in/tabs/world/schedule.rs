//! Time and rest: what makes the difference between a bad network and a hopeless one.

use super::{COOL_DOWN, SKEW, World};

/// How long anything is under way at most, and how soon a lost answer is asked for again at the
/// latest: with the rests after it, that fits into the server's grace.
const PROMPT: u64 = 12_000;

impl World {
    /// Time passes, but not over what must not wait: first what is under way arrives, and the answer
    /// that was lost is asked for again.
    pub(in super::super) fn pass(&mut self, millis: u64) {
        if self.deadline().is_some_and(|deadline| self.now + millis > deadline) {
            self.settle();
        }
        self.now += millis;
    }

    fn deadline(&self) -> Option<u64> {
        let since = self.flights.iter().map(|(since, _)| *since).chain(self.unanswered());
        since.min().map(|since| since + PROMPT)
    }

    /// Since when the refresh token in the store is spent, where its successor has not arrived.
    fn unanswered(&self) -> Option<u64> {
        let token = &self.store.as_ref()?.refresh_token;
        self.server.spent_at(token)
    }

    /// The network is good for a while, and all tabs are in use.
    pub(in super::super) fn settle(&mut self) {
        self.is_up = true;
        self.deliver_all();
        // Twice, as a clock that goes back makes a rest up to twice as long.
        for _ in 0..2 {
            if self.unanswered().is_some() {
                self.now += COOL_DOWN + 1;
                (0..self.tabs.len()).for_each(|tab| self.call(tab));
                self.deliver_all();
            }
        }
    }

    fn deliver_all(&mut self) {
        while !self.flights.is_empty() {
            self.deliver(0);
        }
    }

    /// The device sleeps, with nothing under way.
    pub(in super::super) fn sleep(&mut self, millis: u64) {
        self.settle();
        self.now += millis;
    }

    /// The device's clock is set anew.
    pub(in super::super) fn jump(&mut self, by: i64) {
        self.skew = (self.skew + by).clamp(-SKEW, SKEW);
        self.has_jumped = true;
    }

    /// The server goes, or comes back.
    pub(in super::super) fn fall_or_rise(&mut self) {
        self.is_up = !self.is_up;
    }

    /// Once all is quiet, whoever looks agrees with the store, and the store with the server.
    pub(in super::super) fn check(&mut self) {
        self.settle();
        for tab in 0..self.tabs.len() {
            self.notice(tab);
            assert_eq!(self.held(tab), self.store.as_ref());
        }
        if let Some(stored) = &self.store {
            let login = super::login_of(&stored.refresh_token);
            assert!(!self.left.contains(&login), "login {login} outlived its end in the store");
            assert_eq!(stored.refresh_token, self.server.present(login));
        }
        if !self.has_jumped {
            self.check_rotations();
        }
    }

    /// Tokens are changed no oftener than they grow old.
    fn check_rotations(&self) {
        let youth = self.server.lifetime - self.margin();
        for (begun, rotations) in self.server.rotations() {
            let times = std::iter::once(&begun).chain(rotations);
            for (before, after) in times.zip(rotations) {
                assert!(after - before >= youth, "changed at {before} and at {after}");
            }
        }
    }
}
