//! What is asked of whoever sits at the terminal, or read from what stands in their place.

use std::io::{IsTerminal as _, Write as _, stderr, stdin};

use anyhow::{Context as _, Result, bail};
use secrecy::SecretString;
use tokio::signal::unix::{SignalKind, signal};

use super::INTERRUPTED;

/// A new password: asked for twice at a terminal, and otherwise the first line of standard input. Called in a runtime.
///
/// # Errors
/// One of [`ErrorKind::Interrupted`](std::io::ErrorKind) where Ctrl-C was typed.
pub(super) fn new_password() -> Result<SecretString> {
    if !stdin().is_terminal() {
        let mut password = String::new();
        stdin().read_line(&mut password).context("the password from standard input")?;
        return Ok(password.trim_end_matches(['\r', '\n']).into());
    }
    // rpassword makes a signal of Ctrl-C itself, before it lets the terminal show again what is typed: whom that kills
    // leaves a terminal behind that goes on hiding it.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let password = rpassword::prompt_password("Password: ")?;
    if rpassword::prompt_password("Again: ")? != password {
        bail!("the two passwords differ");
    }
    tokio::spawn(async move {
        interrupt.recv().await;
        std::process::exit(INTERRUPTED.into());
    });
    Ok(password.into())
}

/// Asks for this name to be typed before something is done that cannot be undone.
pub(super) fn confirm(what: &str, name: &str) -> Result<()> {
    if !stdin().is_terminal() {
        bail!("{what} cannot be undone; without a terminal to ask at, it takes --yes");
    }
    eprint!("{what} cannot be undone. Type {name} to go on: ");
    stderr().flush()?;
    let mut typed = String::new();
    stdin().read_line(&mut typed)?;
    if typed.trim() != name {
        bail!("that is not {name}; nothing was changed");
    }
    Ok(())
}
