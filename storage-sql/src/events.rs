//! The statements of events.

use async_trait::async_trait;
use guildhall_core::events::{EventFilter, EventReads, EventWrites, search_key};
use guildhall_core::openapi::page::{Page, Skip};
use guildhall_core::openapi::text::{Description, EventTitle, Location};
use guildhall_core::openapi::{Event, EventId, Push, Timestamp, User, UserId};
use guildhall_core::storage::{Conflict, StorageError};
use guildhall_core::stream::Told;
use sea_query::{
    BinOper, Expr, ExprTrait, LikeExpr, LockType, OnConflict, Order, Query, SelectStatement, Value,
    Values,
};
use serde::Deserialize;

use crate::accounts::{COLUMNS as USER_COLUMNS, ListRow as UserRow};
use crate::columns::{Attendance, Events, Logs, Users, time};
use crate::list::{contains, limits, shown};
use crate::statement::{Statement, array, decode, decode_one, hole, text, values};
use crate::stream::everyone;
use crate::stream::writes::{change, tell, told, told_cell};
use crate::{Connection, Dialect, Sql, Violation, Writing};

/// What is shown of an event: the order in which [`EventRow`] reads it.
pub(crate) const COLUMNS: [Events; 8] = [
    Events::Id,
    Events::Title,
    Events::Description,
    Events::Date,
    Events::Location,
    Events::OrganizerId,
    Events::CreatedAt,
    Events::UpdatedAt,
];

/// How serde reads an [`Event`] from [`COLUMNS`]; the compiler holds the fields against the type.
#[derive(Deserialize)]
#[serde(remote = "Event")]
struct EventRow {
    id: EventId,
    title: EventTitle,
    description: Description,
    #[serde(deserialize_with = "time")]
    date: Timestamp,
    location: Location,
    organizer_id: UserId,
    #[serde(deserialize_with = "time")]
    created_at: Timestamp,
    #[serde(deserialize_with = "time")]
    updated_at: Timestamp,
}

