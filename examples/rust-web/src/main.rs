//! Direct messages in a web page written in Rust.

#[cfg(target_arch = "wasm32")]
mod page;

#[cfg(target_arch = "wasm32")]
fn main() {
    page::open();
}

/// The workspace's lints and tests come by here, and need no web framework for that.
#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This is a web page: `cargo xtask example rust-web` builds it and serves it.");
    std::process::exit(1);
}
