//! The statements of the audit log.

use async_trait::async_trait;
use guildhall_core::audit::{AuditReads, AuditWrites, Draft};
use guildhall_core::openapi::audit::AuditQuery;
use guildhall_core::openapi::{AuditAction, AuditDetail, AuditEntry, AuditId, Timestamp, UserId};
use guildhall_core::storage::StorageError;
use sea_query::{Expr, ExprTrait, LockBehavior, LockType, Order, Query, Value, Values};
use serde::Deserialize;

use crate::columns::{Audit, time};
use crate::list::{limits, shown};
use crate::statement::{Statement, array, decode, decode_one, hole, text, values};
use crate::{Connection, Dialect, Sql, Writing};

/// What is shown of an entry, in the order of [`EntryRow`].
const COLUMNS: [Audit; 7] = [
    Audit::Id,
    Audit::Action,
    Audit::ActorId,
    Audit::SubjectId,
    Audit::At,
    Audit::Ip,
    Audit::Detail,
];

/// The detail is a JSON text of its own.
#[derive(Deserialize)]
struct EntryRow(
    AuditId,
    AuditAction,
    Option<UserId>,
    Option<UserId>,
    #[serde(deserialize_with = "time")] Timestamp,
    Option<String>,
    Option<String>,
);

impl TryFrom<EntryRow> for AuditEntry {
    type Error = StorageError;

    fn try_from(row: EntryRow) -> Result<Self, StorageError> {
        let EntryRow(id, action, actor_id, subject_id, at, ip, detail) = row;
        let detail = detail.as_deref().map(decode::<AuditDetail>).transpose()?;
        Ok(Self { id, action, actor_id, subject_id, at, ip, detail })
    }
}

/// The detail without what there is not to say.
fn detail_text(detail: &AuditDetail) -> Result<String, serde_json::Error> {
    let mut value = serde_json::to_value(detail)?;
    if let Some(members) = value.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    serde_json::to_string(&value)
}

/// The filters of a list; each is a bit of the number under which its statement stands.
mod on {
    pub(super) const ACTION: usize = 1;
    pub(super) const ACTOR: usize = 2;
    pub(super) const SUBJECT: usize = 4;
    pub(super) const IP: usize = 8;
    pub(super) const ALL: usize = 16;
}

#[derive(Debug)]
pub(crate) struct Statements {
    /// By which of the filters are on: see [`on`].
    lists: Vec<Statement>,
    place: Statement,
    insert: Statement,
    forget_own: Statement,
    forget_done_to: Statement,
    prune: Statement,
}

/// A place in the order of a list.
fn place_of_row() -> Expr {
    Expr::tuple([Expr::col(Audit::At), Expr::col(Audit::Id)])
}

fn list<D: Dialect>(filters: usize) -> Statement {
    let by = |filter, column| (filters & filter != 0).then(|| Expr::col(column).eq(hole()));
    let rows = Query::select()
        .columns(COLUMNS)
        .from(Audit::Table)
        .and_where_option(by(on::ACTION, Audit::Action))
        .and_where_option(by(on::ACTOR, Audit::ActorId))
        .and_where_option(by(on::SUBJECT, Audit::SubjectId))
        .and_where_option(by(on::IP, Audit::Ip))
        .and_where(Expr::col(Audit::At).gte(hole()))
        .and_where(place_of_row().lt(Expr::tuple([hole(), hole()])))
        .order_by(Audit::At, Order::Desc)
        .order_by(Audit::Id, Order::Desc)
        .limit(0)
        .offset(0)
        .take();
    Statement::new::<D>(&rows)
}

/// Forgets the addresses of entries of which this is so.
fn forget<D: Dialect>(are: Expr) -> Statement {
    Statement::new::<D>(
        Query::update()
            .table(Audit::Table)
            .value(Audit::Ip, Expr::cust("NULL"))
            .and_where(are)
            .and_where(Expr::col(Audit::Ip).is_not_null()),
    )
}

