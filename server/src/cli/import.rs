//! `guildhall import`: reads what another database held into that of `DATABASE_URL`.

use anyhow::{Result, bail};
use clap::Args;
use secrecy::{ExposeSecret as _, SecretString};

use super::{Settings, transfer};

/// What is read.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// What to read: a file of `guildhall export`
    #[arg(long, value_name = "FILE")]
    from: SecretString,
    /// Only say what would be read; change nothing
    #[arg(long)]
    dry_run: bool,
}

/// Reads it, by what it is: a URL may carry a password, and is not repeated in what is said.
pub(super) async fn import(settings: &Settings, import: Import) -> Result<()> {
    let from = import.from.expose_secret();
    if is_url(from) {
        bail!("--from: it takes a file of `guildhall export`; `guildhall move` takes databases");
    }
    transfer::import(settings, from.as_ref(), import.dry_run).await
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
