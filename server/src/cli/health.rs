//! `guildhall health`: asks the server of the same settings whether it is ready, for images that have nothing else to ask
//! with.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Settings, output};

/// How long it may take: the database is asked as well.
const PATIENCE: Duration = Duration::from_secs(5);

/// Fails where `/readyz` says no, or nothing.
pub(super) async fn ask(settings: &Settings) -> Result<()> {
    let host = match settings.host {
        IpAddr::V4(host) if host.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(host) if host.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        host => host,
    };
    let here = || format!("HOST, PORT: {host}:{}", settings.port);
    let answer = timeout(PATIENCE, get(host, settings.port)).await;
    let answer = answer.with_context(here)?.with_context(here)?;
    match answer.lines().next().and_then(|line| line.split_once(' ')) {
        Some((_, "200 OK")) => output::line("ready"),
        Some((_, status)) => bail!("{}: it is not ready: {status}", here()),
        None => bail!("{}: it does not answer", here()),
    }
}

async fn get(host: IpAddr, port: u16) -> std::io::Result<String> {
    let mut server = TcpStream::connect((host, port)).await?;
    server
        .write_all(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .await?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
