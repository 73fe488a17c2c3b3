//! What shells and `man` are given.

use std::path::Path;

use anyhow::{Context as _, Result};
use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;

use super::output;

/// `guildhall completions SHELL`.
pub(super) fn completions(mut command: Command, shell: Shell) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "guildhall", &mut script);
    output::print(&String::from_utf8(script)?)
}

/// `guildhall man [--out FOLDER]`. The settings are on the first page, for they are the same everywhere.
pub(super) fn manual(mut command: Command, out: Option<&Path>) -> Result<()> {
    command = command.disable_help_subcommand(true).mut_subcommands(without_help);
    command.build();
    let Some(folder) = out else {
        let mut page = Vec::new();
        Man::new(command).render(&mut page)?;
        return output::print(&String::from_utf8(page)?);
    };
    let say = || format!("--out: {}", folder.display());
    std::fs::create_dir_all(folder).with_context(say)?;
    let pages = command.mut_subcommands(without_settings);
    clap_mangen::generate_to(pages, folder).with_context(say)
}

fn without_settings(command: Command) -> Command {
    let command = command.mut_args(|argument| {
        let is_setting = argument.get_env().is_some();
        argument.hide(is_setting)
    });
    command.mut_subcommands(without_settings)
}

/// `guildhall help users` is the page of `guildhall users`.
fn without_help(command: Command) -> Command {
    command.disable_help_subcommand(true).mut_subcommands(without_help)
}
