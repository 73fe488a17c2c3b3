//! Text fields, each with the limits it must keep. The generated schema and the core's validation
//! both read them from here.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::ops::Deref;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::Fault;

/// Which characters may stand in a text: as a regular expression (ECMA 262) over the whole of it,
/// and as a function of one.
pub type Characters = (&'static str, fn(char) -> bool);

/// What a kind of text must look like. Lengths are in characters (Unicode scalar values).
pub trait Rule: Send + Sync + 'static {
    /// The smallest number of characters, once trimmed.
    const MIN: usize;
    /// The largest number of characters, once trimmed.
    const MAX: usize;
    /// Which characters may stand in it, if not all.
    const CHARACTERS: Option<Characters> = None;
    /// The OpenAPI `format`.
    const FORMAT: Option<&'static str> = None;
    /// Whether it is a secret: never shown by `Debug`, never trimmed (a space is part of a
    /// password; NIST SP 800-63B-4, 3.1.1.2).
    const SECRET: bool = false;
    /// A value that fits.
    const EXAMPLE: &'static str;
}

/// A text field of kind `R`.
///
/// It holds what the other side sent; [`Text::check`] says whether that keeps the rule. So a
/// caller can build one from any string, and the server can say what is wrong with it.
pub struct Text<R>(String, PhantomData<fn() -> R>);

impl<R: Rule> Text<R> {
    /// The text without white space around it (as it is, for a secret), or what is wrong with it.
    ///
    /// # Errors
    /// The first of [`Fault::Nul`], [`Fault::TooShort`], [`Fault::TooLong`],
    /// [`Fault::Characters`] that applies.
    pub fn check(&self) -> Result<&str, Fault> {
        let text = if R::SECRET { self.0.as_str() } else { self.0.trim() };
        if text.contains('\0') {
            return Err(Fault::Nul);
        }
        // The byte length bounds the characters from above and, divided by 4, from below.
        let length =
            if text.len() > R::MAX.saturating_mul(4) { usize::MAX } else { text.chars().count() };
        if length < R::MIN {
            return Err(Fault::TooShort(R::MIN));
        }
        if length > R::MAX {
            return Err(Fault::TooLong(R::MAX));
        }
        match R::CHARACTERS {
            Some((pattern, allowed)) if !text.chars().all(allowed) => {
                Err(Fault::Characters(pattern))
            }
            _ => Ok(text),
        }
    }
}

impl<R> Text<R> {
    /// The text as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text as it was given, without a copy.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl<R, S: Into<String>> From<S> for Text<R> {
    fn from(text: S) -> Self {
        Self(text.into(), PhantomData)
    }
}

impl<R> FromStr for Text<R> {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        Ok(text.into())
    }
}

impl<R> Deref for Text<R> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<R: Rule> fmt::Debug for Text<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if R::SECRET { f.write_str("\"…\"") } else { self.0.fmt(f) }
    }
}

impl<R> Clone for Text<R> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<R> PartialEq for Text<R> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<R> Eq for Text<R> {}

