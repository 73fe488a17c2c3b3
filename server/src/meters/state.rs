//! What is a state: read when somebody asks for it.

use std::time::Duration;

use guildhall_core::Guildhall;
use guildhall_core::storage::Pool;
use metrics::{counter, gauge, histogram};
use tokio::time::timeout;

/// How long a database that is away may hold up the rest.
const PATIENCE: Duration = Duration::from_secs(1);

/// Tells the recorder how things are at this moment.
pub(crate) async fn read(guildhall: &Guildhall) {
    #[cfg(target_os = "linux")]
    metrics_process::Collector::default().collect();
    gauge!("guildhall_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1);
    // There before the first socket is opened: a number that is not there yet is no alert's zero.
    gauge!("guildhall_sockets").increment(0);
    drop(histogram!("guildhall_stream_lag_seconds"));
    let stats = guildhall.stats();
    counter!("guildhall_password_hashes_total").absolute(stats.hashed);
    gauge!("guildhall_passwords_waiting").set(float(stats.hashes_waiting));
    gauge!("guildhall_passwords_running").set(float(stats.hashes_running));
    for Pool { name, busy, idle, waiting } in stats.pools {
        for (state, connections) in [("busy", busy), ("idle", idle)] {
            let gauge = gauge!("guildhall_database_connections", "pool" => name, "state" => state);
            gauge.set(float(connections));
        }
        gauge!("guildhall_database_waiting", "pool" => name).set(float(waiting));
    }
    // Where it cannot be known there is no number, and not the last one.
    let mails = timeout(PATIENCE, guildhall.mails_waiting()).await;
    let mails = mails.ok().and_then(Result::ok).and_then(|mails| usize::try_from(mails).ok());
    gauge!("guildhall_mails_waiting").set(mails.map_or(f64::NAN, float));
}

/// A number that is far from where floats leave whole numbers out.
fn float(number: usize) -> f64 {
    u32::try_from(number).unwrap_or(u32::MAX).into()
}
