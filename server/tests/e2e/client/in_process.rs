//! A client and its server in one process, without a socket between them.

use std::sync::Arc;

use futures_util::TryStreamExt as _;
use guildhall_client::Client;
use guildhall_client::transport::InProcess;
use guildhall_openapi::accounts::UserQuery;
use guildhall_openapi::{ErrorCode, Push, UserView};

use crate::messages::new_message;
use crate::support::{Checked, Listener, PASSWORD, Refused as _, World, account, on_both};

on_both! {
    /// Something that is done otherwise than over a network.
    async fn everything_works_in_process(world) {
        let transport = Arc::new(Checked(InProcess::new(guildhall_server::app(&world.guildhall))));
        let client = || Client::over(Arc::clone(&transport)).build().unwrap();
        let (alice, bob) = (client(), client());
        let mut ids = Vec::new();
        for (client, name) in [(&alice, "alice"), (&bob, "bob")] {
            ids.push(client.auth().sign_up(&account(name)).await.unwrap().id);
            client.auth().sign_in(name, PASSWORD).await.unwrap();
        }
        let people = alice.accounts().list(&UserQuery::default()).rows();
        let people: Vec<_> = people.try_collect().await.unwrap();
        assert_eq!(people.iter().map(UserView::id).collect::<Vec<_>>(), ids);
        stream(&alice, &bob).await;

        let logins = alice.logins().list().await.unwrap();
        assert_eq!((logins.len(), &logins[0].ip), (1, &None), "nobody came from anywhere");
        alice.auth().sign_out().await.unwrap();
        alice.accounts().me().await.refused(ErrorCode::NotAuthenticated);
        over_the_network_too(world, &bob).await;
    }
}

async fn stream(alice: &Client, bob: &Client) {
    let mut listener = Listener::of(bob).await;
    let bobs = bob.accounts().me().await.unwrap().id;
    for number in 0..3 {
        let new = new_message(bobs, &number.to_string());
        let message = alice.messages().send(&new).await.unwrap();
        assert_eq!(listener.push().await, Push::NewMessage { message });
    }
}

/// It is one server, however it is reached.
async fn over_the_network_too(world: &World, bob: &Client) {
    let elsewhere = world.sign_in("bob").await;
    let mut listener = Listener::of(&elsewhere).await;
    let bobs = bob.accounts().me().await.unwrap().id;
    let message = bob.messages().send(&new_message(bobs, "here")).await.unwrap();
    assert_eq!(listener.push().await, Push::NewMessage { message });
}
