//! Which toolchain builds for wasm32, and the check that what web pages use does build.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use cargo_metadata::semver::Version;

use crate::install::{debian_packages, version_in};
use crate::process::{answer, cargo, command, run};

const TARGET: &str = "wasm32-unknown-unknown";

/// Debian has no standard library for wasm32 of the same version as its newest compiler; that compiler builds it from
/// `rust-web-src`.
const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-22"];
/// By their full paths, because rustup's programs of the same names come first in most people's `PATH`.
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_LINKER: &str = "wasm-ld-22";

/// Builds the crates that web pages use; `--workspace` would build the server's too.
pub(crate) fn check() -> Result<()> {
    run(cargo_for_wasm("build")?.args([
        "--locked",
        "--package",
        "guildhall-openapi",
        "--package",
        "guildhall-client",
        "--no-default-features",
    ]))
}

/// `cargo {subcommand} --target wasm32-unknown-unknown`, with a toolchain that can: the usual one where it has the
/// target or rustup can add it, else Debian's, which is installed if need be.
pub(crate) fn cargo_for_wasm(subcommand: &str) -> Result<Command> {
    if !usual_has_target() && !debian_is_ready() && !rustup_adds_target() {
        debian_packages("a Rust toolchain for wasm32", &DEBIAN_PACKAGES)?;
    }
    let mut command =
        if usual_has_target() { cargo(&[subcommand]) } else { debian_cargo(subcommand) };
    command.args(["--target", TARGET]);
    Ok(command)
}

fn usual_has_target() -> bool {
    let folder = answer(command("rustc").args(["--print", "target-libdir", "--target", TARGET]));
    folder.is_some_and(|folder| Path::new(folder.trim()).is_dir())
}

fn rustup_adds_target() -> bool {
    answer(command("rustup").args(["target", "add", TARGET])).is_some() && usual_has_target()
}

/// Whether an earlier run, or someone, has installed Debian's packages, and in a version new enough for this workspace.
fn debian_is_ready() -> bool {
    let version = answer(command(DEBIAN_RUSTC).arg("--version"));
    let is_new_enough = version
        .as_deref()
        .and_then(version_in)
        .zip(Version::parse(concat!(env!("CARGO_PKG_RUST_VERSION"), ".0")).ok())
        .is_some_and(|(found, needed)| found >= needed);
    let sysroot = answer(command(DEBIAN_RUSTC).args(["--print", "sysroot"])).unwrap_or_default();
    let sources = Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library");
    is_new_enough
        && sources.is_dir()
        && Path::new(DEBIAN_CARGO).is_file()
        && answer(command(DEBIAN_LINKER).arg("--version")).is_some()
}

/// `-Zbuild-std` is unstable, and a stable compiler allows it only under `RUSTC_BOOTSTRAP`.
fn debian_cargo(subcommand: &str) -> Command {
    let mut cargo = command(DEBIAN_CARGO);
    cargo
        .args([subcommand, "-Zbuild-std=std,panic_abort"])
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTC", DEBIAN_RUSTC)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", DEBIAN_LINKER);
    cargo
}
