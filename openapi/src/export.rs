//! What is stored about a person, to be taken along (GDPR, articles 15 and 20).

use serde::{Deserialize, Serialize};

use crate::accounts::User;
use crate::audit::AuditEntry;
use crate::endpoint::endpoints;
use crate::events::Event;
use crate::groups::Group;
use crate::logins::Login;
use crate::messages::Message;
use crate::recovery::KeptMail;
use crate::sessions::Session;
use crate::time::Timestamp;

/// An address from which a person signed in, which is slowed by nobody else's wrong passwords.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct KnownAddress {
    /// The address.
    pub ip: String,
    /// When the person last signed in from it.
    pub seen_at: Timestamp,
}

/// All that is stored about a person. Lists are in id order, but for messages and the audit log, which are
/// newest first. It is read while it is sent: what changes meanwhile may be seen in one part and not
/// in another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Export {
    /// When it was begun.
    pub exported_at: Timestamp,
    /// The account.
    pub user: User,
    /// The group the person is in.
    pub group: Option<Group>,
    /// The devices on which they are signed in.
    pub logins: Vec<Login>,
    /// The addresses from which they signed in during the last 30 days or so.
    pub addresses: Vec<KnownAddress>,
    /// The mails about their account that are kept.
    pub mails: Vec<KeptMail>,
    /// The live sessions that they own.
    pub sessions_owned: Vec<Session>,
    /// The live sessions that they take part in, or took part in when these ended.
    pub sessions_joined: Vec<Session>,
    /// The events that they organize.
    pub events_organized: Vec<Event>,
    /// The events that they attend.
    pub events_attended: Vec<Event>,
    /// The messages that they sent.
    pub messages_sent: Vec<Message>,
    /// The messages that they received.
    pub messages_received: Vec<Message>,
    /// What was done to their account. The address is told where it may be their own: not of admins.
    pub audit: Vec<AuditEntry>,
    /// What they did to the accounts of others.
    pub audit_of_others: Vec<AuditEntry>,
}

endpoints! {
    /// Exports all that is stored about the caller.
    ExportMe = "export_me" Get "/auth/me/export", Member, ((), ()) -> Export, [];
}
