//! The program: its settings, commands, signals and files.

mod backup;
mod commands;
mod console;
mod doctor;
mod durability;
mod keys;
mod mail;
mod metrics;
mod secrets;
mod settings;
mod start;
mod stop;
mod takeover;
mod terminal;
mod transfer;
mod web;
