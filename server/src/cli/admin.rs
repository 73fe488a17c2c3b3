//! Creating admins from the console and from the environment.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use guildhall_core::Guildhall;
use guildhall_core::storage::Storage as _;
use guildhall_core::tokens::{Signing, TokenKeys, random};
use guildhall_openapi::NewAccount;
use guildhall_storage_sqlite::{Location, SqliteStorage};
use secrecy::ExposeSecret as _;

use super::console::{self, in_words};
use super::log::LogFormat;
use super::{Settings, ask, output};

/// An admin to be.
#[derive(Debug, Args)]
pub(super) struct NewAdmin {
    /// The admin's email
    #[arg(long)]
    email: String,
    /// The admin's username
    #[arg(long, default_value = "admin")]
    username: String,
}

/// `guildhall create-admin`: the password is asked for, or the first line of standard input.
pub(super) async fn create(settings: &Settings, new: NewAdmin) -> Result<()> {
    let password = ask::new_password()?;
    let account = account(&new.username, &new.email, password.expose_secret());
    let make = async |guildhall: &Guildhall| {
        guildhall.accounts().create_admin(account).await.map_err(in_words)
    };
    let admin = console::change(settings, make).await?;
    output::line(&format!("{} <{}> is an admin.", admin.username.as_str(), admin.email.as_str()))
}

/// The admin of `ADMIN_EMAIL` and `ADMIN_PASSWORD`, if they are set.
pub(super) fn first(settings: &Settings) -> Result<Option<NewAccount>> {
    match (&settings.admin_email, &settings.admin_password) {
        (Some(email), Some(password)) => {
            Ok(Some(account("admin", email, password.expose_secret())))
        }
        (None, None) => Ok(None),
        (Some(_), None) => bail!("ADMIN_EMAIL: it needs ADMIN_PASSWORD beside it"),
        (None, Some(_)) => bail!("ADMIN_PASSWORD: it needs ADMIN_EMAIL beside it"),
    }
}

/// Makes that admin in a database that is gone at once, by all rules of one that stays.
pub(super) async fn try_first(settings: &Settings, first: NewAccount) -> Result<()> {
    let storage = SqliteStorage::open(&Location::Memory).await?;
    storage.migrate().await?;
    let keys = TokenKeys::new(&random::<32>(), Signing::default());
    let (passwords, policy) = (settings.passwords()?, settings.policy());
    let guildhall = Guildhall::new(Arc::new(storage), keys, passwords, policy);
    guildhall.accounts().create_first_admin(first).await.map(drop).map_err(in_words)
}

/// Makes that admin, where there is none yet.
pub(super) async fn create_first(
    format: LogFormat,
    first: NewAccount,
    guildhall: &Guildhall,
) -> Result<()> {
    let first = guildhall.accounts().create_first_admin(first).await;
    if let Some(admin) = first.map_err(in_words).context("ADMIN_EMAIL, ADMIN_PASSWORD")? {
        let (name, email) = (admin.username.as_str(), admin.email.as_str());
        format.tell(&format!("Created the admin {name} <{email}>."))?;
    }
    Ok(())
}

fn account(username: &str, email: &str, password: &str) -> NewAccount {
    NewAccount {
        username: username.into(),
        email: email.into(),
        password: password.into(),
        full_name: None,
    }
}
