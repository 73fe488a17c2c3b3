//! Accounts.

use guildhall_openapi::text::rule::{EmailRule, FullNameRule, UsernameRule};
use guildhall_openapi::text::{Email, FullName, Text, Username};
use guildhall_openapi::{GroupId, Role, User, UserId};
use serde_json::Value;

use super::fields::{Fields, Refused};
use super::note::{Kind, Reason};
use super::source::{OldId, OldTable};
use super::writes::Put;
use super::{Person, TakeOverError, Taking};
use crate::accounts::Account;
use crate::identity::{self, email_key};
use crate::passwords;
use crate::storage::Conflict;

const PASSWORD: [&str; 3] = ["hashed_password", "password_hash", "password"];

/// An account, but for its id, if that is no number, and for its name, if the old one does not fit.
struct Read {
    old: OldId,
    /// The old id as it stands there, if it is no number.
    shown: String,
    account: Account,
    is_nameless: bool,
}

/// Whether a person is there already, under their own id or under one that they were given.
enum Found {
    /// They have an id now under which nobody is known to stand.
    New,
    /// This is them.
    Stands(Account),
    /// Somebody else has their email.
    AnothersEmail,
    /// They may be there or not.
    Unsure,
}

impl Taking<'_> {
    pub(super) async fn take_users(&mut self, table: &OldTable) -> Result<(), TakeOverError> {
        let is_new = self.tx.take_over().highest_account().await?.is_none();
        self.open(table, &["id"]).await?;
        loop {
            let rows = self.next(table).await?;
            if rows.is_empty() {
                return Ok(());
            }
            let (mut read, all) = (Vec::new(), self.read(table, &rows, Self::account));
            for (row, mut user) in self.once(all) {
                // The forms of a UUID do not stand beside each other in the table's order.
                if !user.shown.is_empty() && self.people.contains_key(&user.old) {
                    self.note(Kind::LeftOut, &row, "id", &Reason::SameId);
                    continue;
                }
                match self.number(&mut user, is_new).await? {
                    Found::New => read.push((row, user)),
                    Found::AnothersEmail => {
                        self.settle(row, Put::<()>::Refused(Conflict::EmailTaken), |()| false);
                    }
                    Found::Unsure => self.note(Kind::LeftOut, &row, "id", &Reason::NeedsMap),
                    Found::Stands(before) => {
                        let email = email_key(&user.account.user.email);
                        let is_same = before.user.deleted_at.is_none()
                            || email_key(&before.user.email) == email;
                        if self.settle(row, Put::Stands(before.clone()), |_| is_same) {
                            self.remember(&user, &before);
                        }
                    }
                }
            }
            let again = self.put(read).await?;
            let left = self.put(again).await?;
            for (row, _) in left {
                self.settle(row, Put::<()>::Refused(Conflict::UsernameTaken), |()| false);
            }
        }
    }

    /// Gives an account its id and its name, if it has to get one: the next id, unless it is known to have one
    /// already, or one with its email stands already. Those that are deleted here have no key to be found by, so
    /// beside accounts that may have come before nobody is numbered who cannot be known.
    async fn number(&mut self, user: &mut Read, is_new: bool) -> Result<Found, TakeOverError> {
        let shown = &mut user.account.user;
        if let OldId::Text(_) = user.old {
            if let Some(id) = self.known.and_then(|known| known.get(&user.old)) {
                let before = self.tx.accounts().by_id(*id).await?;
                let not_there = || TakeOverError::NotThere(user.shown.clone(), *id);
                return before.map(Found::Stands).ok_or_else(not_there);
            }
            let before = self.tx.accounts().by_key(&email_key(&shown.email), "").await?;
            if let Some(before) = before {
                let is_anothers = self.numbered.contains(&before.user.id);
                let stands = Found::Stands(before);
                return Ok(if is_anothers { Found::AnothersEmail } else { stands });
            }
            if !is_new && self.known.is_none() {
                return Ok(Found::Unsure);
            }
            if self.highest.is_none() {
                let highest = self.tx.take_over().highest_account().await?;
                self.highest = Some(highest.map_or(0, UserId::get));
            }
            let next = self.highest.unwrap_or_default() + 1;
            self.highest = Some(next);
            shown.id = UserId::new(next).unwrap_or(UserId::FIRST);
        }
        if user.is_nameless {
            shown.username = stand_in(shown.id);
        }
        Ok(Found::New)
    }

    /// Puts accounts. Those whose name another one has come back with a name that they can do with.
    async fn put<'r>(
        &mut self,
        read: Vec<(Fields<'r>, Read)>,
    ) -> Result<Vec<(Fields<'r>, Read)>, TakeOverError> {
        let accounts: Vec<_> = read.iter().map(|(_, user)| user.account.clone()).collect();
        let put = self.tx.take_over().accounts(&accounts).await?;
        let mut again = Vec::new();
        for ((mut row, mut user), put) in read.into_iter().zip(put) {
            if put == Put::Refused(Conflict::UsernameTaken) {
                if !user.is_nameless {
                    row.replaced("username", Reason::Taken(Conflict::UsernameTaken), STAND_IN);
                    keep_name(&mut user.account.user);
                }
                user.is_nameless = true;
                user.account.user.username = stand_in(user.account.user.id);
                again.push((row, user));
                continue;
            }
            let stands = match &put {
                Put::Stands(before) => before.clone(),
                _ => user.account.clone(),
            };
            let email = email_key(&user.account.user.email);
            if self.settle(row, put, |before| email_key(&before.user.email) == email) {
                self.remember(&user, &stands);
            }
        }
        Ok(again)
    }

    /// Keeps who the old id is, for the rows that refer to it.
    fn remember(&mut self, Read { old, shown, .. }: &Read, account: &Account) {
        if let OldId::Text(_) = old {
            self.numbered.insert(account.user.id);
            self.hearer.numbered(shown, account.user.id);
        }
        let person = Person { id: account.user.id, is_deleted: account.user.deleted_at.is_some() };
        self.people.insert(old.clone(), person);
    }

    fn account(&self, row: &mut Fields<'_>) -> Result<Read, Refused> {
        let old = row.reference("id", &["id"])?.ok_or(("id", Reason::Missing))?;
        let id = match old {
            OldId::Number(_) => row.id()?,
            // It is numbered later.
            OldId::Text(_) => UserId::FIRST,
        };
        let email: Email = row.text::<EmailRule>("email", &["email"])?;
        let email = identity::email(&email).map_err(|fault| ("email", Reason::Text(fault)))?;
        let full_name = full_name(row);
        let username = username(row);
        let created_at = row.time("created_at", &["created_at"])?.unwrap_or(self.now);
        let is_inactive =
            row.value(&["is_active"]).is_some() && !row.flag("is_active", &["is_active"])?;
        let mut user = User {
            id,
            username: username.clone().unwrap_or_else(|given| given),
            email,
            full_name,
            email_verified: row.flag("is_verified", &["is_verified", "email_verified"])?,
            disabled: row.flag("disabled", &["disabled"])? || is_inactive,
            role: role(row)?,
            group: self.group(row)?,
            created_at,
            updated_at: row.time("updated_at", &["updated_at"])?.unwrap_or(created_at),
            deleted_at: row.time("deleted_at", &["deleted_at"])?,
            last_login: row.time("last_login", &["last_login"])?,
        };
        if username.is_err() {
            keep_name(&mut user);
        }
        let account = Account { user, password_hash: password_hash(row) };
        let shown = row.shown_id().as_str().unwrap_or_default().to_owned();
        Ok(Read { old, shown, account, is_nameless: username.is_err() })
    }

    fn group(&self, row: &mut Fields<'_>) -> Result<Option<GroupId>, Refused> {
        let group = match row.reference("group", &["group", "group_id"])? {
            None => return Ok(None),
            Some(OldId::Number(group)) => GroupId::new(group),
            Some(OldId::Text(_)) => None,
        };
        let group = group.filter(|group| self.groups.contains(group));
        if group.is_none() {
            row.replaced("group", Reason::Reference("a group"), "the account is in none");
        }
        Ok(group)
    }
}

