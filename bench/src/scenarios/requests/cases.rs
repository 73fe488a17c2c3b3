//! The calls, and the ceilings that each is held against.

use std::sync::atomic::{AtomicU64, Ordering};

use clap::ValueEnum;
use guildhall_core::openapi::UserId;
use serde_json::json;

use super::Options;
use super::stage::Stage;
use crate::closed::{Requests, Round};
use crate::http::Request;
use crate::people::{self, message};
use crate::{api, rows};

/// A call that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(super) enum Name {
    /// GET /auth/me
    Me,
    /// GET /events/{id}, of a thousand ids that are asked for again and again
    Event,
    /// GET /events/{id}, of all ids
    AnyEvent,
    /// GET /events?limit=100&after=…, each time another page
    Page,
    /// POST /events
    CreateEvent,
    /// POST /messages, of 64 people in pairs
    SendMessage,
    /// POST /login with the right password
    Login,
    /// Nine of ten are reads: of oneself, of a hot event, of a page; one creates an event or sends a message
    Mixed,
}

/// A call, and what was found of it.
pub(super) struct Case {
    name: Name,
    pub(super) requests: Requests,
    pub(super) rounds: Vec<Round>,
    pub(super) rivals: Vec<Rival>,
}

/// A ceiling of a call, and what was found of it.
pub(super) struct Rival {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// What Guildhall's rate should be of this one's, at least.
    pub(super) goal: Option<f64>,
    pub(super) rounds: Vec<Round>,
}

pub(super) enum Kind {
    /// These requests to the ceilings' server.
    Plain(Requests),
    /// These to the one with tuned pools.
    Tuned(Requests),
    /// Hashes alone.
    Hashes,
}

/// How many events are hot.
const HOT: u64 = 1000;
/// Rows of a page.
const LIMIT: u64 = 100;

impl Case {
    /// What it is called on the command line.
    pub(super) fn name(&self) -> String {
        let name = self.name.to_possible_value();
        name.map(|name| name.get_name().to_owned()).unwrap_or_default()
    }
}

/// The calls that are asked for.
pub(super) fn all(stage: &Stage, options: &Options) -> Vec<Case> {
    let wanted = |name: &Name| options.only.is_empty() || options.only.contains(name);
    let names = Name::value_variants().iter().copied().filter(wanted);
    let case = |name| Case {
        name,
        requests: requests(name, stage, options.events),
        rounds: Vec::new(),
        rivals: rivals(name, stage, options),
    };
    names.map(case).collect()
}

fn requests(name: Name, stage: &Stage, events: u64) -> Requests {
    let people = &stage.people;
    let requests = |name| requests(name, stage, events);
    match name {
        Name::Me => Requests::cycle([Request::get("/auth/me").bearer(&people[0].token)]),
        Name::Event => Requests::cycle((0..HOT).map(|n| event(1 + n * (events / HOT)))),
        Name::AnyEvent => Requests::made(move |n| event(1 + rows::spread(n) % events).bytes()),
        Name::Page => {
            let pages = events / LIMIT - 1;
            Requests::made(move |n| page(1 + rows::spread(n) % pages * LIMIT).bytes())
        }
        Name::CreateEvent => {
            let token = people[0].token.clone();
            Requests::made(move |_| create_event(&token).bytes())
        }
        Name::SendMessage => {
            let pairs =
                people.chunks_exact(2).flat_map(|two| [(&two[0], &two[1]), (&two[1], &two[0])]);
            Requests::cycle(pairs.map(|(from, to)| message(from, to.id)))
        }
        Name::Login => {
            let numbers = people.iter().zip(0..).map(|(_, number)| number);
            Requests::cycle(numbers.map(|number| api::login(&people::email(number))))
        }
        Name::Mixed => {
            let reads = [Name::Me, Name::Event, Name::Page].map(requests);
            let (event, message) = (Name::CreateEvent, Name::SendMessage);
            let [event, message] = [event, message].map(requests);
            Requests::made(move |n| match n % 20 {
                9 => event.next(),
                19 => message.next(),
                other => reads[(other % 3) as usize].next(),
            })
        }
    }
}

fn rivals(name: Name, stage: &Stage, options: &Options) -> Vec<Rival> {
    let rival = |name, kind, goal| Rival { name, kind, goal, rounds: Vec::new() };
    let same = || requests(name, stage, options.events);
    // What the goal is held against, and what one who knows sqlx would make of it.
    let both = |plain, tuned, goal: Option<(f64, f64)>| {
        let goal = goal.map(|(sqlite, postgres)| if options.postgres { postgres } else { sqlite });
        let plain = rival(plain, Kind::Plain(same()), goal);
        vec![plain, rival(tuned, Kind::Tuned(same()), None)]
    };
    let read = |goal| both("poem and sqlx", "poem and tuned sqlx", goal);
    match name {
        Name::Me => {
            let bare = Kind::Plain(Requests::cycle([Request::get("/bare/auth/me")]));
            let verified = Kind::Plain(same());
            vec![
                rival("bare poem", bare, None),
                rival("poem that verifies the token", verified, Some(0.5)),
            ]
        }
        Name::Event => read(Some((1.4, 1.0))),
        Name::AnyEvent => read(None),
        Name::Page => read(Some((2.0, 1.0))),
        Name::CreateEvent | Name::SendMessage => both(
            "poem and one insert through sqlx",
            "poem and one insert through tuned sqlx",
            Some((0.9, 0.7)),
        ),
        Name::Login => vec![rival("Argon2id alone", Kind::Hashes, Some(0.95))],
        Name::Mixed => both("the same mix of these", "the same mix of the tuned", None),
    }
}

fn event(id: u64) -> Request {
    Request::get(format!("/events/{id}"))
}

fn page(after: u64) -> Request {
    Request::get(format!("/events?limit={LIMIT}&after={after}"))
}

/// An event with a title of its own: titles are unique, and no two calls send the same.
fn create_event(token: &str) -> Request {
    static NUMBERS: AtomicU64 = AtomicU64::new(1);
    let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
    let event = rows::event(1, &[UserId::FIRST], false);
    let title = format!("Supper no. {number}");
    let body = json!({
        "title": title,
        "description": event.description,
        "date": event.date,
        "location": event.location,
    });
    Request::post("/events", &body).bearer(token)
}
