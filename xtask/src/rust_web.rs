//! The page of `examples/rust-web`: Rust becomes WebAssembly, with the JavaScript that starts it.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use crate::process::{command, root, run};
use crate::{install, npm, wasm};

const PACKAGE: &str = "example-rust-web";
const FOLDER: &str = "examples/rust-web";

/// A fifth of what the page weighs. The features are those that rustc uses, by their names: of others it writes
/// encodings that no browser reads yet.
const OPTIMISATION: [&str; 9] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-mutable-globals",
    "--enable-sign-ext",
    // Nothing lies in the first kilobyte: it is the far end of the stack.
    "--low-memory-unused",
    "-Os",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
];

/// Builds the page into `examples/rust-web/dist`, and shows what it weighs.
pub(crate) fn build() -> Result<()> {
    install::node()?;
    // Which has `wasm-opt` among its tools.
    npm::install_tools(npm::PACKAGE_FOLDER)?;
    let dist = root().join(FOLDER).join("dist");
    if dist.exists() {
        fs::remove_dir_all(&dist)?;
    }
    wasm::build(PACKAGE, PACKAGE, &dist, Some("page"))?;
    let wasm = dist.join("page_bg.wasm");
    let optimiser = root().join(npm::PACKAGE_FOLDER).join("node_modules/.bin/wasm-opt");
    run(command(optimiser).args(OPTIMISATION).args([&wasm, Path::new("-o"), &wasm]))?;
    for file in fs::read_dir(root().join(FOLDER).join("static"))? {
        let file = file?;
        fs::copy(file.path(), dist.join(file.file_name()))?;
    }
    show_sizes(&dist)
}

fn show_sizes(dist: &Path) -> Result<()> {
    let mut files: Vec<_> = fs::read_dir(dist)?.collect::<Result<_, _>>()?;
    files.sort_by_key(fs::DirEntry::file_name);
    let mut total = 0;
    for file in files {
        let packed = command("gzip").arg("-9c").arg(file.path()).output().context("gzip")?;
        ensure!(packed.status.success(), "gzip ended with {}", packed.status);
        total += packed.stdout.len();
        println!("{:>9} B gzip  {}", packed.stdout.len(), file.file_name().display());
    }
    println!("{total:>9} B gzip  in all");
    Ok(())
}
