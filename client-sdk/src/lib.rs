//! The typed client of Guildhall. So far it holds what needs no transport: the contract it is built
//! on, and what a call can fail with. Transports, sign-in keeping and the stream come on top.

use std::fmt;

pub use guildhall_openapi as contract;
use guildhall_openapi::{Endpoint, ErrorCode, Problem};

/// Why a call gave no answer.
#[derive(Debug)]
pub enum Error {
    /// The server said no, and why.
    Api(Box<Problem>),
    /// The server could not be reached, or went away.
    Transport(Box<dyn std::error::Error + Send + Sync>),
    /// The answer was none of the contract's.
    Decode(serde_json::Error),
}

impl Error {
    /// The contract's code, where the server said no.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        if let Self::Api(problem) = self { Some(problem.code) } else { None }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(problem) => f.write_str(&problem.detail),
            Self::Transport(error) => write!(f, "the server cannot be reached: {error}"),
            Self::Decode(error) => write!(f, "the answer cannot be read: {error}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Api(_) => None,
            Self::Transport(error) => Some(&**error),
            Self::Decode(error) => Some(error),
        }
    }
}

/// Reads the answer of a call from its status and body, whatever carried it.
///
/// # Errors
/// [`Error::Api`] for a problem document, [`Error::Decode`] for what is neither an answer nor one.
pub fn decode<E: Endpoint>(status: u16, body: &[u8]) -> Result<E::Response, Error> {
    if !(200..300).contains(&status) {
        return Err(serde_json::from_slice(body).map_or_else(Error::Decode, Error::Api));
    }
    let body = if body.is_empty() { b"null" } else { body };
    serde_json::from_slice(body).map_err(Error::Decode)
}

#[cfg(test)]
mod tests {
    use guildhall_openapi::accounts::Me;
    use guildhall_openapi::logins::LogOut;

    use super::*;

    #[test]
    fn answers_problems_and_nonsense_are_told_apart() {
        assert!(decode::<LogOut>(204, b"").is_ok());
        let problem = br#"{"type":"about:blank","title":"Unauthorized","status":401,
            "code":"not_authenticated","detail":"Not authenticated","request_id":"x"}"#;
        let error = decode::<Me>(401, problem).unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::NotAuthenticated));
        assert!(matches!(decode::<Me>(502, b"<html>"), Err(Error::Decode(_))));
        assert!(matches!(decode::<Me>(200, b"{}"), Err(Error::Decode(_))));
    }
}
