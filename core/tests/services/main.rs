//! The services on SQLite in memory, with a clock that the tests set and cheap passwords.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accounts;
mod audit;
mod console;
mod events;
mod export;
mod fresh;
mod groups;
mod guesses;
mod house;
mod idempotency;
mod logins;
mod outbox;
mod presence;
mod recovery;
mod secrets;
mod sessions;
mod stream;
mod takeover;
mod watched;
