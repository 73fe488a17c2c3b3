//! What signs tokens: whether it is there, hard to guess, and private.

use std::collections::HashSet;
use std::fs::metadata;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use guildhall_storage_sqlite::Location;
use secrecy::{ExposeSecret as _, SecretString};

use super::report::Finding;
use crate::cli::secret::{self, ENOUGH};
use crate::cli::settings::Algorithm;
use crate::cli::{Settings, database};

const MAKE: &str = "`openssl rand -base64 48` makes one";
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

pub(super) fn check(settings: &Settings) -> Vec<Finding> {
    let mut found = secret_key(settings);
    let previous = settings.keys.secret_key_previous.iter();
    for key in previous.filter(|key| !key.expose_secret().trim().is_empty()) {
        found.extend(strength("SECRET_KEY_PREVIOUS", key, settings));
    }
    found.push(signing(settings));
    let files = settings.keys.signing_key_file.iter().map(|file| ("SIGNING_KEY_FILE", file));
    found.extend(files.filter_map(|(name, file)| mode(name, file)));
    found
}

fn secret_key(settings: &Settings) -> Vec<Finding> {
    const NAME: &str = "SECRET_KEY";
    if let Some(key) = &settings.keys.secret_key {
        let weak: Vec<_> = strength(NAME, key, settings).into_iter().collect();
        let fine = || vec![Finding::ok(NAME, format!("{} bytes", key.expose_secret().len()))];
        return if weak.is_empty() { fine() } else { weak };
    }
    match database::location(settings) {
        Some(Location::Memory) => {
            vec![Finding::ok(NAME, "made at each start, for a database in memory")]
        }
        Some(Location::File(database)) => beside(&database),
        None => {
            let advice = format!("set one, the same on all replicas; {MAKE}");
            vec![Finding::fail(NAME, "it is not set", advice)]
        }
    }
}

/// The key in the file beside a database.
fn beside(database: &Path) -> Vec<Finding> {
    const NAME: &str = "SECRET_KEY";
    let file = secret::file_beside(database);
    match std::fs::read_to_string(&file).map(SecretString::from) {
        Ok(key) if key.expose_secret().trim().len() < ENOUGH => {
            let what = format!("{} holds fewer than {ENOUGH} bytes", file.display());
            vec![Finding::fail(NAME, what, "restore it; or remove it, which signs everyone out")]
        }
        Ok(_) => {
            let fine = || Finding::ok(NAME, format!("in {}", file.display()));
            vec![mode(NAME, &file).unwrap_or_else(fine)]
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            vec![Finding::ok(NAME, format!("made at the first start, in {}", file.display()))]
        }
        Err(error) => {
            let what = format!("{}: {error}", file.display());
            vec![Finding::fail(NAME, what, "let the user who runs the server read it")]
        }
    }
}

/// What is wrong with a secret, without a character of it.
fn strength(name: &str, key: &SecretString, settings: &Settings) -> Option<Finding> {
    let key = key.expose_secret().trim();
    let length = key.len();
    if length < ENOUGH {
        let what = format!("it has {length} bytes, and needs {ENOUGH}");
        let advice = format!("take a longer one; {MAKE}");
        let loopback = settings.host.is_loopback();
        let judged = if loopback { Finding::warn } else { Finding::fail };
        return Some(judged(name, what, advice));
    }
    let different = key.chars().collect::<HashSet<_>>().len();
    if different < FEW {
        let what = format!("it has {different} different characters, and can be guessed");
        return Some(Finding::fail(name, what, format!("take a random one; {MAKE}")));
    }
    let folded = key.to_lowercase();
    SAMPLES.iter().any(|sample| folded.contains(sample)).then(|| {
        let what = "it looks like one from a sample, which others know";
        Finding::fail(name, what, format!("take a random one; {MAKE}"))
    })
}

/// Whether the key that signs access tokens can be read, and with those before it.
fn signing(settings: &Settings) -> Finding {
    const NAME: &str = "ALGORITHM";
    match secret::check_others(settings) {
        Ok(()) => {
            let name = match settings.keys.algorithm {
                Algorithm::Secret(signing) => format!("{signing:?}").to_uppercase(),
                Algorithm::Pair(pair) => pair.name().to_owned(),
            };
            Finding::ok(NAME, name)
        }
        Err(error) => {
            let line = crate::cli::one_line(&error);
            let (name, reason) = line.split_once(": ").unwrap_or((NAME, &line));
            let advice = "`openssl genpkey -algorithm ed25519 -out signing.pem` makes one for ALGORITHM=EdDSA";
            Finding::fail(name, reason, advice)
        }
    }
}

/// A file that others on the machine can read.
fn mode(name: &str, file: &Path) -> Option<Finding> {
    let mode = metadata(file).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then(|| {
        let what = format!("{} can be read by others (mode {mode:o})", file.display());
        Finding::warn(name, what, format!("`chmod 600 {}`", file.display()))
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::strength;
    use crate::cli::Cli;
    use crate::cli::doctor::report::Verdict;

    #[test]
    fn keys_that_can_be_guessed_are_told_from_random_ones() {
        let verdict = |host: &str, key: &str| {
            let settings = Cli::parse_from(["guildhall", "--host", host]).settings;
            strength("SECRET_KEY", &key.to_owned().into(), &settings).map(|found| found.verdict)
        };
        let random = "v1lqT0C8mFzK2x5bRjYgNwE9uHsD4aPo7iLyZcBf";
        assert_eq!(verdict("0.0.0.0", random), None);
        assert_eq!(verdict("0.0.0.0", "3f9a1c7e5b2d8046e1f7a9c3b5d2840639fa1c7e5b2d8046"), None);
        assert_eq!(verdict("0.0.0.0", &random[..31]), Some(Verdict::Fail));
        assert_eq!(verdict("127.0.0.1", &random[..31]), Some(Verdict::Warn));
        assert_eq!(verdict("127.0.0.1", &"ab".repeat(20)), Some(Verdict::Fail));
        for sample in
            ["your-secret-key-change-me-in-production!", "Change_Me_v1lqT0C8mFzK2x5bRjYgNwE9u"]
        {
            assert_eq!(verdict("127.0.0.1", sample), Some(Verdict::Fail), "{sample}");
        }
    }
}
