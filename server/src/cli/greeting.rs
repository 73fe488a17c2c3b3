//! What a server says of itself once it can be asked.

use std::net::SocketAddr;

use anyhow::Result;
use guildhall_core::Guildhall;

use super::database::Place;
use super::log::LogFormat;
use super::output;

/// What there is, and where.
pub(super) struct Greeting {
    pub(super) place: Place,
    pub(super) address: SocketAddr,
    pub(super) has_web: bool,
    /// How mails are sent.
    pub(super) mail: String,
}

impl Greeting {
    /// Says it: in lines on standard output, or as one line of the log.
    pub(super) async fn say(&self, format: LogFormat, guildhall: &Guildhall) -> Result<()> {
        let Self { place, address, has_web, mail } = self;
        let data = match place {
            Place::Memory => "in memory, gone when this stops".to_owned(),
            Place::File(file) => file.display().to_string(),
            Place::Server => "PostgreSQL".to_owned(),
        };
        let api = format!("http://{address}");
        let (web, docs) = (has_web.then(|| format!("{api}/")), format!("{api}/docs"));
        let has_admin = guildhall.accounts().has_admin().await?;
        let admin = (!has_admin)
            .then_some("none yet; `guildhall create-admin --email you@example.org` makes one");
        if let LogFormat::Json = format {
            tracing::info!(data, api, web, mail, docs, admin, "serving");
            return Ok(());
        }
        let mut lines = vec![format!("Data:   {data}"), format!("API:    {api}")];
        lines.extend(web.map(|web| format!("Web:    {web}")));
        lines.push(format!("Mail:   {mail}"));
        lines.push(format!("Try it: {docs}"));
        lines.extend(admin.map(|hint| format!("Admin:  {hint}")));
        output::line(&lines.join("\n"))
    }
}
