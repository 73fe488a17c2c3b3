//! All that `GET /metrics` tells, in one table: the recorder's descriptions, the reference page and the tests are made
//! of it. What only counts or measures is recorded where it happens, by any crate; what is a state is read when somebody
//! asks for it.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// What kind of number it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows, and begins anew with the program.
    Counter,
    /// It is what it is at the moment of asking.
    Gauge,
    /// How often it was how much, in buckets.
    Histogram,
}

impl Kind {
    /// The kind as Prometheus calls it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// One metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// What kind of number it is.
    pub kind: Kind,
    /// What is counted, or the unit: `seconds`, `bytes`, or a word in the plural.
    pub unit: &'static str,
    /// The names of its labels. None is ever of a person: their values are few.
    pub labels: &'static [&'static str],
    /// What it tells.
    pub help: &'static str,
}

const fn counter(
    name: &'static str,
    unit: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric { name, kind: Kind::Counter, unit, labels, help }
}

const fn gauge(
    name: &'static str,
    unit: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric { name, kind: Kind::Gauge, unit, labels, help }
}

const fn histogram(
    name: &'static str,
    unit: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric { name, kind: Kind::Histogram, unit, labels, help }
}

/// All metrics, in the order in which the reference has them.
pub const METRICS: &[Metric] = &[
    gauge("guildhall_build_info", "always 1", &["version"], "Which version runs"),
    // Requests and connections.
    counter(
        "guildhall_http_requests_total",
        "requests",
        &["operation", "status"],
        "Requests that were answered, by call and status; what is no call of the API has the operation `none`",
    ),
    histogram(
        "guildhall_http_request_seconds",
        "seconds",
        &["operation", "status"],
        "How long they took, from the whole head to the answer's head",
    ),
    counter(
        "guildhall_connections_refused_total",
        "connections",
        &[],
        "Connections that were refused, because their address or all together hold too many",
    ),
    // The stream.
    gauge("guildhall_sockets", "sockets", &[], "WebSockets that are open"),
    histogram(
        "guildhall_stream_lag_seconds",
        "seconds",
        &[],
        "How long after a row of the stream was written, at any replica, a socket that was open then was given its frame",
    ),
    // Passwords.
    counter(
        "guildhall_password_hashes_total",
        "hashes",
        &[],
        "Passwords that were hashed, to be kept or to be compared",
    ),
    gauge(
        "guildhall_passwords_waiting",
        "passwords",
        &[],
        "Passwords that wait for a hashing thread",
    ),
    gauge("guildhall_passwords_running", "passwords", &[], "Passwords that are being hashed"),
    histogram(
        "guildhall_password_wait_seconds",
        "seconds",
        &[],
        "How long passwords waited for a hashing thread",
    ),
    counter(
        "guildhall_guesses_refused_total",
        "tries",
        &[],
        "Tries at a password that were refused, because too many were wrong before",
    ),
    // The database.
    gauge(
        "guildhall_database_connections",
        "connections",
        &["pool", "state"],
        "Connections to the database that are `busy` and `idle`; the pools are `readers` and `writer` on SQLite, `shared` on PostgreSQL",
    ),
    gauge(
        "guildhall_database_waiting",
        "calls",
        &["pool"],
        "What waits for one of those connections",
    ),
    histogram(
        "guildhall_commit_transactions",
        "transactions",
        &[],
        "How many transactions went to the disk together",
    ),
    histogram(
        "guildhall_commit_seconds",
        "seconds",
        &[],
        "How long that took: the sync of SQLite's WAL, PostgreSQL's COMMIT or the one statement that is a transaction",
    ),
    // Caches.
    counter(
        "guildhall_cache_lookups_total",
        "look-ups",
        &["cache", "result"],
        "Look-ups of `accounts`, access `tokens` and `events` in memory: `hit` where that was enough, `miss` where the database was asked",
    ),
    // Mails.
    gauge(
        "guildhall_mails_waiting",
        "mails",
        &[],
        "Mails in the database that are to be sent, now or later; all replicas tell the same",
    ),
    counter(
        "guildhall_mails_total",
        "mails",
        &["result"],
        "Tries to send a mail: `sent`, `failed` (it is tried again) or `dropped` (it had come to nothing)",
    ),
    // The process, on Linux, in the words of Prometheus's own clients.
    counter(
        "process_cpu_seconds_total",
        "seconds",
        &[],
        "Processor time that the program has taken",
    ),
    gauge("process_open_fds", "descriptors", &[], "File descriptors that are open"),
    gauge("process_max_fds", "descriptors", &[], "File descriptors that may be open"),
    gauge("process_virtual_memory_bytes", "bytes", &[], "Address space that the program has"),
    gauge("process_virtual_memory_max_bytes", "bytes", &[], "Address space that it may have"),
    gauge("process_resident_memory_bytes", "bytes", &[], "Memory that it holds"),
    gauge("process_start_time_seconds", "seconds", &[], "When it was started, since 1970"),
    gauge("process_threads", "threads", &[], "Its threads"),
];

/// Tells the recorder what all of them are.
pub(crate) fn describe() {
    for Metric { name, kind, unit, help, .. } in METRICS {
        let unit = match *unit {
            "seconds" => Unit::Seconds,
            "bytes" => Unit::Bytes,
            _ => Unit::Count,
        };
        match kind {
            Kind::Counter => describe_counter!(*name, unit, *help),
            Kind::Gauge => describe_gauge!(*name, unit, *help),
            Kind::Histogram => describe_histogram!(*name, unit, *help),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_say_what_they_count() {
        let mut names = HashSet::new();
        for Metric { name, kind, unit, .. } in METRICS {
            assert!(names.insert(name), "{name} is there twice");
            assert_eq!(*kind == Kind::Counter, name.ends_with("_total"), "{name}");
            let has_unit = name.contains("_seconds") || name.ends_with("_bytes");
            assert_eq!(has_unit, ["seconds", "bytes"].contains(unit), "{name} in {unit}");
        }
    }
}
