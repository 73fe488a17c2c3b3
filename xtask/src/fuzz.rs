//! Fuzzing: what reads hostile text is tried on texts that a fuzzer thinks up, `fuzz/fuzz_targets` one by one.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::process::{answer, command, root, run, target};

/// For how long each target is tried, in seconds.
const SECONDS: u32 = 30;

/// Runs every target, where there is a nightly compiler with cargo-fuzz. Nowhere is it installed for this: the tests
/// try the same functions on texts of their own (`core/src/hostile.rs`).
///
/// # Errors
///
/// Fails where a target does; cargo-fuzz says with which text.
pub(crate) fn run_all() -> Result<()> {
    if answer(&mut cargo_fuzz(&["--version"])).is_none() {
        eprintln!(
            "    fuzzing was LEFT OUT: it needs `rustup toolchain install nightly` and `cargo install cargo-fuzz`"
        );
        return Ok(());
    }
    let list = answer(&mut cargo_fuzz(&["list"])).context("`cargo fuzz list` lists nothing")?;
    let found = target()?.join("fuzz");
    for name in list.lines() {
        let corpus = found.join(name);
        fs::create_dir_all(&corpus).with_context(|| corpus.display().to_string())?;
        let seeds = root().join("fuzz/seeds").join(name);
        // What is found goes to the first folder; the seeds stay as they are.
        run(cargo_fuzz(&["run", name]).args([corpus, seeds]).args([
            "--",
            &format!("-max_total_time={SECONDS}"),
            "-max_len=512",
            "-print_final_stats=1",
        ]))?;
    }
    Ok(())
}

/// cargo-fuzz on the nightly compiler, whichever compiler runs this.
fn cargo_fuzz(args: &[&str]) -> Command {
    let mut command = command("rustup");
    command.args(["run", "nightly", "cargo", "fuzz"]).args(args);
    // The variables of the cargo that runs this would lead back to its own compiler.
    for variable in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN", "CARGO_TARGET_DIR"] {
        command.env_remove(variable);
    }
    command
}
