//! Pairs of keys: a private one that signs access tokens, and its public half, with which anyone can
//! check them without being able to make one.

use std::collections::BTreeMap;
use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::error::KeyRejected;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair,
    RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guildhall_openapi::keys::Jwk;
use jsonwebtoken::errors::Error as Unfit;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};

/// The algorithms that sign with a pair of keys (RFC 7518, 3.1; RFC 8037, 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairAlgorithm {
    /// Ed25519.
    EdDsa,
    /// ECDSA with the curve P-256 and SHA-256.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl PairAlgorithm {
    /// Its name in tokens.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }

    pub(super) fn algorithm(self) -> Algorithm {
        match self {
            Self::EdDsa => Algorithm::EdDSA,
            Self::Es256 => Algorithm::ES256,
            Self::Rs256 => Algorithm::RS256,
        }
    }
}

/// Why a key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is not in the form that is read.
    #[error("it holds no key as `-----BEGIN PRIVATE KEY-----` (PEM, PKCS#8)")]
    Form,
    /// It is damaged, or a key for something else.
    #[error("its key is not one for {}", .0.name())]
    Kind(PairAlgorithm),
    /// It can be broken (NIST SP 800-131A, table 2).
    #[error("its RSA key has fewer than 2048 bits")]
    Short,
}

/// A private key, and what it is checked with.
pub struct KeyPair {
    pub(super) private: EncodingKey,
    pub(super) public: PublicKey,
}

impl KeyPair {
    /// Reads a private key: PEM of PKCS#8, not encrypted.
    ///
    /// # Errors
    /// Where it is not a private key for `algorithm`.
    pub fn from_pem(algorithm: PairAlgorithm, pem: &[u8]) -> Result<Self, KeyError> {
        if !holds(pem, "-----BEGIN PRIVATE KEY-----") {
            return Err(KeyError::Form);
        }
        let kind = KeyError::Kind(algorithm);
        let (private, public) = match algorithm {
            PairAlgorithm::EdDsa => {
                let private = EncodingKey::from_ed_pem(pem).map_err(|_: Unfit| kind)?;
                let pair = Ed25519KeyPair::from_pkcs8(private.as_bytes()).map_err(|_| kind)?;
                let public = PublicKey::ed25519(pair.public_key().as_ref());
                (private, public)
            }
            PairAlgorithm::Es256 => {
                let private = EncodingKey::from_ec_pem(pem).map_err(|_: Unfit| kind)?;
                let signing = &ECDSA_P256_SHA256_FIXED_SIGNING;
                let pair =
                    EcdsaKeyPair::from_pkcs8(signing, private.as_bytes()).map_err(|_| kind)?;
                let public = PublicKey::p256(pair.public_key().as_ref());
                (private, public)
            }
            PairAlgorithm::Rs256 => {
                let private = EncodingKey::from_rsa_pem(pem).map_err(|_: Unfit| kind)?;
                let pair = RsaKeyPair::from_der(private.as_bytes()).map_err(rejected)?;
                (private, PublicKey::rsa(&pair.public_key().into())?)
            }
        };
        Ok(Self { private, public: public.ok_or(kind)? })
    }
}

/// A public key.
#[derive(Clone)]
pub struct PublicKey {
    pub(super) algorithm: PairAlgorithm,
    pub(super) decoding: DecodingKey,
    pub(super) jwk: Jwk,
}

