//! The log, on standard error.

use std::io::{IsTerminal as _, stderr};

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

use super::Settings;

/// How lines are written.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum LogFormat {
    /// For people, in colours on a terminal.
    Pretty,
    /// For programs: each line a JSON object with `timestamp`, `level`, `target`, `message`, the line's own fields, and
    /// those of its request under `span`.
    Json,
}

/// Logs from now on.
pub(super) fn start(settings: &Settings) -> Result<()> {
    let filter = EnvFilter::try_new(&settings.log).context("LOG")?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    match settings.log_format {
        LogFormat::Pretty => log.with_ansi(stderr().is_terminal()).init(),
        LogFormat::Json => {
            log.json().flatten_event(true).with_current_span(true).with_span_list(false).init();
        }
    }
    Ok(())
}
