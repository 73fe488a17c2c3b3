//! Tokens: short-lived access tokens (JWT, RFC 7519) and the refresh tokens that buy the next.
//!
//! A refresh token names a login and a generation and carries a MAC over both, keyed with the
//! server's secret and with a seed that only the login's row holds. So every replica can make the
//! login's *present* token again, which is what a client that lost an answer is given; and a
//! stolen database alone, or a stolen secret alone, makes none
//! (`docs/decisions/0003-refresh-tokens.md`).

use aws_lc_rs::{constant_time, hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guildhall_openapi::{LoginId, Timestamp, UserId};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

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

/// The algorithms with which access tokens can be signed (RFC 7518, 3.2). One is pinned: a token
/// that names another is refused.
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

/// The keys that make and check tokens.
pub struct TokenKeys {
    encoding: EncodingKey,
    decoding: DecodingKey,
    header: Header,
    validation: Validation,
    refresh: hmac::Key,
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
        let root = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let derive = |purpose: &str| hmac::sign(&root, purpose.as_bytes());
        // The id of the key tells nothing of the key: it is a MAC, cut short.
        let kid = URL_SAFE_NO_PAD.encode(&derive("guildhall key id").as_ref()[..6]);
        let mut validation = Validation::new(algorithm);
        // Time comes from our clock; `sub`, `login` and `exp` are there or the claims do not decode.
        validation.validate_exp = false;
        validation.required_spec_claims.clear();
        Self {
            encoding: EncodingKey::from_secret(secret),
            decoding: DecodingKey::from_secret(secret),
            header: Header { kid: Some(kid), ..Header::new(algorithm) },
            validation,
            refresh: hmac::Key::new(hmac::HMAC_SHA256, derive("guildhall refresh").as_ref()),
        }
    }

    /// What stands for a text that is not to be stored as it is: it is or may hold a password.
    pub(crate) fn fingerprint(&self, text: &str) -> String {
        let mac = self.mac(&format!("fingerprint {text}"));
        URL_SAFE_NO_PAD.encode(&mac.as_ref()[..18])
    }

    /// A MAC over a text that says what it is for.
    pub(crate) fn mac(&self, text: &str) -> hmac::Tag {
        hmac::sign(&self.refresh, text.as_bytes())
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
        let data = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation).ok()?;
        if data.header.kid != self.header.kid {
            return None;
        }
        let access = Access {
            user: data.claims.sub.parse().ok()?,
            login: data.claims.login,
            issued_at: data.claims.iat,
            expires_at: Timestamp::from_micros(data.claims.exp.saturating_mul(1_000_000)),
        };
        access.is_in_time(now).then_some(access)
    }

    /// The refresh token of a login's generation.
    pub(crate) fn refresh(&self, login: LoginId, generation: i64, seed: &str) -> String {
        let mac = URL_SAFE_NO_PAD.encode(self.refresh_mac(login, generation, seed));
        format!("gr1.{login}.{generation}.{mac}")
    }

    fn refresh_mac(&self, login: LoginId, generation: i64, seed: &str) -> hmac::Tag {
        self.mac(&format!("{login}.{generation}.{seed}"))
    }
}

/// A refresh token that was shown, not yet known to be genuine.
pub(crate) struct ShownRefresh {
    pub(crate) login: LoginId,
    pub(crate) generation: i64,
    mac: Vec<u8>,
}

impl ShownRefresh {
    /// Takes a refresh token apart; `None` where it has not the form of one.
    pub(crate) fn read(token: &str) -> Option<Self> {
        let mut parts = token.trim().split('.');
        let (version, login, generation, mac) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        if version != "gr1" || parts.next().is_some() {
            return None;
        }
        let generation = generation.parse().ok()?;
        Some(Self {
            login: login.parse().ok()?,
            generation,
            mac: URL_SAFE_NO_PAD.decode(mac).ok()?,
        })
    }

    /// Whether we made it, for the login with this seed.
    pub(crate) fn is_genuine(&self, keys: &TokenKeys, seed: &str) -> bool {
        let expected = keys.refresh_mac(self.login, self.generation, seed);
        constant_time::verify_slices_are_equal(expected.as_ref(), &self.mac).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

    fn keys() -> TokenKeys {
        TokenKeys::new(b"a secret of at least 32 bytes....", Signing::Hs256)
    }

    fn token(keys: &TokenKeys) -> String {
        let (user, login) = (UserId::new(7).unwrap(), LoginId::new(9).unwrap());
        keys.access(user, login, NOW, NOW.after(Duration::from_secs(1800))).unwrap()
    }

    #[test]
    fn a_token_is_good_for_its_time_and_some_leeway() {
        let (keys, late) = (keys(), |secs| NOW.after(Duration::from_secs(secs)));
        let access = keys.read_access(&token(&keys), NOW).unwrap();
        assert_eq!((access.user.get(), access.login.get()), (7, 9));
        assert!(keys.read_access(&token(&keys), late(1804)).is_some());
        assert!(keys.read_access(&token(&keys), late(1805)).is_none());
        assert!(keys.read_access(&token(&keys), NOW.before(Duration::from_secs(6))).is_none());
    }

    #[test]
    fn other_keys_algorithms_and_changed_tokens_are_refused() {
        let (keys, token) = (keys(), token(&keys()));
        for other in [
            TokenKeys::new(b"another secret of 32 bytes or more", Signing::Hs256),
            TokenKeys::new(b"a secret of at least 32 bytes....", Signing::Hs512),
        ] {
            assert!(other.read_access(&token, NOW).is_none());
        }
        let parts: Vec<_> = token.split('.').collect();
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
        let admin = URL_SAFE_NO_PAD.encode(claims.replace("\"7\"", "\"1\""));
        for bad in [
            format!("{none}.{}.", parts[1]),
            format!("{}.{admin}.{}", parts[0], parts[2]),
            format!("{}.{}", parts[0], parts[1]),
            String::new(),
            "é".into(),
        ] {
            assert!(keys.read_access(&bad, NOW).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_refresh_token_can_be_made_again_and_not_guessed() {
        let (keys, login) = (keys(), LoginId::new(9).unwrap());
        let token = keys.refresh(login, 3, "seed");
        assert_eq!(token, keys.refresh(login, 3, "seed"));
        let shown = ShownRefresh::read(&token).unwrap();
        assert!(shown.is_genuine(&keys, "seed"));
        assert!(!shown.is_genuine(&keys, "another seed"));
        let forged = ShownRefresh::read(&token.replace(".3.", ".4.")).unwrap();
        assert!(!forged.is_genuine(&keys, "seed"));
        for bad in
            ["", "gr1", "gr1.9.3", "gr1.0.3.AAAA", "gr2.9.3.AAAA", "gr1.9.3.AAAA.5", "gr1.9.3.!"]
        {
            assert!(ShownRefresh::read(bad).is_none(), "{bad}");
        }
    }
}
