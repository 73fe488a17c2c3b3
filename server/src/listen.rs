//! Connections from a hostile net: how many one address may hold, how long they may be silent, and who is at
//! their other end.

mod caller;
mod connection;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Addr, Endpoint, Response};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

pub use caller::Proxies;
use connection::{Crowd, Place};

/// The most that hyper holds of a head that is still coming (bytes). It answers a longer one by itself, with a bare
/// `431`; above [`crate::edge`]'s own limits, so that only the absurd meet it.
const BUFFER: usize = 64 << 10;
/// How long the other side may take none of what it is sent.
const UNREAD: Duration = Duration::from_secs(30);
/// How often an HTTP/2 connection is asked for a sign of life.
const PING: Duration = Duration::from_secs(30);
/// How long to wait where no connection can be had, with all file descriptors taken say.
const PAUSE: Duration = Duration::from_millis(100);

/// What connections may do.
pub(crate) struct Connections {
    /// Whose word on where a request comes from is believed.
    pub(crate) proxies: Proxies,
    /// How many one address may hold; 0 for any number. Proxies and this machine may hold more.
    pub(crate) per_address: usize,
    /// How long a request's head may take to come, the time before its first byte included.
    pub(crate) patience: Duration,
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
    let app = Arc::new(app);
    let crowd = Arc::new(Crowd::new(connections.per_address));
    let connections = Arc::new(connections);
    let builder = builder(connections.patience);
    let (graceful, mut stop) = (GracefulShutdown::new(), pin!(stop));
    loop {
        let (socket, peer) = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::debug!(%error, "a connection could not be taken");
                    sleep(PAUSE).await;
                    continue;
                }
            },
        };
        let at_will = peer.ip().to_canonical().is_loopback() || connections.proxies.have(peer.ip());
        let Some(place) = crowd.place(peer.ip(), at_will) else { continue };
        let ends = Ends { local, peer, connections: Arc::clone(&connections) };
        tokio::spawn(converse(&builder, socket, place, ends, &app, &graceful));
    }
    drop(listener);
    // What is still in flight then ends with the program.
    timeout(last, graceful.shutdown()).await.ok();
    Ok(())
}

fn builder(patience: Duration) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    let timer = TokioTimer::new();
    builder.http1().timer(timer.clone()).header_read_timeout(patience).max_buf_size(BUFFER);
    let header_list = u32::try_from(BUFFER).unwrap_or(u32::MAX);
    builder.http2().timer(timer).keep_alive_interval(PING).max_header_list_size(header_list);
    builder
}

/// Both ends of a connection.
struct Ends {
    local: SocketAddr,
    peer: SocketAddr,
    connections: Arc<Connections>,
}

/// One connection, to its end or until it is a WebSocket.
fn converse<E: Endpoint<Output = Response> + 'static>(
    builder: &auto::Builder<TokioExecutor>,
    socket: TcpStream,
    place: Place,
    ends: Ends,
    app: &Arc<E>,
    graceful: &GracefulShutdown,
) -> impl Future<Output = ()> + use<E> {
    let patience = ends.connections.patience;
    let (asked, app) = (Arc::new(AtomicBool::new(false)), Arc::clone(app));
    let has_asked = Arc::clone(&asked);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        asked.store(true, Ordering::Relaxed);
        let caller = ends.connections.proxies.caller(ends.peer.ip(), request.headers());
        let remote = RemoteAddr(Addr::from(SocketAddr::new(caller, ends.peer.port())));
        let local = LocalAddr(Addr::from(ends.local));
        let (app, request) = (Arc::clone(&app), (request, local, remote, Scheme::HTTP).into());
        async move { Ok::<hyper::Response<_>, Infallible>(app.get_response(request).await.into()) }
    });
    let io = TokioIo::new(connection::over(socket, place, UNREAD));
    let served = builder.serve_connection_with_upgrades(io, service).into_owned();
    let served = graceful.watch(served);
    async move {
        let mut served = pin!(served);
        tokio::select! {
            _ = &mut served => return,
            () = sleep(patience) => {}
        }
        // Until it has said which HTTP it speaks, hyper would wait for ever.
        if has_asked.load(Ordering::Relaxed) {
            served.await.ok();
        }
    }
}
