//! What a mail proves with: the token of its link, and the short code that a person can type. Both are MACs of
//! the mail's row, so they can be made again whenever it is sent, and compared without being stored.

use aws_lc_rs::constant_time;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use guildhall_openapi::UserId;

use super::Stored;
use crate::identity;
use crate::tokens::TokenKeys;

/// The digits of a code: those of Crockford's base 32, without letters that look like others.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// How many digits a code has: 40 bits, of which ten guesses find one in 10^11.
const LENGTH: usize = 8;

impl TokenKeys {
    /// The token of the mail's link.
    pub(super) fn mail_token(&self, mail: &Stored) -> String {
        let mac = URL_SAFE_NO_PAD.encode(self.mac(&covered("token", mail)));
        format!("gm1.{}.{mac}", mail.id)
    }

    /// The mail's code, as it is read: two groups of four.
    pub(super) fn written_mail_code(&self, mail: &Stored) -> String {
        let code = digits(&self.mac(&covered("code", mail)));
        let code: String = code.map(char::from).iter().collect();
        let (first, second) = code.split_at(LENGTH / 2);
        format!("{first}-{second}")
    }
}

/// What the MAC of a mail covers.
fn covered(purpose: &str, mail: &Stored) -> String {
    let (kind, user) = (mail.kind.as_str(), mail.user.map_or(0, UserId::get));
    let (id, nonce, email) = (mail.id, &mail.nonce, identity::email_key(&mail.email));
    format!("mail {purpose} {kind} {id} {user} {nonce} {email}")
}

/// A code, as it is compared.
fn digits(mac: &hmac::Tag) -> [u8; LENGTH] {
    let mut digits = mac.as_ref().iter().map(|byte| DIGITS[usize::from(byte % 32)]);
    std::array::from_fn(|_| digits.next().unwrap_or(DIGITS[0]))
}

/// A token that was shown, not yet known to be genuine.
pub(crate) struct ShownToken {
    pub(crate) id: i64,
    mac: Vec<u8>,
}

impl ShownToken {
    /// Takes a token apart; `None` where it has not the form of one.
    pub(crate) fn read(token: &str) -> Option<Self> {
        let (id, mac) = token.trim().strip_prefix("gm1.")?.split_once('.')?;
        Some(Self { id: id.parse().ok()?, mac: URL_SAFE_NO_PAD.decode(mac).ok()? })
    }

    /// Whether it is this mail's.
    pub(crate) fn is_of(&self, mail: &Stored, keys: &TokenKeys) -> bool {
        keys.is_mac(&covered("token", mail), &self.mac)
    }
}

/// A code that was typed.
pub(crate) struct TypedCode(Vec<u8>);

impl TypedCode {
    /// Reads a code as people type it: in any case, grouped or not, with letters for the digits that they look like.
    pub(crate) fn read(typed: &str) -> Self {
        let digits = typed.bytes().filter(u8::is_ascii_alphanumeric);
        Self(
            digits
                .map(|digit| match digit.to_ascii_uppercase() {
                    b'O' => b'0',
                    b'I' | b'L' => b'1',
                    other => other,
                })
                .collect(),
        )
    }

    /// Whether it is this mail's.
    pub(crate) fn is_of(&self, mail: &Stored, keys: &TokenKeys) -> bool {
        let covered = covered("code", mail);
        let mut macs = std::iter::once(keys.mac(&covered)).chain(keys.previous_macs(&covered));
        macs.any(|mac| constant_time::verify_slices_are_equal(&digits(&mac), &self.0).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use guildhall_openapi::{Language, Timestamp};

    use super::*;
    use crate::mail::Kind;
    use crate::tokens::Signing;

    fn keys(secret: &[u8]) -> TokenKeys {
        TokenKeys::new(secret, Signing::Hs256)
    }

    fn mail() -> Stored {
        Stored {
            id: 7,
            user: UserId::new(3),
            kind: Kind::ResetPassword,
            email: "alice@example.org".into(),
            language: Language::English,
            nonce: "nonce".into(),
            expires_at: Timestamp::from_micros(0),
            tries: 0,
        }
    }

    #[test]
    fn a_token_and_a_code_are_their_own_mails_and_no_others() {
        let (keys, mail) = (keys(b"a secret of at least 32 bytes...."), mail());
        let (token, code) = (keys.mail_token(&mail), keys.written_mail_code(&mail));
        let (token, code) = (ShownToken::read(&token).unwrap(), TypedCode::read(&code));
        assert!(token.is_of(&mail, &keys) && code.is_of(&mail, &keys));
        for other in [
            Stored { id: 8, ..mail.clone() },
            Stored { user: UserId::new(4), ..mail.clone() },
            Stored { user: None, ..mail.clone() },
            Stored { kind: Kind::VerifyEmail, ..mail.clone() },
            Stored { email: "bob@example.org".into(), ..mail.clone() },
            Stored { nonce: "another".into(), ..mail.clone() },
        ] {
            assert!(!token.is_of(&other, &keys) && !code.is_of(&other, &keys), "{other:?}");
        }
        let others = || self::keys(b"another secret of 32 bytes or more");
        assert!(!token.is_of(&mail, &others()) && !code.is_of(&mail, &others()));
        let exchanged = others().with_previous(b"a secret of at least 32 bytes....");
        assert!(token.is_of(&mail, &exchanged) && code.is_of(&mail, &exchanged));
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let (keys, mail) = (keys(b"a secret of at least 32 bytes...."), mail());
        let code = keys.written_mail_code(&mail);
        assert!(code.len() == 9 && code.as_bytes()[4] == b'-', "{code}");
        let bare = code.replace('-', "");
        let misread = bare.replace('0', "o").replace('1', "l");
        for typed in [bare.to_lowercase(), format!(" {} {} ", &bare[..4], &bare[4..]), misread] {
            assert!(TypedCode::read(&typed).is_of(&mail, &keys), "{typed}");
        }
        for wrong in ["", &bare[..7], &format!("{bare}0"), "ÀÀÀÀÀÀÀÀ"] {
            assert!(!TypedCode::read(wrong).is_of(&mail, &keys), "{wrong}");
        }
    }

    #[test]
    fn what_is_no_token_is_not_read() {
        for bad in ["", "gm1", "gm1.7", "gm1..AAAA", "gm1.x.AAAA", "gm2.7.AAAA", "gm1.7.!", "é"] {
            assert!(ShownToken::read(bad).is_none(), "{bad}");
        }
    }
}
