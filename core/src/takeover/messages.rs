//! Direct messages.

use guildhall_openapi::Message;

use super::fields::{Fields, Refused};
use super::note::Reason;
use super::source::OldTable;
use super::{TakeOverError, Taking};

impl Taking<'_> {
    pub(super) async fn take_messages(&mut self, table: &OldTable) -> Result<(), TakeOverError> {
        self.open(table, &["id"]).await?;
        loop {
            let rows = self.next(table).await?;
            if rows.is_empty() {
                return Ok(());
            }
            let read = self.read(table, &rows, Self::message);
            let read = self.once(read);
            let (rows, messages): (Vec<_>, Vec<_>) = read.into_iter().unzip();
            let put = self.tx.take_over().messages(&messages, self.now).await?;
            for ((row, message), put) in rows.into_iter().zip(&messages).zip(put) {
                self.settle(row, put, |before| {
                    before.content == message.content
                        && before.sender_id == message.sender_id
                        && before.receiver_id == message.receiver_id
                });
            }
        }
    }

    fn message(&self, row: &mut Fields<'_>) -> Result<Message, Refused> {
        let sender = self.person(row, "sender_id", &["sender_id"])?;
        let receiver = self.person(row, "receiver_id", &["receiver_id"])?;
        let created_at = row.time("created_at", &["created_at", "timestamp", "sent_at"])?;
        let created_at = created_at.unwrap_or(self.now);
        let read_at = row.time("read_at", &["read_at"])?;
        let is_read = read_at.is_some() || row.flag("is_read", &["is_read", "read"])?;
        Ok(Message {
            id: row.id()?,
            content: row.text("content", &["content"])?,
            created_at,
            sender_id: sender.ok_or(("sender_id", Reason::Missing))?.id,
            receiver_id: receiver.ok_or(("receiver_id", Reason::Missing))?.id,
            is_read,
            // The old back ends do not keep when.
            read_at: is_read.then(|| read_at.unwrap_or(created_at)),
        })
    }
}
