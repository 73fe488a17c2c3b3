//! Connections that are slow, silent or too many.

use std::net::{IpAddr, SocketAddr, UdpSocket};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::raw::{rest, say};
use crate::support::socket::PATIENCE;
use crate::support::{Folder, Socket, account};

/// The program, which waits a second for anything.
const IMPATIENT: [(&str, &str); 1] = [("REQUEST_TIMEOUT", "1")];

#[tokio::test]
async fn whoever_is_silent_or_slow_is_cut() {
    let folder = Folder::new();
    let running = folder.serve(&IMPATIENT);
    let address = running.api().await.address;
    // Nothing; half of what HTTP/2 begins with; half a head; an answered request and nothing more.
    for bytes in [
        "",
        "PRI * HT",
        "GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow:",
        "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n",
    ] {
        say(address, bytes).await;
    }
    let mut dripping = TcpStream::connect(address).await.unwrap();
    let (mut reading, mut writing) = dripping.split();
    let drip = async {
        writing.write_all(b"GET /healthz HTTP/1.1\r\n").await.ok();
        while writing.write_all(b"x: y\r\n").await.is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    let end = async { reading.read_to_end(&mut Vec::new()).await.ok() };
    let cut = async {
        tokio::select! { () = drip => {}, _ = end => {} }
    };
    timeout(PATIENCE, cut).await.expect("one who drips is cut");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let folder = Folder::new();
    let running = folder.serve(&IMPATIENT);
    let mut stream = TcpStream::connect(running.api().await.address).await.unwrap();
    let head = "POST /register HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                content-length: 100\r\n\r\n{\"username\"";
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(
        answer.contains("\"body_too_slow\"") && answer.contains("connection: close"),
        "{answer}"
    );
    running.terminate();
    // Whoever sends slowly is no fault of the server's.
    assert_eq!(running.ended().stderr, "");
}

#[tokio::test]
async fn what_waits_on_purpose_is_not_cut() {
    let folder = Folder::new();
    let running = folder.serve(&IMPATIENT);
    let api = running.api().await;
    api.auth().sign_up(&account("alice")).await.unwrap();
    let alice = api.sign_in("alice").await;
    let mut socket = Socket::of(&alice).await;
    let cursor = alice.get("/sync").await.json::<serde_json::Value>()["cursor"].clone();
    let waited = alice.get(&format!("/sync?cursor={}&wait=3", cursor.as_str().unwrap())).await;
    assert_eq!(waited.status, 200, "{waited:?}");
    alice.post("/messages", &serde_json::json!({"receiver_id": 1, "content": "late"})).await;
    socket.push().await;
}

/// Whether a request over this connection is answered.
async fn is_answered(stream: &mut TcpStream) -> bool {
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.ok();
    let mut piece = [0; 12];
    let read = timeout(PATIENCE, stream.read_exact(&mut piece)).await.unwrap();
    read.is_ok_and(|_| piece == *b"HTTP/1.1 200")
}

/// An address of this machine that is not its loopback, if it has one.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    // Nothing is sent.
    socket.connect("192.0.2.1:9").ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|address| !address.is_loopback())
}

#[tokio::test]
async fn an_address_holds_so_many_connections() {
    let Some(own) = own_address() else { return };
    let folder = Folder::new();
    let variables = [("HOST", "0.0.0.0"), ("ADDRESS_CONNECTIONS", "2")];
    let secret = ("SECRET_KEY", "a secret of this test's own, long enough");
    let running = folder.serve(&[variables[0], variables[1], secret]);
    let port = running.stdout().lines().find_map(|line| {
        line.strip_prefix("API:    http://0.0.0.0:").and_then(|port| port.parse::<u16>().ok())
    });
    let port = port.unwrap();
    let outside = async || TcpStream::connect(SocketAddr::new(own, port)).await.unwrap();
    let (mut first, mut second) = (outside().await, outside().await);
    assert!(is_answered(&mut first).await && is_answered(&mut second).await);
    assert!(!is_answered(&mut outside().await).await, "a third");
    let mut inside = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    assert!(is_answered(&mut inside).await, "the machine itself");
    drop(first);
    // The server notices in a moment.
    let again = async { while !is_answered(&mut outside().await).await {} };
    timeout(PATIENCE, again).await.expect("a place that is free again");
}

#[tokio::test]
async fn only_http_1_is_spoken() {
    let folder = Folder::new();
    let running = folder.serve(&[]);
    let address = running.api().await.address;
    // The preface, empty settings, and a request for `/` (RFC 9113, 3.4, 6.2, 6.5; RFC 7541, A).
    let settings = "\0\0\0\x04\0\0\0\0\0";
    let request = "\0\0\x03\x01\x05\0\0\0\x01\u{2}\u{4}\u{6}";
    let answer =
        say(address, &format!("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{settings}{request}")).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 "), "{answer:?}");
    let upgrade = "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: upgrade, http2-settings, close\r\n\
                   upgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n\r\n";
    let answer = say(address, upgrade).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

/// One who holds what the system has to give, be it from a shell with little to give, keeps the server from the others.
#[tokio::test]
async fn there_are_as_many_connections_as_the_system_has_to_give_and_some_to_spare() {
    let folder = Folder::new();
    let running = folder.serve_within(64, 256);
    let address = running.api().await.address;
    let mut held = Vec::new();
    while held.len() < 256 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        if !is_answered(&mut stream).await {
            break;
        }
        held.push(stream);
    }
    assert!((180..=192).contains(&held.len()), "{}", held.len());
    held.truncate(100);
    let again =
        async { while !is_answered(&mut TcpStream::connect(address).await.unwrap()).await {} };
    timeout(PATIENCE, again).await.expect("a place that is free again");
    running.terminate();
    let said = running.ended().stderr;
    assert_eq!(said.matches("connections are refused").count(), 1, "{said}");
}
