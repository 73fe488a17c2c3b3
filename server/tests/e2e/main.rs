//! The server end to end: over real HTTP, on SQLite and on PostgreSQL.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

mod access;
mod audit;
mod authorization;
mod bad_bodies;
mod bad_fields;
mod bad_parameters;
mod client;
mod contract;
mod deletion;
mod directory;
mod documents;
mod edge;
mod errors;
mod events;
mod export;
mod groups;
mod idempotency;
mod logins;
mod mail;
mod messages;
mod operations;
mod outage;
mod paging;
mod passwords;
mod program;
mod readme;
mod refresh;
mod register;
mod replicas;
mod seed;
mod service;
mod sessions;
mod stream;
mod support;
mod users;
