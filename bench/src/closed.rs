//! A closed loop that costs little: some connections, the next request as soon as the last one is
//! answered, and what that cost the process that answered.

use std::cell::Cell;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use hdrhistogram::Histogram;
use hyper::body::Bytes;

use crate::http::Request;
use crate::process;
use crate::wire::Wire;

/// How much longer than it should a round may take: an answer that takes longer is a failure.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is asked for: the n-th request of all that were made of it, whichever connection sends it.
pub(crate) struct Requests {
    make: Box<dyn Fn(u64) -> Bytes>,
    next: Cell<u64>,
}

impl Requests {
    /// Requests that are made as they are sent, as those are that may be sent only once.
    pub(crate) fn made(make: impl Fn(u64) -> Bytes + 'static) -> Self {
        Self { make: Box::new(make), next: Cell::new(0) }
    }

    /// These, one after the other, over and over.
    pub(crate) fn cycle(requests: impl IntoIterator<Item = Request>) -> Self {
        let requests: Vec<Bytes> = requests.into_iter().map(|request| request.bytes()).collect();
        let count = requests.len() as u64;
        Self::made(move |number| requests[(number % count) as usize].clone())
    }

    /// The n-th.
    pub(crate) fn nth(&self, number: u64) -> Bytes {
        (self.make)(number)
    }

    /// The next one.
    pub(crate) fn next(&self) -> Bytes {
        let number = self.next.get();
        self.next.set(number + 1);
        self.nth(number)
    }
}

/// A process that answers.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    pub(crate) pid: u32,
}

/// What a round found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Round {
    /// Answers a second.
    pub(crate) rate: f64,
    /// CPU time of the process for an answer, user and system, in microseconds.
    pub(crate) cpu: f64,
    /// CPU time of the process, as a share of one core.
    pub(crate) busy: f64,
    /// The median latency, in microseconds.
    pub(crate) median: f64,
}

impl Round {
    /// A round of so many answers in so much time of the clock and of the CPU.
    pub(crate) fn of(answers: f64, wall: Duration, cpu: Duration, median: f64) -> Self {
        let (wall, cpu) = (wall.as_secs_f64(), cpu.as_secs_f64());
        Self { rate: answers / wall, cpu: cpu * 1e6 / answers, busy: cpu / wall, median }
    }
}

/// Asks for so long over so many connections. Anything but a success is an error.
pub(crate) async fn round(
    target: Target,
    connections: u32,
    length: Duration,
    requests: &Requests,
) -> Result<Round> {
    let mut wires = Vec::new();
    for _ in 0..connections {
        wires.push(Wire::open(target.address).await?);
    }
    let (cpu, start) = (process::cpu_time(target.pid)?, Instant::now());
    let end = start + length;
    let mut all: FuturesUnordered<_> =
        wires.into_iter().map(|wire| work(wire, end, requests)).collect();
    let mut latencies = Histogram::<u64>::new(3)?;
    let asking = async {
        while let Some(done) = all.next().await {
            latencies.add(done?)?;
        }
        anyhow::Ok(())
    };
    let done = tokio::time::timeout(length + PATIENCE, asking).await;
    done.context("no answer in time")??;
    let (wall, cpu) = (start.elapsed(), process::cpu_time(target.pid)?.saturating_sub(cpu));
    let median = latencies.value_at_quantile(0.5) as f64 / 1e3;
    Ok(Round::of(latencies.len() as f64, wall, cpu, median))
}

async fn work(mut wire: Wire, end: Instant, requests: &Requests) -> Result<Histogram<u64>> {
    let mut latencies = Histogram::new(3)?;
    let mut sent = Instant::now();
    while sent < end {
        wire.call(&requests.next()).await?;
        let answered = Instant::now();
        latencies.record(u64::try_from((answered - sent).as_nanos())?)?;
        sent = answered;
    }
    Ok(latencies)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_come_one_after_the_other() {
        let requests = Requests::cycle(["/a", "/b"].map(Request::get));
        let paths = [requests.next(), requests.next(), requests.next()];
        let paths = paths.map(|bytes| bytes[4..6].to_vec());
        assert_eq!(paths, [b"/a", b"/b", b"/a"]);
    }

    #[test]
    fn a_round_is_counted_for_one_answer() {
        let (wall, cpu) = (Duration::from_secs(2), Duration::from_secs(1));
        let round = Round::of(1000.0, wall, cpu, 0.0);
        assert_eq!((round.rate, round.cpu, round.busy), (500.0, 1000.0, 0.5));
    }
}
