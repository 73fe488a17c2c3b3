//! Writes the JavaScript around WebAssembly: what `wasm-bindgen` on the command line does, in the version of Cargo.lock.
//!
//! A package of its own, because what it is built of takes half a minute to compile, and `cargo xtask test --only fmt`
//! should not wait for it.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

/// Takes the module that rustc made, and the folder to write `core.js`, `core.d.ts` and `core_bg.wasm` to: the npm
/// package's, whose own loaders say where the WebAssembly lies. With a third argument, a name to take `core`'s place,
/// the JavaScript is a page's: it finds the WebAssembly beside itself, and has no types.
fn main() -> Result<()> {
    let mut args = env::args_os().skip(1);
    let module = args.next().map(PathBuf::from).context("which module?")?;
    let folder = args.next().map(PathBuf::from).context("to which folder?")?;
    let page = args.next().map(|name| name.to_string_lossy().into_owned());
    Bindgen::new()
        .input_path(module)
        // The target whose JavaScript is one module without imports, which asks for the WebAssembly at run time.
        .web(true)?
        .typescript(page.is_none())
        .omit_default_module_path(page.is_none())
        .out_name(page.as_deref().unwrap_or("core"))
        .remove_producers_section(true)
        .generate(folder)
}
