//! What stands between a client and its server, and breaks connections.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use fastrand::Rng;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A TCP proxy.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    rules: Arc<Mutex<Rules>>,
}

struct Rules {
    /// Where it leads; nowhere while there is nothing.
    server: Option<SocketAddr>,
    /// Told where connections are to be cut at once.
    cut: watch::Sender<()>,
    /// Whether what the server says next is lost, and the connection with it.
    loses_next: bool,
    dice: Rng,
    /// How many connections are still to be cut, each at a random byte among so many.
    drops: usize,
    most: usize,
}

impl Proxy {
    /// In front of this server.
    pub(crate) async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let dice = Rng::with_seed(1);
        let (server, cut) = (Some(server), watch::Sender::new(()));
        let rules = Rules { server, cut, loses_next: false, dice, drops: 0, most: 0 };
        let rules = Arc::new(Mutex::new(rules));
        let proxy = Self { address, rules };
        let accepting = proxy.clone();
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                tokio::spawn(accepting.clone().carry(client));
            }
        });
        proxy
    }

    /// Cuts all connections, and those that come.
    pub(crate) fn lead_nowhere(&self) {
        let mut rules = self.rules.lock().unwrap();
        rules.server = None;
        rules.cut.send_replace(());
    }

    /// Loses what the server says next, once.
    pub(crate) fn lose_next(&self) {
        self.rules.lock().unwrap().loses_next = true;
    }

    /// Cuts connections that are made from now on until so many were, each at a random byte among
    /// the first `most` that the server says.
    pub(crate) fn drop_at_random(&self, drops: usize, most: usize) {
        let mut rules = self.rules.lock().unwrap();
        (rules.drops, rules.most) = (drops, most);
    }

    /// How many are still to be cut.
    pub(crate) fn drops_left(&self) -> usize {
        self.rules.lock().unwrap().drops
    }

    /// Whether something was to be lost, and was not so far.
    pub(crate) fn loses_next(&self) -> bool {
        self.rules.lock().unwrap().loses_next
    }

    async fn carry(self, client: TcpStream) {
        let (server, bytes, mut cut) = {
            let mut rules = self.rules.lock().unwrap();
            let most = rules.most;
            let bytes = if rules.drops > 0 { rules.dice.usize(..most) } else { usize::MAX };
            (rules.server, bytes, rules.cut.subscribe())
        };
        let Some(server) = server else { return };
        let server = TcpStream::connect(server).await.unwrap();
        let (mut from_client, to_client) = client.into_split();
        let (from_server, mut to_server) = server.into_split();
        // Whichever side ends: both are closed then. What is cut carries nothing that came later.
        tokio::select! {
            biased;
            _ = cut.changed() => {}
            _ = copy(&mut from_client, &mut to_server) => {}
            () = self.answer(from_server, to_client, bytes) => {}
        }
    }

    /// Hands on what the server says, as far as it is to come.
    async fn answer(&self, mut server: OwnedReadHalf, mut client: OwnedWriteHalf, bytes: usize) {
        let (mut left, mut piece) = (bytes, vec![0; 4096]);
        while let Ok(length @ 1..) = server.read(&mut piece).await {
            if std::mem::take(&mut self.rules.lock().unwrap().loses_next) {
                return;
            }
            let handed_on = length.min(left);
            left -= handed_on;
            if client.write_all(&piece[..handed_on]).await.is_err() {
                return;
            }
            if left == 0 {
                let mut rules = self.rules.lock().unwrap();
                rules.drops = rules.drops.saturating_sub(1);
                return;
            }
        }
    }
}
