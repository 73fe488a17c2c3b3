//! What people see of `guild`: the program itself, against a server of their own.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

mod chat;
mod commands;
mod output;
mod terminal;
mod watch;
mod world;
