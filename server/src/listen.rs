//! Connections from a hostile net: how many there may be, how long they may be silent, and who is at their other end.
//!
//! They speak HTTP/1.1 and nothing else: HTTP/2 is for a proxy to speak with browsers, and its streams would be requests
//! whose answers no time limit of a connection's holds.

mod caller;
mod connection;
mod descriptors;

use std::convert::Infallible;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use poem::http::StatusCode;
use poem::http::header::{CONNECTION, HeaderMap, HeaderValue};
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Addr, Endpoint, Response};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::draining::Draining;
use crate::rarely::Rarely;
pub use caller::Proxies;
use connection::{Crowd, Place, Progress};
pub(crate) use descriptors::for_connections;

/// The most that hyper holds of a head that is still coming (bytes). It answers a longer one by itself, with a bare
/// `431`; above [`crate::edge`]'s own limits, so that only the absurd meet it.
const BUFFER: usize = 64 << 10;
/// How long the other side may take none of what it is sent.
pub(crate) const UNREAD: Duration = Duration::from_secs(30);
/// How long to wait where no connection can be had, with all file descriptors taken say.
const PAUSE: Duration = Duration::from_millis(100);
/// How many connections may wait to be taken: as many as tokio asks the system to hold.
const WAITING: usize = 1_024;
/// How long a request that is on its way when the server stops has to be there.
const MOMENT: Duration = Duration::from_millis(200);

/// What connections may do.
pub(crate) struct Connections {
    /// Whose word on where a request comes from is believed.
    pub(crate) proxies: Proxies,
    /// How many one address may hold; 0 for any number. Proxies and this machine may hold more.
    pub(crate) per_address: usize,
    /// How many there may be in all.
    pub(crate) in_all: usize,
    /// How long a request's head may take to come, the time before its first byte included.
    pub(crate) patience: Duration,
    /// How long the other side may take none of what it is sent.
    pub(crate) unread: Duration,
    /// Once this has begun, a connection ends with the next answer.
    pub(crate) draining: Draining,
}

/// What all connections share.
struct Server<E> {
    app: E,
    local: SocketAddr,
    connections: Connections,
    http: http1::Builder,
    lacks_proxies: Rarely,
}

/// Serves until `stop`, and then what is in flight for so long.
pub(crate) async fn serve(
    listener: TcpListener,
    app: impl Endpoint<Output = Response> + 'static,
    connections: Connections,
    stop: impl Future<Output = ()>,
    last: Duration,
) -> io::Result<()> {
    let local = listener.local_addr()?;
    let crowd = Arc::new(Crowd::new(connections.per_address, connections.in_all));
    let http = http(connections.patience);
    let server = Server { app, local, connections, http, lacks_proxies: Rarely::default() };
    let (server, failed) = (Arc::new(server), Rarely::default());
    let (stopping, _) = watch::channel(false);
    let mut stop = pin!(stop);
    let take = |(socket, peer): (TcpStream, SocketAddr)| {
        let at_will = is_loopback(peer.ip()) || server.connections.proxies.have(peer.ip());
        let Some(place) = crowd.place(peer.ip(), at_will) else { return };
        tokio::spawn(converse(Arc::clone(&server), socket, peer, place, stopping.subscribe()));
    };
    loop {
        tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => take(accepted),
                Err(error) => recover(&error, &failed).await,
            },
        }
    }
    // Those who wait already: the system would break their connections.
    for _ in 0..WAITING {
        let Some(Ok(accepted)) = listener.accept().now_or_never() else { break };
        take(accepted);
    }
    drop(listener);
    stopping.send_replace(true);
    // What is still in flight then ends with the program.
    timeout(last, stopping.closed()).await.ok();
    Ok(())
}

fn http(patience: Duration) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(patience).max_buf_size(BUFFER);
    http
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// Where a connection could not be taken: the next may be had at once, unless the system has none to give.
async fn recover(error: &io::Error, failed: &Rarely) {
    if failed.is_due() {
        tracing::warn!(%error, "connections cannot be taken");
    }
    let was_given_up = [
        ErrorKind::ConnectionAborted,
        ErrorKind::ConnectionReset,
        ErrorKind::ConnectionRefused,
        ErrorKind::Interrupted,
    ];
    if !was_given_up.contains(&error.kind()) {
        sleep(PAUSE).await;
    }
}

impl<E: Endpoint<Output = Response>> Server<E> {
    /// Who asks.
    fn caller(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let proxies = &self.connections.proxies;
        if proxies.lack(peer, headers) && self.lacks_proxies.is_due() {
            tracing::warn!(
                %peer,
                "it says for whom it asks and is not believed; if it is a proxy of yours, name it in TRUSTED_PROXIES"
            );
        }
        proxies.caller(peer, headers)
    }

    async fn answer(&self, request: hyper::Request<Incoming>, peer: SocketAddr) -> Response {
        let caller = self.caller(peer.ip(), request.headers());
        let remote = RemoteAddr(Addr::from(SocketAddr::new(caller, peer.port())));
        let local = LocalAddr(Addr::from(self.local));
        let mut answer = self.app.get_response((request, local, remote, Scheme::HTTP).into()).await;
        if self.connections.draining.has_begun()
            && answer.status() != StatusCode::SWITCHING_PROTOCOLS
        {
            answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        answer
    }
}

/// One connection, to its end or until it is a WebSocket.
async fn converse<E: Endpoint<Output = Response> + 'static>(
    server: Arc<Server<E>>,
    socket: TcpStream,
    peer: SocketAddr,
    place: Place,
    mut stopping: watch::Receiver<bool>,
) {
    let progress = Arc::new(Progress::default());
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let (server, pending) = (Arc::clone(&server), progress.begin());
        async move {
            let answer: hyper::Response<_> = server.answer(request, peer).await.into();
            // With the body goes what says that there is more to send.
            let answer = answer.map(|body| {
                body.map_err(move |error| {
                    let _ = &pending;
                    error
                })
            });
            Ok::<_, Infallible>(answer)
        }
    });
    let unread = server.connections.unread;
    let io = TokioIo::new(connection::over(socket, place, Arc::clone(&progress), unread));
    let mut served = pin!(server.http.serve_connection(io, service).with_upgrades());
    tokio::select! {
        _ = &mut served => return,
        () = async { drop(stopping.wait_for(|stops| *stops).await) } => {}
    }
    served.as_mut().graceful_shutdown();
    // Whoever is silent, or takes their time to ask, does not hold up the end.
    if timeout(MOMENT, &mut served).await.is_err() && !progress.is_idle() {
        served.await.ok();
    }
}

#[cfg(test)]
mod tests;
