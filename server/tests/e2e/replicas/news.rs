//! What happens on one replica is noticed on the others.

use std::time::{Duration, Instant};

use guildhall_openapi::accounts::UserDeletion;
use guildhall_openapi::{CloseReason, Push};
use tokio::time::{sleep, timeout};

use super::{Fleet, on_each_fleet};
use crate::events::event;
use crate::messages::send;
use crate::support::{Api, Listener, Socket};
use crate::users::into_disabled;

/// Sooner than a replica looks that was told nothing.
const SOON: Duration = Duration::from_secs(5);
/// How long a token may be good on another replica after its end was answered.
const AT_ONCE: Duration = Duration::from_secs(1);

on_each_fleet! {
    /// News that reaches those who are on the same replica only.
    async fn news_reaches_every_replica(fleet) {
        let ((_, alice), (bob, bobs)) = (fleet.person("alice").await, fleet.person("bob").await);
        let there = fleet.api(fleet.count() - 1);
        let mut readers = [Listener::of(&bobs).await, Listener::of(&bobs.moved_to(&there)).await];
        for round in 0..10 {
            let event = event(&alice, &format!("Meeting {round}")).await;
            let message = send(&alice, bob.id, "Will you come?").await;
            for reader in &mut readers {
                for push in [
                    Push::EventCreated { event: event.clone() },
                    Push::NewMessage { message: message.clone() },
                ] {
                    let told = timeout(SOON, reader.push()).await.expect("in time");
                    assert_eq!(told, push, "in round {round}");
                }
            }
        }
    }

    /// Someone who is signed out, disabled or deleted on one replica and is still served by
    /// another.
    async fn whoever_is_cut_off_is_cut_off_everywhere(fleet) {
        let admin = fleet.api(0).sign_in("admin").await;
        let there = fleet.api(fleet.count() - 1);
        let (_, alice) = fleet.person("alice").await;
        let visitor = Visitor::of(&alice, &there).await;
        alice.auth().sign_out().await.unwrap();
        visitor.loses_both().await;

        let (bob, bobs) = fleet.person("bob").await;
        let visitor = Visitor::of(&bobs, &there).await;
        admin.accounts().update(bob.id, &into_disabled(true)).await.unwrap();
        visitor.loses_both().await;

        let (carol, carols) = fleet.person("carol").await;
        let visitor = Visitor::of(&carols, &there).await;
        admin.accounts().delete(carol.id, &UserDeletion::default()).await.unwrap();
        visitor.loses_both().await;
    }
}

/// News and sign-outs that nobody was told while NATS was away, and are not noticed later either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_missed_while_nats_was_away_is_noticed_once_it_is_back() {
    let mut fleet = Fleet::on_nats().await;
    let there = fleet.api(1);
    let ((_, alice), (bob, bobs)) = (fleet.person("alice").await, fleet.person("bob").await);
    let mut reader = Listener::of(&bobs.moved_to(&there)).await;
    let visitor = Visitor::of(&alice, &there).await;
    for round in 0..2 {
        fleet.nats_server().stop();
        let message = send(&fleet.api(0).sign_in("admin").await, bob.id, "Unheard of").await;
        if round == 1 {
            alice.auth().sign_out().await.unwrap();
        }
        let unheard_of = timeout(Duration::from_millis(300), reader.push()).await;
        assert!(unheard_of.is_err(), "nothing carried it: {unheard_of:?}");
        fleet.nats_server().restart();
        let told = timeout(SOON, reader.push()).await.expect("in time");
        assert_eq!(told, Push::NewMessage { message }, "in round {round}");
    }
    let closed = timeout(SOON, visitor.socket.ends(CloseReason::TokenRevoked)).await;
    closed.expect("in time");
}

/// Someone on another replica.
struct Visitor {
    api: Api,
    socket: Socket,
}

impl Visitor {
    async fn of(person: &Api, there: &Api) -> Self {
        let api = person.moved_to(there);
        api.accounts().me().await.unwrap();
        Self { socket: Socket::of(&api).await, api }
    }

    /// Asserts that socket and token end at once.
    async fn loses_both(self) {
        let answered = Instant::now();
        let closed = timeout(AT_ONCE, self.socket.ends(CloseReason::TokenRevoked)).await;
        closed.expect("the socket is closed at once");
        while self.api.get("/auth/me").await.status != 401 {
            assert!(answered.elapsed() < AT_ONCE, "the token is still good");
            sleep(Duration::from_millis(10)).await;
        }
    }
}
