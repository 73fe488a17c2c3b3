//! HTTP as no client would send it.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::socket::PATIENCE;

/// Sends these bytes, and hears all until the server closes the connection.
pub(super) async fn say(address: SocketAddr, bytes: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    rest(&mut stream).await
}

/// All that comes until the server closes the connection, which it has to do in time.
pub(super) async fn rest(stream: &mut TcpStream) -> String {
    let mut heard = Vec::new();
    let closed = timeout(PATIENCE, stream.read_to_end(&mut heard)).await;
    // A reset is an end as well.
    closed.expect("a connection that is closed").ok();
    String::from_utf8_lossy(&heard).into_owned()
}
