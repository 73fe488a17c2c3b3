//! The program: its settings, commands, signals and files.

mod commands;
mod durability;
mod keys;
mod logs;
mod mail;
mod metrics;
mod secrets;
mod settings;
mod start;
mod stop;
mod web;
