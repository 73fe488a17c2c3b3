//! The program: its settings, commands, signals and files.

mod backup;
mod commands;
mod deploy;
mod durability;
mod keys;
mod mail;
mod metrics;
mod secrets;
mod settings;
mod start;
mod stop;
mod web;
