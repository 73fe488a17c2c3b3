//! Answers that never come, though the server did what it was asked.

use guildhall_openapi::events::{EventQuery, EventSelection};
use guildhall_openapi::messages::ReceivedQuery;

use crate::events::new_event;
use crate::groups::new_group;
use crate::messages::new_message;
use crate::sessions::new_session;
use crate::support::{Api, Proxy, World, on_both};

on_both! {
    /// A row that is made twice, a device that is signed out, or a call that fails, for an answer
    /// that was lost.
    async fn a_lost_answer_changes_nothing(world) {
        creations(world).await;
        reads(world).await;
        renewals(world).await;
    }
}

/// Whoever this is, through a proxy.
async fn through_proxy(world: &World, api: &Api) -> (Api, Proxy) {
    let proxy = Proxy::to(world.api.address).await;
    (api.moved_to(&Api::at(proxy.address)), proxy)
}

async fn creations(world: &World) {
    let (admin, api) = world.admin().await;
    let (client, proxy) = through_proxy(world, &api).await;
    proxy.lose_next();
    let group = client.groups().create(&new_group("Croquet")).await.unwrap();
    assert!(!proxy.loses_next(), "the first answer was lost");
    assert_eq!(api.groups().list(&Default::default()).await.unwrap().rows, [group]);
    proxy.lose_next();
    let session = client.sessions().create(&new_session("Anatomy")).await.unwrap();
    assert_eq!(api.sessions().list(&Default::default()).await.unwrap().rows, [session]);
    proxy.lose_next();
    let event = client.events().create(&new_event("Once")).await.unwrap();
    let selection = EventSelection { organizer_id: Some(admin.id), ..EventSelection::default() };
    let query = EventQuery { selection, ..EventQuery::default() };
    assert_eq!(api.events().list(&query).await.unwrap().rows, [event]);
    proxy.lose_next();
    let message = client.messages().send(&new_message(admin.id, "once")).await.unwrap();
    let received = api.messages().received(&ReceivedQuery::default()).await.unwrap();
    assert_eq!(received.rows, [message]);
    assert!(!proxy.loses_next());
}

async fn reads(world: &World) {
    let (user, api) = world.someone().await;
    let (client, proxy) = through_proxy(world, &api).await;
    proxy.lose_next();
    assert_eq!(client.accounts().me().await.unwrap().id, user.id);
    assert!(!proxy.loses_next());
}

async fn renewals(world: &World) {
    let (_, api) = world.someone().await;
    let (client, proxy) = through_proxy(world, &api).await;
    for _ in 0..2 {
        proxy.lose_next();
        client.auth().renew().await.unwrap();
        assert!(!proxy.loses_next());
        client.accounts().me().await.unwrap();
    }
    assert!(client.auth().is_signed_in());
}
