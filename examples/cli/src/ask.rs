//! What is asked of whoever sits at the terminal, or read from whatever stands in their place.

use std::io::{self, IsTerminal as _, Write as _};

use crate::failure::Failure;

/// The password of an account: from `GUILD_PASSWORD`, a terminal, or the input's first line.
pub(crate) fn password() -> Result<String, Failure> {
    match given() {
        Some(password) => password,
        None => typed("Password: "),
    }
}

/// A new password, which people type twice.
pub(crate) fn new_password() -> Result<String, Failure> {
    if let Some(password) = given() {
        return password;
    }
    let password = typed("Password: ")?;
    if typed("The same again: ")? == password {
        Ok(password)
    } else {
        Err(Failure::new("failed", "the two passwords are not the same"))
    }
}

/// A name to sign in with.
pub(crate) fn name() -> Result<String, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::usage("whose login? `guild login NAME` says it"));
    }
    eprint!("Username or email: ");
    io::stderr().flush()?;
    first_line()
}

/// A password that nobody has to type.
fn given() -> Option<Result<String, Failure>> {
    match std::env::var("GUILD_PASSWORD") {
        Ok(password) => Some(Ok(password)),
        Err(_) if io::stdin().is_terminal() => None,
        Err(_) => Some(first_line()),
    }
}

fn typed(prompt: &str) -> Result<String, Failure> {
    Ok(rpassword::prompt_password(prompt)?)
}

fn first_line() -> Result<String, Failure> {
    let line = io::stdin().lines().next();
    line.ok_or_else(|| Failure::usage("the input ended before anything was said"))?
        .map_err(Failure::from)
}
