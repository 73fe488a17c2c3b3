//! Hints between replicas over NATS (<https://docs.nats.io/reference/reference-protocols/nats-protocol>).

use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use async_nats::connection::State;
use async_nats::{Client, ConnectOptions, Event, ServerAddr, Subscriber};
use async_trait::async_trait;
use futures_util::StreamExt as _;
use guildhall_core::stream::relay::{Failure, Relay};
use percent_encoding::percent_decode_str;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::time::timeout;

/// The subject on which replicas tell each other.
const SUBJECT: &str = "guildhall.hints";

/// What a replica says to all, itself among them, once it is connected, be it again: what it told
/// last may have been lost, and what it was told. When it hears itself, it hears the others too.
const HELLO: &str = "";

/// How long the servers may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often they are asked for a sign of life; after two without one a connection counts as lost.
const PING: Duration = Duration::from_secs(10);

/// Carries hints over NATS. Guildhalls that share servers are kept apart by accounts of NATS.
pub struct NatsRelay {
    client: Client,
    ears: Mutex<Ears>,
}

struct Ears {
    hints: Subscriber,
    events: UnboundedReceiver<Event>,
}

impl NatsRelay {
    /// Connects to one of these servers: `nats://` or `tls://`, with commas between. A name and a
    /// password, or a token alone, may stand in the first, and count for all.
    ///
    /// # Errors
    /// Where the text is no such list, or what is published does not come back. They tell no
    /// secret.
    pub async fn connect(urls: &str) -> Result<Self> {
        let Servers { servers, credentials } = Servers::read(urls)?;
        let names: Vec<_> = servers.iter().map(|s| format!("{}:{}", s.host(), s.port())).collect();
        let names = names.join(", ");
        let (sender, events) = mpsc::unbounded_channel();
        let options = ConnectOptions::new()
            .name("guildhall")
            .connection_timeout(PATIENCE)
            .ping_interval(PING)
            .event_callback(move |event| {
                // Nobody hears it once the relay is gone.
                sender.send(event).ok();
                std::future::ready(())
            });
        let options = match credentials {
            Some((token, None)) => options.token(token),
            Some((name, Some(password))) => options.user_and_password(name, password),
            None => options,
        };
        let client = options.connect(servers).await.with_context(|| names.clone())?;
        let hints = client.subscribe(SUBJECT).await.with_context(|| names.clone())?;
        let relay = Self { client, ears: Mutex::new(Ears { hints, events }) };
        let hello = timeout(PATIENCE, relay.hear()).await;
        hello.with_context(|| format!("{names}: {SUBJECT} is not passed on"))?.map_err(
            // Boxed for the trait, and for anyhow unboxed.
            |failure| anyhow!("{names}: {failure}"),
        )?;
        Ok(relay)
    }
}

/// Where to connect, and as whom.
struct Servers {
    /// Without credentials, so that they can be logged.
    servers: Vec<ServerAddr>,
    credentials: Option<(String, Option<String>)>,
}

impl Servers {
    fn read(urls: &str) -> Result<Self> {
        let mut credentials = None;
        let servers = urls.split(',').map(|url| {
            let server = url.trim().parse::<ServerAddr>()?;
            ensure!(!server.is_websocket(), "{}:// is not spoken", server.scheme());
            let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
            if let Some(name) = server.username() {
                let found = (decoded(name), server.password().map(decoded));
                credentials.get_or_insert(found);
            }
            let mut url = server.into_inner();
            let stripped = url.set_username("").and_then(|()| url.set_password(None));
            stripped.map_err(|()| anyhow!("it names no host"))?;
            ensure!(url.has_host(), "it names no host");
            Ok(ServerAddr::from_url(url)?)
        });
        let servers = servers.collect::<Result<_>>()?;
        Ok(Self { servers, credentials })
    }
}

#[async_trait]
impl Relay for NatsRelay {
    async fn tell(&self, hint: &str) -> Result<(), Failure> {
        // While it is not connected, what is published waits, and all of it would be sent later.
        if self.client.connection_state() != State::Connected {
            return Err("NATS is away".into());
        }
        self.client.publish(SUBJECT, hint.to_owned().into()).await?;
        timeout(PATIENCE, self.client.flush()).await??;
        Ok(())
    }

    async fn hear(&self) -> Result<Option<String>, Failure> {
        let mut ears = self.ears.lock().await;
        let Ears { hints, events } = &mut *ears;
        loop {
            tokio::select! {
                biased;
                event = events.recv() => match event.ok_or("NATS is gone")? {
                    Event::Connected => self.client.publish(SUBJECT, HELLO.into()).await?,
                    Event::SlowConsumer(_) => return Ok(None),
                    Event::ServerError(error) => tracing::warn!(%error, "NATS complains"),
                    _ => {}
                },
                hint = hints.next() => {
                    let hint = hint.ok_or("NATS is gone")?;
                    let hint = String::from_utf8(hint.payload.into())?;
                    return Ok(Some(hint).filter(|hint| hint != HELLO));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_read_and_their_credentials_kept_apart() {
        let read = |urls| Servers::read(urls).unwrap();
        let two = read("nats://guildhall:a%40b@one.example:4333, tls://two.example");
        let urls: Vec<_> = two.servers.iter().map(ServerAddr::as_url_str).collect();
        assert_eq!(urls, ["nats://one.example:4333", "tls://two.example"]);
        assert_eq!(two.servers[1].port(), 4222);
        assert_eq!(two.credentials, Some(("guildhall".into(), Some("a@b".into()))));
        assert_eq!(read("nats://t0ken@one.example").credentials, Some(("t0ken".into(), None)));
        assert_eq!(read("one.example").credentials, None);
        for bad in ["", "nats://", "http://one.example", "ws://one.example", "nats://one:port", ","]
        {
            assert!(Servers::read(bad).is_err(), "{bad}");
        }
    }
}
