//! The program: its settings, commands, signals and files.

mod backup;
mod commands;
mod console;
mod deploy;
mod doctor;
mod durability;
mod keys;
mod logs;
mod mail;
mod metrics;
#[cfg(feature = "otel")]
mod otel;
mod secrets;
mod settings;
mod start;
mod stop;
mod strangers;
mod takeover;
mod terminal;
mod transfer;
mod urls;
mod web;
