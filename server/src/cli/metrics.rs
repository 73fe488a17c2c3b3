//! `GET /metrics` for Prometheus, on an address of its own.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use poem::listener::{Listener as _, TcpListener};
use poem::{Route, Server, get};

use crate::meters;

/// Seconds; from a cached answer to a password hash behind a queue.
const BUCKETS: [f64; 12] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Starts to count, and answers on `address` as long as the process lives.
pub(super) async fn serve(address: SocketAddr) -> Result<()> {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)?
        .build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).context("the metrics")?;
    meters::describe();
    let upkeep = handle.clone();
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(Duration::from_secs(5));
        loop {
            ticks.tick().await;
            upkeep.run_upkeep();
        }
    });
    let acceptor = TcpListener::bind(address)
        .into_acceptor()
        .await
        .with_context(|| format!("METRICS_ADDR: {address}"))?;
    let page = poem::endpoint::make_sync(move |_| handle.render());
    let route = Route::new().at("/metrics", get(page));
    tokio::spawn(Server::new_with_acceptor(acceptor).run(route));
    Ok(())
}