impl<R> PartialEq<str> for Text<R> {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl<R> PartialEq<&str> for Text<R> {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl<R> Hash for Text<R> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<R> Serialize for Text<R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de, R> Deserialize<'de> for Text<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident => $alias:ident { $($body:tt)* })*) => {
        /// The rules by name. [`Text`] is used through the aliases beside this module.
        pub mod rule {
            use super::{Characters, Rule};
            $(
                $(#[$doc])*
                pub enum $rule {}
                impl Rule for $rule { $($body)* }
            )*
        }
        $(
            $(#[$doc])*
            pub type $alias = Text<rule::$rule>;
            #[cfg(feature = "poem")]
            $crate::schema::scalar!($alias, $crate::schema::text::<rule::$rule>());
        )*
    };
}

rules! {
    /// A user's name, unique without regard to case.
    UsernameRule => Username {
        const MIN: usize = 3;
        const MAX: usize = 64;
        const CHARACTERS: Option<Characters> = Some((
            "^[A-Za-z0-9._-]+$",
            |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'),
        ));
        const EXAMPLE: &'static str = "alice";
    }
    /// An email address (RFC 5321; ASCII before the `@`), unique without regard to case.
    EmailRule => Email {
        const MIN: usize = 3;
        const MAX: usize = 254;
        const FORMAT: Option<&'static str> = Some("email");
        const EXAMPLE: &'static str = "alice@example.org";
    }
    /// A password (length as in NIST SP 800-63B-4, 3.1.1.2).
    PasswordRule => Password {
        const MIN: usize = 8;
        const MAX: usize = 128;
        const FORMAT: Option<&'static str> = Some("password");
        const SECRET: bool = true;
        const EXAMPLE: &'static str = "plum-orbit-velvet";
    }
    /// A password that is only compared, so that one from before today's limits still can be.
    PresentPasswordRule => PresentPassword {
        const MIN: usize = 1;
        const MAX: usize = 1024;
        const FORMAT: Option<&'static str> = Some("password");
        const SECRET: bool = true;
        const EXAMPLE: &'static str = "plum-orbit-velvet";
    }
    /// What a person signs in with: an email address or a username.
    IdentifierRule => Identifier {
        const MIN: usize = 1;
        const MAX: usize = 254;
        const EXAMPLE: &'static str = "alice@example.org";
    }
    /// A person's name, as they write it.
    FullNameRule => FullName {
        const MIN: usize = 0;
        const MAX: usize = 200;
        const EXAMPLE: &'static str = "Alice Liddell";
    }
    /// What an event is called, unique exactly.
    EventTitleRule => EventTitle {
        const MIN: usize = 1;
        const MAX: usize = 200;
        const EXAMPLE: &'static str = "Summer party";
    }
    /// What an event is about.
    DescriptionRule => Description {
        const MIN: usize = 0;
        const MAX: usize = 10_000;
        const EXAMPLE: &'static str = "Bring a friend and something to share.";
    }
    /// Where an event takes place.
    LocationRule => Location {
        const MIN: usize = 0;
        const MAX: usize = 500;
        const EXAMPLE: &'static str = "The garden, 12 Station Road";
    }
    /// A group's name, unique without regard to case.
    GroupNameRule => GroupName {
        const MIN: usize = 1;
        const MAX: usize = 100;
        const EXAMPLE: &'static str = "Croquet";
    }
    /// A live session's name.
    SessionNameRule => SessionName {
        const MIN: usize = 1;
        const MAX: usize = 200;
        const EXAMPLE: &'static str = "Anatomy, first lesson";
    }
    /// What a message says.
    MessageTextRule => MessageText {
        const MIN: usize = 1;
        const MAX: usize = 10_000;
        const EXAMPLE: &'static str = "Shall we meet at six?";
    }
    /// A place in what a user is told by the stream, as the server wrote it. It is to be kept and given
    /// back, not to be understood. Whatever else is given is no place, which is said in the stream.
    CursorRule => Cursor {
        const MIN: usize = 0;
        const MAX: usize = 500;
        const EXAMPLE: &'static str = "gc1.1s.7.mQ0vJ3kAz2E";
    }
    /// A token that the server made.
    TokenRule => Token {
        const MIN: usize = 1;
        const MAX: usize = 2048;
        const SECRET: bool = true;
        const EXAMPLE: &'static str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9…";
    }
    /// The short code of a mail: 8 letters and digits, in any case, with or without what stands between them.
    MailCodeRule => MailCode {
        const MIN: usize = 1;
        const MAX: usize = 32;
        const SECRET: bool = true;
        const EXAMPLE: &'static str = "K7QF-2M9X";
    }
    /// What a client names a creating call by, to be able to ask for it again.
    IdempotencyKeyRule => IdempotencyKey {
        const MIN: usize = 1;
        const MAX: usize = 255;
        const CHARACTERS: Option<Characters> =
            Some(("^[!-~]+$", |c| c.is_ascii_graphic()));
        const EXAMPLE: &'static str = "8e03978e-40d5-43dd-bc93-6894a57f9324";
    }
    /// A part of a name to look for, without regard to case.
    SearchRule => Search {
        const MIN: usize = 0;
        const MAX: usize = 200;
        const EXAMPLE: &'static str = "ali";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_trimmed_then_counted_in_characters() {
        assert_eq!(Username::from("  bob\n").check(), Ok("bob"));
        assert_eq!(Username::from(" ab ").check(), Err(Fault::TooShort(3)));
        assert_eq!(FullName::from("é".repeat(200)).check().map(str::len), Ok(400));
        assert_eq!(FullName::from("é".repeat(201)).check(), Err(Fault::TooLong(200)));
        assert_eq!(FullName::from("x".repeat(1_000_000)).check(), Err(Fault::TooLong(200)));
    }

    #[test]
    fn nul_and_foreign_characters_are_refused() {
        assert_eq!(FullName::from("a\0b").check(), Err(Fault::Nul));
        let foreign =
            |text: &str| matches!(Username::from(text).check(), Err(Fault::Characters(_)));
        assert!(foreign("a b c"));
        assert!(foreign("аlice"), "Cyrillic а");
    }

    #[test]
    fn a_secret_is_neither_trimmed_nor_shown() {
        assert_eq!(Password::from(" 12345678 ").check(), Ok(" 12345678 "));
        assert_eq!(format!("{:?}", Password::from("hush hush hush")), "\"…\"");
    }

    #[test]
    fn examples_keep_their_own_rule() {
        assert!(Username::from(rule::UsernameRule::EXAMPLE).check().is_ok());
        assert!(Email::from(rule::EmailRule::EXAMPLE).check().is_ok());
        assert!(Password::from(rule::PasswordRule::EXAMPLE).check().is_ok());
    }
}
