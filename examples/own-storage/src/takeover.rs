//! Rows that bring their ids along.

use std::sync::Arc;

use async_trait::async_trait;
use guildhall_core::accounts::Account;
use guildhall_core::identity::{Keys, name_key};
use guildhall_core::openapi::{Event, Group, Message, Push, Session, Timestamp, UserId};
use guildhall_core::storage::{Conflict, StorageError};
use guildhall_core::stream::Log;
use guildhall_core::takeover::{Put, TakeOverWrites};

use crate::data::Data;
use crate::stream::News;
use crate::{groups, sessions};

/// What became of a row that was not there: it is there now, or its key was taken.
fn put<T>(added: Result<(), StorageError>) -> Result<Put<T>, StorageError> {
    match added {
        Ok(()) => Ok(Put::Added),
        Err(StorageError::Conflict(conflict)) => Ok(Put::Refused(conflict)),
        Err(error) => Err(error),
    }
}

impl Data {
    fn take_group(&mut self, group: &Group) -> Result<(), StorageError> {
        let key = name_key(&group.name);
        if self.group_names.contains_key(&key) {
            return Err(Conflict::GroupNameTaken.into());
        }
        self.group_names.insert_mut(key.clone(), group.id);
        self.groups.insert_mut(group.id, groups::Row { group: group.clone(), key });
        self.ids_rise_above(group.id.get());
        Ok(())
    }
}

#[async_trait]
impl TakeOverWrites for Data {
    async fn groups(&mut self, all: &[Group]) -> Result<Vec<Put<Group>>, StorageError> {
        let one = |group: &Group| match self.groups.get(&group.id) {
            Some(row) => Ok(Put::Stands(row.group.clone())),
            None => put(self.take_group(group)),
        };
        all.iter().map(one).collect()
    }

    async fn accounts(&mut self, all: &[Account]) -> Result<Vec<Put<Account>>, StorageError> {
        let one = |account: &Account| match self.account(account.user.id) {
            Some(before) => Ok(Put::Stands(before)),
            None => {
                let added = self.put(account.clone(), &Keys::of(&account.user));
                self.ids_rise_above(account.user.id.get());
                put(added)
            }
        };
        all.iter().map(one).collect()
    }

    async fn highest_account(&mut self) -> Result<Option<UserId>, StorageError> {
        Ok(self.accounts.last().map(|(id, _)| *id))
    }

    async fn sessions(&mut self, all: &[Session]) -> Result<Vec<Put<Session>>, StorageError> {
        let one = |session: &Session| match self.sessions.get(&session.id) {
            Some(row) => Put::Stands(self.show(row)),
            None => {
                let users = session.users.iter().map(|user| user.id).collect();
                let row = sessions::Row { session: session.clone(), users };
                self.sessions.insert_mut(session.id, row);
                self.ids_rise_above(session.id.get());
                Put::Added
            }
        };
        Ok(all.iter().map(one).collect())
    }

    async fn events(
        &mut self,
        all: &[Event],
        now: Timestamp,
    ) -> Result<Vec<Put<Event>>, StorageError> {
        let mut done = Vec::new();
        for event in all {
            if let Some(before) = self.event(event.id) {
                done.push(Put::Stands(before));
                continue;
            }
            let added = put(self.put_event(event.clone()))?;
            if added == Put::Added {
                self.ids_rise_above(event.id.get());
                let push = Push::EventCreated { event: event.clone() };
                self.tell(Log::Everyone, News::Push(Arc::new(push)), now);
            }
            done.push(added);
        }
        Ok(done)
    }

    async fn messages(
        &mut self,
        all: &[Message],
        now: Timestamp,
    ) -> Result<Vec<Put<Message>>, StorageError> {
        let one = |message: &Message| match self.messages.get(&message.id) {
            Some(before) => Put::Stands(before.clone()),
            None => {
                self.put_message(message, now);
                self.ids_rise_above(message.id.get());
                Put::Added
            }
        };
        Ok(all.iter().map(one).collect())
    }

    async fn close(&mut self) -> Result<(), StorageError> {
        Ok(())
    }
}
