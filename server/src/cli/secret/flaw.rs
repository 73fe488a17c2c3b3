//! What is wrong with a secret, by one rule for a start and for the doctor.

use std::collections::HashSet;

use super::ENOUGH;

/// Fewer different characters than a random key of hexadecimal digits has, but for one in a million.
const FEW: usize = 9;
/// What stands in samples and in keys that someone typed.
const SAMPLES: [&str; 10] = [
    "change",
    "secret",
    "example",
    "password",
    "sample",
    "your-",
    "your_",
    "0123456789",
    "abcdefgh",
    "qwerty",
];

/// What is wrong with a secret.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::cli) struct Flaw {
    /// Whether a start refuses the secret.
    pub(in crate::cli) is_fatal: bool,
    /// What it is, without a character of the secret.
    pub(in crate::cli) what: String,
}

impl Flaw {
    /// That of a secret, if it has one. A short one is for trying things on one's own machine, where nobody else reaches
    /// the server; one that looks as if it could be guessed may be a good one by chance.
    pub(in crate::cli) fn of(secret: &str, is_loopback: bool) -> Option<Self> {
        let length = secret.len();
        if length < ENOUGH {
            let what = format!("it has {length} bytes; beyond loopback it needs at least {ENOUGH}");
            return Some(Self { is_fatal: !is_loopback, what });
        }
        let different = secret.chars().collect::<HashSet<_>>().len();
        let folded = secret.to_lowercase();
        let what = if different < FEW {
            format!("it has {different} different characters, and can be guessed")
        } else if SAMPLES.iter().any(|sample| folded.contains(sample)) {
            "it looks like one from a sample, which others know".to_owned()
        } else {
            return None;
        };
        Some(Self { is_fatal: false, what })
    }
}

#[cfg(test)]
mod tests {
    use super::Flaw;

    #[test]
    fn keys_that_can_be_guessed_are_told_from_random_ones() {
        let fatal = |loopback, key: &str| Flaw::of(key, loopback).map(|flaw| flaw.is_fatal);
        let random = "v1lqT0C8mFzK2x5bRjYgNwE9uHsD4aPo7iLyZcBf";
        assert_eq!(fatal(false, random), None);
        assert_eq!(fatal(false, "3f9a1c7e5b2d8046e1f7a9c3b5d2840639fa1c7e5b2d8046"), None);
        assert_eq!(fatal(false, &random[..31]), Some(true));
        assert_eq!(fatal(true, &random[..31]), Some(false));
        for key in [
            &"ab".repeat(20),
            "your-secret-key-change-me-in-production!",
            "Change_Me_v1lqT0C8mFzK2x5bRjYgNwE9u",
        ] {
            assert_eq!(fatal(false, key), Some(false), "{key}");
        }
    }
}
