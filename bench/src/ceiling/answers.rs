//! The ceilings of what is answered from memory: the very answer of Guildhall, with and without a
//! look at who asks.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use poem::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use poem::web::Data;
use poem::{Request, Response, handler};
use serde::{Deserialize, Serialize};

use crate::http::Answer;

/// An answer to be given again, byte for byte.
#[derive(Clone)]
pub(crate) struct Captured(Arc<(HeaderMap, Vec<u8>)>);

/// The same in a file.
#[derive(Serialize, Deserialize)]
struct Stored {
    headers: Vec<(String, String)>,
    body: String,
}

impl Captured {
    /// Stores an answer. Its date and its length the ceiling writes itself, as the server did.
    pub(crate) fn write(answer: &Answer, file: &Path) -> Result<()> {
        let own = [header::DATE, header::CONTENT_LENGTH];
        let headers = answer.headers.iter().filter(|(name, _)| !own.contains(name));
        let text = |(name, value): (&_, &HeaderValue)| {
            Ok((ToString::to_string(name), value.to_str()?.into()))
        };
        let stored = Stored {
            headers: headers.map(text).collect::<Result<_>>()?,
            body: String::from_utf8(answer.body.to_vec())?,
        };
        Ok(fs::write(file, serde_json::to_vec(&stored)?)?)
    }

    pub(super) fn read(file: &Path) -> Result<Self> {
        let stored = fs::read(file).with_context(|| file.display().to_string())?;
        let Stored { headers, body } = serde_json::from_slice(&stored)?;
        let header = |(name, value): (String, String)| {
            Ok((HeaderName::try_from(name)?, HeaderValue::try_from(value)?))
        };
        let headers = headers.into_iter().map(header).collect::<Result<_>>()?;
        Ok(Self(Arc::new((headers, body.into_bytes()))))
    }

    fn answer(&self) -> Response {
        let (headers, body) = &*self.0;
        let mut response = Response::builder().body(body.clone());
        response.headers_mut().clone_from(headers);
        response
    }
}

/// What checks access tokens.
#[derive(Clone)]
pub(super) struct Verifier(Arc<(DecodingKey, Validation)>);

/// What an access token of Guildhall says.
#[derive(Deserialize)]
struct Claims {
    #[serde(rename = "sub")]
    _sub: String,
    #[serde(rename = "login")]
    _login: i64,
    #[serde(rename = "jti")]
    _jti: String,
    #[serde(rename = "iat")]
    _iat: i64,
    #[serde(rename = "exp")]
    _exp: i64,
}

impl Verifier {
    pub(super) fn new(secret: &str) -> Self {
        let key = DecodingKey::from_secret(secret.as_bytes());
        Self(Arc::new((key, Validation::new(Algorithm::HS256))))
    }

    fn is_good(&self, request: &Request) -> bool {
        let (key, validation) = &*self.0;
        let token = request.header(header::AUTHORIZATION).and_then(|h| h.strip_prefix("Bearer "));
        token.is_some_and(|token| jsonwebtoken::decode::<Claims>(token, key, validation).is_ok())
    }
}

#[handler]
pub(super) fn bare(Data(answer): Data<&Captured>) -> Response {
    answer.answer()
}

#[handler]
pub(super) fn verified(
    request: &Request,
    Data(verifier): Data<&Verifier>,
    Data(answer): Data<&Captured>,
) -> Response {
    if verifier.is_good(request) {
        answer.answer()
    } else {
        Response::builder().status(StatusCode::UNAUTHORIZED).finish()
    }
}
