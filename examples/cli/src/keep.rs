//! Where logins are kept: a file for each server, in the folder where the platform has such things.

use etcetera::BaseStrategy as _;
use guildhall_client::FileStore;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::failure::Failure;

/// What may stand in a file's name anywhere. No two servers share a name: tokens of one are not for
/// the other.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

/// The login at a server, in `$XDG_STATE_HOME/guild`, which is `~/.local/state/guild` where nothing
/// else is said.
pub(crate) fn login_at(server: &str) -> Result<FileStore, Failure> {
    let places = etcetera::choose_base_strategy()
        .map_err(|error| Failure::new("failed", format!("no place for a login: {error}")))?;
    let folder = places.state_dir().unwrap_or_else(|| places.data_dir()).join("guild");
    let name = utf8_percent_encode(server.trim_end_matches('/'), PLAIN);
    Ok(FileStore::new(folder.join(format!("{name}.json"))))
}
