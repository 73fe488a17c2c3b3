//! The ceiling of signing in: Argon2id at the cost that Guildhall has by default, in memory that is
//! used again, with nothing around it.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use serde::{Deserialize, Serialize};

use crate::closed::Round;
use crate::process;
use crate::server::pinned;

/// 19 MiB, 2 passes, 1 lane: `Cost::default` of the core.
const COST: (u32, u32, u32) = (19_456, 2, 1);

/// What a run found.
#[derive(Serialize, Deserialize)]
struct Found {
    hashes: u32,
    wall: Duration,
    cpu: Duration,
}

/// Hashes for so long, on one core, in a process of its own. A round's answers are hashes.
pub(crate) fn hashes_in(length: Duration, core: usize, binary: &Path) -> Result<Round> {
    let seconds = length.as_secs().to_string();
    let mut command: Command = pinned(binary, core);
    let output = command.args(["ceiling", "hashes", "--seconds", &seconds]).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let Found { hashes, wall, cpu } = serde_json::from_slice(&output.stdout)?;
    let each = wall.as_secs_f64() * 1e6 / f64::from(hashes);
    Ok(Round::of(f64::from(hashes), wall, cpu, each))
}

/// Hashes for so long, and prints what it found.
pub(super) fn print(seconds: u64) -> Result<()> {
    let (memory, passes, lanes) = COST;
    let wrong = |error: argon2::Error| anyhow!("{error}");
    let params = Params::new(memory, passes, lanes, None).map_err(wrong)?;
    let mut memory = vec![Block::new(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut hash = || {
        let mut out = [0; 32];
        let (password, salt) = (b"nine Quiet herons, 4 boats", b"salt of 16 bytes");
        argon2.hash_password_into_with_memory(password, salt, &mut out, &mut memory).map_err(wrong)
    };
    // The memory is touched for the first time.
    hash()?;
    let own = std::process::id();
    let (cpu, start, mut hashes) = (process::cpu_time(own)?, Instant::now(), 0);
    while start.elapsed() < Duration::from_secs(seconds) {
        hash()?;
        hashes += 1;
    }
    let (wall, cpu) = (start.elapsed(), process::cpu_time(own)?.saturating_sub(cpu));
    println!("{}", serde_json::to_string(&Found { hashes, wall, cpu })?);
    Ok(())
}
