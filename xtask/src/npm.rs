//! The npm package `@guildhall/client`, made of `client-sdk/web`: here Rust becomes WebAssembly with JavaScript around
//! it; `client-sdk/web/npm/build.mjs` does the rest.

use std::ffi::OsStr;
use std::fs;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::process::{command, root, run, server};
use crate::{install, wasm};

const PACKAGE: &str = "guildhall-client-web";
pub(crate) const PACKAGE_FOLDER: &str = "client-sdk/web/npm";
const MATRIX_FOLDER: &str = "client-sdk/web/npm/test/matrix";

/// Builds the package into `client-sdk/web/npm/dist`, where `npm pack` finds it, and shows what it weighs.
///
/// # Errors
///
/// Fails also when an entry of the package is larger than its limit.
pub(crate) fn build() -> Result<()> {
    check_version()?;
    install::node()?;
    install_tools(PACKAGE_FOLDER)?;
    // A library's file has no hyphens.
    let file = PACKAGE.replace('-', "_");
    wasm::build(PACKAGE, &file, &root().join(PACKAGE_FOLDER).join("generated"), None)?;
    run(&mut in_folder(PACKAGE_FOLDER, "node", ["build.mjs"]))?;
    run(&mut in_folder(PACKAGE_FOLDER, "node", ["sizes.mjs"]))
}

/// Runs the package's tests on what [`build`] made, most of them with a server, and then those of the places where
/// others use it: bundlers, test runners, pages, tabs.
///
/// # Errors
///
/// Fails when one of them does.
pub(crate) fn test() -> Result<()> {
    install::chromium()?;
    install_tools(MATRIX_FOLDER)?;
    let server = server()?;
    for folder in [PACKAGE_FOLDER, MATRIX_FOLDER] {
        run(in_folder(folder, "npm", ["--silent", "test"]).env("GUILDHALL", &server))?;
    }
    Ok(())
}

/// npm cannot take the version from the root `Cargo.toml`.
fn check_version() -> Result<()> {
    let version = concat!("\"version\": \"", env!("CARGO_PKG_VERSION"), "\"");
    let manifest = fs::read_to_string(root().join(PACKAGE_FOLDER).join("package.json"))?;
    ensure!(manifest.contains(version), "client-sdk/web/npm/package.json should say {version}");
    Ok(())
}

/// The programs of a folder's `package-lock.json`, all anew when it has changed. What they would run at their installation stays
/// out: none of them needs it.
pub(crate) fn install_tools(folder: &str) -> Result<()> {
    let wanted = fs::read(root().join(folder).join("package-lock.json"))?;
    let stamp = root().join(folder).join("node_modules/installed-lock.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    eprintln!("    installing the tools of {folder}/package-lock.json");
    run(&mut in_folder(
        folder,
        "npm",
        ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"],
    ))?;
    Ok(fs::write(stamp, wanted)?)
}

/// A program that is run in a folder of the workspace.
pub(crate) fn in_folder(
    folder: &str,
    program: &str,
    args: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> Command {
    let mut command = command(program);
    command.current_dir(root().join(folder)).args(args);
    command
}
