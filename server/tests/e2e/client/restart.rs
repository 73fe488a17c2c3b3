//! A server that goes away and comes back.

use guildhall_client::{Connection, Error};
use guildhall_openapi::Push;

use crate::messages::send;
use crate::support::{Folder, Listener, account};

/// A client that stays cut off, or does not say that it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stream_and_calls_go_on_after_a_restart() {
    let folder = Folder::new();
    let mut running = folder.serve(&[]);
    let api = running.api().await;
    let user = api.auth().sign_up(&account("alice")).await.unwrap();
    let client = api.sign_in("alice").await;
    let mut listener = Listener::to(client.stream());
    assert_eq!(*listener.connection.borrow(), Connection::Connecting);
    listener.is(Connection::Connected).await;
    let port = api.address.port().to_string();
    for orderly in [true, false] {
        let message = send(&client, user.id, "before").await;
        assert_eq!(listener.push().await, Push::NewMessage { message });

        if orderly {
            running.terminate();
            assert!(
                tokio::task::spawn_blocking(|| running.ended()).await.unwrap().status.success()
            );
        } else {
            running.kill();
        }
        listener.is(Connection::Reconnecting).await;
        let answer = client.accounts().me().await;
        assert!(matches!(answer, Err(Error::Transport(_))), "{answer:?}");

        running = folder.serve(&[("PORT", &port)]);
        // At once, so that the stream may have to be told of it later.
        let message = send(&client, user.id, "after").await;
        listener.is(Connection::Connected).await;
        assert_eq!(listener.push().await, Push::NewMessage { message });
        assert!(client.auth().is_signed_in());
    }
}
