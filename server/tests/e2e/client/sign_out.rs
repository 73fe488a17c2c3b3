//! The end of a login, wherever it comes from.

use guildhall_client::{Change, Connection, End, Error, SignInState};
use guildhall_openapi::ErrorCode;

use crate::support::{Api, Listener, Proxy, Refused as _, World, on_both};

on_both! {
    /// A device that is signed out and does not notice, or does not say so.
    async fn a_device_notices_that_it_was_signed_out(world) {
        revoked(world).await;
        by_its_user(world).await;
        out_of_reach(world).await;
        nobody(world).await;
    }
}

async fn revoked(world: &World) {
    let (user, device) = world.someone().await;
    let other = world.sign_in(&user.username).await;
    let (listener, mut watch) = (Listener::of(&device).await, device.auth().watch());
    assert!(watch.borrow_and_update().is_signed_in);
    let logins = other.logins().list().await.unwrap();
    let login = logins.iter().find(|login| !login.current).unwrap();
    other.logins().revoke(login.id).await.unwrap();

    listener.ends().await;
    let last_change = Some(Change::Expired);
    assert_eq!(*watch.borrow_and_update(), SignInState { is_signed_in: false, last_change });
    assert!(!device.auth().is_signed_in());
    device.accounts().me().await.refused(ErrorCode::NotAuthenticated);
    Listener::to(device.stream()).ends().await;
}

async fn by_its_user(world: &World) {
    let (user, device) = world.someone().await;
    let other = world.sign_in(&user.username).await;
    let count = async || other.logins().list().await.unwrap().len();
    let (listener, mut watch) = (Listener::of(&device).await, device.auth().watch());
    assert_eq!(count().await, 2);
    device.auth().sign_out().await.unwrap();
    assert_eq!(count().await, 1, "the server knows");
    device.is_cut_off().await;
    let last_change = Some(Change::SignedOut);
    assert_eq!(*watch.borrow_and_update(), SignInState { is_signed_in: false, last_change });
    listener.ends().await;
    device.auth().sign_out().await.expect("once more changes nothing");
    device.accounts().me().await.refused(ErrorCode::NotAuthenticated);
}

/// A device signs out at once, and says that the server was not told.
async fn out_of_reach(world: &World) {
    let (_, api) = world.someone().await;
    let proxy = Proxy::to(world.api.address).await;
    let device = api.moved_to(&Api::at(proxy.address));
    device.accounts().me().await.unwrap();
    proxy.lead_nowhere();
    let told = device.auth().sign_out().await;
    assert!(matches!(told, Err(Error::Transport(_))), "{told:?}");
    assert!(!device.auth().is_signed_in());
    api.accounts().me().await.expect("nobody told the server");
}

async fn nobody(world: &World) {
    let frames = world.api.stream();
    let connection = frames.connection();
    assert_eq!(*connection.borrow(), Connection::Connecting);
    Listener::to(frames).ends().await;
    assert_eq!(*connection.borrow(), Connection::Ended(End::SignedOut));
    world.api.accounts().me().await.refused(ErrorCode::NotAuthenticated);
}
