//! Whether the net will reach the server as the settings say, and the time of day.

use std::net::TcpListener;

use anyhow::{Context as _, Result};
use guildhall_core::clock::{Clock as _, SystemClock};
use http_body_util::Empty;
use hyper::Request;
use hyper::body::Bytes;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use poem::http::Uri;

use super::report::Finding;
use crate::cli::Settings;

/// Tokens that are made here count elsewhere a few seconds before their time and no more; a `Date` has whole seconds.
const SKEW_SECONDS: u64 = 5;

/// Settings of the edge that contradict each other.
pub(super) fn check(settings: &Settings) -> Vec<Finding> {
    let mut found = Vec::new();
    let url = settings.mail.public_url().ok().flatten();
    let is_open = !settings.host.is_loopback();
    let is_https = url.as_ref().is_some_and(|url| url.starts_with("https:"));
    if is_https && settings.edge.trusted_proxies.is_empty() {
        found.push(Finding::warn(
            "TRUSTED_PROXIES",
            "it is empty, while PUBLIC_URL is https: a proxy stands in front, and all its people count as one address",
            "name the proxy's address or block (docs/EDGE.md)",
        ));
    }
    if is_open && url.is_none() {
        let what = format!(
            "it is not set, while the server listens on {}: links in mails lead there",
            settings.host
        );
        found.push(Finding::warn("PUBLIC_URL", what, "set where people reach the server"));
    }
    if is_open && url.is_some() && !is_https {
        let what = "it is http:, so passwords and tokens travel in the open";
        found.push(Finding::warn(
            "PUBLIC_URL",
            what,
            "put a proxy with TLS in front (docs/EDGE.md)",
        ));
    }
    if let Err(error) = TcpListener::bind((settings.host, 0)) {
        let what = format!("{}: {error}", settings.host);
        found.push(Finding::fail("HOST", what, "name an address of this machine, or 0.0.0.0"));
    }
    if settings.metrics_addr == Some((settings.host, settings.port).into()) {
        let what = "it is HOST and PORT, where the API is";
        found.push(Finding::fail("METRICS_ADDR", what, "choose another port"));
    }
    if settings.metrics_addr.is_some_and(|address| address.ip().is_unspecified()) {
        let what = "metrics are answered on all addresses, to anyone";
        found.push(Finding::warn("METRICS_ADDR", what, "name the address that Prometheus reaches"));
    }
    if found.is_empty() {
        let said = if is_open { "open to other machines" } else { "this machine alone" };
        found.push(Finding::ok("HOST", format!("{}: {said}", settings.host)));
    }
    found
}

/// Our clock beside that of the server at `PUBLIC_URL`, where one answers.
pub(super) async fn clock(settings: &Settings) -> Vec<Finding> {
    let Ok(Some(url)) = settings.mail.public_url() else { return Vec::new() };
    vec![match date_of(&url).await {
        Ok(theirs) => skew("PUBLIC_URL", &url, theirs, SystemClock.now().as_secs()),
        Err(error) => {
            let what = format!("{url} does not answer: {}", crate::cli::one_line(&error));
            Finding::warn("PUBLIC_URL", what, "well, unless it should be there already")
        }
    }]
}

/// What time it is there, in seconds since 1970.
async fn date_of(url: &str) -> Result<i64> {
    let connector =
        HttpsConnectorBuilder::new().with_native_roots()?.https_or_http().enable_http1().build();
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build(connector);
    let uri: Uri = format!("{url}/healthz").parse()?;
    let answer = client.request(Request::get(uri).body(Empty::new())?).await?;
    let date = answer.headers().get("date").context("it tells no Date")?.to_str()?;
    Ok(httpdate::parse_http_date(date)?
        .duration_since(std::time::UNIX_EPOCH)?
        .as_secs()
        .try_into()?)
}

/// Two clocks beside each other, in seconds since 1970.
pub(super) fn skew(subject: &str, whose: &str, theirs: i64, ours: i64) -> Finding {
    let apart = theirs.abs_diff(ours);
    if apart <= SKEW_SECONDS {
        return Finding::ok(subject, format!("the clock of {whose} agrees with ours"));
    }
    let what = format!("the clock of {whose} is {apart} s from ours; tokens and cursors go by it");
    Finding::fail(subject, what, "set both by NTP (`timedatectl`)")
}
