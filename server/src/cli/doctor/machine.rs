//! What the machine has: time for password hashes, and file descriptors.

use std::num::NonZeroUsize;
use std::time::Instant;

use guildhall_core::passwords::{Passwords, PoolSize};
use rustix::process::{Resource, getrlimit};

use super::report::Finding;
use crate::cli::Settings;

/// A sign-in that takes longer is felt, and ten at once are waited for.
const SLOW_MS: u128 = 1000;
/// A server with a few hundred readers wants more.
const FEW: u64 = 4096;

pub(super) async fn check(settings: &Settings) -> Vec<Finding> {
    vec![passwords(settings).await, descriptors()]
}

async fn passwords(settings: &Settings) -> Finding {
    const NAME: &str = "PASSWORD_MEMORY_KIB, PASSWORD_PASSES";
    match time_of_a_hash(settings).await {
        Ok(took) if took > SLOW_MS => {
            let what = format!("a password takes {took} ms here");
            Finding::warn(NAME, what, "lower them, or give the server a faster machine")
        }
        Ok(took) => Finding::ok(NAME, format!("a password takes {took} ms here")),
        Err(error) => Finding::error(NAME, &error, "lower them, or give the server more memory"),
    }
}

/// In milliseconds, by one thread that does nothing else.
async fn time_of_a_hash(settings: &Settings) -> anyhow::Result<u128> {
    let size = PoolSize { threads: NonZeroUsize::MIN, ..PoolSize::default() };
    let passwords = Passwords::start(settings.cost()?, size)?;
    let began = Instant::now();
    passwords.verify(&"plum-orbit-velvet".into(), None).await?;
    Ok(began.elapsed().as_millis())
}

fn descriptors() -> Finding {
    const NAME: &str = "file descriptors";
    match getrlimit(Resource::Nofile).maximum {
        Some(most) if most < FEW => {
            let what = format!("the system grants {most}, three quarters of them to connections");
            Finding::warn(NAME, what, "raise the hard limit (systemd: LimitNOFILE=65536)")
        }
        Some(most) => Finding::ok(NAME, format!("the system grants {most}")),
        None => Finding::ok(NAME, "the system grants any number"),
    }
}
