//! Whether mails will leave.

use std::path::Path;

use rustix::fs::{Access, access};

use super::report::Finding;
use crate::cli::Settings;
use crate::cli::settings::mail::Way;

pub(super) async fn check(settings: &Settings) -> Vec<Finding> {
    let fits = "docs/MAIL.md says what fits";
    let url = match settings.mail.public_url() {
        Ok(_) => None,
        Err(error) => Some(Finding::error("PUBLIC_URL", &error, fits)),
    };
    let way = match settings.mail.way() {
        Ok(way) => way,
        Err(error) => {
            let line = error.to_string();
            let (name, reason) = line.split_once(": ").unwrap_or(("mail", &line));
            return url.into_iter().chain([Finding::fail(name, reason, fits)]).collect();
        }
    };
    let found = match way {
        Way::Log => Finding::warn(
            "mail",
            "mails are printed to the log, tokens too",
            "set SMTP_URL and MAIL_FROM where people are to get them",
        ),
        Way::Folder { folder, .. } => writable(folder),
        Way::Smtp { smtp, from } => match smtp.test().await {
            Ok(()) => {
                Finding::ok("SMTP_URL", format!("the mail server takes us; mails come from {from}"))
            }
            Err(error) => Finding::error(
                "SMTP_URL",
                &error.into(),
                "see the server's name, port, `tls=`, user and password",
            ),
        },
    };
    url.into_iter().chain([found]).collect()
}

/// A folder for mails; one that is not there is made at the start, where that can be.
fn writable(folder: &Path) -> Finding {
    const NAME: &str = "MAIL_DIR";
    let nearest =
        folder.ancestors().map(|f| if f.as_os_str().is_empty() { Path::new(".") } else { f });
    let nearest = nearest.into_iter().find(|folder| folder.exists()).unwrap_or(folder);
    if nearest.is_dir() && access(nearest, Access::WRITE_OK).is_ok() {
        return Finding::ok(NAME, format!("mails are written to {}", folder.display()));
    }
    let what = format!("{} is no folder in which we may write", nearest.display());
    Finding::fail(NAME, what, "name another, or give it to the user who runs the server")
}
