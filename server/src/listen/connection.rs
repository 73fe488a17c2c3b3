//! A connection that is counted, among all and for its address, and given up when the other side takes nothing.

use std::collections::HashMap;
use std::io::{self, IoSlice};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use metrics::{Counter, counter};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_io_timeout::TimeoutStream;

use crate::edge::block;
use crate::rarely::Rarely;

/// How many connections there are, and how many of them each address holds.
pub(super) struct Crowd {
    per_address: usize,
    in_all: usize,
    held: Mutex<Held>,
    refused: Rarely,
    refusals: Counter,
}

#[derive(Default)]
struct Held {
    in_all: usize,
    by: HashMap<IpAddr, usize>,
}

/// A connection's place among all and among those of its address; free again when this is dropped.
pub(super) struct Place {
    crowd: Arc<Crowd>,
    address: Option<IpAddr>,
}

impl Crowd {
    /// So many for each address, 0 for any number, and so many in all.
    pub(super) fn new(per_address: usize, in_all: usize) -> Self {
        let (held, refused) = (Mutex::default(), Rarely::default());
        let refusals = counter!("guildhall_connections_refused_total");
        Self { per_address, in_all, held, refused, refusals }
    }

    /// A place for one more, if there is one. Whoever comes `at_will` is only counted among all.
    pub(super) fn place(self: &Arc<Self>, address: IpAddr, at_will: bool) -> Option<Place> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.in_all >= self.in_all {
            self.refuse(address, "there are as many as file descriptors allow");
            return None;
        }
        let address = (!at_will && self.per_address > 0).then(|| block(address));
        if let Some(address) = address {
            let count = held.by.entry(address).or_default();
            if *count >= self.per_address {
                self.refuse(address, "the address holds as many as it may (ADDRESS_CONNECTIONS)");
                return None;
            }
            *count += 1;
        }
        held.in_all += 1;
        Some(Place { crowd: Arc::clone(self), address })
    }

    fn refuse(&self, address: IpAddr, why: &str) {
        self.refusals.increment(1);
        if self.refused.is_due() {
            tracing::warn!(%address, why, "connections are refused");
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.crowd.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.in_all -= 1;
        let Some(address) = &self.address else { return };
        if let Some(count) = held.by.get_mut(address) {
            *count -= 1;
            if *count == 0 {
                held.by.remove(address);
            }
        }
    }
}

/// Whether anyone still waits for an answer over a connection.
#[derive(Default)]
pub(super) struct Progress {
    /// Requests whose answer is not written to its end.
    pending: AtomicUsize,
    /// Whether the system has not taken all that was written.
    is_unsent: AtomicBool,
}

/// A request whose answer is not written to its end; dropped when it is.
pub(super) struct Pending(Arc<Progress>);

impl Progress {
    /// A request begins.
    pub(super) fn begin(self: &Arc<Self>) -> Pending {
        self.pending.fetch_add(1, Ordering::Relaxed);
        Pending(Arc::clone(self))
    }

    /// Whether nobody waits.
    pub(super) fn is_idle(&self) -> bool {
        self.pending.load(Ordering::Relaxed) == 0 && !self.is_unsent.load(Ordering::Relaxed)
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.0.pending.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A socket and its place, which go together into a WebSocket.
pub(super) struct Connection {
    socket: TcpStream,
    progress: Arc<Progress>,
    _place: Place,
}

/// The connection; it breaks where the other side takes nothing for so long.
pub(super) fn over(
    socket: TcpStream,
    place: Place,
    progress: Arc<Progress>,
    unread: Duration,
) -> Pin<Box<TimeoutStream<Connection>>> {
    // What is sent is whole. A socket that is gone says so when it is read.
    socket.set_nodelay(true).ok();
    let mut stream = TimeoutStream::new(Connection { socket, progress, _place: place });
    stream.set_write_timeout(Some(unread));
    Box::pin(stream)
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.progress.is_unsent.store(true, Ordering::Relaxed);
        Pin::new(&mut self.socket).poll_write(cx, bytes)
    }

    /// Asked for when all has been written.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.progress.is_unsent.store(false, Ordering::Relaxed);
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.progress.is_unsent.store(true, Ordering::Relaxed);
        Pin::new(&mut self.socket).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_so_many_and_no_more_until_one_is_given_up() {
        let crowd = Arc::new(Crowd::new(2, usize::MAX));
        let place = |address: &str| crowd.place(address.parse().unwrap(), false);
        let (first, _second) = (place("2001:db8::1"), place("2001:db8::2"));
        assert!(first.is_some() && place("2001:db8::3").is_none(), "of one network");
        assert!(place("2001:db8:0:1::1").is_some(), "another network");
        assert!(place("203.0.113.1").is_some());
        assert!(crowd.place("2001:db8::1".parse().unwrap(), true).is_some(), "at will");
        drop(first);
        assert!(place("2001:db8::3").is_some());
        assert_eq!(crowd.held.lock().unwrap().by.len(), 1, "those who are gone are forgotten");
        let any = Arc::new(Crowd::new(0, usize::MAX));
        let places: Vec<_> =
            (0..9).map(|_| any.place("203.0.113.1".parse().unwrap(), false)).collect();
        assert!(places.iter().all(Option::is_some));
    }

    #[test]
    fn there_are_so_many_in_all() {
        let crowd = Arc::new(Crowd::new(1, 2));
        let place = |address: &str, at_will| crowd.place(address.parse().unwrap(), at_will);
        let first = place("127.0.0.1", true);
        let second = place("203.0.113.1", false);
        assert!(first.is_some() && second.is_some());
        assert!(place("203.0.113.2", false).is_none() && place("127.0.0.1", true).is_none());
        drop(first);
        assert!(place("203.0.113.1", false).is_none(), "it has its own");
        assert!(place("203.0.113.2", false).is_some());
    }
}
