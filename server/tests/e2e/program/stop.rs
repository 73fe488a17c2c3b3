//! SIGTERM.

use std::time::{Duration, Instant};

use guildhall_openapi::{CloseReason, ErrorCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{Folder, Running, Socket, account};

/// How long a stop may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The head of a registration, and its body, which is to come.
fn registration() -> (String, String) {
    let body = serde_json::to_string(&account("alice")).unwrap();
    let head = format!(
        "POST /register HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    (head, body)
}

/// Tells it to stop and waits until it takes no new connections.
async fn stop(running: &Running, address: std::net::SocketAddr) {
    running.terminate();
    let told = Instant::now();
    while TcpStream::connect(address).await.is_ok() {
        assert!(told.elapsed() < Duration::from_secs(2), "it still takes connections");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_request_in_flight_is_answered_before_the_end() {
    let folder = Folder::new();
    let running = folder.serve(&[]);
    let api = running.api().await;
    let (head, body) = registration();
    let mut connection = TcpStream::connect(api.address).await.unwrap();
    connection.write_all(head.as_bytes()).await.unwrap();
    connection.write_all(&body.as_bytes()[..20]).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    stop(&running, api.address).await;
    let told = Instant::now();
    tokio::time::sleep(Duration::from_millis(300)).await;
    connection.write_all(&body.as_bytes()[20..]).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.contains("\"username\":\"alice\""), "{answer}");
    let ended = running.ended();
    assert!(ended.status.success() && told.elapsed() < PATIENCE, "{ended:?}");
}

#[tokio::test]
async fn connections_without_a_request_do_not_hold_up_the_end() {
    let folder = Folder::new();
    let running = folder.serve(&[]);
    // This client keeps its connection; the others never say a word.
    let api = running.api().await;
    let silent = TcpStream::connect(api.address).await.unwrap();
    let mut asking = TcpStream::connect(api.address).await.unwrap();
    asking.write_all(b"GET /healthz HTTP/1.1\r\nhost:").await.unwrap();
    // Read by now.
    assert_eq!(api.get("/healthz").await.status, 200);
    let told = Instant::now();
    stop(&running, api.address).await;
    let ended = running.ended();
    assert!(ended.status.success(), "{ended:?}");
    assert!(told.elapsed() < Duration::from_secs(5), "{:?}", told.elapsed());
    drop((silent, asking));
}

#[tokio::test]
async fn a_request_that_never_ends_is_cut_off() {
    let folder = Folder::new();
    let running = folder.serve(&[]);
    let api = running.api().await;
    let mut connection = TcpStream::connect(api.address).await.unwrap();
    connection.write_all(registration().0.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let told = Instant::now();
    running.terminate();
    let ended = running.ended();
    assert!(ended.status.success(), "{ended:?}");
    assert!(told.elapsed() < PATIENCE + Duration::from_secs(2), "{:?}", told.elapsed());
}

#[tokio::test]
async fn who_drains_says_so_and_goes_on_until_the_time_is_over() {
    let folder = Folder::new();
    let running = folder.serve(&[("DRAIN_SECONDS", "3")]);
    let api = running.api().await;
    assert_eq!(api.get("/readyz").await.status, 200);
    let told = Instant::now();
    running.terminate();
    while api.get("/readyz").await.status == 200 {
        assert!(told.elapsed() < Duration::from_secs(1), "it says that it is ready");
    }
    api.get("/readyz").await.refused(ErrorCode::Unavailable);
    assert_eq!(api.get("/healthz").await.header("connection"), "close");
    api.auth().sign_up(&account("alice")).await.unwrap();
    let mut socket = Socket::of(&api.sign_in("alice").await).await;
    let ended = tokio::task::spawn_blocking(|| running.ended());
    let stopping = loop {
        assert!(!ended.is_finished(), "the socket ends before the program");
        if !socket.has_frame().await {
            break told.elapsed();
        }
    };
    socket.ends(CloseReason::Stopping).await;
    assert!(stopping >= Duration::from_secs(3), "{stopping:?}");
    let ended = ended.await.unwrap();
    assert!(ended.status.success() && !ended.stderr.contains("ERROR"), "{ended:?}");
}

#[tokio::test]
async fn a_second_signal_ends_the_drain() {
    let folder = Folder::new();
    let running = folder.serve(&[("DRAIN_SECONDS", "60")]);
    let api = running.api().await;
    running.terminate();
    let told = Instant::now();
    while api.get("/readyz").await.status == 200 {
        assert!(told.elapsed() < Duration::from_secs(1), "it says that it is ready");
    }
    running.terminate();
    let ended = running.ended();
    assert!(ended.status.success(), "{ended:?}");
}
