//! What the page knows about whoever is signed in. Lists are read once; from then on the stream tells what is new.

mod outbox;

use std::collections::BTreeMap;

use futures_util::StreamExt as _;
use guildhall_client::contract::messages::ConversationQuery;
use guildhall_client::contract::page::Recent;
use guildhall_client::contract::{Conversation, Message, MessageId, Push, UserId};
use guildhall_client::{Client, Connection, Error};
use sycamore::futures::spawn_local_scoped;
use sycamore::prelude::*;

use super::browser;
pub(crate) use outbox::Outgoing;

/// Its parts are signals, so it is as cheap to copy as they are.
#[derive(Clone, Copy)]
pub(crate) struct Chat {
    client: Signal<Client>,
    me: Signal<Option<UserId>>,
    /// How often everything had to be read.
    readings: Signal<u32>,
    /// Ends with the chat: what is begun here goes on when a page of it is left.
    scope: NodeHandle,
    /// Whether it is known who is signed in.
    pub(crate) is_open: ReadSignal<bool>,
    pub(crate) is_online: ReadSignal<bool>,
    pub(crate) connection: Signal<Connection>,
    /// What could not be read.
    pub(crate) problem: Signal<Option<String>>,
    /// The one with the newest message first; nothing before they are asked for.
    pub(crate) conversations: Signal<Option<Vec<Conversation>>>,
    /// All that were read or told, so that none is there twice.
    messages: Signal<BTreeMap<MessageId, Message>>,
    /// Up to where each conversation was read here.
    read_up_to: Signal<BTreeMap<UserId, MessageId>>,
    /// What is not sent yet, in the order in which it was written.
    outbox: Signal<Vec<Outgoing>>,
    is_sending: Signal<bool>,
}

impl Chat {
    pub(crate) fn open(client: Client) -> Self {
        let mut stream = client.stream();
        let mut connection = stream.connection();
        let me = create_signal(None);
        let chat = Self {
            client: create_signal(client),
            me,
            readings: create_signal(0),
            scope: use_current_scope(),
            is_open: create_selector(move || me.get().is_some()),
            is_online: browser::is_online(),
            connection: create_signal(Connection::Connecting),
            problem: create_signal(None),
            conversations: create_signal(None),
            messages: create_signal(BTreeMap::new()),
            read_up_to: create_signal(BTreeMap::new()),
            outbox: create_signal(Vec::new()),
            is_sending: create_signal(false),
        };
        spawn_local_scoped(async move {
            while connection.changed().await.is_ok() {
                chat.connection.set(*connection.borrow_and_update());
            }
        });
        // The stream has no gaps, even where it is interrupted: what was before is read once, and
        // what could not be read then.
        create_effect(move || {
            if chat.is_online.get() && chat.connection.get() == Connection::Connected {
                spawn_local_scoped(async move {
                    if chat.readings.get() == 0 || chat.problem.with(Option::is_some) {
                        chat.read_anew();
                    }
                });
            }
        });
        spawn_local_scoped(async move {
            while let Some(frame) = stream.next().await {
                match frame.push {
                    Push::NewMessage { message } | Push::MessageRead { message } => {
                        chat.hear(message);
                    }
                    Push::ResyncRequired => {
                        chat.messages.take();
                        chat.read_anew();
                    }
                    _ => {}
                }
            }
        });
        chat.read(move || async move {
            me.set(Some(chat.client().accounts().me().await?.id));
            Ok(())
        });
        chat
    }

    pub(crate) fn client(self) -> Client {
        self.client.get_clone_untracked()
    }

