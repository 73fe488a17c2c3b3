//! What is stored about a person, read for them piece by piece: [`Accounts::export`] (GDPR, articles 15
//! and 20).
//!
//! Nothing is held while a piece is on its way, neither a transaction nor a reader, so whoever reads
//! slowly is in nobody's way, and a hundred thousand messages are never in memory at once.

use guildhall_openapi::audit::AuditQuery;
use guildhall_openapi::messages::ReceivedQuery;
use guildhall_openapi::page::{Limit, Page, Recent};
use guildhall_openapi::{AuditAction, AuditEntry, ErrorCode, Fault, LoginId, Timestamp, UserId};
use serde::Serialize;

use crate::accounts::Accounts;
use crate::audit::Draft;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::events::EventFilter;
use crate::guildhall::Guildhall;
use crate::storage::Reads;

/// How many rows are in memory at a time.
const AT_A_TIME: u64 = 100;

/// The lists of an [`Export`](guildhall_openapi::Export) that are read in pages, in the order of its
/// fields.
#[derive(Clone, Copy)]
enum Part {
    SessionsOwned,
    SessionsJoined,
    EventsOrganized,
    EventsAttended,
    MessagesSent,
    MessagesReceived,
    Audit,
    AuditOfOthers,
}

impl Part {
    const ALL: [Self; 8] = [
        Self::SessionsOwned,
        Self::SessionsJoined,
        Self::EventsOrganized,
        Self::EventsAttended,
        Self::MessagesSent,
        Self::MessagesReceived,
        Self::Audit,
        Self::AuditOfOthers,
    ];

    const fn field(self) -> &'static str {
        match self {
            Self::SessionsOwned => "sessions_owned",
            Self::SessionsJoined => "sessions_joined",
            Self::EventsOrganized => "events_organized",
            Self::EventsAttended => "events_attended",
            Self::MessagesSent => "messages_sent",
            Self::MessagesReceived => "messages_received",
            Self::Audit => "audit",
            Self::AuditOfOthers => "audit_of_others",
        }
    }

    /// A page of it: its rows, and where the next one begins.
    async fn page(
        self,
        reads: &mut dyn Reads,
        user: UserId,
        last: Option<i64>,
    ) -> Result<(Rows, Option<i64>)> {
        let limit = Limit::try_from(AT_A_TIME).map_err(internal)?;
        match self {
            Self::SessionsOwned => {
                let page = onwards(last, limit)?;
                rows(reads.sessions().owned(user, &page).await?, |row| row.id.get())
            }
            Self::SessionsJoined => {
                let page = onwards(last, limit)?;
                rows(reads.sessions().joined(user, &page).await?, |row| row.id.get())
            }
            Self::EventsOrganized => {
                let (organizer, page) = (Some(user), onwards(last, limit)?);
                let filter = EventFilter { organizer, page, ..EventFilter::default() };
                rows(reads.events().list(&filter).await?, |row| row.id.get())
            }
            Self::EventsAttended => {
                let page = onwards(last, limit)?;
                rows(reads.events().attended(user, &page).await?, |row| row.id.get())
            }
            Self::MessagesSent => {
                let page = backwards(last, limit)?;
                rows(reads.messages().sent(user, &page).await?, |row| row.id.get())
            }
            Self::MessagesReceived => {
                let query = ReceivedQuery { unread: None, page: backwards(last, limit)? };
                rows(reads.messages().received(user, &query).await?, |row| row.id.get())
            }
            Self::Audit | Self::AuditOfOthers => {
                let page = backwards(last, limit)?;
                let query = AuditQuery { page, ..self.audit(user) };
                let (entries, more) = reads.audit().list(&query).await?;
                let next = entries.last().map(|entry| entry.id.get()).filter(|_| more);
                let shown = entries.into_iter().filter_map(|entry| self.shown(entry, user));
                Ok((shown.map(|entry| json(&entry)).collect::<Result<_>>()?, next))
            }
        }
    }

    fn audit(self, user: UserId) -> AuditQuery {
        match self {
            Self::AuditOfOthers => AuditQuery { actor_id: Some(user), ..AuditQuery::default() },
            _ => AuditQuery { subject_id: Some(user), ..AuditQuery::default() },
        }
    }

    /// An entry as the person may have it, once: where someone else was who did it, is theirs to tell.
    fn shown(self, entry: AuditEntry, user: UserId) -> Option<AuditEntry> {
        if matches!(self, Self::AuditOfOthers) {
            return (entry.subject_id != Some(user)).then_some(entry);
        }
        let is_others = entry.actor_id.is_some_and(|actor| actor != user);
        let ip = entry.ip.clone().filter(|_| !is_others);
        Some(AuditEntry { ip, ..entry })
    }
}

