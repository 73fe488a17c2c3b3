//! Tokens: short-lived access tokens (JWT, RFC 7519) and the refresh tokens that buy the next.

use std::collections::HashSet;

use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guildhall_openapi::keys::JwkSet;
use guildhall_openapi::{LoginId, Timestamp, UserId};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

mod pair;
mod refresh;

pub use pair::{KeyError, KeyPair, PairAlgorithm, PublicKey};
pub(crate) use refresh::ShownRefresh;

/// Random bytes of cryptographic quality.
///
/// # Panics
/// Where the system has none to give: nothing secret can be made then.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::expect_used, reason = "there is nothing safe to do without randomness")]
    rand::fill(&mut bytes).expect("the system's random numbers");
    bytes
}

/// Random bytes as text that may stand in a URL: 4 characters for 3 bytes.
#[must_use]
pub fn random_text<const N: usize>() -> String {
    URL_SAFE_NO_PAD.encode(random::<N>())
}

/// The algorithms with which the server's secret can sign access tokens (RFC 7518, 3.2); those of a
/// [`KeyPair`] are [`PairAlgorithm`]. One is pinned: a token that names another is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signing {
    /// HMAC with SHA-256.
    #[default]
    Hs256,
    /// HMAC with SHA-384.
    Hs384,
    /// HMAC with SHA-512.
    Hs512,
}

impl std::str::FromStr for Signing {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "HS256" => Ok(Self::Hs256),
            "HS384" => Ok(Self::Hs384),
            "HS512" => Ok(Self::Hs512),
            _ => Err("it is none of HS256, HS384 and HS512"),
        }
    }
}

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Claims {
    /// The user's id, as text (RFC 7519, 4.1.2).
    sub: String,
    /// The login's id.
    login: LoginId,
    /// A name for this one token.
    jti: String,
    /// When it was made, in seconds since 1970.
    iat: i64,
    /// Until when it is good, in seconds since 1970.
    exp: i64,
}

/// An access token that was shown and is genuine and in time. Whether the login still stands is
/// another question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) user: UserId,
    pub(crate) login: LoginId,
    pub(crate) issued_at: i64,
    pub(crate) expires_at: Timestamp,
}

impl Access {
    /// Whether the token is good at this time, by a clock that is a little off.
    pub(crate) fn is_in_time(&self, now: Timestamp) -> bool {
        let now = now.as_secs();
        self.expires_at.as_secs() + LEEWAY > now && self.issued_at <= now + LEEWAY
    }
}

/// How far the clocks of two replicas may be apart, in seconds.
pub(crate) const LEEWAY: i64 = 5;

/// The keys that make and check tokens. What is new is made with the present keys; what was made with
/// those before them is good as well.
pub struct TokenKeys {
    encoding: EncodingKey,
    header: Header,
    /// The present key first.
    decoding: Vec<Reader>,
    validation: Validation,
    /// The present key first.
    macs: Vec<hmac::Key>,
    public: JwkSet,
}

/// Reads the access tokens of one key.
struct Reader {
    /// How they all begin: with a header that names the algorithm and the key. So the key of a token is
    /// known without reading it, and one is tried.
    begin: String,
    key: DecodingKey,
}

impl Reader {
    fn new(header: &Header, key: DecodingKey) -> Self {
        #[expect(clippy::expect_used, reason = "a header is some plain texts")]
        let json = serde_json::to_vec(header).expect("a header as JSON");
        Self { begin: format!("{}.", URL_SAFE_NO_PAD.encode(json)), key }
    }
}

fn header(algorithm: Algorithm, kid: &str) -> Header {
    Header { kid: Some(kid.to_owned()), ..Header::new(algorithm) }
}

fn validation(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    // Time comes from our clock; `sub`, `login` and `exp` are there or the claims do not decode.
    validation.validate_exp = false;
    validation.required_spec_claims.clear();
    validation
}

/// What is derived of a secret: the id of the key, which tells nothing of it, for it is a MAC, cut
/// short; and the key of MACs.
fn derived(secret: &[u8]) -> (String, hmac::Key) {
    let root = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let derive = |purpose: &str| hmac::sign(&root, purpose.as_bytes());
    let kid = URL_SAFE_NO_PAD.encode(&derive("guildhall key id").as_ref()[..6]);
    (kid, hmac::Key::new(hmac::HMAC_SHA256, derive("guildhall refresh").as_ref()))
}

impl TokenKeys {
    /// Keys from the server's secret, which all replicas share: 32 random bytes or more (RFC 7518, 3.2), for
    /// whoever guesses it is anyone. That is not checked here.
    #[must_use]
    pub fn new(secret: &[u8], signing: Signing) -> Self {
        let algorithm = match signing {
            Signing::Hs256 => Algorithm::HS256,
            Signing::Hs384 => Algorithm::HS384,
            Signing::Hs512 => Algorithm::HS512,
        };
        let (kid, mac) = derived(secret);
        let header = header(algorithm, &kid);
        Self {
            encoding: EncodingKey::from_secret(secret),
            decoding: vec![Reader::new(&header, DecodingKey::from_secret(secret))],
            header,
            validation: validation(algorithm),
            macs: vec![mac],
            public: JwkSet::default(),
        }
    }

