//! Connections whose other side does not do its part.

use futures_util::stream;
use poem::http::Method;
use poem::{Body, Request, endpoint};
use tokio::io::AsyncWriteExt as _;
use tokio::sync::oneshot;

use super::*;

/// An answer without end; the second is told when nobody sends it any more.
fn endless() -> (Body, oneshot::Receiver<()>) {
    let (sent, given_up) = oneshot::channel::<()>();
    let pieces =
        stream::unfold(sent, async |sent| Some((Ok::<_, io::Error>([0; 1 << 16].to_vec()), sent)));
    (Body::from_bytes_stream(pieces), given_up)
}

#[tokio::test]
async fn whoever_does_not_take_the_answer_is_cut() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (body, given_up) = endless();
    let body = std::sync::Mutex::new(Some(body));
    let app = endpoint::make_sync(move |request: Request| {
        assert_eq!(request.method(), Method::GET);
        Response::from(body.lock().unwrap().take().unwrap())
    });
    let connections = Connections {
        proxies: Proxies::default(),
        per_address: 0,
        in_all: 1,
        patience: Duration::from_secs(30),
        unread: Duration::from_millis(50),
        draining: Draining::default(),
    };
    let served = serve(listener, app, connections, std::future::pending(), Duration::ZERO);
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let end = tokio::select! {
        _ = served => unreachable!(),
        end = timeout(Duration::from_secs(20), given_up) => end,
    };
    assert!(end.expect("an end").is_err(), "the body is dropped");
}
