//! The settings of mail.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::Args;
use guildhall_core::mail::Mailer;
use lettre::message::Mailbox;
use poem::http::Uri;
use secrecy::{ExposeSecret, SecretString};

use crate::mailer::{Folder, Journal, Smtp};

/// How mails are sent.
#[derive(Clone, Debug, Args)]
pub struct MailSettings {
    /// The mail server: `smtp://USER:PASSWORD@HOST?tls=required` (STARTTLS), `smtps://…`; needs MAIL_FROM
    #[arg(long, env, hide_env_values = true, global = true)]
    pub smtp_url: Option<SecretString>,

    /// Whom mails come from: `Guildhall <guildhall@example.org>`
    #[arg(long, env, global = true)]
    pub mail_from: Option<String>,

    /// A folder in which each mail is written as an `.eml` file, instead of being sent
    #[arg(long, env, value_name = "FOLDER", global = true)]
    pub mail_dir: Option<PathBuf>,

    /// Where people reach this server: links in mails begin with it; the listening address unless given
    #[arg(long, env, global = true)]
    pub public_url: Option<String>,
}

/// How mails are sent, and what the greeting says of it.
pub(in crate::cli) struct Post {
    pub(in crate::cli) mailer: Arc<dyn Mailer>,
    pub(in crate::cli) said: String,
}

/// Which way mails take.
pub(in crate::cli) enum Way<'a> {
    /// Into the log, where nothing is set.
    Log,
    /// Into this folder, which may not be there yet.
    Folder { folder: &'a Path, from: Option<Mailbox> },
    /// To a mail server.
    Smtp { smtp: Smtp, from: Mailbox },
}

impl MailSettings {
    /// Which way mails take. Nothing is made or connected.
    pub(in crate::cli) fn way(&self) -> Result<Way<'_>> {
        let from = given(self.mail_from.as_deref()).map(mailbox).transpose()?;
        if let Some(folder) = &self.mail_dir {
            return Ok(Way::Folder { folder, from });
        }
        let Some(url) = given(self.smtp_url.as_ref().map(ExposeSecret::expose_secret)) else {
            return Ok(Way::Log);
        };
        let Some(from) = from else { bail!("MAIL_FROM: SMTP_URL needs it") };
        // What is wrong is said without the URL, which may hold a password.
        let Ok(smtp) = Smtp::new(url, from.clone()) else {
            bail!("SMTP_URL: it is no smtp://HOST or smtps://HOST address");
        };
        Ok(Way::Smtp { smtp, from })
    }

    /// What sends mails.
    pub(in crate::cli) fn post(&self) -> Result<Post> {
        let (mailer, said): (Arc<dyn Mailer>, _) = match self.way()? {
            Way::Log => {
                let said = "printed to the log, tokens too; for development (SMTP_URL sends it)";
                (Arc::new(Journal), said.to_owned())
            }
            Way::Folder { folder, from } => {
                std::fs::create_dir_all(folder)
                    .with_context(|| format!("MAIL_DIR: {}", folder.display()))?;
                let said = format!("written to {}", folder.display());
                (Arc::new(Folder::new(folder, from)), said)
            }
            Way::Smtp { smtp, from } => (Arc::new(smtp), format!("sent from {from}")),
        };
        Ok(Post { mailer, said })
    }

    /// Where links in mails begin, without a slash at its end.
    pub(in crate::cli) fn public_url(&self) -> Result<Option<String>> {
        let Some(url) = given(self.public_url.as_deref()) else { return Ok(None) };
        let parsed = url.parse::<Uri>().ok().filter(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https")) && uri.query().is_none()
        });
        if parsed.is_none_or(|uri| uri.host().is_none_or(str::is_empty)) {
            bail!("PUBLIC_URL: {url:?} does not fit: it is no http:// or https:// address");
        }
        Ok(Some(url.trim_end_matches('/').to_owned()))
    }
}

/// An address at which this machine reaches the server.
pub(in crate::cli) fn local_url(mut address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    format!("http://{address}")
}

/// What is set to nothing is not set.
fn given(setting: Option<&str>) -> Option<&str> {
    setting.map(str::trim).filter(|setting| !setting.is_empty())
}

fn mailbox(text: &str) -> Result<Mailbox> {
    text.parse().with_context(|| format!("MAIL_FROM: {text:?} does not fit"))
}