    /// What was made with this secret is good as well: the one before, until all that it signed has
    /// expired or been exchanged.
    #[must_use]
    pub fn with_previous(mut self, secret: &[u8]) -> Self {
        let (kid, mac) = derived(secret);
        self.macs.push(mac);
        if self.encoding.family() == AlgorithmFamily::Hmac {
            let header = header(self.header.alg, &kid);
            self.decoding.push(Reader::new(&header, DecodingKey::from_secret(secret)));
        }
        self
    }

    /// Access tokens are signed with the pair and not with the secret, which remains what all else is
    /// made with; `previous` are the keys whose tokens are good as well. Those that a secret signed are
    /// not: who checks tokens with the public key believes nobody who has the secret.
    ///
    /// # Errors
    /// [`KeyError::Kind`] where a previous key is one for another algorithm.
    pub fn signed_by(mut self, pair: KeyPair, previous: Vec<PublicKey>) -> Result<Self, KeyError> {
        let KeyPair { private, public } = pair;
        let signing = public.algorithm;
        if previous.iter().any(|key| key.algorithm != signing) {
            return Err(KeyError::Kind(signing));
        }
        let algorithm = signing.algorithm();
        self.header = header(algorithm, &public.jwk.kid);
        self.encoding = private;
        self.validation = validation(algorithm);
        let mut known = HashSet::new();
        let (decoding, keys) = std::iter::once(public)
            .chain(previous)
            // The present pair may be named as a previous one already, or still.
            .filter(|key| known.insert(key.jwk.kid.clone()))
            .map(|key| (Reader::new(&header(algorithm, &key.jwk.kid), key.decoding), key.jwk))
            .unzip();
        (self.decoding, self.public) = (decoding, JwkSet { keys });
        Ok(self)
    }

    /// The public keys with which others can check access tokens.
    pub(crate) fn public(&self) -> &JwkSet {
        &self.public
    }

    /// What stands for a text that is not to be stored as it is: it is or may hold a password.
    pub(crate) fn fingerprint(&self, text: &str) -> String {
        fingerprint(&self.macs[0], text)
    }

    /// What stood for it under the keys before.
    pub(crate) fn previous_fingerprints(&self, text: &str) -> Vec<String> {
        self.macs[1..].iter().map(|key| fingerprint(key, text)).collect()
    }

    /// A MAC over a text that says what it is for.
    pub(crate) fn mac(&self, text: &str) -> hmac::Tag {
        hmac::sign(&self.macs[0], text.as_bytes())
    }

    /// The MACs that were made over it with the keys before.
    pub(crate) fn previous_macs(&self, text: &str) -> impl Iterator<Item = hmac::Tag> {
        self.macs[1..].iter().map(|key| hmac::sign(key, text.as_bytes()))
    }

    /// Whether it is the MAC over a text, with one of the keys.
    pub(crate) fn is_mac(&self, text: &str, shown: &[u8]) -> bool {
        self.macs.iter().any(|key| hmac::verify(key, text.as_bytes(), shown).is_ok())
    }

    /// An access token good until `expires_at`.
    pub(crate) fn access(
        &self,
        user: UserId,
        login: LoginId,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let claims = Claims {
            sub: user.to_string(),
            login,
            jti: random_text::<12>(),
            iat: now.as_secs(),
            exp: expires_at.as_secs(),
        };
        jsonwebtoken::encode(&self.header, &claims, &self.encoding)
    }

    /// Reads an access token; `None` where it is not one of ours, or out of its time.
    pub(crate) fn read_access(&self, token: &str, now: Timestamp) -> Option<Access> {
        let key = self.decoding.iter().find(|key| token.starts_with(&key.begin))?;
        let data = jsonwebtoken::decode::<Claims>(token, &key.key, &self.validation).ok()?;
        let access = Access {
            user: data.claims.sub.parse().ok()?,
            login: data.claims.login,
            issued_at: data.claims.iat,
            expires_at: Timestamp::from_micros(data.claims.exp.saturating_mul(1_000_000)),
        };
        access.is_in_time(now).then_some(access)
    }

    /// An access token that says this, whatever it is.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn signed(&self, claims: &str) -> String {
        let message = format!("{}{}", self.decoding[0].begin, URL_SAFE_NO_PAD.encode(claims));
        let signer =
            jsonwebtoken::crypto::sign(message.as_bytes(), &self.encoding, self.header.alg);
        format!("{message}.{}", signer.unwrap_or_default())
    }
}

fn fingerprint(key: &hmac::Key, text: &str) -> String {
    let mac = hmac::sign(key, format!("fingerprint {text}").as_bytes());
    URL_SAFE_NO_PAD.encode(&mac.as_ref()[..18])
}

#[cfg(test)]
mod tests;
