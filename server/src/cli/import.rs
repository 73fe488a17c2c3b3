//! `guildhall import`: reads what another database held, or another back end's, into that of
//! `DATABASE_URL`.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Args;
use secrecy::{ExposeSecret as _, SecretString};

use super::database::given;
use super::takeover::{self, TakeOver};
use super::{Settings, transfer};

/// What is read.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// What to read: a file of `guildhall export`, or the database of a back end of FastAPI and SQLAlchemy,
    /// as its DATABASE_URL has it; unless given, that of the variable OLD_DATABASE_URL, which no list of processes shows
    #[arg(long, value_name = "FILE or URL")]
    from: Option<SecretString>,
    /// Only say what would be read; change nothing
    #[arg(long)]
    dry_run: bool,
    /// Of another back end: say what is taken in JSON, a line each
    #[arg(long)]
    json: bool,
    /// Of another back end: the file of who has which id now, where ids were no numbers; it is read if it is there, and
    /// written anew
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
}

/// Reads it, by what it is: a URL may carry a password, and is not repeated in what is said.
pub(super) async fn import(settings: &Settings, import: Import) -> Result<()> {
    let Import { from, dry_run, json, map } = import;
    let from = given(from, "--from", "OLD_DATABASE_URL")?;
    if is_url(from.expose_secret()) {
        return takeover::run(settings, TakeOver { from, dry_run, json, map }).await;
    }
    let is_plain = !json && map.is_none();
    ensure!(is_plain, "--json and --map: they are for the database of another back end");
    transfer::import(settings, from.expose_secret().as_ref(), dry_run).await
}

/// Whether it begins with a scheme (RFC 3986, 3.1).
fn is_url(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else { return false };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

#[cfg(test)]
mod tests {
    use super::is_url;

    #[test]
    fn a_url_begins_with_a_scheme() {
        for url in ["sqlite:old.db", "postgresql+psycopg2://u:p@h/d", "sqlite:///./old.db"] {
            assert!(is_url(url), "{url}");
        }
        for path in ["old.jsonl", "/tmp/old.jsonl", "./a:b.jsonl", "folder/x:y", ""] {
            assert!(!is_url(path), "{path}");
        }
    }
}
