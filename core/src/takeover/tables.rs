//! Which table of the old database is what.

use super::TakeOverError;
use super::source::OldTable;

/// The tables that are read.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) users: Option<OldTable>,
    pub(super) groups: Option<OldTable>,
    pub(super) sessions: Option<OldTable>,
    /// Who takes part in which session.
    pub(super) taking_part: Option<TakingPart>,
    pub(super) events: Option<OldTable>,
    pub(super) messages: Option<OldTable>,
    /// The names of the others.
    pub(super) not_read: Vec<String>,
}

/// A table that has a session and a user in each row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TakingPart {
    pub(super) table: OldTable,
    pub(super) session: String,
    pub(super) user: String,
}

/// What databases and migrations keep for themselves.
const NOBODYS: [&str; 3] = ["alembic_version", "sqlite_sequence", "spatial_ref_sys"];
/// What together no other application has.
const OURS: [&str; 3] = ["_sqlx_migrations", "conversations", "stream"];

impl Tables {
    /// Finds them by their names, and the columns that they cannot do without.
    pub(super) fn find(all: &[OldTable]) -> Result<Self, TakeOverError> {
        let named = |name: &str| all.iter().find(|table| table.name == name);
        if OURS.iter().all(|name| named(name).is_some()) {
            return Err(TakeOverError::Guildhall);
        }
        let one_of = |names: [&str; 2], columns: &[&str]| {
            let fits = |table: &&OldTable| columns.iter().all(|column| table.has(column));
            names.into_iter().filter_map(named).find(fits).cloned()
        };
        let mut tables = Self {
            users: one_of(["users", "user"], &["id", "email"]),
            groups: one_of(["groups", "group"], &["id", "name"]),
            sessions: one_of(["sessions", "session"], &["id", "name"]),
            events: one_of(["events", "event"], &["id", "title", "date"]),
            messages: one_of(
                ["messages", "message"],
                &["id", "content", "sender_id", "receiver_id"],
            ),
            ..Self::default()
        };
        if let (Some(users), Some(sessions)) = (&tables.users, &tables.sessions) {
            tables.taking_part = all.iter().find_map(|table| taking_part(table, users, sessions));
        }
        let found = tables.found();
        if found.is_empty() {
            let names: Vec<_> = all.iter().map(|table| table.name.as_str()).collect();
            let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            return Err(TakeOverError::NoTables(names));
        }
        let rest = all.iter().map(|table| &table.name);
        let rest = rest.filter(|name| !found.contains(name) && !NOBODYS.contains(&name.as_str()));
        tables.not_read = rest.cloned().collect();
        Ok(tables)
    }

    fn found(&self) -> Vec<String> {
        let Self { users, groups, sessions, taking_part, events, messages, .. } = self;
        let taking_part = taking_part.as_ref().map(|taking_part| &taking_part.table);
        let tables = [users, groups, sessions, events, messages].map(Option::as_ref);
        tables.into_iter().chain([taking_part]).flatten().map(|table| table.name.clone()).collect()
    }
}

/// The table's two columns, by its foreign keys, or else by the columns' names.
fn taking_part(table: &OldTable, users: &OldTable, sessions: &OldTable) -> Option<TakingPart> {
    if [&users.name, &sessions.name].contains(&&table.name) {
        return None;
    }
    let refers = |to: &OldTable, name: &str| {
        let reference = table.references.iter().find(|reference| reference.table == to.name);
        let column = reference.map(|reference| reference.column.clone());
        let is_plain = table.references.is_empty() && table.has(name);
        column.or_else(|| is_plain.then(|| name.to_owned()))
    };
    let (session, user) = (refers(sessions, "session_id")?, refers(users, "user_id")?);
    Some(TakingPart { table: table.clone(), session, user })
}

#[cfg(test)]
mod tests {
    use super::super::source::Reference;
    use super::*;

    fn table(name: &str, columns: &[&str], references: &[(&str, &str)]) -> OldTable {
        let reference = |(column, table): &(&str, &str)| Reference {
            column: (*column).into(),
            table: (*table).into(),
        };
        OldTable {
            name: name.into(),
            columns: columns.iter().map(|column| (*column).into()).collect(),
            references: references.iter().map(reference).collect(),
        }
    }

    #[test]
    fn tables_are_found_by_names_columns_and_keys() {
        let all = [
            table("alembic_version", &["version_num"], &[]),
            table("user", &["id", "email", "hashed_password", "shoe_size"], &[]),
            table("sessions", &["id", "name"], &[]),
            table("crowd", &["who", "what"], &[("who", "user"), ("what", "sessions")]),
            table("events", &["id", "name"], &[]),
            table("invoices", &["id"], &[("id", "user")]),
        ];
        let tables = Tables::find(&all).unwrap();
        assert_eq!(tables.users.unwrap().name, "user");
        let taking_part = tables.taking_part.unwrap();
        assert_eq!((taking_part.session.as_str(), taking_part.user.as_str()), ("what", "who"));
        assert_eq!(tables.events, None, "an event has a title and a date");
        assert_eq!(tables.not_read, ["events", "invoices"]);
    }

    #[test]
    fn who_takes_part_is_found_without_keys_by_the_names_of_columns() {
        let all = [
            table("users", &["id", "email"], &[]),
            table("sessions", &["id", "name"], &[]),
            table("session_users", &["session_id", "user_id"], &[]),
        ];
        let taking_part = Tables::find(&all).unwrap().taking_part.unwrap();
        assert_eq!(taking_part.table.name, "session_users");
    }

    #[test]
    fn what_is_no_old_back_end_is_refused() {
        let ours = OURS.map(|name| table(name, &["id"], &[]));
        assert!(matches!(Tables::find(&ours), Err(TakeOverError::Guildhall)));
        let foreign = [table("wp_posts", &["id"], &[])];
        let Err(TakeOverError::NoTables(names)) = Tables::find(&foreign) else { panic!() };
        assert_eq!(names, "wp_posts");
    }
}
