//! What an idle socket costs the server, how fast a message reaches its reader, alone and among
//! thousands, and how fast thousands are reached.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::value_parser;
use futures_util::StreamExt as _;
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::Common;
use crate::http::{Connection, Request};
use crate::people::{self, Person, message};
use crate::process;
use crate::report::{Bound, Report};
use crate::server::{Launch, pin_myself};

/// How much of it.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Sockets, each of another person.
    #[arg(long, default_value_t = 10_000, value_parser = value_parser!(u32).range(2..=50_000))]
    sockets: u32,
    /// Those of them who get a message each, all at once.
    #[arg(long, default_value_t = 5_000)]
    receivers: u32,
    /// Messages from one person to another, one after the other, whose way is timed.
    #[arg(long, default_value_t = 500, value_parser = value_parser!(u32).range(10..=10_000))]
    messages: u32,
    /// Rest before memory is read, in seconds.
    #[arg(long, default_value_t = 5)]
    rest: u64,
}

/// How many requests are under way at once where many are sent.
const SENDERS: usize = 64;
/// How many sockets are opened at once.
const OPENED: usize = 100;
/// Longer than anything takes that is going to come.
const PATIENCE: Duration = Duration::from_secs(60);
/// A server pings each socket once in that time.
const PING: Duration = Duration::from_secs(30);

type Socket = WebSocketStream<TcpStream>;

pub(crate) fn run(common: &Common, options: &Options) -> Result<Report> {
    crate::drive(measure(common, options))
}

async fn measure(common: &Common, options: &Options) -> Result<Report> {
    let dir = common.temp_dir()?;
    let url = format!("sqlite:///{}", dir.path().join("guildhall.db").display());
    let people = people::sign_in(&url, options.sockets.max(2)).await?;
    let binary = common.server()?;
    let server =
        Launch { binary: &binary, args: &[], dir: dir.path(), settings: &[], core: Some(0) }
            .start()?;
    pin_myself(1)?;
    let (address, pid) = (server.address, server.pid());
    let mut report = Report::new(
        "sockets",
        format!(
            "{} sockets, {} receivers, the server on one core",
            options.sockets, options.receivers
        ),
    );

    let (sender, receiver) = (&people[0], &people[1]);
    let mut socket = open(address, &receiver.token).await?;
    // The first ones warm caches up.
    latency(address, sender, receiver.id, &mut socket, 50).await?;
    let alone = latency(address, sender, receiver.id, &mut socket, options.messages).await?;

    let before = process::resident_mib(pid)?;
    let opening = process::cpu_time(pid)?;
    let mut sockets = Vec::new();
    for people in people[2..].chunks(OPENED) {
        sockets.extend(try_join_all(people.iter().map(|p| open(address, &p.token))).await?);
    }
    let opening = (process::cpu_time(pid)? - opening).as_secs_f64() * 1e6 / sockets.len() as f64;
    tokio::time::sleep(Duration::from_secs(options.rest)).await;
    let each = (process::resident_mib(pid)? - before) * 1024.0 / sockets.len() as f64;
    let idle = process::cpu_time(pid)?;
    tokio::time::sleep(PING).await;
    let idle = (process::cpu_time(pid)? - idle).as_secs_f64() / PING.as_secs_f64() * 100.0;
    let among = latency(address, sender, receiver.id, &mut socket, options.messages).await?;

    let count = (options.receivers as usize).min(sockets.len());
    let (took, cpu) = reach(address, pid, sender, &people[2..2 + count], &mut sockets).await?;
    let before_event = process::cpu_time(pid)?;
    let all = announce(address, sender, &mut sockets).await?;
    let event = (process::cpu_time(pid)? - before_event).as_secs_f64() * 1e6 / sockets.len() as f64;
    server.stop()?;

    let alone = report.figure("POST /messages sent to frame received, alone", "ms", alone);
    let among = report.figure("the same among all sockets", "ms", among);
    let each = report.figure("server memory for an idle socket", "KiB", vec![each]);
    report.figure("CPU of the server to open one", "µs", vec![opening]);
    report.figure("CPU for all idle sockets, of one core", "%", vec![idle]);
    let took =
        report.figure(format!("{count} messages to {count} readers, all read"), "s", vec![took]);
    report.figure("CPU of the server for one message", "µs", vec![cpu / count as f64 * 1e6]);
    report.figure(format!("one event to all {} sockets, all read", sockets.len()), "s", vec![all]);
    report.figure("CPU of the server for one socket of them", "µs", vec![event]);
    report.goal("sent to received, ms", Bound::AtMost(0.5), alone);
    report.goal("sent to received among all, as a ratio", Bound::AtMost(1.5), among / alone);
    report.goal("memory for an idle socket, KiB", Bound::AtMost(10.0), each);
    report.goal(format!("{count} messages to {count} readers, s"), Bound::AtMost(2.0), took);
    Ok(report)
}

