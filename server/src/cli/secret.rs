//! The keys that make tokens, read from where the settings say.

mod flaw;

use std::fs::{metadata, read_to_string};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use guildhall_core::tokens::{KeyPair, PairAlgorithm, PublicKey, Signing, TokenKeys, random_text};
use secrecy::{ExposeSecret as _, SecretString};

use super::Settings;
use super::database::Place;
use super::draft::Draft;
use super::settings::{Algorithm, KeySettings};
pub(super) use flaw::Flaw;

/// As many bytes as HS256 wants (RFC 7518, 3.2).
pub(super) const ENOUGH: usize = 32;

/// The keys that the settings name, with this secret. What is not well and does is told to `warn`.
pub(super) fn keys(
    settings: &Settings,
    secret: &SecretString,
    warn: &mut dyn FnMut(String),
) -> Result<TokenKeys> {
    let KeySettings { algorithm, secret_key_previous, .. } = &settings.keys;
    let signing = match algorithm {
        Algorithm::Secret(signing) => *signing,
        Algorithm::Pair(_) => Signing::default(),
    };
    let mut keys = TokenKeys::new(secret.expose_secret().as_bytes(), signing);
    for previous in secret_key_previous.iter().map(|key| key.expose_secret().trim()) {
        if previous.is_empty() {
            continue;
        }
        judge("SECRET_KEY_PREVIOUS", previous, settings, warn)?;
        keys = keys.with_previous(previous.as_bytes());
    }
    match algorithm {
        Algorithm::Secret(_) => no_files(&settings.keys).map(|()| keys),
        Algorithm::Pair(algorithm) => signed_by(keys, *algorithm, &settings.keys, warn),
    }
}

/// Refuses settings of keys that do not fit, before anything is made.
pub(super) fn check(settings: &Settings) -> Result<()> {
    if let Some(key) = &settings.keys.secret_key {
        judge("SECRET_KEY", key.expose_secret(), settings, &mut |_| {})?;
    }
    check_others(settings)
}

/// The same for those beside the secret.
pub(super) fn check_others(settings: &Settings) -> Result<()> {
    let stand_in = "a stand-in for the secret, of enough bytes".to_owned().into();
    keys(settings, &stand_in, &mut |_| {}).map(drop)
}

/// The secret: the one that is set, or the one in the file beside a SQLite database, which is made at
/// the first start.
pub(super) fn secret(
    settings: &Settings,
    place: &Place,
    warn: &mut dyn FnMut(String),
) -> Result<SecretString> {
    if let Some(key) = &settings.keys.secret_key {
        judge("SECRET_KEY", key.expose_secret(), settings, warn)?;
        warn_of_form(key.expose_secret(), warn);
        return Ok(key.clone());
    }
    match place {
        Place::Memory => Ok(random_text::<ENOUGH>().into()),
        Place::File(database) => beside(database),
        Place::Server => bail!(
            "SECRET_KEY: it is not set; all replicas need the same one, \
             of at least {ENOUGH} random bytes (`openssl rand -base64 48` makes one)"
        ),
    }
}

/// Refuses a secret that is too weak, or tells of it.
fn judge(name: &str, key: &str, settings: &Settings, warn: &mut dyn FnMut(String)) -> Result<()> {
    match Flaw::of(key, settings.host.is_loopback()) {
        Some(Flaw { is_fatal: true, what }) => bail!("{name}: {what}"),
        Some(Flaw { is_fatal: false, what }) => warn(format!("{name}: {what}")),
        None => {}
    }
    Ok(())
}

/// Tells of a key that is good and cannot be exchanged, for a list of keys has commas between, and space around them.
fn warn_of_form(key: &str, warn: &mut dyn FnMut(String)) {
    if key.contains(',') || key.trim().len() < key.len() {
        warn(
            "SECRET_KEY holds a comma, or white space at an end; it works, and cannot be named in \
             SECRET_KEY_PREVIOUS: exchanging it will sign everyone out"
                .to_owned(),
        );
    }
}

