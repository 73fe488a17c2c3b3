//! A connection that is counted for its address, and given up when the other side takes nothing.

use std::collections::HashMap;
use std::io::{self, IoSlice};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_io_timeout::TimeoutStream;

use crate::edge::block;

/// How many connections each address holds.
pub(super) struct Crowd {
    most: usize,
    held: Mutex<HashMap<IpAddr, usize>>,
}

/// A connection's place among those of its address; free again when this is dropped.
pub(super) struct Place(Option<(Arc<Crowd>, IpAddr)>);

impl Crowd {
    /// `most` for each address; 0 for any number.
    pub(super) fn new(most: usize) -> Self {
        Self { most, held: Mutex::default() }
    }

    /// A place for one more, if there is one. Whoever comes `at_will` is not counted.
    pub(super) fn place(self: &Arc<Self>, address: IpAddr, at_will: bool) -> Option<Place> {
        if at_will || self.most == 0 {
            return Some(Place(None));
        }
        let address = block(address);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(address).or_default();
        if *count >= self.most {
            metrics::counter!("guildhall_connections_refused_total").increment(1);
            tracing::debug!(%address, "it holds as many connections as it may");
            return None;
        }
        *count += 1;
        Some(Place(Some((Arc::clone(self), address))))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((crowd, address)) = &self.0 else { return };
        let mut held = crowd.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(address) {
            *count -= 1;
            if *count == 0 {
                held.remove(address);
            }
        }
    }
}

/// A socket and its place, which go together into a WebSocket.
pub(super) struct Connection {
    socket: TcpStream,
    _place: Place,
}

/// The connection; it breaks where the other side takes nothing for so long.
pub(super) fn over(
    socket: TcpStream,
    place: Place,
    unread: Duration,
) -> Pin<Box<TimeoutStream<Connection>>> {
    // What is sent is whole. A socket that is gone says so when it is read.
    socket.set_nodelay(true).ok();
    let mut stream = TimeoutStream::new(Connection { socket, _place: place });
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
        Pin::new(&mut self.socket).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
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
        let crowd = Arc::new(Crowd::new(2));
        let place = |address: &str| crowd.place(address.parse().unwrap(), false);
        let (first, _second) = (place("2001:db8::1"), place("2001:db8::2"));
        assert!(first.is_some() && place("2001:db8::3").is_none(), "of one network");
        assert!(place("2001:db8:0:1::1").is_some(), "another network");
        assert!(place("203.0.113.1").is_some());
        assert!(crowd.place("2001:db8::1".parse().unwrap(), true).is_some(), "at will");
        drop(first);
        assert!(place("2001:db8::3").is_some());
        assert_eq!(crowd.held.lock().unwrap().len(), 1, "those who are gone are forgotten");
        let any = Arc::new(Crowd::new(0));
        assert!((0..9).all(|_| any.place("203.0.113.1".parse().unwrap(), false).is_some()));
    }
}
