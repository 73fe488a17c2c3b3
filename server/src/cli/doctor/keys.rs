//! What signs tokens: whether it is there, hard to guess, and private.

use std::fs::metadata;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use guildhall_storage_sqlite::Location;
use secrecy::{ExposeSecret as _, SecretString};

use super::report::{Finding, Verdict};
use crate::cli::secret::{self, ENOUGH, Flaw};
use crate::cli::settings::Algorithm;
use crate::cli::{Settings, database};

const MAKE: &str = "`openssl rand -base64 48` makes one";

pub(super) fn check(settings: &Settings) -> Vec<Finding> {
    let mut found = secret_key(settings);
    let previous = settings.keys.secret_key_previous.iter().map(|key| key.expose_secret().trim());
    let previous = previous.filter(|key| !key.is_empty());
    let previous: Vec<_> =
        previous.filter_map(|key| strength("SECRET_KEY_PREVIOUS", key, settings)).collect();
    // Otherwise that is what keeps the keys from being read.
    if previous.iter().all(|found| found.verdict != Verdict::Fail) {
        found.push(signing(settings));
    }
    found.extend(previous);
    let files = settings.keys.signing_key_file.iter().map(|file| ("SIGNING_KEY_FILE", file));
    found.extend(files.filter_map(|(name, file)| mode(name, file)));
    found
}

fn secret_key(settings: &Settings) -> Vec<Finding> {
    const NAME: &str = "SECRET_KEY";
    if let Some(key) = &settings.keys.secret_key {
        let key = key.expose_secret();
        let fine = || Finding::ok(NAME, format!("{} bytes", key.len()));
        return vec![strength(NAME, key, settings).unwrap_or_else(fine)];
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

/// What is wrong with a secret.
fn strength(name: &str, key: &str, settings: &Settings) -> Option<Finding> {
    let Flaw { is_fatal, what } = Flaw::of(key, settings.host.is_loopback())?;
    let judged = if is_fatal { Finding::fail } else { Finding::warn };
    Some(judged(name, what, format!("take a random one; {MAKE}")))
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
