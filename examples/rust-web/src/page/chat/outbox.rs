//! Messages on their way: one at a time, so that what was written first is sent first.

use guildhall_client::Call;
use guildhall_client::contract::messages::SendMessage;
use guildhall_client::contract::{Message, NewMessage, UserId};
use js_sys::Math;

use super::Chat;

#[derive(Clone, PartialEq)]
pub(crate) struct Outgoing {
    /// It is sent again under the same one, and so is there once where only an answer was lost.
    pub(crate) key: String,
    pub(crate) message: NewMessage,
    /// Why it was not sent. What was written to the same person after it waits behind it.
    pub(crate) problem: Option<String>,
    /// Whether the stream told of such a message, as it may before the answer does.
    is_told: bool,
}

impl Chat {
    /// Sends a message, whatever page is shown meanwhile, after those that wait.
    pub(crate) fn send(self, message: NewMessage) {
        let with = message.receiver_id;
        let key = format!("{:x}-{:x}", Math::random().to_bits(), Math::random().to_bits());
        let outgoing = Outgoing { key, message, problem: None, is_told: false };
        self.outbox.update(|outbox| outbox.push(outgoing));
        self.send_again(with);
    }

    /// Sends what waits for someone.
    pub(crate) fn send_again(self, with: UserId) {
        self.outbox.update(|outbox| {
            for outgoing in outbox.iter_mut().filter(|one| one.message.receiver_id == with) {
                outgoing.problem = None;
            }
        });
        self.deliver();
    }

    pub(crate) fn discard(self, key: &str) {
        self.outbox.update(|outbox| outbox.retain(|one| one.key != key));
        self.deliver();
    }

    /// What is on its way to someone, and not among the messages yet.
    pub(crate) fn outgoing(self, with: UserId) -> Vec<Outgoing> {
        let is_shown = |one: &&Outgoing| {
            one.message.receiver_id == with && (one.problem.is_some() || !one.is_told)
        };
        self.outbox.with(|outbox| outbox.iter().filter(is_shown).cloned().collect())
    }

    /// Notes that the stream told of a message of one's own.
    pub(super) fn settle(self, message: &Message) {
        let (with, content) = (message.receiver_id, &message.content);
        let is_it = |one: &&mut Outgoing| {
            !one.is_told && one.message.receiver_id == with && one.message.content == *content
        };
        self.outbox.update(|outbox| {
            if let Some(outgoing) = outbox.iter_mut().find(is_it) {
                outgoing.is_told = true;
            }
        });
    }

    fn deliver(self) {
        if self.is_sending.replace(true) {
            return;
        }
        self.spawn(async move {
            while let Some(Outgoing { key, message, .. }) = self.outbox.with_untracked(|o| next(o))
            {
                let call = Call::<SendMessage>::to(&[]).body(&message).idempotency_key(&key);
                match self.client().send(call).await {
                    Ok(sent) => {
                        self.hear(sent);
                        self.discard(&key);
                    }
                    Err(error) => self.outbox.update(|outbox| {
                        if let Some(outgoing) = outbox.iter_mut().find(|one| one.key == key) {
                            outgoing.problem = Some(error.to_string());
                        }
                    }),
                }
            }
            self.is_sending.set(false);
        });
    }
}

/// The first that waits behind none that could not be sent.
fn next(outbox: &[Outgoing]) -> Option<Outgoing> {
    let is_held =
        |with| outbox.iter().any(|one| one.message.receiver_id == with && one.problem.is_some());
    outbox.iter().find(|one| !is_held(one.message.receiver_id)).cloned()
}