impl PublicKey {
    /// Reads a public key (PEM, X.509's `SubjectPublicKeyInfo`), or the public half of a private one.
    ///
    /// # Errors
    /// Where it is not a key for `algorithm`.
    pub fn from_pem(algorithm: PairAlgorithm, pem: &[u8]) -> Result<Self, KeyError> {
        if !holds(pem, "-----BEGIN PUBLIC KEY-----") {
            return KeyPair::from_pem(algorithm, pem).map(|pair| pair.public);
        }
        let kind = KeyError::Kind(algorithm);
        let read = match algorithm {
            PairAlgorithm::EdDsa => DecodingKey::from_ed_pem(pem),
            PairAlgorithm::Es256 => DecodingKey::from_ec_pem(pem),
            PairAlgorithm::Rs256 => DecodingKey::from_rsa_pem(pem),
        };
        let read = read.map_err(|_: Unfit| kind)?;
        let bytes = read.try_get_as_bytes().map_err(|_: Unfit| kind)?;
        let public = match algorithm {
            PairAlgorithm::EdDsa => Self::ed25519(bytes),
            PairAlgorithm::Es256 => Self::p256(bytes),
            PairAlgorithm::Rs256 => {
                let key = rsa::PublicKey::from_der(bytes).map_err(rejected)?;
                Self::rsa(&(&key).into())?
            }
        };
        public.ok_or(kind)
    }

    /// Of the 32 bytes of RFC 8032.
    fn ed25519(bytes: &[u8]) -> Option<Self> {
        let x = (bytes.len() == 32).then(|| text(bytes))?;
        let decoding = DecodingKey::from_ed_components(&x).ok()?;
        let members = [("kty", "OKP"), ("crv", "Ed25519"), ("x", &x)];
        Some(Self::new(PairAlgorithm::EdDsa, decoding, members))
    }

    /// Of an uncompressed point (SEC 1, 2.3.3).
    fn p256(bytes: &[u8]) -> Option<Self> {
        let point = bytes.strip_prefix(&[4]).filter(|point| point.len() == 64)?;
        let (x, y) = (text(&point[..32]), text(&point[32..]));
        let decoding = DecodingKey::from_ec_components(&x, &y).ok()?;
        let members = [("kty", "EC"), ("crv", "P-256"), ("x", &x), ("y", &y)];
        Some(Self::new(PairAlgorithm::Es256, decoding, members))
    }

    fn rsa(key: &RsaPublicKeyComponents<Vec<u8>>) -> Result<Option<Self>, KeyError> {
        // Of the first byte the upper half has to be used.
        if key.n.len() < 256 || (key.n.len() == 256 && key.n[0] < 0x80) {
            return Err(KeyError::Short);
        }
        let (n, e) = (text(&key.n), text(&key.e));
        let members = [("kty", "RSA"), ("n", n.as_str()), ("e", e.as_str())];
        let decoding = DecodingKey::from_rsa_components(&n, &e).ok();
        Ok(decoding.map(|decoding| Self::new(PairAlgorithm::Rs256, decoding, members)))
    }

    fn new<const N: usize>(
        algorithm: PairAlgorithm,
        decoding: DecodingKey,
        members: [(&str, &str); N],
    ) -> Self {
        let members = BTreeMap::from(members);
        // RFC 7638; in short, for it stands in every token.
        let canonical: Vec<_> =
            members.iter().map(|(name, value)| format!("\"{name}\":\"{value}\"")).collect();
        let thumbprint = digest(&SHA256, format!("{{{}}}", canonical.join(",")).as_bytes());
        let member = |name| members.get(name).map(|value: &&str| (*value).to_owned());
        let jwk = Jwk {
            kty: member("kty").unwrap_or_default(),
            purpose: "sig".to_owned(),
            alg: algorithm.name().to_owned(),
            kid: text(&thumbprint.as_ref()[..12]),
            crv: member("crv"),
            x: member("x"),
            y: member("y"),
            n: member("n"),
            e: member("e"),
        };
        Self { algorithm, decoding, jwk }
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPair").field("public", &self.public).finish_non_exhaustive()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PublicKey").field(&self.jwk).finish()
    }
}

fn holds(pem: &[u8], line: &str) -> bool {
    str::from_utf8(pem).is_ok_and(|pem| pem.contains(line))
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn rejected(why: KeyRejected) -> KeyError {
    // Its only way to say which.
    match why.to_string().as_str() {
        "TooSmall" => KeyError::Short,
        _ => KeyError::Kind(PairAlgorithm::Rs256),
    }
}
