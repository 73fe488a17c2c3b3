//! The statements that take rows over under their ids: each takes many, as a JSON array of arrays.

mod messages;
mod rows;
mod statements;

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use async_trait::async_trait;
use guildhall_core::accounts::{Account, AccountReads};
use guildhall_core::events::search_key;
use guildhall_core::identity::{Keys, name_key};
use guildhall_core::openapi::{Event, Group, Message, Push, Session, SessionId, Timestamp, UserId};
use guildhall_core::sessions::SessionReads;
use guildhall_core::storage::{Conflict, StorageError};
use guildhall_core::stream::{Audience, StreamWrites as _};
use guildhall_core::takeover::{Put, TakeOverWrites};
use sea_query::Values;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::list::numbers;
use crate::statement::{Statement, decode, values};
use crate::{Connection, Sql, Writing, accounts, events, groups, sessions};

pub(crate) use statements::Statements;

/// Rows as the one value of a statement that takes many.
fn many<R: Serialize>(rows: impl Iterator<Item = R>) -> Result<Values, StorageError> {
    let rows: Vec<_> = rows.collect();
    let rows = serde_json::to_string(&rows).map_err(|error| StorageError::Backend(error.into()))?;
    Ok(values![rows])
}

/// What became of rows that have no key beside their ids: those that did not stand were added.
fn put_all<Id: Eq + Hash, T>(
    ids: impl Iterator<Item = Id>,
    mut stood: HashMap<Id, T>,
) -> Vec<Put<T>> {
    ids.map(|id| stood.remove(&id).map_or(Put::Added, Put::Stands)).collect()
}

/// What became of each row: it stood, it was added, or neither.
fn put<Id: Copy + Eq + Hash, T>(
    ids: impl Iterator<Item = Id>,
    mut stood: HashMap<Id, T>,
    added: &HashSet<Id>,
    conflict: Conflict,
) -> Vec<Put<T>> {
    let put = |id| match stood.remove(&id) {
        Some(before) => Put::Stands(before),
        None if added.contains(&id) => Put::Added,
        None => Put::Refused(conflict),
    };
    ids.map(put).collect()
}

impl<C: Connection> Sql<C> {
    /// What stands under these ids.
    async fn standing<Id, Row, T>(
        &mut self,
        by_id: &Statement,
        ids: impl Iterator<Item = i64>,
        id: impl Fn(&T) -> Id,
    ) -> Result<HashMap<Id, T>, StorageError>
    where
        Id: Eq + Hash,
        Row: DeserializeOwned + Send,
        T: From<Row>,
    {
        let rows = self.connection.page::<Row>(by_id, values![numbers(ids)]).await?;
        Ok(rows.into_iter().map(T::from).map(|row| (id(&row), row)).collect())
    }
}

impl<C: Writing> Sql<C> {
    /// Adds rows; the ids of those that were.
    async fn add<Id: DeserializeOwned + Eq + Hash>(
        &mut self,
        insert: &Statement,
        rows: Values,
    ) -> Result<HashSet<Id>, StorageError> {
        let added = self.connection.rows(insert, rows).await?;
        added.iter().map(|cell| decode(cell)).collect()
    }
}

#[async_trait]
impl<C: Writing> TakeOverWrites for Sql<C> {
    async fn groups(&mut self, groups: &[Group]) -> Result<Vec<Put<Group>>, StorageError> {
        let statements = self.statements.clone();
        let (by_id, insert) = (&statements.takeover.groups_by_id, &statements.takeover.groups);
        let ids = || groups.iter().map(|group| group.id);
        let stood = self
            .standing::<_, groups::GroupRow, Group>(by_id, ids().map(i64::from), |group| group.id)
            .await?;
        let new = groups.iter().filter(|group| !stood.contains_key(&group.id));
        let rows = new.map(|group| {
            (group.id, &group.name, name_key(&group.name), group.created_at.as_micros())
        });
        let added = self.add(insert, many(rows)?).await?;
        Ok(put(ids(), stood, &added, Conflict::GroupNameTaken))
    }

