//! Two programs of one person on one device, which share a file for their login.

use std::sync::Arc;
use std::time::Duration;

use guildhall_client::transport::HttpTransport;
use guildhall_client::{Change, Client, FileStore};
use guildhall_core::Policy;
use guildhall_core::clock::{Clock as _, ManualClock, SystemClock};
use tempfile::TempDir;

use super::wire::{REFRESH, SHORT, Wire};
use crate::support::{Another, Api, PASSWORD, on_both};

on_both! {
    /// A refresh token that two programs spend as if it were two, or a program that is signed out
    /// for what the other did.
    async fn programs_that_share_a_login_renew_it_once(world) {
        let (user, _) = world.someone().await;
        let clock = Arc::new(ManualClock::at(SystemClock.now()));
        let another = Another { clock: Arc::clone(&clock) as _, ..Another::default() };
        let pair = Pair::sign_in(&world.another(another).await, &user.username).await;
        for renewals in 1..=10 {
            clock.advance(Duration::from_secs(31 * 60));
            if renewals <= 5 {
                pair.call(0).await;
                pair.call(1).await;
                assert_eq!(pair.wire.count(REFRESH), renewals, "the other takes what is there");
            } else {
                tokio::join!(pair.call(0), pair.call(1));
            }
            assert_eq!(pair.wire.rotations().len(), renewals);
        }
        pair.is_signed_in();
    }

    /// The same by the device's own clock, with calls all the time.
    async fn programs_that_share_a_login_stay_signed_in_while_tokens_end(world) {
        let (user, _) = world.someone().await;
        let policy = Policy { access_lifetime: SHORT, ..Policy::default() };
        let pair = Pair::sign_in(&world.under(policy).await, &user.username).await;
        while pair.wire.rotations().len() < 3 {
            tokio::join!(pair.call(0), pair.call(1));
        }
        assert!(pair.wire.rotations_are_apart());
        pair.is_signed_in();
    }
}

/// Both, and what they ask.
struct Pair {
    wire: Arc<Wire<HttpTransport>>,
    clients: [Client; 2],
    _folder: TempDir,
}

impl Pair {
    async fn sign_in(api: &Api, name: &str) -> Self {
        let (wire, folder) = (Wire::to(api), tempfile::tempdir().unwrap());
        let store = FileStore::new(folder.path().join("login.json"));
        let open = || Client::over(Arc::clone(&wire)).token_store(store.clone()).build().unwrap();
        let first = open();
        first.auth().sign_in(name, PASSWORD).await.unwrap();
        Self { clients: [first, open()], wire, _folder: folder }
    }

    async fn call(&self, client: usize) {
        self.clients[client].accounts().me().await.unwrap();
    }

    fn is_signed_in(&self) {
        for client in &self.clients {
            let state = *client.auth().watch().borrow();
            assert!(state.is_signed_in && state.last_change == Some(Change::Renewed), "{state:?}");
        }
    }
}
