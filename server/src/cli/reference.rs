//! `docs/REFERENCE.md`: every setting, every command and every metric, as the program knows them.

use std::any::TypeId;
use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Arg, Command};
use secrecy::SecretString;

use crate::meters::{METRICS, Metric};

const INTRODUCTION: &str = "\
# Reference

Every setting, every command and every metric, as `guildhall reference` prints them; a test compares this page with the program.
[README](../README.md#settings) tells more of the settings.
";

const SETTINGS: &str = "
## Settings

Each is an environment variable, the same name in a file `.env`, or an option.

| setting | option | default | values | what for |
|---|---|---|---|---|
";

const METERS: &str = "
## Metrics

What `METRICS_ADDR` answers at `GET /metrics`; [OPERATIONS.md](OPERATIONS.md) says what to make of it.

| metric | kind | unit | labels | what for |
|---|---|---|---|---|
";

/// The page.
pub(super) fn page(mut command: Command) -> String {
    command.build();
    let mut page = INTRODUCTION.to_owned() + SETTINGS;
    for setting in command.get_arguments() {
        row(&mut page, setting);
    }
    page += "\n## Commands\n";
    section(&mut page, "", &command);
    page += METERS;
    for Metric { name, kind, unit, labels, help } in METRICS {
        let labels = list(labels.iter().map(|label| code(label)));
        // Writing to a string does not fail.
        writeln!(page, "| `{name}` | {} | {unit} | {labels} | {help} |", kind.as_str()).ok();
    }
    page
}

fn row(page: &mut String, setting: &Arg) {
    let (Some(env), Some(long)) = (setting.get_env(), setting.get_long()) else { return };
    let cells = [
        code(&env.to_string_lossy()),
        code(&format!("--{long}")),
        list(setting.get_default_values().iter().map(|value| code(&value.to_string_lossy()))),
        values(setting),
        help(setting),
    ];
    let cells = cells.map(|cell| cell.replace('|', "\\|"));
    // Writing to a string does not fail.
    writeln!(page, "| {} |", cells.join(" | ")).ok();
}

/// A command and those below it, but for those that are hidden and for `help`.
fn section(page: &mut String, parent: &str, command: &Command) {
    let name = format!("{parent} {}", command.get_name());
    let name = name.trim();
    if !parent.is_empty() {
        write!(page, "\n### `{name}`\n\n{}.\n", about(command)).ok();
        let own = command.get_arguments().filter(|a| a.get_env().is_none() && !a.is_hide_set());
        let lines: Vec<_> = own.filter(|a| a.get_id() != "help").map(argument).collect();
        if !lines.is_empty() {
            write!(page, "\n{}\n", lines.join("\n")).ok();
        }
    }
    for below in command.get_subcommands() {
        if !below.is_hide_set() && below.get_name() != "help" {
            section(page, name, below);
        }
    }
}

fn argument(argument: &Arg) -> String {
    let words = argument.get_possible_values();
    let words = list(words.iter().map(|value| code(value.get_name())));
    let takes_words = argument.get_action().takes_values() && !words.is_empty();
    let words = if takes_words { format!(" ({words})") } else { String::new() };
    format!("- {}: {}{words}", code(&argument.to_string()), help(argument))
}

fn about(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}

fn help(argument: &Arg) -> String {
    argument.get_help().map(ToString::to_string).unwrap_or_default()
}

/// The words that it takes, where these are few, or else what kind of text that is.
fn values(argument: &Arg) -> String {
    if !argument.get_action().takes_values() {
        return String::new();
    }
    let words = list(argument.get_possible_values().iter().map(|value| code(value.get_name())));
    if words.is_empty() { kind(argument).to_owned() } else { words }
}

/// What kind of text an argument takes, by the type that it becomes.
fn kind(argument: &Arg) -> &'static str {
    let taken = argument.get_value_parser().type_id();
    let becomes = |types: &[TypeId]| types.iter().any(|id| taken == *id);
    let numbers = [
        TypeId::of::<u16>(),
        TypeId::of::<u32>(),
        TypeId::of::<u64>(),
        TypeId::of::<usize>(),
        TypeId::of::<NonZeroUsize>(),
        TypeId::of::<Duration>(),
    ];
    if becomes(&numbers) {
        "number"
    } else if becomes(&[TypeId::of::<PathBuf>()]) {
        "path"
    } else if becomes(&[TypeId::of::<SecretString>()]) {
        "text, secret"
    } else if becomes(&[TypeId::of::<IpAddr>(), TypeId::of::<SocketAddr>()]) {
        "address"
    } else {
        "text"
    }
}

fn code(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("`{text}`") }
}

fn list(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(", ")
}
