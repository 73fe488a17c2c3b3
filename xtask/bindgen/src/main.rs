//! Writes the JavaScript around the client's WebAssembly: what `wasm-bindgen` on the command line does, in the version
//! of Cargo.lock.
//!
//! A package of its own, because what it is built of takes half a minute to compile, and `cargo xtask test --only fmt`
//! should not wait for it.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

/// Takes the module that rustc made, and the folder to write `core.js`, `core.d.ts` and `core_bg.wasm` to.
fn main() -> Result<()> {
    let mut paths = env::args_os().skip(1).map(PathBuf::from);
    let module = paths.next().context("which module?")?;
    let folder = paths.next().context("to which folder?")?;
    Bindgen::new()
        .input_path(module)
        // The target whose JavaScript is one module without imports, which asks for the WebAssembly at run time.
        .web(true)?
        .typescript(true)
        .out_name("core")
        // Where the WebAssembly lies is said by the package's own loaders.
        .omit_default_module_path(true)
        .remove_producers_section(true)
        .generate(folder)
}