async fn open(address: SocketAddr, token: &str) -> Result<Socket> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let config = WebSocketConfig::default().read_buffer_size(1024).write_buffer_size(0);
    let url = format!("ws://{address}/ws/{token}");
    let opened = tokio_tungstenite::client_async_with_config(url, stream, Some(config));
    let (mut socket, _) = tokio::time::timeout(PATIENCE, opened).await??;
    anyhow::ensure!(next(&mut socket).await?["type"] == "ready");
    Ok(socket)
}

/// The next frame.
async fn next(socket: &mut Socket) -> Result<Value> {
    loop {
        let message = tokio::time::timeout(PATIENCE, socket.next()).await.context("no frame")?;
        let message = message.context("the socket was closed")??;
        if message.is_text() {
            return Ok(serde_json::from_str(message.to_text()?)?);
        }
        if message.is_close() {
            bail!("the socket was closed: {message:?}");
        }
    }
}

/// From the moment a message is sent to the moment its frame is read, in ms, one after the other.
async fn latency(
    address: SocketAddr,
    from: &Person,
    to: i64,
    socket: &mut Socket,
    count: u32,
) -> Result<Vec<f64>> {
    let (mut connection, request) = (Connection::open(address).await?, message(from, to));
    let mut times = Vec::new();
    for _ in 0..count {
        let start = Instant::now();
        let (answer, frame) = tokio::join!(connection.call(&request), async {
            let frame = next(socket).await;
            (frame, start.elapsed())
        });
        let sent: Value = answer?.json()?;
        anyhow::ensure!(frame.0?["message"]["id"] == sent["id"], "another message came");
        times.push(frame.1.as_secs_f64() * 1e3);
    }
    Ok(times)
}

/// Sends each a message, all at once: seconds until all have read theirs, and the server's CPU time.
async fn reach(
    address: SocketAddr,
    pid: u32,
    from: &Person,
    to: &[Person],
    sockets: &mut [Socket],
) -> Result<(f64, f64)> {
    let shares = to.chunks(to.len().div_ceil(SENDERS).max(1));
    let mut senders = Vec::new();
    for share in shares {
        let connection = Connection::open(address).await?;
        senders.push((connection, share.iter().map(|p| message(from, p.id)).collect::<Vec<_>>()));
    }
    let (cpu, start) = (process::cpu_time(pid)?, Instant::now());
    let sending: Vec<JoinHandle<Result<()>>> = senders
        .into_iter()
        .map(|(mut connection, requests)| {
            tokio::spawn(async move {
                for request in &requests {
                    connection.call(request).await?.json::<Value>()?;
                }
                Ok(())
            })
        })
        .collect();
    let reading = sockets[..to.len()].iter_mut().map(next);
    let frames = try_join_all(reading).await?;
    let took = start.elapsed().as_secs_f64();
    anyhow::ensure!(frames.iter().all(|frame| frame["type"] == "new_message"));
    for sender in sending {
        sender.await??;
    }
    Ok((took, (process::cpu_time(pid)? - cpu).as_secs_f64()))
}

/// Announces an event: seconds until all have read it.
async fn announce(address: SocketAddr, from: &Person, sockets: &mut [Socket]) -> Result<f64> {
    let mut connection = Connection::open(address).await?;
    let event = json!({"title": "Summer party", "description": "Bring a friend.",
        "date": "2030-07-01T18:00:00Z", "location": "The garden"});
    let request = Request::post("/events", &event).bearer(&from.token);
    let start = Instant::now();
    let reading = try_join_all(sockets.iter_mut().map(next));
    let (answer, frames) = tokio::join!(connection.call(&request), reading);
    let took = start.elapsed().as_secs_f64();
    anyhow::ensure!(frames?.iter().all(|frame| frame["type"] == "event_created"));
    answer?.json::<Value>()?;
    Ok(took)
}