    async fn accounts(&mut self, all: &[Account]) -> Result<Vec<Put<Account>>, StorageError> {
        let statements = self.statements.clone();
        let (by_id, insert) = (&statements.takeover.accounts_by_id, &statements.takeover.accounts);
        let ids = || all.iter().map(|account| account.user.id);
        let known = values![numbers(ids().map(i64::from))];
        let mut stood = HashMap::new();
        for (id,) in self.connection.page::<(UserId,)>(by_id, known).await? {
            let account = AccountReads::by_id(self, id).await?;
            stood.extend(account.map(|account| (id, account)));
        }
        let new = all.iter().filter(|account| !stood.contains_key(&account.user.id));
        let added = self.add(insert, many(new.map(accounts::row))?).await?;
        let mut put = put(ids(), stood, &added, Conflict::UsernameTaken);
        for (account, put) in all.iter().zip(&mut put) {
            if *put == Put::Refused(Conflict::UsernameTaken) {
                let keys = Keys::of(&account.user);
                if let StorageError::Conflict(conflict) = self.taken(&keys, None).await? {
                    *put = Put::Refused(conflict);
                }
            }
        }
        Ok(put)
    }

    async fn highest_account(&mut self) -> Result<Option<UserId>, StorageError> {
        let statements = self.statements.clone();
        let cells = self.connection.rows(&statements.takeover.highest_account, values![]).await?;
        cells.first().map(|cell| decode(cell)).transpose()
    }

    async fn sessions(&mut self, all: &[Session]) -> Result<Vec<Put<Session>>, StorageError> {
        let statements = self.statements.clone();
        let statements = &statements.takeover;
        let ids = || all.iter().map(|session| session.id);
        let (by_id, known) = (&statements.sessions_by_id, values![numbers(ids().map(i64::from))]);
        let mut stood = HashMap::new();
        for (id,) in self.connection.page::<(SessionId,)>(by_id, known).await? {
            let session = SessionReads::by_id(self, id).await?;
            stood.extend(session.map(|session| (id, session)));
        }
        let new: Vec<_> = all.iter().filter(|one| !stood.contains_key(&one.id)).collect();
        let rows = new.iter().map(|session| sessions::row(session));
        self.connection.rows(&statements.sessions, many(rows)?).await?;
        let users = new.iter().flat_map(|session| {
            let users = session.users.iter().zip(1_i64..);
            users.map(|(user, place)| (user.id, session.id, place))
        });
        self.connection.rows(&statements.session_users, many(users)?).await?;
        Ok(put_all(ids(), stood))
    }

    async fn events(
        &mut self,
        all: &[Event],
        now: Timestamp,
    ) -> Result<Vec<Put<Event>>, StorageError> {
        let statements = self.statements.clone();
        let (by_id, insert) = (&statements.takeover.events_by_id, &statements.takeover.events);
        let ids = || all.iter().map(|event| event.id);
        let stood = self
            .standing::<_, events::Row, Event>(by_id, ids().map(i64::from), |event| event.id)
            .await?;
        let new = all.iter().filter(|event| !stood.contains_key(&event.id));
        let rows = new.map(|event| {
            let Event { id, title, description, date, location, organizer_id, .. } = event;
            let [date, created_at, updated_at] =
                [*date, event.created_at, event.updated_at].map(Timestamp::as_micros);
            let search_key = search_key(event);
            (
                id,
                title,
                description,
                date,
                location,
                organizer_id,
                search_key,
                created_at,
                updated_at,
            )
        });
        let added = self.add(insert, many(rows)?).await?;
        for event in all.iter().filter(|event| added.contains(&event.id)) {
            let push = Push::EventCreated { event: event.clone() };
            self.publish(Audience::Everyone, &push, now).await?;
        }
        Ok(put(ids(), stood, &added, Conflict::EventTitleTaken))
    }

    async fn messages(
        &mut self,
        all: &[Message],
        now: Timestamp,
    ) -> Result<Vec<Put<Message>>, StorageError> {
        let stood = self.messages_standing(all).await?;
        let new: Vec<_> = all.iter().filter(|one| !stood.contains_key(&one.id)).collect();
        self.add_messages(&new, now).await?;
        Ok(put_all(all.iter().map(|message| message.id), stood))
    }

    async fn close(&mut self) -> Result<(), StorageError> {
        let statements = self.statements.clone();
        for raise in &statements.takeover.raise_ids {
            self.connection.rows(raise, values![]).await?;
        }
        Ok(())
    }
}
