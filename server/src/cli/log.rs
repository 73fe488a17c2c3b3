//! The log, on standard error, and beside it the spans for a collector.

use std::io::{IsTerminal as _, stderr};

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt, registry};

#[cfg(not(feature = "otel"))]
use super::no_otel;
use super::{Settings, output};

#[cfg(not(feature = "otel"))]
pub(super) use super::no_otel::Export;
#[cfg(feature = "otel")]
pub(super) use crate::otel::Export;

/// Where spans go to; the first that is set counts.
pub(crate) const SPAN_ENDPOINTS: [&str; 2] =
    ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];

/// How lines are written.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum LogFormat {
    /// For people, in colours on a terminal.
    Pretty,
    /// For programs: each line of a server is a JSON object on standard error, with `timestamp`, `level`, `target`,
    /// `message`, the line's own fields, and those of its request under `span`.
    Json,
}

impl LogFormat {
    /// Tells of what is not well and does. For people it is beside the log, so that no filter hides it.
    pub(super) fn warn(self, text: &str) {
        match self {
            Self::Pretty => eprintln!("warning: {text}"),
            Self::Json => tracing::warn!("{text}"),
        }
    }

    /// Tells what was done, likewise, on standard output.
    pub(super) fn tell(self, text: &str) -> Result<()> {
        match self {
            Self::Pretty => output::line(text)?,
            Self::Json => tracing::info!("{text}"),
        }
        Ok(())
    }
}

/// Logs from now on, and exports spans where the environment says whereto; whoever serves ends that export.
pub(super) fn start(settings: &Settings) -> Result<Option<Export>> {
    let filter = EnvFilter::try_new(&settings.log).context("LOG")?;
    let export = Export::from_environment()?;
    let lines = fmt::layer().with_writer(stderr);
    let lines = match settings.log_format {
        LogFormat::Pretty => lines.with_ansi(stderr().is_terminal()).boxed(),
        LogFormat::Json => {
            lines.json().flatten_event(true).with_current_span(true).with_span_list(false).boxed()
        }
    };
    // Each has a filter of its own: what is logged does not decide what is exported.
    let spans = export.as_ref().map(Export::layer);
    registry().with(spans).with(lines.with_filter(filter)).init();
    #[cfg(not(feature = "otel"))]
    no_otel::warn();
    Ok(export)
}