impl Statements {
    pub(crate) fn new<D: Dialect>() -> Self {
        // An entry whose address is being forgotten is removed the next time: nobody waits for another.
        let oldest = Query::select()
            .column(Audit::Id)
            .from(Audit::Table)
            .and_where(Expr::col(Audit::At).lt(hole()))
            .order_by(Audit::At, Order::Asc)
            .limit(0)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .take();
        let id = || Query::returning().expr(text(Expr::col(Audit::Id)));
        let done_to = Expr::col(Audit::SubjectId).eq(hole());
        Self {
            lists: (0..on::ALL).map(list::<D>).collect(),
            place: Statement::new::<D>(
                Query::select()
                    .expr(text(array::<D, _>(&[Audit::At, Audit::Id])))
                    .from(Audit::Table)
                    .and_where(Expr::col(Audit::Id).lte(hole()))
                    .order_by((Audit::Table, Audit::Id), Order::Desc)
                    .limit(0),
            ),
            insert: Statement::new::<D>(
                Query::insert()
                    .into_table(Audit::Table)
                    .columns(COLUMNS.into_iter().skip(1))
                    .values_panic((1..COLUMNS.len()).map(|_| hole()))
                    .returning(id()),
            ),
            forget_own: forget::<D>(Expr::col(Audit::ActorId).eq(hole())),
            forget_done_to: forget::<D>(done_to.and(Expr::col(Audit::ActorId).is_null())),
            prune: Statement::new::<D>(
                Query::delete()
                    .from_table(Audit::Table)
                    .and_where(Expr::col(Audit::Id).in_subquery(oldest))
                    .returning(id()),
            ),
        }
    }

    pub(crate) fn lists(&self) -> Vec<(&'static str, &Statement)> {
        let lists = self.lists.iter().map(|list| ("audit", list));
        lists.chain([("a place in the audit log", &self.place)]).collect()
    }
}

impl<C: Connection> Sql<C> {
    /// The place before which a list begins; none where all of it is gone.
    async fn audit_place(
        &mut self,
        before: Option<AuditId>,
    ) -> Result<Option<(i64, i64)>, StorageError> {
        let Some(before) = before else { return Ok(Some((i64::MAX, i64::MAX))) };
        let place = &self.statements.audit.place;
        let cells = self.connection.rows(place, values![before.get(), 1_i64]).await?;
        let place: Option<(i64, i64)> = decode_one(&cells)?;
        // Of one that is gone, its neighbour is shown as well.
        Ok(place.map(|(at, id)| (at, std::cmp::min(before.get(), id + 1))))
    }
}

#[async_trait]
impl<C: Connection> AuditReads for Sql<C> {
    async fn list(&mut self, query: &AuditQuery) -> Result<(Vec<AuditEntry>, bool), StorageError> {
        let AuditQuery { action, actor_id, subject_id, from, to, ip, page } = query;
        let Some(before) = self.audit_place(page.before).await? else {
            return Ok((Vec::new(), false));
        };
        let (mut filters, mut values) = (0, Vec::new());
        let mut filter_by = |filter, value: Option<Value>| {
            if let Some(value) = value {
                filters |= filter;
                values.push(value);
            }
        };
        filter_by(on::ACTION, action.map(|action| action.as_str().into()));
        filter_by(on::ACTOR, actor_id.map(|id| id.get().into()));
        filter_by(on::SUBJECT, subject_id.map(|id| id.get().into()));
        filter_by(on::IP, ip.map(|ip| ip.to_canonical().to_string().into()));
        // No entry has the id 0, so what is before that place is what was done before that time.
        let (at, id) = to.map_or(before, |to| before.min((to.as_micros(), 0)));
        values.extend(values![from.map_or(i64::MIN, Timestamp::as_micros), at, id].0);
        values.extend(limits(page.limit, page.skip));
        let list = &self.statements.audit.lists[filters];
        let rows = self.connection.page(list, Values(values)).await?;
        let (rows, more) = shown::<EntryRow, EntryRow>(rows, page.limit);
        Ok((rows.into_iter().map(AuditEntry::try_from).collect::<Result<_, _>>()?, more))
    }
}

#[async_trait]
impl<C: Writing> AuditWrites for Sql<C> {
    async fn insert(&mut self, draft: &Draft) -> Result<AuditId, StorageError> {
        let detail = draft.detail.as_ref().map(detail_text).transpose();
        let values = values![
            draft.action.as_str(),
            draft.actor.map(UserId::get),
            draft.subject.map(UserId::get),
            draft.at.as_micros(),
            draft.ip.clone(),
            detail.map_err(|error| StorageError::Backend(error.into()))?,
        ];
        let cells = self.connection.rows(&self.statements.audit.insert, values).await?;
        decode_one(&cells)?.ok_or_else(|| StorageError::Backend("no entry was made".into()))
    }

    async fn forget_addresses(&mut self, user: UserId) -> Result<(), StorageError> {
        let statements = &self.statements.audit;
        for forget in [&statements.forget_own, &statements.forget_done_to] {
            self.connection.rows(forget, values![user.get()]).await?;
        }
        Ok(())
    }

    async fn prune(&mut self, before: Timestamp, most: u32) -> Result<u64, StorageError> {
        let values = values![before.as_micros(), i64::from(most)];
        Ok(self.connection.rows(&self.statements.audit.prune, values).await?.len() as u64)
    }
}