/// Rows, each as JSON.
type Rows = Vec<String>;

fn rows<T: Serialize>(
    (rows, more): (Vec<T>, bool),
    id: impl Fn(&T) -> i64,
) -> Result<(Rows, Option<i64>)> {
    let next = rows.last().map(id).filter(|_| more);
    Ok((rows.iter().map(json).collect::<Result<_>>()?, next))
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Internal(error.into()))
}

fn internal(fault: Fault) -> Error {
    Error::Internal(fault.into())
}

fn onwards<Id: TryFrom<i64, Error = Fault>>(last: Option<i64>, limit: Limit) -> Result<Page<Id>> {
    let after = last.map(Id::try_from).transpose().map_err(internal)?;
    Ok(Page { after, limit, ..Page::default() })
}

fn backwards<Id: TryFrom<i64, Error = Fault>>(
    last: Option<i64>,
    limit: Limit,
) -> Result<Recent<Id>> {
    let before = last.map(Id::try_from).transpose().map_err(internal)?;
    Ok(Recent { before, limit, ..Recent::default() })
}

impl Accounts<'_> {
    /// All that is stored about the caller, as the JSON of an [`Export`](guildhall_openapi::Export) in
    /// pieces. What answers to a call's `Idempotency-Key` and what the stream told are copies of what is
    /// in it, and gone by themselves.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn export(&self, caller: &Caller) -> Result<ExportPieces> {
        let mut tx = self.0.storage.write().await?;
        tx.audit().insert(&Draft::of(caller, AuditAction::DataExported, self.0.now())).await?;
        tx.commit().await?;
        let first = Some(self.beginning(caller).await?);
        let (guildhall, user, login) = (self.0.clone(), caller.id(), caller.login());
        Ok(ExportPieces { guildhall, user, login, first, place: Some(Place::default()) })
    }

    /// The fields before the lists that may be long, without the end of the object.
    async fn beginning(&self, caller: &Caller) -> Result<String> {
        let id = caller.id();
        let mut reads = self.0.storage.read().await?;
        let account = reads.accounts().by_id(id).await?.ok_or(ErrorCode::UserNotFound)?;
        let group = match account.user.group {
            Some(group) => reads.groups().by_id(group).await?,
            None => None,
        };
        // Those too that nobody has used for so long that they have ended.
        let mut logins = reads.logins().list(id, Timestamp::from_micros(i64::MIN)).await?;
        for login in &mut logins {
            login.current = Some(login.id) == caller.login();
        }
        let addresses = reads.guesses().addresses(id).await?;
        let fields = [
            ("exported_at", json(&self.0.now())?),
            ("user", json(&account.user)?),
            ("group", json(&group)?),
            ("logins", json(&logins)?),
            ("addresses", json(&addresses)?),
        ];
        let fields = fields.map(|(name, value)| format!("\"{name}\":{value}"));
        Ok(format!("{{{}", fields.join(",")))
    }
}

/// An export that is read as far as it is asked for.
pub struct ExportPieces {
    guildhall: Guildhall,
    user: UserId,
    login: Option<LoginId>,
    /// What was read and not yet handed out.
    first: Option<String>,
    /// What comes next; `None` at the end.
    place: Option<Place>,
}

/// How far an export is.
#[derive(Default)]
struct Place {
    /// In which of [`Part::ALL`].
    part: usize,
    /// Behind which row of it.
    last: Option<i64>,
    /// Whether any was shown so far.
    has_rows: bool,
}

impl ExportPieces {
    /// The next piece of the text; `None` after the last.
    ///
    /// # Errors
    /// `not_authenticated` where the caller is signed out meanwhile; those of the storage.
    pub async fn next(&mut self) -> Result<Option<String>> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let Some(Place { part: index, last, has_rows }) = self.place.take() else {
            return Ok(None);
        };
        let Some(part) = Part::ALL.get(index) else { return Ok(Some("}".to_owned())) };
        if !self.guildhall.logins().stands(self.user, self.login).await? {
            return Err(ErrorCode::NotAuthenticated.into());
        }
        // A reader of its own for each piece: whoever reads slowly holds none up.
        let mut reads = self.guildhall.storage.read().await?;
        let (rows, next) = part.page(&mut *reads, self.user, last).await?;
        let mut piece = match last {
            None => format!(",\"{}\":[", part.field()),
            Some(_) => String::new(),
        };
        if has_rows && !rows.is_empty() {
            piece.push(',');
        }
        piece.push_str(&rows.join(","));
        self.place = Some(match next {
            Some(_) => Place { part: index, last: next, has_rows: has_rows || !rows.is_empty() },
            None => {
                piece.push(']');
                Place { part: index + 1, ..Place::default() }
            }
        });
        Ok(Some(piece))
    }
}
