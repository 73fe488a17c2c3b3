//! What serde writes, as TypeScript that is well-typed only where the npm package's `contract.ts`
//! declares the same.

use std::path::Path;

use guildhall_openapi::accounts::{UserDeletion, UserQuery};
use guildhall_openapi::audit::{AuditAction, AuditQuery};
use guildhall_openapi::events::{CalendarText, EventQuery, EventSelection};
use guildhall_openapi::messages::{ConversationQuery, ReceivedQuery};
use guildhall_openapi::page::{Limit, Page, Recent, Skip};
use guildhall_openapi::sessions::SessionQuery;
use guildhall_openapi::stream::{StreamQuery, SyncQuery, Wait};
use guildhall_openapi::typescript::declarations;
use guildhall_openapi::{
    AuditId, CloseReason, EventId, GroupId, LoginId, MessageId, SessionId, SessionState, UserId,
};
use serde::Serialize;
use ts_rs::{Config, TS};

use super::samples::NOW;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../client-sdk/web/npm/test/fixtures.ts");

const INTRODUCTION: &str = "\
// Made by `cargo xtask typescript`: what serde writes of samples of every wire type. That the
// compiler takes it shows that contract.ts declares what a server sends and reads.

import type * as contract from \"../src/contract.js\";
";

/// Samples as JSON, by the types that they are of.
#[derive(Default)]
pub(crate) struct Fixtures(Vec<(String, Vec<String>)>);

impl Fixtures {
    /// What serde writes of these.
    pub(crate) fn add<T: Serialize + TS>(&mut self, samples: &[T]) {
        for sample in samples {
            self.add_as(&T::name(&Config::new()), sample);
        }
    }

    /// What serde writes of this, under a name that it has in TypeScript only.
    pub(crate) fn add_as(&mut self, name: &str, sample: &impl Serialize) {
        let known = self.0.iter().position(|(known, _)| known == name);
        let place = known.unwrap_or(self.0.len());
        if known.is_none() {
            self.0.push((name.to_owned(), Vec::new()));
        }
        let json = serde_json::to_string(sample).unwrap();
        if !self.0[place].1.contains(&json) {
            self.0[place].1.push(json);
        }
    }

    /// Types of which a schema is a list of parameters.
    pub(crate) fn add_queries(&mut self) {
        let id = Some(UserId::FIRST);
        let (skip, limit) = ("7".parse().unwrap(), "20".parse().unwrap());
        let page = Page { after: id, skip, limit };
        let (q, group) = (Some("ali".into()), Some(GroupId::FIRST));
        let full = UserQuery { q: q.clone(), group, include_deleted: true, page };
        self.add(&[UserQuery::default(), full]);
        self.add(&[UserDeletion::default(), UserDeletion { erase: true }]);
        self.add(&[Page::default(), page]);
        let page = Page { after: Some(SessionId::FIRST), ..Page::default() };
        let full = SessionQuery { state: Some(SessionState::Active), page };
        self.add(&[SessionQuery::default(), full]);
        let selection = EventSelection { from: Some(NOW), to: Some(NOW), q, organizer_id: id };
        self.add(&[EventSelection::default(), selection.clone()]);
        let page = Page { after: Some(EventId::FIRST), ..Page::default() };
        self.add(&[EventQuery::default(), EventQuery { selection, page }]);
        let page = Recent { before: Some(MessageId::FIRST), skip, limit };
        self.add(&[Recent::default(), page]);
        let full = ReceivedQuery { unread: Some(true), page };
        self.add(&[ReceivedQuery::default(), full]);
        self.add(&[ConversationQuery::default(), ConversationQuery { skip, limit }]);
        let page = Recent { before: Some(AuditId::FIRST), ..Recent::default() };
        let full = AuditQuery {
            action: Some(AuditAction::SignedIn),
            actor_id: id,
            subject_id: id,
            from: Some(NOW),
            to: Some(NOW),
            ip: Some("192.0.2.7".parse().unwrap()),
            page,
        };
        self.add(&[AuditQuery::default(), full]);
        let cursor = || Some("gc1.1.0.x".into());
        self.add(&[StreamQuery::default(), StreamQuery { cursor: cursor() }]);
        let full = SyncQuery { cursor: cursor(), wait: "30".parse().unwrap() };
        self.add(&[SyncQuery::default(), full]);
    }

    /// Types that are one value, which a schema writes out wherever they stand.
    pub(crate) fn add_scalars(&mut self) {
        self.add(&[UserId::FIRST]);
        self.add(&[GroupId::FIRST]);
        self.add(&[LoginId::FIRST]);
        self.add(&[EventId::FIRST]);
        self.add(&[SessionId::FIRST]);
        self.add(&[MessageId::FIRST]);
        self.add(&[AuditId::FIRST]);
        self.add(&[NOW]);
        self.add(&[Limit::default()]);
        self.add(&[Skip::default()]);
        self.add(&[Wait::default()]);
        self.add(&[CalendarText("BEGIN:VCALENDAR\r\n".into())]);
        for reason in CloseReason::ALL {
            self.add_as("CloseReason", &reason.as_str());
        }
    }

    /// There are samples of every declared type, and the file has them. Where `UPDATE_FIXTURES` is
    /// set, it gets them.
    pub(crate) fn check(&self) {
        for declaration in declarations() {
            let has_it = |(name, _): &(String, _)| bare(name) == declaration.name();
            assert!(self.0.iter().any(has_it), "no sample of {}", declaration.name());
        }
        if std::env::var_os("UPDATE_FIXTURES").is_some() {
            std::fs::create_dir_all(Path::new(FILE).parent().unwrap()).unwrap();
            std::fs::write(FILE, self.text()).unwrap();
        }
        let same = std::fs::read_to_string(FILE).is_ok_and(|checked_in| checked_in == self.text());
        assert!(same, "fixtures.ts is stale: run `cargo xtask typescript`");
    }

    fn text(&self) -> String {
        let mut text = INTRODUCTION.to_owned();
        for (name, samples) in &self.0 {
            let of = name.replace('<', "<contract.");
            let lines = samples.iter().map(|json| format!("  {json},\n")).collect::<String>();
            let name = bare(name);
            text += &format!("\nexport const {name} = [\n{lines}] satisfies contract.{of}[];\n");
        }
        text
    }
}

/// A type's name without its parameters.
fn bare(name: &str) -> &str {
    name.split('<').next().unwrap()
}
