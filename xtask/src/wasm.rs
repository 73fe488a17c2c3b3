//! Builds for wasm32: with which toolchain, which flags, and the check that what web pages use does build.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use cargo_metadata::semver::Version;

use crate::install::{debian_packages, version_in};
use crate::process::{answer, cargo, command, run, target};

const TARGET: &str = "wasm32-unknown-unknown";
/// Below cargo's own.
const FOLDER: &str = "wasm";
/// Of the root `Cargo.toml`: optimised for size.
const PROFILE: &str = "npm";

/// What the profile cannot say. None of it is stable, and each takes some of the package's kilobytes away.
const RUSTFLAGS: [&str; 4] = [
    "-Zunstable-options",
    // A panic ends the client without a word: messages, and what formats them, would be a quarter of it.
    "-Cpanic=immediate-abort",
    // They would name the folders of the machine that builds.
    "-Zlocation-detail=none",
    // References in tables make the glue larger. The others cannot become JavaScript: several results at once not at
    // all, and conversions to integers go wrong there for numbers that are too large.
    "-Ctarget-feature=-reference-types,-multivalue,-nontrapping-fptoint",
];
/// The standard library too is built anew, with those flags.
const BUILD_STD: [&str; 2] =
    ["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"];
const LIBRARY_SOURCES: &str = "lib/rustlib/src/rust/library";

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

/// Builds a package for wasm32, and writes the JavaScript around the `file.wasm` that comes of it, as `xtask/bindgen`
/// takes it: into a folder, and where it is a `page`'s under that name.
pub(crate) fn build(package: &str, file: &str, into: &Path, page: Option<&str>) -> Result<()> {
    run(cargo_for_wasm("build")?.args(["--locked", "--package", package]))?;
    let module = target()?.join(FOLDER).join(TARGET).join(PROFILE).join(file);
    run(cargo(&["run", "--quiet", "--locked", "--package", "xtask-bindgen", "--"])
        .arg(module.with_extension("wasm"))
        .arg(into)
        .args(page))
}

/// `cargo {subcommand}` for wasm32, always with all that makes the result small, so that it is as large everywhere:
/// with a toolchain that has the standard library's sources. Debian's comes first, being the one whose sizes the limits
/// are set by; next the usual one, where it has them or rustup can add them; else Debian's is installed.
///
/// It builds in a folder of its own, so that it neither waits for builds of the workspace nor spoils them.
///
/// # Errors
///
/// Where none can be had, says what to install.
fn cargo_for_wasm(subcommand: &str) -> Result<Command> {
    let mut command = if debian_is_ready() {
        debian_cargo(subcommand)
    } else if usual_has_sources() || rustup_adds_sources() {
        cargo(&[subcommand])
    } else {
        debian_packages("a Rust toolchain for wasm32", &DEBIAN_PACKAGES)?;
        debian_cargo(subcommand)
    };
    command
        .args(BUILD_STD)
        .args(["--target", TARGET, "--profile", PROFILE, "--target-dir"])
        .arg(target()?.join(FOLDER))
        // What is unstable is allowed to a stable compiler only under this.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", RUSTFLAGS.join(" "));
    Ok(command)
}

fn usual_has_sources() -> bool {
    has_sources("rustc")
}

fn rustup_adds_sources() -> bool {
    answer(command("rustup").args(["component", "add", "rust-src"])).is_some()
        && usual_has_sources()
}

fn has_sources(rustc: &str) -> bool {
    answer(command(rustc).args(["--print", "sysroot"]))
        .is_some_and(|sysroot| Path::new(sysroot.trim()).join(LIBRARY_SOURCES).is_dir())
}

/// Whether an earlier run, or someone, has installed Debian's packages, and in a version new enough for this workspace.
fn debian_is_ready() -> bool {
    let version = answer(command(DEBIAN_RUSTC).arg("--version"));
    let is_new_enough = version
        .as_deref()
        .and_then(version_in)
        .zip(Version::parse(concat!(env!("CARGO_PKG_RUST_VERSION"), ".0")).ok())
        .is_some_and(|(found, needed)| found >= needed);
    is_new_enough
        && has_sources(DEBIAN_RUSTC)
        && Path::new(DEBIAN_CARGO).is_file()
        && answer(command(DEBIAN_LINKER).arg("--version")).is_some()
}

fn debian_cargo(subcommand: &str) -> Command {
    let mut cargo = command(DEBIAN_CARGO);
    cargo
        .arg(subcommand)
        .env("RUSTC", DEBIAN_RUSTC)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", DEBIAN_LINKER);
    cargo
}