/// Whoever names a file means it to sign.
fn no_files(settings: &KeySettings) -> Result<()> {
    let wants = "it needs ALGORITHM=EdDSA, ES256 or RS256 beside it";
    ensure!(settings.signing_key_file.is_none(), "SIGNING_KEY_FILE: {wants}");
    ensure!(settings.signing_key_file_previous.is_empty(), "SIGNING_KEY_FILE_PREVIOUS: {wants}");
    Ok(())
}

fn signed_by(
    keys: TokenKeys,
    algorithm: PairAlgorithm,
    settings: &KeySettings,
    warn: &mut dyn FnMut(String),
) -> Result<TokenKeys> {
    let Some(file) = &settings.signing_key_file else {
        bail!("SIGNING_KEY_FILE: it is not set; ALGORITHM={} needs it", algorithm.name());
    };
    let read = |name: &str, file: &Path| {
        let pem = read_to_string(file).map(SecretString::from);
        pem.with_context(|| format!("{name}: {}", file.display()))
    };
    let pem = read("SIGNING_KEY_FILE", file)?;
    warn_of_readers("SIGNING_KEY_FILE", file, warn)?;
    let pair = KeyPair::from_pem(algorithm, pem.expose_secret().as_bytes())
        .with_context(|| format!("SIGNING_KEY_FILE: {}", file.display()))?;
    let mut previous = Vec::new();
    for file in
        settings.signing_key_file_previous.iter().filter(|file| !file.as_os_str().is_empty())
    {
        let name = "SIGNING_KEY_FILE_PREVIOUS";
        let pem = read(name, file)?;
        if pem.expose_secret().contains("PRIVATE KEY") {
            warn_of_readers(name, file, warn)?;
        }
        let key = PublicKey::from_pem(algorithm, pem.expose_secret().as_bytes());
        previous.push(key.with_context(|| format!("{name}: {}", file.display()))?);
    }
    keys.signed_by(pair, previous).context("SIGNING_KEY_FILE_PREVIOUS")
}

/// Tells of a private key that other users of the machine can read.
fn warn_of_readers(name: &str, file: &Path, warn: &mut dyn FnMut(String)) -> Result<()> {
    let metadata = metadata(file).with_context(|| format!("{name}: {}", file.display()))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        warn(format!(
            "{name}: {} can be read by others (mode {mode:o}); `chmod 600` keeps it private",
            file.display()
        ));
    }
    Ok(())
}

/// Where the key of a database is, unless it is set.
pub(super) fn file_beside(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".key");
    name.into()
}

/// The key in the file beside a database, made if it is not there.
fn beside(database: &Path) -> Result<SecretString> {
    let file = file_beside(database);
    let say = || format!("SECRET_KEY: {}", file.display());
    match make(&file) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        made => made.with_context(say)?,
    }
    let key = read_to_string(&file).with_context(say)?.trim().to_owned();
    if key.len() < ENOUGH {
        bail!("{}: it holds fewer than {ENOUGH} bytes", say());
    }
    Ok(key.into())
}

/// Makes the file whole or not at all, even if another process does the same or the power fails.
fn make(file: &Path) -> std::io::Result<()> {
    let mut draft = Draft::of(file)?;
    draft.file().write_all(random_text::<ENOUGH>().as_bytes())?;
    draft.keep(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_beside_a_database_is_made_once_and_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("test.db");
        let key = beside(&database).unwrap();
        assert!(key.expose_secret().len() >= ENOUGH);
        assert_eq!(key.expose_secret(), beside(&database).unwrap().expose_secret());
        let mode =
            std::fs::metadata(folder.path().join("test.db.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn an_empty_key_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("test.db.key"), "").unwrap();
        assert!(beside(&folder.path().join("test.db")).is_err());
    }
}
