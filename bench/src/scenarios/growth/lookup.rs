//! The look-up of a name at a sign-in: through the storage in this process, for over HTTP it is hidden
//! behind the hashing.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use hdrhistogram::Histogram;

use crate::closed::Round;
use crate::{people, process};

/// Looks up one name after the other, for so long. The CPU time is this process's.
pub(super) async fn round(url: &str, names: &[String], length: Duration) -> Result<Round> {
    let storage = people::storage(url).await?;
    // The first one opens a connection.
    storage.read().await?.accounts().by_key("", "").await?;
    let own = std::process::id();
    let (cpu, start) = (process::cpu_time(own)?, Instant::now());
    let mut latencies = Histogram::<u64>::new(3)?;
    for name in names.iter().cycle() {
        let begin = Instant::now();
        if begin - start >= length {
            break;
        }
        let account = storage.read().await?.accounts().by_key(name, name).await?;
        latencies.record(u64::try_from(begin.elapsed().as_nanos())?)?;
        ensure!(account.is_some(), "there is no {name}");
    }
    let (wall, cpu) = (start.elapsed(), process::cpu_time(own)?.saturating_sub(cpu));
    let median = latencies.value_at_quantile(0.5) as f64 / 1e3;
    Ok(Round::of(latencies.len() as f64, wall, cpu, median))
}
