//! What commands at the console share: a Guildhall on a database that is there, and other programs on it, which are told
//! of what changes.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use guildhall_core::stream::relay::Relay;
use guildhall_core::tokens::{Signing, TokenKeys, random};
use guildhall_core::{Error, Guildhall};
use guildhall_openapi::Language;
use tokio::time::timeout;

use super::{Settings, database, serve};

/// How long other programs may take to be told.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Does something that changes nothing.
pub(super) async fn look<T>(
    settings: &Settings,
    work: impl AsyncFnOnce(&Guildhall) -> Result<T>,
) -> Result<T> {
    let (guildhall, _) = open(settings).await?;
    work(&guildhall).await
}

/// Does something that changes accounts or logins, and tells other programs on the database, where something carries
/// the news; they notice by themselves otherwise, and a little later.
pub(super) async fn change<T>(
    settings: &Settings,
    work: impl AsyncFnOnce(&Guildhall) -> Result<T>,
) -> Result<T> {
    let (guildhall, of_database) = open(settings).await?;
    let relay = match serve::relay(settings).await {
        Ok(relay) => relay.or(of_database),
        Err(error) => {
            eprintln!("warning: {error:#}; running servers notice by themselves");
            None
        }
    };
    if let Some(relay) = relay {
        tokio::spawn(guildhall.clone().telling(relay));
    }
    let done = work(&guildhall).await?;
    timeout(LAST_WORDS, guildhall.all_told()).await.ok();
    Ok(done)
}

async fn open(settings: &Settings) -> Result<(Guildhall, Option<Arc<dyn Relay>>)> {
    let database = database::open_existing(settings).await?;
    // Nothing that is done here makes or reads a token, so the server's keys are not needed.
    let keys = TokenKeys::new(&random::<32>(), Signing::default());
    let (passwords, policy) = (settings.passwords()?, settings.policy());
    Ok((Guildhall::new(database.storage, keys, passwords, policy), database.relay))
}

/// What a person is told: the code's text where a rule says no.
pub(super) fn in_words(error: Error) -> anyhow::Error {
    match error {
        Error::Refused(code) => anyhow::anyhow!("{}", code.detail(Language::English)),
        other => other.into(),
    }
}
