//! Mails: those that are to be sent, and the tokens of those that were.

use async_trait::async_trait;
use guildhall_core::mail::{Draft, Kind, MailReads, MailWrites, Stored};
use guildhall_core::openapi::{Timestamp, UserId};
use guildhall_core::storage::StorageError;

use crate::accounts::stands;
use crate::data::{Data, forget};

#[derive(Clone)]
pub(crate) struct Row {
    mail: Stored,
    email_key: String,
    due_at: Option<Timestamp>,
    guesses: i64,
}

impl Data {
    pub(crate) fn add_mail(
        &mut self,
        user: Option<UserId>,
        draft: &Draft,
    ) -> Result<(), StorageError> {
        let id = self.next_id()?;
        let Draft { kind, email, email_key, language, nonce, now, expires_at } = draft.clone();
        let mail = Stored { id, user, kind, email, language, nonce, expires_at, tries: 0 };
        self.mails.insert_mut(id, Row { mail, email_key, due_at: Some(now), guesses: 0 });
        Ok(())
    }

    /// Changes the mails of which this is so; those.
    fn change_mails(
        &mut self,
        most: usize,
        which: impl Fn(&Row) -> bool,
        change: impl Fn(&mut Row),
    ) -> Vec<Stored> {
        let mut rows: Vec<_> = self.mails.values().filter(|row| which(row)).cloned().collect();
        rows.sort_by_key(|row| row.due_at);
        rows.truncate(most);
        let changed = rows.into_iter().map(|mut row| {
            change(&mut row);
            let mail = row.mail.clone();
            self.mails.insert_mut(mail.id, row);
            mail
        });
        changed.collect()
    }
}

#[async_trait]
impl MailReads for Data {
    async fn by_id(&mut self, id: i64) -> Result<Option<Stored>, StorageError> {
        Ok(self.mails.get(&id).map(|row| row.mail.clone()))
    }

    async fn about(&mut self, user: UserId) -> Result<Vec<Stored>, StorageError> {
        let mails = self.mails.values().map(|row| &row.mail);
        Ok(mails.filter(|mail| mail.user == Some(user)).cloned().collect())
    }

    async fn next_due(&mut self) -> Result<Option<Timestamp>, StorageError> {
        Ok(self.mails.values().filter_map(|row| row.due_at).min())
    }

    async fn waiting(&mut self) -> Result<u64, StorageError> {
        Ok(self.mails.values().filter(|row| row.due_at.is_some()).count() as u64)
    }
}

#[async_trait]
impl MailWrites for Data {
    async fn insert(&mut self, user: UserId, draft: &Draft) -> Result<(), StorageError> {
        self.add_mail(Some(user), draft)
    }

    async fn request(&mut self, draft: &Draft) -> Result<(), StorageError> {
        let owner = self.emails.get(&draft.email_key).and_then(|id| self.user(*id));
        let owner = owner.filter(|user| {
            stands(user) && (draft.kind != Kind::VerifyEmail || !user.email_verified)
        });
        let owner = owner.map(|user| user.id);
        self.add_mail(owner, draft)
    }

    async fn claim(
        &mut self,
        now: Timestamp,
        until: Timestamp,
        most: u32,
    ) -> Result<Vec<Stored>, StorageError> {
        let is_due = |row: &Row| row.due_at.is_some_and(|due_at| due_at <= now);
        Ok(self.change_mails(most as usize, is_due, |row| {
            row.due_at = Some(until);
            row.mail.tries += 1;
        }))
    }

    async fn due(&mut self, id: i64, at: Option<Timestamp>) -> Result<(), StorageError> {
        self.change_mails(1, |row| row.mail.id == id, |row| row.due_at = at);
        Ok(())
    }

    async fn guess(
        &mut self,
        email_key: &str,
        kind: Kind,
        now: Timestamp,
        most: i64,
    ) -> Result<Vec<Stored>, StorageError> {
        let can_be_guessed = |row: &Row| {
            let has_ended = row.mail.expires_at <= now || row.guesses >= most;
            row.email_key == email_key && row.mail.kind == kind && !has_ended
        };
        Ok(self.change_mails(usize::MAX, can_be_guessed, |row| row.guesses += 1))
    }

    async fn forgive(&mut self, id: i64) -> Result<(), StorageError> {
        self.change_mails(1, |row| row.mail.id == id, |row| row.guesses = 0);
        Ok(())
    }

    async fn end(
        &mut self,
        email_key: &str,
        kind: Kind,
        now: Timestamp,
    ) -> Result<Vec<i64>, StorageError> {
        let ends = |row: &&Row| {
            row.email_key == email_key && row.mail.kind == kind && row.mail.expires_at > now
        };
        let ended: Vec<_> = self.mails.values().filter(ends).map(|row| row.mail.id).collect();
        for id in &ended {
            self.mails.remove_mut(id);
        }
        Ok(ended)
    }

    async fn forget(&mut self, user: UserId) -> Result<(), StorageError> {
        forget(&mut self.mails, usize::MAX, |_, row| row.mail.user == Some(user));
        Ok(())
    }

    async fn prune(&mut self, before: Timestamp, most: u32) -> Result<u64, StorageError> {
        let ended = |_: &_, row: &Row| row.mail.expires_at < before;
        Ok(forget(&mut self.mails, most as usize, ended) as u64)
    }
}
