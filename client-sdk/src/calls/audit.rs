//! Calls about what was done.

use guildhall_openapi::AuditEntry;
use guildhall_openapi::audit::{AuditQuery, ListAudit};

use super::calls;
use crate::client::Client;

/// What was done, by whom and from where (admins).
///
/// ```no_run
/// # use futures_util::TryStreamExt as _;
/// # use guildhall_client::{Client, contract::{AuditAction, audit::AuditQuery}};
/// # async fn run(client: Client) -> Result<(), guildhall_client::Error> {
/// let action = Some(AuditAction::SignInFailed);
/// let mut failed = client.audit().list(&AuditQuery { action, ..AuditQuery::default() }).rows();
/// while let Some(entry) = failed.try_next().await? {
///     println!("{} {:?}", entry.at, entry.ip);
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Audit<'c>(pub(crate) &'c Client);

impl Client {
    /// What was done.
    #[must_use]
    pub fn audit(&self) -> Audit<'_> {
        Audit(self)
    }
}

calls! { Audit of "audit";
    /// Lists what was done, newest first.
    list list() query(query: &AuditQuery) -> AuditEntry = ListAudit;
}
