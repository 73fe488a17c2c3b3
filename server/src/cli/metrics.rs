//! `GET /metrics` for Prometheus, on an address of its own.

use std::future::pending;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use guildhall_core::Guildhall;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use poem::{EndpointExt as _, IntoResponse as _, Response, Route, get};
use tokio::net::TcpListener;
use tokio::time::interval;

use crate::draining::Draining;
use crate::listen::{self, Connections, Proxies};
use crate::meters;

/// Seconds; from a cached answer to a password hash behind a queue.
const SECONDS: [f64; 12] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
/// How many share a commit: at most 256 on SQLite, 64 on PostgreSQL.
const TOGETHER: [f64; 8] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];

/// How many may ask at once, and how long they may take to do so, or to read: whoever is slow keeps a place and no more.
const CONNECTIONS: usize = 64;
const PATIENCE: Duration = Duration::from_secs(10);
/// How often what was measured is put into buckets, where nobody asks.
const UPKEEP: Duration = Duration::from_secs(5);

/// Counts from now on: before anything is made that counts.
pub(super) fn count() -> Result<PrometheusHandle> {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_transactions".to_owned()), &TOGETHER)?
        .build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).context("the metrics")?;
    meters::describe();
    Ok(handle)
}

/// Answers on `address` as long as the process lives.
pub(super) async fn serve(
    address: SocketAddr,
    handle: PrometheusHandle,
    guildhall: Guildhall,
) -> Result<()> {
    let listener =
        TcpListener::bind(address).await.with_context(|| format!("METRICS_ADDR: {address}"))?;
    let upkeep = handle.clone();
    tokio::spawn(async move {
        let mut ticks = interval(UPKEEP);
        loop {
            ticks.tick().await;
            upkeep.run_upkeep();
        }
    });
    let page = poem::endpoint::make(move |_| {
        let (handle, guildhall) = (handle.clone(), guildhall.clone());
        async move {
            meters::read(&guildhall).await;
            let page = handle.render().with_content_type("text/plain; version=0.0.4");
            Ok::<Response, poem::Error>(page.into_response())
        }
    });
    let route = Route::new().at("/metrics", get(page));
    let app = route.catch_all_error(async |error| error.into_response());
    let connections = Connections {
        proxies: Proxies::default(),
        per_address: 0,
        in_all: CONNECTIONS,
        patience: PATIENCE,
        unread: PATIENCE,
        draining: Draining::default(),
    };
    tokio::spawn(listen::serve(listener, app, connections, pending(), Duration::ZERO));
    Ok(())
}
