//! Why a service call did not do what it was asked.

use std::borrow::Cow;
use std::time::Duration;

use guildhall_openapi::text::{Rule, Text};
use guildhall_openapi::{ErrorCode, Fault};

use crate::storage::{Conflict, StorageError};

/// The result of a service call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a service call did not do what it was asked. [`Error::code`] is the contract's word for it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A rule says no.
    #[error("{0}")]
    Refused(ErrorCode),
    /// Fields do not fit.
    #[error("{code}: {}", list(fields))]
    Invalid {
        /// `validation_failed`, or a narrower code of status 422.
        code: ErrorCode,
        /// The fields and what is wrong with each.
        fields: Vec<(Cow<'static, str>, Fault)>,
    },
    /// Not now; after this long it may be tried again.
    #[error("too many requests, wait {0:?}")]
    TooMany(Duration),
    /// More work is waiting than can be done soon.
    #[error("overloaded")]
    Overloaded,
    /// The storage failed.
    #[error("storage: {0}")]
    Storage(#[source] StorageError),
    /// A fault of ours.
    #[error("internal: {0}")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

fn list(fields: &[(Cow<'static, str>, Fault)]) -> String {
    fields.iter().map(|(field, fault)| format!("{field} {fault}")).collect::<Vec<_>>().join(", ")
}

impl Error {
    /// One field that does not fit.
    pub fn field(name: impl Into<Cow<'static, str>>, fault: Fault) -> Self {
        let code = if fault == Fault::Weak {
            ErrorCode::WeakPassword
        } else {
            ErrorCode::ValidationFailed
        };
        Self::Invalid { code, fields: vec![(name.into(), fault)] }
    }

    /// The contract's code.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Refused(code) | Self::Invalid { code, .. } => *code,
            Self::TooMany(_) => ErrorCode::TooManyRequests,
            Self::Overloaded | Self::Storage(StorageError::Busy(_)) => ErrorCode::Unavailable,
            Self::Storage(_) | Self::Internal(_) => ErrorCode::Internal,
        }
    }
}

impl From<ErrorCode> for Error {
    fn from(code: ErrorCode) -> Self {
        Self::Refused(code)
    }
}

impl From<StorageError> for Error {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Conflict(Conflict::EmailTaken) => ErrorCode::EmailTaken.into(),
            StorageError::Conflict(Conflict::UsernameTaken) => ErrorCode::UsernameTaken.into(),
            StorageError::Conflict(Conflict::EventTitleTaken) => ErrorCode::EventTitleTaken.into(),
            StorageError::Conflict(Conflict::NoSuchEvent) => ErrorCode::EventNotFound.into(),
            StorageError::Conflict(Conflict::GroupNameTaken) => ErrorCode::GroupNameTaken.into(),
            StorageError::Conflict(Conflict::NoSuchGroup) => ErrorCode::GroupNotFound.into(),
            other => Self::Storage(other),
        }
    }
}

/// A text that is checked alone, without the white space around it.
///
/// # Errors
/// `validation_failed`, naming the field.
pub(crate) fn check<R: Rule>(field: &'static str, text: &Text<R>) -> Result<Text<R>> {
    text.check().map(Text::from).map_err(|fault| Error::field(field, fault))
}

/// Collects what is wrong with the fields of one request, so that all of it is told at once.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<(Cow<'static, str>, Fault)>);

impl Faults {
    /// Notes the fault, if there is one, and hands the value on.
    pub(crate) fn check<T>(
        &mut self,
        field: &'static str,
        checked: std::result::Result<T, Fault>,
    ) -> Option<T> {
        checked.map_err(|fault| self.0.push((field.into(), fault))).ok()
    }

    /// Fails if anything was noted.
    pub(crate) fn done(self) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let only_weak = self.0.iter().all(|(_, fault)| *fault == Fault::Weak);
        let code = if only_weak { ErrorCode::WeakPassword } else { ErrorCode::ValidationFailed };
        Err(Error::Invalid { code, fields: self.0 })
    }
}
