//! The audit log.

use std::net::IpAddr;

use guildhall_core::Guildhall;
use guildhall_openapi::audit::AuditQuery;
use guildhall_openapi::page::{Limit, Skip};
use guildhall_openapi::{AuditAction, AuditEntry, AuditId, Timestamp, UserId};
use poem::http::Uri;
use poem::web::Data;
use poem_openapi::OpenApi;

use super::Tag;
use crate::answer::{Answer, Listing};
use crate::extract::SignedIn;
use crate::parameter::{Query, recent};

pub(crate) struct Routes;

#[OpenApi(tag = "Tag::Audit")]
impl Routes {
    /// List what was done
    ///
    /// For admins. Newest first: sign-ins, failed ones too, and changes of accounts, each with who did it to
    /// whom, when and from where. For depth, `before` costs the same on every page.
    #[oai(path = "/audit", method = "get", operation_id = "list_audit")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn list_audit(
        &self,
        guildhall: Data<&Guildhall>,
        caller: SignedIn,
        uri: &Uri,
        /// Only what was done in this way.
        action: Query<AuditAction>,
        /// Only what this person did.
        actor_id: Query<UserId>,
        /// Only what was done to this person's account.
        subject_id: Query<UserId>,
        /// Only what was done at this time or later; without an offset, in UTC.
        from: Query<Timestamp>,
        /// Only what was done before this time; without an offset, in UTC.
        to: Query<Timestamp>,
        /// Only what was done from this address.
        ip: Query<IpAddr>,
        /// Only what was done before the entry with this id.
        before: Query<AuditId>,
        /// How many entries to leave out at the beginning.
        skip: Query<Skip>,
        /// How many entries at most.
        limit: Query<Limit>,
    ) -> Answer<Listing<AuditEntry>> {
        let (action, actor_id, subject_id) = (action.0, actor_id.0, subject_id.0);
        let (from, to, ip, page) = (from.0, to.0, ip.0, recent(before, skip, limit));
        let query = AuditQuery { action, actor_id, subject_id, from, to, ip, page };
        let (entries, more) = guildhall.audit().list(&caller.0, &query).await?;
        Ok(Listing::recent(uri, entries, more, |entry| entry.id.get()))
    }
}
