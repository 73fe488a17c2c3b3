//! The settings of the audit log.

use std::time::Duration;

use clap::Args;

/// The settings of the audit log.
#[derive(Clone, Debug, Args)]
pub struct AuditSettings {
    /// For how many days the audit log is kept
    #[arg(long, env, default_value_t = 365, global = true, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub audit_retention_days: u32,
}

impl AuditSettings {
    /// How long the audit log is kept.
    pub(super) fn retention(&self) -> Duration {
        super::days(self.audit_retention_days)
    }
}
