//! Refresh tokens, each of which buys the next pair of tokens.
//!
//! A refresh token names a login and a generation and carries a MAC over both, keyed with the
//! server's secret and with a seed that only the login's row holds. So every replica can make the
//! login's *present* token again, which is what a client that lost an answer is given; and a
//! stolen database alone, or a stolen secret alone, makes none
//! (`docs/decisions/0003-refresh-tokens.md`).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guildhall_openapi::LoginId;

use super::TokenKeys;

impl TokenKeys {
    /// The refresh token of a login's generation.
    pub(crate) fn refresh(&self, login: LoginId, generation: i64, seed: &str) -> String {
        let mac = URL_SAFE_NO_PAD.encode(self.mac(&refresh_text(login, generation, seed)));
        format!("gr1.{login}.{generation}.{mac}")
    }
}

/// What the MAC of a refresh token covers.
fn refresh_text(login: LoginId, generation: i64, seed: &str) -> String {
    format!("{login}.{generation}.{seed}")
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

    /// The token that was shown.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn to_text(&self) -> String {
        let Self { login, generation, mac } = self;
        format!("gr1.{login}.{generation}.{}", URL_SAFE_NO_PAD.encode(mac))
    }

    /// Whether we made it, for the login with this seed.
    pub(crate) fn is_genuine(&self, keys: &TokenKeys, seed: &str) -> bool {
        keys.is_mac(&refresh_text(self.login, self.generation, seed), &self.mac)
    }
}
