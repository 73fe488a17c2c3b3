//! Why a command failed, for people, for programs and for the shell.

use std::io;

use guildhall_client::Error;
use guildhall_client::contract::{ErrorCode, FieldError};
use serde::Serialize;

/// Why a command failed. Its JSON is `{"code", "detail", "errors", "hint"}`, the first three as in
/// the server's own problem documents.
#[derive(Debug, Serialize)]
pub(crate) struct Failure {
    pub(crate) code: &'static str,
    pub(crate) detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<FieldError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
    #[serde(skip)]
    pub(crate) exit_code: u8,
}

impl Failure {
    pub(crate) fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), errors: Vec::new(), hint: None, exit_code: 1 }
    }

    /// Someone asked in a way that does not fit.
    pub(crate) fn usage(detail: impl Into<String>) -> Self {
        Self { exit_code: 2, ..Self::new("usage", detail) }
    }

    /// The login ended while something was followed.
    pub(crate) fn signed_out() -> Self {
        Self::new(ErrorCode::NotAuthenticated.as_str(), "You are signed out").hint(SIGN_IN)
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Whether it is nothing to be told about.
    pub(crate) fn is_silent(&self) -> bool {
        matches!(self.exit_code, 0 | INTERRUPTED)
    }
}

/// The exit code of what was interrupted: 128 and the number of the signal.
pub(crate) const INTERRUPTED: u8 = 130;

const SIGN_IN: &str = "`guild login` signs you in";

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Api { code, problem, .. } => {
                let hint = match code {
                    ErrorCode::NotAuthenticated | ErrorCode::InvalidRefreshToken => Some(SIGN_IN),
                    ErrorCode::UsernameTaken | ErrorCode::EmailTaken => {
                        Some("if it is yours, `guild login` signs you in")
                    }
                    _ => None,
                };
                Self {
                    errors: problem.errors,
                    hint: hint.map(str::to_owned),
                    ..Self::new(code.as_str(), problem.detail)
                }
            }
            Error::Transport(_) => Self::new("unreachable", error.to_string())
                .hint("is the server running? --server or GUILD_SERVER says where it is"),
            _ => Self::new("failed", error.to_string()),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let exit_code = match error.kind() {
            // Whoever reads has seen enough.
            io::ErrorKind::BrokenPipe => 0,
            io::ErrorKind::Interrupted => INTERRUPTED,
            _ => 1,
        };
        Self { exit_code, ..Self::new("failed", error.to_string()) }
    }
}
