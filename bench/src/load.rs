//! A small load generator: kept-alive connections, one request in flight on each.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use hdrhistogram::Histogram;

use crate::http::{Connection, Request};

/// When the next request is sent.
#[derive(Clone, Copy)]
pub(crate) enum Pace {
    /// As soon as the last one is answered.
    Closed,
    /// This many a second over all connections, whether or not the server keeps up.
    Open(f64),
}

#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) connections: u32,
    pub(crate) pace: Pace,
    pub(crate) length: Duration,
}

/// What came back.
pub(crate) struct Outcome {
    /// Of successes, in nanoseconds.
    latencies: Histogram<u64>,
    /// Answers that were no success, by status.
    pub(crate) refused: BTreeMap<u16, u64>,
    /// Connections that broke.
    pub(crate) broken: u64,
    pub(crate) wall: Duration,
}

impl Outcome {
    fn new() -> Result<Self> {
        Ok(Self {
            latencies: Histogram::new(3)?,
            refused: BTreeMap::new(),
            broken: 0,
            wall: Duration::ZERO,
        })
    }

    fn add(&mut self, other: &Self) -> Result<()> {
        self.latencies.add(&other.latencies)?;
        for (status, count) in &other.refused {
            *self.refused.entry(*status).or_default() += count;
        }
        self.broken += other.broken;
        Ok(())
    }

    /// How many succeeded.
    pub(crate) fn answered(&self) -> u64 {
        self.latencies.len()
    }

    /// Successes a second.
    pub(crate) fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.wall.as_secs_f64()
    }

    /// The latency that this share of successes kept, in microseconds.
    pub(crate) fn micros(&self, quantile: f64) -> f64 {
        self.latencies.value_at_quantile(quantile) as f64 / 1e3
    }

    /// An error unless all went well.
    pub(crate) fn all_well(&self) -> Result<()> {
        let Self { refused, broken, .. } = self;
        anyhow::ensure!(
            refused.is_empty() && *broken == 0 && self.answered() > 0,
            "{} successes, {broken} broken connections, refusals by status: {refused:?}",
            self.answered()
        );
        Ok(())
    }
}

/// Sends the requests one after the other, over and over, each connection beginning elsewhere.
pub(crate) async fn run(
    address: SocketAddr,
    load: Load,
    requests: &Arc<[Request]>,
) -> Result<Outcome> {
    let mut connections = Vec::new();
    for _ in 0..load.connections {
        connections.push(Connection::open(address).await?);
    }
    let start = Instant::now();
    let tasks: Vec<_> = (0_u32..)
        .zip(connections)
        .map(|(number, connection)| {
            let requests = Arc::clone(requests);
            tokio::spawn(work(connection, number, load, start, requests))
        })
        .collect();
    let mut outcome = Outcome::new()?;
    for task in tasks {
        outcome.add(&task.await??)?;
    }
    outcome.wall = start.elapsed();
    Ok(outcome)
}

async fn work(
    mut connection: Connection,
    number: u32,
    load: Load,
    start: Instant,
    requests: Arc<[Request]>,
) -> Result<Outcome> {
    let mut outcome = Outcome::new()?;
    let mut due = Due::of(number, load, start);
    let begin = number as usize % requests.len();
    for request in requests.iter().cycle().skip(begin) {
        let Some(sent) = due.next().await else { break };
        match connection.call(request).await {
            Ok(answer) if answer.status.is_success() => {
                let nanos = u64::try_from(sent.elapsed().as_nanos())?;
                outcome.latencies.record(nanos)?;
            }
            Ok(answer) => *outcome.refused.entry(answer.status.as_u16()).or_default() += 1,
            Err(_) => {
                outcome.broken += 1;
                break;
            }
        }
    }
    Ok(outcome)
}

/// When a connection's requests are due.
struct Due {
    next: Instant,
    /// Between two of this connection.
    interval: Option<Duration>,
    end: Instant,
}

impl Due {
    fn of(number: u32, load: Load, start: Instant) -> Self {
        let end = start + load.length;
        let (next, interval) = match load.pace {
            Pace::Closed => (start, None),
            Pace::Open(per_second) => {
                let step = Duration::from_secs_f64(1.0 / per_second);
                (start + step * number, Some(step * load.connections))
            }
        };
        Self { next, interval, end }
    }

    /// Waits for the next request's time; from when its latency counts, or `None` at the end.
    ///
    /// A request that had to wait for the answer to the one before counts from its due time, so
    /// that a server that stalls is charged for all that it held up. One that the timer woke late
    /// (it is no finer than a millisecond) counts from then: that is not the server's doing.
    async fn next(&mut self) -> Option<Instant> {
        let now = Instant::now();
        let Some(interval) = self.interval else {
            return (now < self.end).then_some(now);
        };
        let due = self.next;
        // Also where the server is behind: what was not sent by the end stays unsent.
        if due >= self.end || now >= self.end {
            return None;
        }
        self.next += interval;
        if due <= now {
            return Some(due);
        }
        tokio::time::sleep_until(due.into()).await;
        Some(Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(pace: Pace) -> Load {
        Load { connections: 4, pace, length: Duration::from_secs(2) }
    }

    #[tokio::test]
    async fn an_open_loop_keeps_its_schedule() {
        let start = Instant::now();
        let mut due = Due::of(1, load(Pace::Open(20.0)), start);
        assert_eq!(due.interval, Some(Duration::from_millis(200)));
        assert_eq!(due.next, start + Duration::from_millis(50));
        assert!(due.next().await.is_some());
        assert_eq!(due.next, start + Duration::from_millis(250));
    }

    #[tokio::test]
    async fn a_late_request_counts_from_its_due_time() {
        let start = Instant::now() - Duration::from_secs(1);
        let mut due = Due::of(0, load(Pace::Open(20.0)), start);
        assert_eq!(due.next().await, Some(start));
        assert_eq!(due.next().await, Some(start + Duration::from_millis(200)));
    }

    #[tokio::test]
    async fn nothing_is_sent_after_the_end() {
        let start = Instant::now() - Duration::from_secs(3);
        assert_eq!(Due::of(0, load(Pace::Closed), start).next().await, None);
        assert_eq!(Due::of(0, load(Pace::Open(9.0)), start).next().await, None);
    }
}
