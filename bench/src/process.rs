//! What the kernel says of a process (proc(5)).

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// The kernel counts in 1/100 s for its users, on every architecture that Linux runs on today.
const TICKS_PER_SECOND: f64 = 100.0;

/// CPU time that a process has used, user and system, of all its threads.
pub(crate) fn cpu_time(pid: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    ticks(&stat).context("/proc/<pid>/stat has another form")
}

/// CPU time of those of its threads whose name begins like this.
pub(crate) fn thread_cpu_time(pid: u32, name: &str) -> Result<Duration> {
    let mut sum = Duration::ZERO;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        let thread = thread?.path();
        if fs::read_to_string(thread.join("comm"))?.starts_with(name) {
            let stat = fs::read_to_string(thread.join("stat"))?;
            sum += ticks(&stat).context("/proc/<pid>/task/<tid>/stat has another form")?;
        }
    }
    Ok(sum)
}

/// Memory of a process that is in RAM, in MiB.
pub(crate) fn resident_mib(pid: u32) -> Result<f64> {
    memory(pid, "VmRSS:")
}

/// The most that [`resident_mib`] has ever been.
pub(crate) fn peak_resident_mib(pid: u32) -> Result<f64> {
    memory(pid, "VmHWM:")
}

fn memory(pid: u32, field: &'static str) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kib: Option<f64> = line.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    Ok(kib.with_context(|| format!("/proc/<pid>/status has no {field}"))? / 1024.0)
}

/// The share of the machine's CPU time, in percent, that is used while this process rests for a
/// second: what others do.
pub(crate) fn others_percent() -> Result<f64> {
    let (idle, all) = machine_ticks()?;
    std::thread::sleep(Duration::from_secs(1));
    let (idle_then, all_then) = machine_ticks()?;
    Ok(100.0 * (1.0 - (idle_then - idle) / (all_then - all)))
}

/// Idle ticks of all cores, and all their ticks.
fn machine_ticks() -> Result<(f64, f64)> {
    let stat = fs::read_to_string("/proc/stat")?;
    let line = stat.lines().next().unwrap_or_default();
    let ticks = line.split_whitespace().skip(1).map(str::parse);
    let ticks: Vec<f64> = ticks.collect::<Result<_, _>>()?;
    // user, nice, system, idle, iowait, irq, softirq, steal; guests are counted in user already.
    let all = ticks.iter().take(8).sum();
    let idle = ticks.iter().skip(3).take(2).sum();
    Ok((idle, all))
}

fn ticks(stat: &str) -> Option<Duration> {
    // The name stands in parentheses and may hold anything; utime and stime are fields 14 and 15.
    let after_name = &stat[stat.rfind(')')? + 1..];
    let mut fields = after_name.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some(Duration::from_secs_f64((user + system) / TICKS_PER_SECOND))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_shifts_nothing() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 1 2 3 4 250 50 0 0 20 0 4 0 9 1 2";
        assert_eq!(ticks(stat), Some(Duration::from_secs(3)));
    }

    #[test]
    fn this_process_has_figures() {
        let (now, peak) = (resident_mib(std::process::id()), peak_resident_mib(std::process::id()));
        assert!(now.unwrap() > 0.5 && peak.unwrap() > 0.5);
        assert!(cpu_time(std::process::id()).is_ok());
    }
}
