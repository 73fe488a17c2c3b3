//! Serving: everything is put together, and taken down in order.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures_util::FutureExt as _;
use guildhall_core::Guildhall;
use guildhall_core::mail::{Links, Outbox};
use guildhall_core::storage::Storage;
use guildhall_core::stream::relay::Relay;
use poem::EndpointExt as _;
use secrecy::ExposeSecret as _;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{sleep, timeout};

use super::database::{self, Place};
use super::greeting::Greeting;
use super::log::Export;
use super::settings::Migrations;
use super::settings::mail::local_url;
use super::{Settings, admin, log, metrics, secret};
use crate::draining::Draining;
use crate::{Web, listen};

/// How long requests in flight have once the program is told to stop.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long other replicas may take to be told the last.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// How long all of the stop may take, after the drain: many a supervisor kills after ten seconds.
const DEADLINE: Duration = Duration::from_millis(9_500);

/// Guildhall on its migrated database.
pub(super) struct Assembled {
    pub(super) guildhall: Guildhall,
    relay: Option<Arc<dyn Relay>>,
    place: Place,
}

/// Puts Guildhall together from its settings.
pub(super) async fn assemble(settings: &Settings) -> Result<Assembled> {
    secret::check(settings)?;
    let database = database::open(settings).await?;
    let mut warn = |text: String| settings.log_format.warn(&text);
    let secret = secret::secret(settings, &database.place, &mut warn)?;
    let keys = secret::keys(settings, &secret, &mut warn)?;
    bring_schema(settings, &*database.storage).await?;
    let guildhall =
        Guildhall::new(database.storage, keys, settings.passwords()?, settings.policy());
    Ok(Assembled { guildhall, relay: database.relay, place: database.place })
}

async fn bring_schema(settings: &Settings, storage: &dyn Storage) -> Result<()> {
    let Migrations::Check = settings.migrations else {
        return storage.migrate().await.context("DATABASE_URL");
    };
    let pending = storage.pending_migrations().await.context("DATABASE_URL")?;
    ensure!(
        pending.is_empty(),
        "MIGRATIONS: the database is older than this program, and a start only checks that; \
         `guildhall migrate` brings: {}",
        pending.join(", ")
    );
    Ok(())
}

/// `guildhall serve`.
pub(super) async fn serve(settings: &Settings) -> Result<()> {
    let export = log::start(settings)?;
    // Before anything is made that counts.
    let counted = settings.metrics_addr.map(|_| metrics::count()).transpose()?;
    let first_admin = admin::first(settings)?;
    // Before the database is opened, and perhaps made.
    let nats = relay(settings).await?;
    let web = settings.web.as_deref().map(Web::open).transpose().context("WEB")?;
    let (post, public_url) = (settings.mail.post()?, settings.mail.public_url()?);
    let Assembled { guildhall, relay, place } = assemble(settings).await?;
    if let Some(first_admin) = first_admin {
        admin::create_first(settings.log_format, first_admin, &guildhall).await?;
    }
    if let Some((address, counted)) = settings.metrics_addr.zip(counted) {
        metrics::serve(address, counted, guildhall.clone()).await?;
    }
    // Before the greeting: whoever waits for that may send a signal at once.
    let draining = Draining::default();
    let stop = told_to_stop(draining.clone(), settings.edge.drain())?.shared();
    let address = (settings.host, settings.port);
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("HOST, PORT: {}:{}", address.0, address.1))?;
    let here = listener.local_addr()?;
    let greeting = Greeting { place, address: here, has_web: web.is_some(), mail: post.said };
    greeting.say(settings.log_format, &guildhall).await?;
    let links = Links::under(&public_url.unwrap_or_else(|| local_url(here)));
    let mails = guildhall.clone().send_mails(Outbox::new(post.mailer, links), stop.clone());
    tokio::spawn(guildhall.clone().upkeep(nats.or(relay)));
    let app = crate::app_with(&guildhall, web, &settings.edge.policy()).data(draining.clone());
    let connections = settings.edge.connections(draining);
    let requests = async {
        let served = listen::serve(listener, app, connections, stop.clone(), PATIENCE).await;
        // Once more, for a stream that was opened meanwhile.
        guildhall.end_streams().await;
        // Where they cannot be told, they find out later.
        timeout(LAST_WORDS, guildhall.all_told()).await.ok();
        served
    };
    let streams = async {
        stop.clone().await;
        guildhall.end_streams().await;
    };
    let deadline = DEADLINE - export.as_ref().map_or(Duration::ZERO, |_| Export::PATIENCE);
    let served = tokio::select! {
        (served, (), ()) = async { tokio::join!(requests, streams, mails) } => served.context("serving"),
        () = async { stop.clone().await; sleep(deadline).await } => Ok(()),
    };
    if let Some(export) = export {
        export.end().await;
    }
    served
}

/// What carries hints in the database's place, where `NATS_URL` says so.
pub(super) async fn relay(settings: &Settings) -> Result<Option<Arc<dyn Relay>>> {
    match settings.nats_url.as_ref().map(|urls| urls.expose_secret().trim()) {
        Some(urls) => nats(urls).await.context("NATS_URL").map(Some),
        None => Ok(None),
    }
}

#[cfg(feature = "nats")]
async fn nats(urls: &str) -> Result<Arc<dyn Relay>> {
    Ok(Arc::new(crate::nats::NatsRelay::connect(urls).await?))
}

#[cfg(not(feature = "nats"))]
async fn nats(_: &str) -> Result<Arc<dyn Relay>> {
    anyhow::bail!("this program was built without its feature `nats`")
}

/// Done when the program has got SIGTERM or Ctrl-C and has then drained for so long, or has got another one.
fn told_to_stop(draining: Draining, drain: Duration) -> Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        let mut told = async || {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        told().await;
        draining.begin();
        if !drain.is_zero() {
            tracing::info!(
                seconds = drain.as_secs(),
                "draining: /readyz says no, requests are still taken"
            );
            timeout(drain, told()).await.ok();
        }
    })
}
