//! Direct messages, and the conversations that come of them: one for each of the two.

use std::cmp::Reverse;

use async_trait::async_trait;
use guildhall_core::messages::{Draft, Known, MessageReads, MessageWrites, Sent, Unread};
use guildhall_core::openapi::messages::{ConversationQuery, ReceivedQuery};
use guildhall_core::openapi::page::Recent;
use guildhall_core::openapi::{Conversation, Correspondent, Message, MessageId, Timestamp, UserId};
use guildhall_core::storage::StorageError;
use guildhall_core::stream::{Log, Told};

use crate::data::{Data, Map, Set, before, entry, page};
use crate::stream::News;

/// What one side has of a conversation.
#[derive(Clone, Default)]
pub(crate) struct Side {
    all: Set<MessageId>,
    unread: Set<MessageId>,
    other_wrote: bool,
}

impl Data {
    fn side(&mut self, user: UserId, other: UserId) -> &mut Side {
        entry(entry(&mut self.conversations, user), other)
    }

    /// The messages of an index, newest first.
    fn newest(
        &self,
        ids: Option<&Set<MessageId>>,
        part: &Recent<MessageId>,
        which: impl Fn(&Message) -> bool,
    ) -> (Vec<Message>, bool) {
        let ids = ids.into_iter().flat_map(|ids| ids.range(before(part.before)).rev());
        let messages = ids.filter_map(|id| self.messages.get(id)).filter(|message| which(message));
        page(messages.cloned(), part.skip, part.limit)
    }

    fn known(&self, other: UserId, side: &Side) -> Option<Known> {
        let (user, last_message) = (self.user(other)?, self.messages.get(side.all.last()?)?);
        let user = Correspondent {
            id: other,
            username: Some(user.username.clone()),
            full_name: user.full_name.clone(),
            deleted: user.deleted_at.is_some(),
        };
        let (last_message, unread_count) = (last_message.clone(), side.unread.size() as u64);
        let conversation = Conversation { user, last_message, unread_count };
        Some(Known { conversation, other_wrote: side.other_wrote })
    }

    /// Adds a message, and tells both of it.
    pub(crate) fn put_message(&mut self, message: &Message, now: Timestamp) -> Vec<Told> {
        let Message { id, sender_id: sender, receiver_id: receiver, is_read, .. } = *message;
        self.messages.insert_mut(id, message.clone());
        entry(&mut self.received, receiver).insert_mut(id);
        entry(&mut self.sent, sender).insert_mut(id);
        self.side(sender, receiver).all.insert_mut(id);
        let side = self.side(receiver, sender);
        side.all.insert_mut(id);
        if !is_read {
            side.unread.insert_mut(id);
        }
        side.other_wrote = true;
        let mut told = vec![self.tell(Log::User(receiver), News::Sent(id), now)];
        if sender != receiver {
            told.push(self.tell(Log::User(sender), News::Sent(id), now));
        }
        told
    }

    /// Notes that a message is read, and tells its sender.
    fn read_one(&mut self, id: MessageId, now: Timestamp) -> Option<(Message, Told)> {
        let message = self.messages.get_mut(&id)?;
        (message.is_read, message.read_at) = (true, Some(now));
        let message = message.clone();
        self.side(message.receiver_id, message.sender_id).unread.remove_mut(&id);
        let told = self.tell(Log::User(message.sender_id), News::Read(id), now);
        Some((message, told))
    }
}

#[async_trait]
impl MessageReads for Data {
    async fn by_id(&mut self, id: MessageId) -> Result<Option<Message>, StorageError> {
        Ok(self.messages.get(&id).cloned())
    }

    async fn received(
        &mut self,
        user: UserId,
        query: &ReceivedQuery,
    ) -> Result<(Vec<Message>, bool), StorageError> {
        let ReceivedQuery { unread, page } = query;
        let is_meant = |message: &Message| unread.is_none_or(|unread| message.is_read != unread);
        Ok(self.newest(self.received.get(&user), page, is_meant))
    }

    async fn sent(
        &mut self,
        user: UserId,
        page: &Recent<MessageId>,
    ) -> Result<(Vec<Message>, bool), StorageError> {
        Ok(self.newest(self.sent.get(&user), page, |_| true))
    }

    async fn between(
        &mut self,
        user: UserId,
        other: UserId,
        page: &Recent<MessageId>,
    ) -> Result<(Vec<Message>, bool), StorageError> {
        let side = self.conversations.get(&user).and_then(|sides| sides.get(&other));
        Ok(self.newest(side.map(|side| &side.all), page, |_| true))
    }

    async fn conversations(
        &mut self,
        user: UserId,
        query: &ConversationQuery,
    ) -> Result<(Vec<Known>, bool), StorageError> {
        let sides = self.conversations.get(&user).into_iter().flat_map(Map::iter);
        let mut sides: Vec<_> = sides.collect();
        sides.sort_by_key(|(_, side)| Reverse(side.all.last()));
        let known = sides.into_iter().filter_map(|(other, side)| self.known(*other, side));
        Ok(page(known, query.skip, query.limit))
    }
}

#[async_trait]
impl MessageWrites for Data {
    async fn insert(&mut self, draft: &Draft) -> Result<Option<Sent>, StorageError> {
        let Draft { receiver, now, .. } = *draft;
        if self.user(receiver).is_none_or(|user| user.deleted_at.is_some()) {
            return Ok(None);
        }
        let id = self.next_id()?;
        let told = self.put_message(&draft.clone().with_id(id), now);
        Ok(Some(Sent { id, told }))
    }

    async fn read(
        &mut self,
        receiver: UserId,
        which: Unread,
        now: Timestamp,
    ) -> Result<Vec<(Message, Told)>, StorageError> {
        let ids: Vec<_> = match which {
            Unread::One(id) => {
                let message = self.messages.get(&id);
                let is_meant = message.is_some_and(|m| m.receiver_id == receiver && !m.is_read);
                is_meant.then_some(id).into_iter().collect()
            }
            Unread::From(sender, most) => {
                let unread = &self.side(receiver, sender).unread;
                unread.iter().copied().take(most as usize).collect()
            }
        };
        Ok(ids.into_iter().filter_map(|id| self.read_one(id, now)).collect())
    }
}
