//! `docs/REFERENCE.md`: every setting and every command, as the program knows them.

use std::fmt::Write as _;

use clap::{Arg, Command};

const INTRODUCTION: &str = "\
# Reference

Every setting and every command, as `guildhall reference` prints them; a test compares this page with the program.
[README](../README.md#settings) tells more of the settings.
";

const SETTINGS: &str = "
## Settings

Each is an environment variable, the same name in a file `.env`, or an option.

| setting | option | default | values | what for |
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
    let name = argument.get_long().map_or_else(|| argument.to_string(), |_| argument.to_string());
    let values = values(argument);
    let values = if values.is_empty() { values } else { format!(" ({values})") };
    format!("- {}: {}{values}", code(&name), help(argument))
}

fn about(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}

fn help(argument: &Arg) -> String {
    argument.get_help().map(ToString::to_string).unwrap_or_default()
}

/// The words that it takes, where these are few.
fn values(argument: &Arg) -> String {
    if !argument.get_action().takes_values() {
        return String::new();
    }
    list(argument.get_possible_values().iter().map(|value| code(value.get_name())))
}

fn code(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("`{text}`") }
}

fn list(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(", ")
}
