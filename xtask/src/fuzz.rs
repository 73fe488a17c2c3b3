//! Fuzzing: what reads hostile text is tried on texts that a fuzzer thinks up, `fuzz/fuzz_targets` one by one.

use std::panic::resume_unwind;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::thread::{self, available_parallelism};
use std::{fs, iter};

use anyhow::{Context as _, Result, ensure};

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
    run(&mut cargo_fuzz(&["build"]))?;
    let found = target()?.join("fuzz");
    let names = Mutex::new(list.lines());
    // One core each: a target's half minute is the machine's time, not this task's.
    let workers = available_parallelism()?.get();
    let next = || names.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || iter::from_fn(next).try_for_each(|name| try_target(name, &found));
    thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| match worker.join() {
            Ok(tried) => tried,
            Err(panic) => resume_unwind(panic),
        })
    })
}

/// Tries one target. What is found goes to a folder of its own; the seeds stay as they are.
fn try_target(name: &str, found: &Path) -> Result<()> {
    let corpus = found.join(name);
    fs::create_dir_all(&corpus).with_context(|| corpus.display().to_string())?;
    let seeds = root().join("fuzz/seeds").join(name);
    let seconds = format!("-max_total_time={SECONDS}");
    let mut fuzz = cargo_fuzz(&["run", name]);
    fuzz.args([corpus, seeds]).args(["--", &seconds, "-max_len=512", "-print_final_stats=1"]);
    let done = fuzz.output().with_context(|| format!("`cargo fuzz run {name}`"))?;
    let told = String::from_utf8_lossy(&done.stderr);
    ensure!(done.status.success(), "the target `{name}` fails:\n{told}");
    let runs = told.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    eprintln!("    {name}: {} texts in {SECONDS} s", runs.unwrap_or("?").trim());
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
