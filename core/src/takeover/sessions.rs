//! Live sessions, and who takes part in them.

use std::collections::HashMap;

use guildhall_openapi::{Session, SessionState, SessionUser, Timestamp, UserId};
use serde_json::Value;

use super::accounts::word;
use super::fields::{Fields, Refused};
use super::note::{Kind, Note, Reason};
use super::source::{OldId, OldTable};
use super::tables::TakingPart;
use super::writes::Put;
use super::{Person, TakeOverError, Taking};

/// The columns that may say whose a session is.
const OWNER: [&str; 4] = ["owner_id", "creator_id", "created_by", "user_id"];

/// Who takes part, by the sessions' old ids.
type People = HashMap<OldId, Vec<OldId>>;

impl Taking<'_> {
    pub(super) async fn take_sessions(
        &mut self,
        table: &OldTable,
        taking_part: Option<&TakingPart>,
    ) -> Result<(), TakeOverError> {
        let mut people = match taking_part {
            Some(taking_part) => self.who_takes_part(taking_part).await?,
            None => People::new(),
        };
        let admins = self.tx.accounts().lock_admins().await?;
        self.open(table, &["id"]).await?;
        loop {
            let rows = self.next(table).await?;
            if rows.is_empty() {
                break;
            }
            let read = self.read(table, &rows, |taking, row| {
                taking.session(row, &people, admins.first().copied())
            });
            let read = self.once(read);
            let sessions: Vec<_> = read.iter().map(|(_, session)| session.clone()).collect();
            let put = self.tx.take_over().sessions(&sessions).await?;
            for ((row, session), put) in read.into_iter().zip(put) {
                let id = OldId::Number(session.id.get());
                let before = match &put {
                    Put::Stands(before) => Some(before.clone()),
                    _ => None,
                };
                let is_same = |before: &Session| before.name == session.name;
                if self.settle(row, put, is_same) {
                    let here = people.remove(&id).unwrap_or_default();
                    self.settle_people(taking_part, &session, here, before).await?;
                }
            }
        }
        for (session, people) in people {
            for user in people {
                self.note_part(
                    taking_part,
                    &session,
                    &user,
                    "session_id",
                    &Reason::Reference("a session"),
                );
            }
        }
        Ok(())
    }

    /// All of them: they are numbers, and a session is written with its people.
    async fn who_takes_part(&mut self, part: &TakingPart) -> Result<People, TakeOverError> {
        let TakingPart { table, session, user } = part;
        let order = ["joined_at", "created_at", "id"].into_iter().find(|column| table.has(column));
        let order = [Some(session.as_str()), order, Some(user.as_str())];
        let order: Vec<_> = order.into_iter().flatten().collect();
        self.open(table, &order).await?;
        let mut people = People::new();
        loop {
            let rows = self.next(table).await?;
            if rows.is_empty() {
                return Ok(people);
            }
            let read = self.read(table, &rows, |_, row| {
                let session = row.reference("session_id", &[session])?;
                let user = row.reference("user_id", &[user])?;
                let missing = |field| (field, Reason::Missing);
                Ok((session.ok_or(missing("session_id"))?, user.ok_or(missing("user_id"))?))
            });
            for (_, (session, user)) in read {
                people.entry(session).or_default().push(user);
            }
        }
    }

    fn session(
        &self,
        row: &mut Fields<'_>,
        people: &People,
        admin: Option<UserId>,
    ) -> Result<Session, Refused> {
        let id = row.id()?;
        let created_at = row.time("created_at", &["created_at"])?.unwrap_or(self.now);
        let (state, ended_at) = state(row, created_at)?;
        let here = people.get(&OldId::of(&row.shown_id()).unwrap_or(OldId::Number(0)));
        let mut users: Vec<UserId> = Vec::new();
        for old in here.into_iter().flatten() {
            if let Ok(person) = self.takes_part(old, state)
                && !users.contains(&person.id)
            {
                users.push(person.id);
            }
        }
        let owner = self.person(row, "owner_id", &OWNER)?.map(|person| person.id);
        let owner = owner.or(admin).or(users.first().copied());
        Ok(Session {
            id,
            name: row.text("name", &["name"])?,
            state,
            owner_id: owner.ok_or(("owner_id", Reason::NoOwner))?,
            created_at,
            ended_at,
            // A storage shows them by the names of their accounts.
            users: users.into_iter().map(|id| SessionUser { id, username: "".into() }).collect(),
        })
    }

    /// The person, if they can be in a session of this state.
    fn takes_part(&self, old: &OldId, state: SessionState) -> Result<Person, Reason> {
        let person = self.people.get(old).copied().ok_or(Reason::Reference("a user"))?;
        if person.is_deleted && state != SessionState::Ended {
            return Err(Reason::Deleted);
        }
        Ok(person)
    }

    /// Counts who is in a session; in one that stood before, those get in who have come since.
    async fn settle_people(
        &mut self,
        part: Option<&TakingPart>,
        session: &Session,
        here: Vec<OldId>,
        before: Option<Session>,
    ) -> Result<(), TakeOverError> {
        let Some(TakingPart { table, .. }) = part else { return Ok(()) };
        let mut is_in: Vec<UserId> =
            before.iter().flat_map(|before| &before.users).map(|user| user.id).collect();
        if before.is_some() {
            self.tx.sessions().lock(session.id).await?;
        }
        let state = before.as_ref().map_or(session.state, |before| before.state);
        for old in here {
            let person = match self.takes_part(&old, state) {
                Ok(person) => person,
                Err(reason) => {
                    let session = OldId::Number(session.id.get());
                    self.note_part(part, &session, &old, "user_id", &reason);
                    continue;
                }
            };
            if is_in.contains(&person.id) {
                self.count(table).already_taken += 1;
                continue;
            }
            is_in.push(person.id);
            if before.is_some() {
                self.tx.sessions().join(session.id, person.id).await?;
            }
            self.count(table).taken += 1;
        }
        Ok(())
    }

    fn note_part(
        &mut self,
        part: Option<&TakingPart>,
        session: &OldId,
        user: &OldId,
        field: &'static str,
        reason: &Reason,
    ) {
        let Some(TakingPart { table, .. }) = part else { return };
        let id = Value::String(format!("{session}/{user}"));
        self.count(table).left_out += 1;
        self.hearer.note(Note::new(Kind::LeftOut, &table.name, id, field, reason));
    }
}

/// How far the session is, by the word that is there, but for one that has an end.
fn state(
    row: &mut Fields<'_>,
    created_at: Timestamp,
) -> Result<(SessionState, Option<Timestamp>), Refused> {
    let ended_at = row.time("ended_at", &["ended_at"])?;
    if ended_at.is_some() {
        return Ok((SessionState::Ended, ended_at));
    }
    let Some(value) = row.value(&["state", "status"]) else {
        return Ok((SessionState::Inactive, None));
    };
    match value.as_str().map(word).as_deref() {
        Some("inactive" | "created" | "pending" | "planned" | "scheduled") => {
            Ok((SessionState::Inactive, None))
        }
        Some("active" | "started" | "running" | "in_progress" | "open" | "live") => {
            Ok((SessionState::Active, None))
        }
        Some("ended" | "stopped" | "finished" | "closed" | "done" | "terminated" | "completed") => {
            row.note(Kind::Changed, "ended_at", Reason::EndUnknown);
            Ok((SessionState::Ended, Some(created_at)))
        }
        _ => Err(("state", Reason::Word)),
    }
}