    /// Reads something as soon as the stream tells what comes after, and again whenever it has to be.
    pub(crate) fn read<F>(self, read: impl Fn() -> F + 'static)
    where
        F: Future<Output = Result<(), Error>> + 'static,
    {
        create_effect(move || {
            if self.readings.get() > 0 {
                let reading = read();
                spawn_local_scoped(async move { self.note(reading.await) });
            }
        });
    }

    pub(crate) fn read_anew(self) {
        self.problem.set(None);
        self.readings.set(self.readings.get_untracked() + 1);
    }

    pub(crate) async fn read_conversations(self) -> Result<(), Error> {
        let query = ConversationQuery::default();
        let mut list = self.client().messages().conversations(&query).await?.rows;
        // The answer may be older than what was read here, and what was told, meanwhile.
        self.read_up_to.with_untracked(|read_up_to| {
            for row in &mut list {
                if read_up_to.get(&row.user.id) >= Some(&row.last_message.id) {
                    row.unread_count = 0;
                }
            }
        });
        self.messages.with_untracked(|messages| {
            for message in messages.values() {
                self.put(message, &mut list);
            }
        });
        self.conversations.set(Some(list));
        Ok(())
    }

    /// Reads the newest messages of a conversation, or those before one. Says whether there are more.
    pub(crate) async fn read_messages(
        self,
        with: UserId,
        before: Option<MessageId>,
    ) -> Result<bool, Error> {
        let query = Recent { before, ..Recent::default() };
        let page = self.client().messages().conversation(with, &query).await?;
        self.keep(page.rows);
        Ok(page.has_more)
    }

    /// What is known of a conversation, oldest first.
    pub(crate) fn conversation(self, with: UserId) -> Vec<Message> {
        self.messages.with(|messages| {
            let is_theirs = |message: &&Message| self.other_side(message) == with;
            messages.values().filter(is_theirs).cloned().collect()
        })
    }

    /// Notes that a conversation was read, up to a message of either side.
    pub(crate) fn mark_read(self, with: UserId, up_to: MessageId) {
        self.spawn(async move {
            // Where it fails, the next message or visit brings another try.
            if self.client().messages().read_conversation(with).await.is_err() {
                return;
            }
            self.messages.update(|messages| {
                for message in messages.range_mut(..=up_to).map(|(_, message)| message) {
                    message.is_read |= message.sender_id == with;
                }
            });
            self.read_up_to.update(|read_up_to| {
                let read = read_up_to.entry(with).or_insert(up_to);
                *read = up_to.max(*read);
            });
            let has_newer = self.conversations.update(|list| {
                let mut rows = list.iter_mut().flatten();
                let Some(row) = rows.find(|row| row.user.id == with) else { return false };
                let has_newer = row.last_message.id > up_to;
                if !has_newer {
                    row.unread_count = 0;
                }
                has_newer
            });
            // Only the server knows whether what came meanwhile was read with it.
            if has_newer {
                self.note(self.read_conversations().await);
            }
        });
    }

    /// Shows what went wrong.
    pub(crate) fn note(self, outcome: Result<(), Error>) {
        if let Err(error) = outcome {
            self.problem.set(Some(error.to_string()));
        }
    }

    /// Takes in a message that is new, or was read.
    fn hear(self, message: Message) {
        let is_listed = self
            .conversations
            .update(|list| list.as_mut().is_none_or(|list| self.put(&message, list)));
        if !is_listed {
            self.spawn(async move { self.note(self.read_conversations().await) });
        }
        if Some(message.sender_id) == self.me.get_untracked() {
            self.settle(&message);
        }
        self.keep([message]);
    }

    /// Keeps messages. What is known to be read stays so: an answer may be old.
    fn keep(self, rows: impl IntoIterator<Item = Message>) {
        self.messages.update(|messages| {
            for message in rows {
                if messages.get(&message.id).is_none_or(|known| !known.is_read) {
                    messages.insert(message.id, message);
                }
            }
        });
    }

    /// Puts a message into its conversation, if it belongs there. Whether there is one.
    fn put(self, message: &Message, list: &mut Vec<Conversation>) -> bool {
        let with = self.other_side(message);
        let Some(at) = list.iter().position(|row| row.user.id == with) else {
            return false;
        };
        if message.id > list[at].last_message.id {
            let mut row = list.remove(at);
            let is_unread =
                Some(message.receiver_id) == self.me.get_untracked() && !message.is_read;
            row.unread_count += u64::from(is_unread);
            row.last_message = message.clone();
            list.insert(0, row);
        }
        true
    }

    fn other_side(self, message: &Message) -> UserId {
        let is_mine = Some(message.sender_id) == self.me.get_untracked();
        if is_mine { message.receiver_id } else { message.sender_id }
    }

    fn spawn(self, task: impl Future<Output = ()> + 'static) {
        self.scope.run_in(|| spawn_local_scoped(task));
    }
}
