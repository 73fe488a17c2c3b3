//! What a call can fail with.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use guildhall_openapi::{ErrorCode, Problem};

/// Why a call gave no answer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Error {
    /// The server said no, and why.
    Api {
        /// The contract's code: what to match on.
        code: ErrorCode,
        /// The whole problem document, with a text for people and, for a `422`, the fields.
        problem: Box<Problem>,
        /// How long to wait before the next try, where the server says so.
        retry_after: Option<Duration>,
    },
    /// The server could not be reached, or went away; whether it did what it was asked cannot be
    /// known.
    Transport(TransportError),
    /// The answer was none of the contract's.
    Decode(DecodeError),
    /// The token store could not be read or written.
    Store(Arc<io::Error>),
}

impl Error {
    pub(crate) fn api(problem: Problem, retry_after: Option<Duration>) -> Self {
        Self::Api { code: problem.code, problem: Box::new(problem), retry_after }
    }

    /// The contract's code, where the server said no.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        if let Self::Api { code, .. } = self { Some(*code) } else { None }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api { problem, .. } => {
                f.write_str(&problem.detail)?;
                for error in &problem.errors {
                    write!(f, "; {} {}", error.field, error.message)?;
                }
                Ok(())
            }
            Self::Transport(error) => write!(f, "the server cannot be reached: {error}"),
            Self::Decode(error) => error.fmt(f),
            Self::Store(error) => write!(f, "the token store does not work: {error}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Api { .. } => None,
            Self::Transport(error) => Some(error),
            Self::Decode(error) => Some(&*error.source),
            Self::Store(error) => Some(&**error),
        }
    }
}

/// An answer that is none of the contract's: of another server, or of a newer one.
#[derive(Clone, Debug)]
pub struct DecodeError {
    /// The HTTP status.
    pub status: u16,
    source: Arc<serde_json::Error>,
}

impl DecodeError {
    pub(crate) fn new(status: u16, source: serde_json::Error) -> Self {
        Self { status, source: Arc::new(source) }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an answer with status {} cannot be read: {}", self.status, self.source)
    }
}

/// Why nothing came back.
#[derive(Clone, Debug)]
pub struct TransportError(Arc<dyn std::error::Error + Send + Sync>);

impl TransportError {
    /// Out of whatever the transport says.
    pub fn new(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(error.into().into())
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)?;
        // reqwest keeps the reason for itself: "error sending request".
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

impl std::error::Error for TransportError {}
