//! Tokens that end while they are in use.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use guildhall_client::Client;
use guildhall_core::Policy;
use guildhall_core::clock::{Clock as _, ManualClock, SystemClock};
use guildhall_openapi::Push;
use tokio::time::sleep;

use super::wire::{REFRESH, SHORT, Wire};
use crate::messages::send;
use crate::support::{Another, Listener, PASSWORD, on_both};

on_both! {
    /// Five calls that spend five refresh tokens, or one of them that is refused.
    async fn five_calls_at_once_with_a_token_that_ended_renew_it_once(world) {
        let (user, _) = world.someone().await;
        let policy = Policy { access_lifetime: SHORT, ..Policy::default() };
        let wire = Wire::to(&world.under(policy).await);
        let client = Client::over(Arc::clone(&wire)).build().unwrap();
        client.auth().sign_in(&user.username, PASSWORD).await.unwrap();
        sleep(SHORT).await;
        five_calls(&client).await;
        assert_eq!(wire.count(REFRESH), 1);
        assert_eq!(wire.count("GET /auth/me"), 5, "nobody asked with a token that had ended");
    }

    /// The same where the device's clock says that the token is good.
    async fn five_calls_at_once_with_a_token_that_is_refused_renew_it_once(world) {
        let (user, _) = world.someone().await;
        let clock = Arc::new(ManualClock::at(SystemClock.now()));
        let another = Another { clock: Arc::clone(&clock) as _, ..Another::default() };
        let wire = Wire::to(&world.another(another).await);
        let client = Client::over(Arc::clone(&wire)).build().unwrap();
        client.auth().sign_in(&user.username, PASSWORD).await.unwrap();
        for renewals in 1..=3 {
            clock.advance(Duration::from_secs(31 * 60));
            five_calls(&client).await;
            assert_eq!(wire.count(REFRESH), renewals);
        }
    }

    /// A stream that ends with the token with which it was opened, misses something then, or spends
    /// a refresh token of its own beside the calls.
    async fn stream_and_calls_go_on_when_their_token_ends(world) {
        let ((alice, _), (_, bob)) = (world.someone().await, world.someone().await);
        let policy = Policy { access_lifetime: SHORT, ..Policy::default() };
        let server = world.under(policy).await;
        let (wire, bob) = (Wire::to(&server), bob.moved_to(&server));
        let client = Client::over(Arc::clone(&wire)).build().unwrap();
        client.auth().sign_in(&alice.username, PASSWORD).await.unwrap();
        let mut listener = Listener::of(&client).await;
        let mut told = 0;
        while wire.rotations().len() < 3 {
            let message = send(&bob, alice.id, &told.to_string()).await;
            client.accounts().me().await.unwrap();
            assert_eq!(listener.push().await, Push::NewMessage { message });
            told += 1;
            sleep(Duration::from_millis(50)).await;
        }
        assert!(told > 10, "most of it through connections that last");
        assert!(wire.rotations_are_apart());
    }
}

async fn five_calls(client: &Client) {
    for answer in join_all((0..5).map(|_| async { client.accounts().me().await })).await {
        answer.unwrap();
    }
}
