//! The public keys with which others can check access tokens (RFC 7517).

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::endpoint::endpoints;

/// The public keys with which access tokens can be checked: a JWK Set (RFC 7517, 5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct JwkSet {
    /// The present key first, then those before it. None where tokens are signed with a secret.
    pub keys: Vec<Jwk>,
}

/// A public key: a JWK (RFC 7517, 4; RFC 7518, 6; RFC 8037, 2). Numbers and points are base64url.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "poem", oai(skip_serializing_if_is_none))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct Jwk {
    /// The kind of key: `OKP`, `EC` or `RSA`.
    pub kty: String,
    /// What it is for: `sig`.
    #[serde(rename = "use")]
    #[cfg_attr(feature = "poem", oai(rename = "use"))]
    pub purpose: String,
    /// The algorithm of the tokens that it checks: `EdDSA`, `ES256` or `RS256`.
    pub alg: String,
    /// Which key it is: what those tokens have as `kid`.
    pub kid: String,
    /// The curve of an `OKP` or `EC` key.
    pub crv: Option<String>,
    /// The point of an `OKP` key, the first half of an `EC` key's.
    pub x: Option<String>,
    /// The second half of an `EC` key's point.
    pub y: Option<String>,
    /// The modulus of an `RSA` key.
    pub n: Option<String>,
    /// The exponent of an `RSA` key.
    pub e: Option<String>,
}

endpoints! {
    /// Lists the public keys with which access tokens can be checked.
    ListSigningKeys = "list_signing_keys" Get "/.well-known/jwks.json", Anyone, ((), ()) -> JwkSet, [];
}
