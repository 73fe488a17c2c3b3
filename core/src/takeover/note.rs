//! What is told of a take-over.

use std::collections::BTreeMap;
use std::fmt;

use guildhall_openapi::Fault;
use serde::Serialize;
use serde_json::Value;

use crate::storage::Conflict;

/// What became of a row that was not taken as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It was not taken.
    LeftOut,
    /// It was taken with another value in this field.
    Changed,
    /// The account was taken, and has to get a new password.
    Password,
}

/// A row that was not taken as it was. It shows no value but the id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// What became of it.
    pub kind: Kind,
    /// Its table.
    pub table: String,
    /// The id that it had, as JSON.
    pub id: Value,
    /// The column that was at fault, by the name that it has here.
    pub field: &'static str,
    /// Why, for programs: see [`Reason::code`].
    pub code: &'static str,
    /// Why, for people, in English.
    pub reason: String,
}

impl Note {
    pub(super) fn new(
        kind: Kind,
        table: &str,
        id: Value,
        field: &'static str,
        reason: &Reason,
    ) -> Self {
        Self {
            kind,
            table: table.into(),
            id,
            field,
            code: reason.code(),
            reason: reason.to_string(),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, table, id, field, code, reason } = self;
        let kind = match kind {
            Kind::LeftOut => "left out",
            Kind::Changed => "changed",
            Kind::Password => "password",
        };
        match id {
            Value::String(id) => write!(f, "{kind}: {table} {id}: {field}: {reason} ({code})"),
            id => write!(f, "{kind}: {table} {id}: {field}: {reason} ({code})"),
        }
    }
}

/// Why a row, or a field of it, was not taken as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// It is not there, or NULL.
    #[error("it is missing")]
    Missing,
    /// It is of another type than such a field has.
    #[error("it is of another type than is read here")]
    Type,
    /// It breaks a limit on texts.
    #[error("it {0}")]
    Text(Fault),
    /// It is no id from 1 to 2^53 - 1.
    #[error("it is no whole number from 1 to 2^53 - 1")]
    Id,
    /// It is no date with a time of day.
    #[error("it is no time that can be read")]
    Time,
    /// It is a word that means nothing here.
    #[error("it is a word that is not known here")]
    Word,
    /// White space around it was cut.
    #[error("white space around it was cut")]
    Trimmed,
    /// It was replaced: by `user-` and the id, or by nothing.
    #[error("{0}; {1}")]
    Replaced(Box<Reason>, &'static str),
    /// It refers to a row that was not taken.
    #[error("it refers to {0} that was not taken")]
    Reference(&'static str),
    /// A deleted person takes part in nothing that goes on.
    #[error("the account is deleted, and the session has not ended")]
    Deleted,
    /// Another row has it.
    #[error("another one has it: {0}")]
    Taken(Conflict),
    /// Something else stands under this id.
    #[error("something else stands under this id")]
    IdTaken,
    /// A person who is to be numbered, and may have been before.
    #[error(
        "it may be of someone who was taken before and deleted here since; the file of --map says whether"
    )]
    NeedsMap,
    /// Another row of the table has the same id.
    #[error("another row of the table has the same id")]
    SameId,
    /// Nobody could own it.
    #[error("nobody owns it, nobody takes part in it, and there is no admin")]
    NoOwner,
    /// No password fits what is stored as its hash.
    #[error("its hash cannot be verified, so a new password has to be set")]
    Hash,
    /// A session that has ended, and nothing says when.
    #[error("it is not known when, so it is when it was made")]
    EndUnknown,
}

impl Reason {
    /// A stable name, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Type => "wrong_type",
            Self::Text(_) => "does_not_fit",
            Self::Id => "no_id",
            Self::Time => "no_time",
            Self::Word => "unknown_word",
            Self::Trimmed => "trimmed",
            Self::Replaced(reason, _) => reason.code(),
            Self::Reference(_) => "not_taken",
            Self::Deleted => "user_deleted",
            Self::Taken(Conflict::EmailTaken) => "email_taken",
            Self::Taken(Conflict::UsernameTaken) => "username_taken",
            Self::Taken(Conflict::EventTitleTaken) => "event_title_taken",
            Self::Taken(Conflict::GroupNameTaken) => "group_name_taken",
            Self::Taken(Conflict::NoSuchEvent | Conflict::NoSuchGroup) => "not_there",
            Self::IdTaken => "id_taken",
            Self::NeedsMap => "needs_map",
            Self::SameId => "same_id",
            Self::NoOwner => "no_owner",
            Self::Hash => "new_password",
            Self::EndUnknown => "end_unknown",
        }
    }
}

/// How many rows of a table became what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Those that were there.
    pub read: u64,
    /// Those that were taken now.
    pub taken: u64,
    /// Those that had been taken before.
    pub already_taken: u64,
    /// Those that were left out.
    pub left_out: u64,
    /// The fields of others that were changed.
    pub changed: u64,
}

/// What was taken over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// By the tables' names.
    pub tables: BTreeMap<String, Count>,
    /// The tables that were not read.
    pub not_read: Vec<String>,
    /// How many people have to set a new password.
    pub passwords: u64,
    /// Whether it was all undone at the end.
    pub dry_run: bool,
}

impl Summary {
    /// How many rows were left out.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.tables.values().map(|count| count.left_out).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who reads a code looks it up there.
    #[test]
    fn the_page_has_each_code_and_no_other() {
        let page = include_str!("../../../docs/TAKE-OVER.md");
        let (_, table) = page.split_once("| code |").unwrap();
        let cells = table.lines().filter_map(|line| line.split('|').nth(1));
        let mut listed: Vec<_> =
            cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
        let reasons = [
            Reason::Missing,
            Reason::Type,
            Reason::Text(Fault::Email),
            Reason::Id,
            Reason::Time,
            Reason::Word,
            Reason::Trimmed,
            Reason::Reference("a user"),
            Reason::Deleted,
            Reason::Taken(Conflict::EmailTaken),
            Reason::Taken(Conflict::UsernameTaken),
            Reason::Taken(Conflict::EventTitleTaken),
            Reason::Taken(Conflict::GroupNameTaken),
            Reason::IdTaken,
            Reason::NeedsMap,
            Reason::SameId,
            Reason::NoOwner,
            Reason::Hash,
            Reason::EndUnknown,
        ];
        let mut codes = reasons.each_ref().map(Reason::code);
        codes.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, codes);
    }
}
