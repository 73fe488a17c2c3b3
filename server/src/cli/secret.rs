//! The key that signs tokens.

use std::fs::{File, OpenOptions, hard_link, read_to_string, remove_file};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use guildhall_core::tokens::random_text;

use super::Settings;
use super::database::Place;

/// As many bytes as HS256 wants (RFC 7518, 3.2).
const ENOUGH: usize = 32;

/// The key: the one that is set, or the one in the file beside a SQLite database, which is made at
/// the first start.
pub(super) fn key(settings: &Settings, place: &Place) -> Result<Vec<u8>> {
    if let Some(key) = settings.secret_key.as_ref().filter(|key| !key.is_empty()) {
        if key.len() < ENOUGH && !settings.host.is_loopback() {
            bail!(
                "SECRET_KEY: it has {} bytes; beyond loopback it needs at least {ENOUGH}",
                key.len()
            );
        }
        if key.len() < ENOUGH {
            eprintln!(
                "warning: SECRET_KEY has {} bytes; that does for trying on this machine, \
                 and anywhere else it needs at least {ENOUGH}",
                key.len()
            );
        }
        return Ok(key.clone().into_bytes());
    }
    match place {
        Place::Memory => Ok(random_text::<ENOUGH>().into_bytes()),
        Place::File(database) => beside(database),
        Place::Server => bail!(
            "SECRET_KEY: it is not set; all replicas need the same one, \
             of at least {ENOUGH} random bytes (`openssl rand -base64 48` makes one)"
        ),
    }
}

/// The key in the file beside a database, made if it is not there.
fn beside(database: &Path) -> Result<Vec<u8>> {
    let mut name = database.as_os_str().to_owned();
    name.push(".key");
    let file = PathBuf::from(name);
    let say = || format!("SECRET_KEY: {}", file.display());
    match make(&file) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        made => made.with_context(say)?,
    }
    let key = read_to_string(&file).with_context(say)?.trim().to_owned();
    if key.len() < ENOUGH {
        bail!("{}: it holds fewer than {ENOUGH} bytes", say());
    }
    Ok(key.into_bytes())
}

/// Makes the file whole or not at all, even if another process does the same or the power fails.
fn make(file: &Path) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("/"));
    let draft = file.with_extension(format!("key.{}", random_text::<6>()));
    let mut new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    new.write_all(random_text::<ENOUGH>().as_bytes()).and_then(|()| new.sync_all())?;
    let made = hard_link(&draft, file);
    remove_file(&draft)?;
    made?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_key_beside_a_database_is_made_once_and_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("test.db");
        let key = beside(&database).unwrap();
        assert!(key.len() >= ENOUGH);
        assert_eq!(key, beside(&database).unwrap());
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