#[derive(Deserialize)]
pub(crate) struct Row(#[serde(with = "EventRow")] Event);

impl From<Row> for Event {
    fn from(Row(event): Row) -> Self {
        event
    }
}

/// The columns that change, in the order in which [`changed`] gives them.
const CHANGED: [Events; 6] = [
    Events::Title,
    Events::Description,
    Events::Date,
    Events::Location,
    Events::SearchKey,
    Events::UpdatedAt,
];

fn changed(event: &Event) -> Vec<Value> {
    values![
        event.title.as_str(),
        event.description.as_str(),
        event.date.as_micros(),
        event.location.as_str(),
        search_key(event),
        event.updated_at.as_micros(),
    ]
    .0
}

#[derive(Debug)]
pub(crate) struct Statements {
    by_id: Statement,
    /// By which of the filters are on: see [`on`].
    lists: Vec<Statement>,
    /// Without a filter, and without passing over any.
    all: Statement,
    attendees: Statement,
    attended: Statement,
    insert: Statement,
    lock: Statement,
    update: Statement,
    delete: Statement,
    attend: Statement,
    leave: Statement,
}

/// The filters of a list; each is a bit of the number under which its statement stands.
mod on {
    pub(super) const FROM: usize = 1;
    pub(super) const TO: usize = 2;
    pub(super) const ORGANIZER: usize = 4;
    pub(super) const SEARCH: usize = 8;
    pub(super) const ALL: usize = 16;
}

fn event<D: Dialect>() -> SelectStatement {
    Query::select()
        .expr(text(array::<D, _>(&COLUMNS)))
        .from(Events::Table)
        .and_where(Expr::col(Events::Id).eq(hole()))
        .take()
}

/// The event, and what is told of it: its id comes between two texts.
fn insert<D: Dialect>() -> Statement {
    let event = Query::insert()
        .into_table(Events::Table)
        .columns(CHANGED.into_iter().chain([Events::OrganizerId, Events::CreatedAt]))
        .values_panic((0..CHANGED.len() + 2).map(|_| hole()))
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .take();
    let and = BinOper::Custom("||");
    let id = text(Expr::col(("made", Events::Id)));
    let push = hole().binary(and, id).binary(and, hole());
    let all = Query::select().expr_as(everyone(), Logs::Log).take();
    let telling = |made| tell(change::<D>(push, all).from_subquery(made, "made").take());
    D::create_event(event, telling, told_cell::<D>())
}

/// What is told of a new event: the texts before its id, which is not known yet, and behind it.
fn announcement(event: &Event) -> Result<(String, String), StorageError> {
    let push = Push::EventCreated { event: Event { id: EventId::FIRST, ..event.clone() } };
    let push = serde_json::to_string(&push).map_err(|e| StorageError::Backend(e.into()))?;
    let halves = push.split_once(&format!("\"id\":{},", EventId::FIRST));
    let (before, behind) = halves.ok_or_else(|| StorageError::Backend("no id".into()))?;
    Ok((format!("{before}\"id\":"), format!(",{behind}")))
}

/// First the ids, from an index alone unless something is searched for; then their rows.
fn list<D: Dialect>(filters: usize) -> Statement {
    let has = |filter| filters & filter != 0;
    let ids =
        Query::select()
            .column(Events::Id)
            .from(Events::Table)
            .and_where(Expr::col(Events::Id).gt(hole()))
            .and_where_option(has(on::FROM).then(|| Expr::col(Events::Date).gte(hole())))
            .and_where_option(has(on::TO).then(|| Expr::col(Events::Date).lt(hole())))
            .and_where_option(has(on::ORGANIZER).then(|| Expr::col(Events::OrganizerId).eq(hole())))
            .and_where_option(has(on::SEARCH).then(|| {
                Expr::col(Events::SearchKey).like(LikeExpr::new(String::new()).escape('\\'))
            }))
            .order_by(Events::Id, Order::Asc)
            .limit(0)
            .offset(0)
            .take();
    let rows = Query::select()
        .columns(COLUMNS)
        .from(Events::Table)
        .and_where(Expr::col(Events::Id).in_subquery(ids))
        .order_by(Events::Id, Order::Asc)
        .take();
    Statement::new::<D>(&rows)
}

/// Where nothing is passed over, rows are read as they come.
fn all<D: Dialect>() -> Statement {
    let rows = Query::select()
        .columns(COLUMNS)
        .from(Events::Table)
        .and_where(Expr::col(Events::Id).gt(hole()))
        .order_by(Events::Id, Order::Asc)
        .limit(0)
        .offset(0)
        .take();
    Statement::new::<D>(&rows)
}

fn attendees<D: Dialect>() -> Statement {
    let rows = Query::select()
        .columns(USER_COLUMNS.map(|column| (Users::Table, column)))
        .from(Attendance::Table)
        .inner_join(
            Users::Table,
            Expr::col((Users::Table, Users::Id)).equals((Attendance::Table, Attendance::UserId)),
        )
        .and_where(Expr::col((Attendance::Table, Attendance::EventId)).eq(hole()))
        .and_where(Expr::col((Attendance::Table, Attendance::UserId)).gt(hole()))
        .and_where(Expr::col((Users::Table, Users::DeletedAt)).is_null())
        .order_by((Attendance::Table, Attendance::UserId), Order::Asc)
        .limit(0)
        .offset(0)
        .take();
    Statement::new::<D>(&rows)
}

fn attended<D: Dialect>() -> Statement {
    let rows = Query::select()
        .columns(COLUMNS.map(|column| (Events::Table, column)))
        .from(Attendance::Table)
        .inner_join(
            Events::Table,
            Expr::col((Events::Table, Events::Id)).equals((Attendance::Table, Attendance::EventId)),
        )
        .and_where(Expr::col((Attendance::Table, Attendance::UserId)).eq(hole()))
        .and_where(Expr::col((Attendance::Table, Attendance::EventId)).gt(hole()))
        .order_by((Attendance::Table, Attendance::EventId), Order::Asc)
        .limit(0)
        .offset(0)
        .take();
    Statement::new::<D>(&rows)
}

impl Statements {
    pub(crate) fn new<D: Dialect>() -> Self {
        Self {
            by_id: Statement::new::<D>(&event::<D>()),
            lists: (0..on::ALL).map(list::<D>).collect(),
            all: all::<D>(),
            attendees: attendees::<D>(),
            attended: attended::<D>(),
            insert: insert::<D>(),
            lock: Statement::new::<D>(event::<D>().lock(LockType::Update)),
            update: Statement::new::<D>(
                Query::update()
                    .table(Events::Table)
                    .values(CHANGED.map(|column| (column, hole())))
                    .and_where(Expr::col(Events::Id).eq(hole())),
            ),
            delete: Statement::new::<D>(
                Query::delete()
                    .from_table(Events::Table)
                    .and_where(Expr::col(Events::Id).eq(hole())),
            ),
            attend: Statement::new::<D>(
                Query::insert()
                    .into_table(Attendance::Table)
                    .columns([Attendance::EventId, Attendance::UserId, Attendance::CreatedAt])
                    .values_panic((0..3).map(|_| hole()))
                    .on_conflict(OnConflict::new().do_nothing().to_owned()),
            ),
            leave: Statement::new::<D>(
                Query::delete()
                    .from_table(Attendance::Table)
                    .and_where(Expr::col(Attendance::EventId).eq(hole()))
                    .and_where(Expr::col(Attendance::UserId).eq(hole()))
                    .returning(Query::returning().expr(text(Expr::col(Attendance::UserId)))),
            ),
        }
    }

    pub(crate) fn lists(&self) -> Vec<(&'static str, &Statement)> {
        let lists = self.lists.iter().map(|list| ("events", list));
        lists
            .chain([
                ("events", &self.all),
                ("attendees", &self.attendees),
                ("attended events", &self.attended),
            ])
            .collect()
    }
}

#[async_trait]
impl<C: Connection> EventReads for Sql<C> {
    async fn by_id(&mut self, id: EventId) -> Result<Option<Event>, StorageError> {
        let cells = self.connection.rows(&self.statements.events.by_id, values![id.get()]).await?;
        Ok(decode_one::<Row>(&cells)?.map(Event::from))
    }

    async fn list(&mut self, filter: &EventFilter) -> Result<(Vec<Event>, bool), StorageError> {
        let EventFilter { from, to, search, organizer, page } = filter;
        // No event has the id 0.
        let (mut filters, mut values) = (0, values![page.after.map_or(0, EventId::get)].0);
        let mut filter_by = |filter, value: Option<Value>| {
            if let Some(value) = value {
                filters |= filter;
                values.push(value);
            }
        };
        filter_by(on::FROM, from.map(|time| time.as_micros().into()));
        filter_by(on::TO, to.map(|time| time.as_micros().into()));
        filter_by(on::ORGANIZER, organizer.map(|id| id.get().into()));
        filter_by(on::SEARCH, search.as_ref().map(|part| contains(part).into()));
        values.extend(limits(page.limit, page.skip));
        let statements = &self.statements.events;
        let from_the_first = filters == 0 && page.skip == Skip::default();
        let list = if from_the_first { &statements.all } else { &statements.lists[filters] };
        Ok(shown::<Row, _>(self.connection.page(list, Values(values)).await?, page.limit))
    }

    async fn attendees(
        &mut self,
        event: EventId,
        page: &Page<UserId>,
    ) -> Result<(Vec<User>, bool), StorageError> {
        let mut values = values![event.get(), page.after.map_or(0, UserId::get)];
        values.0.extend(limits(page.limit, page.skip));
        let rows = self.connection.page(&self.statements.events.attendees, values).await?;
        Ok(shown::<UserRow, _>(rows, page.limit))
    }

    async fn attended(
        &mut self,
        user: UserId,
        page: &Page<EventId>,
    ) -> Result<(Vec<Event>, bool), StorageError> {
        let mut values = values![user.get(), page.after.map_or(0, EventId::get)];
        values.0.extend(limits(page.limit, page.skip));
        let rows = self.connection.page(&self.statements.events.attended, values).await?;
        Ok(shown::<Row, _>(rows, page.limit))
    }
}

#[async_trait]
impl<C: Writing> EventWrites for Sql<C> {
    async fn insert(&mut self, event: &Event) -> Result<(EventId, Vec<Told>), StorageError> {
        let (before, behind) = announcement(event)?;
        let (organizer, created_at) = (event.organizer_id.get(), event.created_at.as_micros());
        let insert = &self.statements.events.insert;
        let row = || {
            (
                &event.title,
                &event.description,
                event.date.as_micros(),
                &event.location,
                search_key(event),
                organizer,
                created_at,
                event.updated_at.as_micros(),
                &before,
                &behind,
            )
        };
        let holes = || {
            let mut values = changed(event);
            values.extend(values![organizer, created_at, &*before, &*behind, created_at].0);
            Values(values)
        };
        let values = insert.values(row, holes)?;
        let cells = self.connection.rows(insert, values).await?;
        match cells.as_slice() {
            [id, cell] => Ok((decode(id)?, told(cell)?)),
            _ => Err(Conflict::EventTitleTaken.into()),
        }
    }

    async fn lock(&mut self, id: EventId) -> Result<Option<Event>, StorageError> {
        let cells = self.connection.rows(&self.statements.events.lock, values![id.get()]).await?;
        Ok(decode_one::<Row>(&cells)?.map(Event::from))
    }

    async fn update(&mut self, event: &Event) -> Result<(), StorageError> {
        let mut values = changed(event);
        values.push(event.id.get().into());
        let update = &self.statements.events.update;
        self.connection.try_rows(update, Values(values)).await?.map(drop).map_err(conflict)
    }

    async fn delete(&mut self, id: EventId) -> Result<(), StorageError> {
        self.connection.rows(&self.statements.events.delete, values![id.get()]).await.map(drop)
    }

    async fn attend(
        &mut self,
        event: EventId,
        user: UserId,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let values = values![event.get(), user.get(), now.as_micros()];
        let attend = &self.statements.events.attend;
        self.connection.try_rows(attend, values).await?.map(drop).map_err(conflict)
    }

    async fn leave(&mut self, event: EventId, user: UserId) -> Result<bool, StorageError> {
        let values = values![event.get(), user.get()];
        let left = self.connection.rows(&self.statements.events.leave, values).await?;
        Ok(!left.is_empty())
    }
}

fn conflict(violation: Violation) -> StorageError {
    match violation {
        Violation::Unique(key) if key == "events.title" => {
            StorageError::Conflict(Conflict::EventTitleTaken)
        }
        // Accounts stay when they are deleted; events go.
        Violation::Reference => StorageError::Conflict(Conflict::NoSuchEvent),
        Violation::Unique(key) => StorageError::Backend(format!("{key} is not unique").into()),
    }
}
