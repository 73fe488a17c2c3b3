//! Serving: everything is put together, and taken down in order.

use std::time::Duration;

use anyhow::{Context, Result};
use guildhall_core::Guildhall;
use guildhall_core::tokens::TokenKeys;
use poem::Server;
use poem::listener::{Acceptor as _, Listener as _, TcpListener};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use super::database::{self, Place};
use super::{Settings, admin, metrics, secret};

/// How long requests in flight have once the program is told to stop.
const PATIENCE: Duration = Duration::from_secs(10);

/// Guildhall on its migrated database.
pub(super) struct Assembled {
    pub(super) guildhall: Guildhall,
    place: Place,
}

/// Puts Guildhall together from its settings.
pub(super) async fn assemble(settings: &Settings) -> Result<Assembled> {
    let database = database::open(settings).await?;
    let key = secret::key(settings, &database.place)?;
    database.storage.migrate().await.context("DATABASE_URL")?;
    let keys = TokenKeys::new(&key, settings.algorithm);
    let guildhall =
        Guildhall::new(database.storage, keys, settings.passwords()?, settings.policy());
    Ok(Assembled { guildhall, place: database.place })
}

/// `guildhall serve`.
pub(super) async fn serve(settings: &Settings) -> Result<()> {
    let filter = EnvFilter::try_new(&settings.log).context("LOG")?;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let first_admin = admin::first(settings)?;
    let Assembled { guildhall, place } = assemble(settings).await?;
    if let Some(first_admin) = first_admin {
        admin::create_first(first_admin, &guildhall).await?;
    }
    if let Some(address) = settings.metrics_addr {
        metrics::serve(address).await?;
    }
    // Before the greeting: whoever waits for that may send a signal at once.
    let stop = told_to_stop()?;
    let address = (settings.host, settings.port);
    let acceptor = TcpListener::bind(address)
        .into_acceptor()
        .await
        .with_context(|| format!("HOST, PORT: {}:{}", address.0, address.1))?;
    for address in acceptor.local_addr() {
        say_hello(&place, &address.to_string(), &guildhall).await?;
    }
    Server::new_with_acceptor(acceptor)
        .run_with_graceful_shutdown(crate::app(&guildhall), stop, Some(PATIENCE))
        .await
        .context("serving")
}

async fn say_hello(place: &Place, address: &str, guildhall: &Guildhall) -> Result<()> {
    let address = address.trim_start_matches("socket://");
    match place {
        Place::Memory => println!("Data:   in memory, gone when this stops"),
        Place::File(file) => println!("Data:   {}", file.display()),
        Place::Server => println!("Data:   PostgreSQL"),
    }
    println!("API:    http://{address}");
    println!("Try it: http://{address}/docs");
    if !guildhall.accounts().has_admin().await? {
        println!("Admin:  none yet; `guildhall create-admin --email you@example.org` makes one");
    }
    Ok(())
}

/// Done when the program gets SIGTERM or Ctrl-C.
fn told_to_stop() -> Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