const STAND_IN: &str = "the name is `user-` and the id";

/// A name for who has none that fits: people sign in by their email.
fn stand_in(id: UserId) -> Username {
    format!("user-{id}").into()
}

/// Keeps a name that cannot be a username where people can still read it.
fn keep_name(user: &mut User) {
    let name = FullName::from(user.username.as_str());
    if user.full_name.is_none() {
        user.full_name = name.check().ok().filter(|name| !name.is_empty()).map(FullName::from);
    }
}

/// The name, or what stands there where that does not fit.
fn username(row: &mut Fields<'_>) -> Result<Username, Username> {
    match row.value(&["username"]) {
        None => Err("".into()),
        Some(given) => {
            row.text::<UsernameRule>("username", &["username"]).map_err(|(_, reason)| {
                row.replaced("username", reason, STAND_IN);
                given.as_str().unwrap_or_default().into()
            })
        }
    }
}

fn full_name(row: &mut Fields<'_>) -> Option<FullName> {
    row.value(&["full_name"])?;
    let name: Result<Text<FullNameRule>, _> = row.text("full_name", &["full_name"]);
    if let Err((field, reason)) = &name {
        row.replaced(field, reason.clone(), "the account has none");
    }
    name.ok()
}

/// Admins are who was a superuser, or had the role.
fn role(row: &mut Fields<'_>) -> Result<Role, Refused> {
    if row.flag("is_superuser", &["is_superuser"])? || row.flag("is_admin", &["is_admin"])? {
        return Ok(Role::Admin);
    }
    let Some(value) = row.value(&["role"]) else { return Ok(Role::User) };
    match value.as_str().map(word).as_deref() {
        Some("admin") => Ok(Role::Admin),
        Some("user") => Ok(Role::User),
        _ => {
            row.replaced("role", Reason::Word, "the account is a user's");
            Ok(Role::User)
        }
    }
}

/// A word as it is written in Python's enumerations, or not: `Role.ADMIN` is `admin`.
pub(super) fn word(text: &str) -> String {
    let word = text.trim().rsplit('.').next().unwrap_or_default();
    word.to_ascii_lowercase().replace([' ', '-'], "_")
}

/// The hash, if it can be verified; one that no password has where it cannot.
fn password_hash(row: &mut Fields<'_>) -> String {
    let stored = row.value(&PASSWORD).and_then(Value::as_str).map(str::trim);
    if let Some(stored) = stored.filter(|stored| passwords::can_verify(stored)) {
        return stored.to_owned();
    }
    row.note(Kind::Password, "password", Reason::Hash);
    passwords::nobodys()
}
