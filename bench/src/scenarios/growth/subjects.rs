//! What is asked for in each database.

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::Value;

use super::place::{Place, Size};
use crate::closed::{Requests, Round};
use crate::fill;
use crate::http::{Connection, Request};
use crate::wire::Wire;

/// A list or a look-up.
pub(super) struct Subject {
    pub(super) name: &'static str,
    /// What a database's size is counted in.
    pub(super) unit: &'static str,
    /// One for each database.
    pub(super) sides: Vec<Side>,
}

pub(super) struct Side {
    pub(super) size: u64,
    pub(super) ask: Ask,
    pub(super) rounds: Vec<Round>,
}

pub(super) enum Ask {
    Http(Requests),
    /// Names are looked up as they are at a sign-in.
    Name(Vec<String>),
}

/// Rows of a page.
const LIMIT: u64 = 100;
/// Pages, or places in a stream, that are asked for in turn.
const PAGES: u64 = 25;
/// Rows that are looked up in turn.
const ROWS: u64 = 1000;

#[derive(Deserialize)]
struct Sync {
    cursor: String,
}

/// All of them. What they answer is looked at once: a page that is not full would cost less.
pub(super) async fn all(places: &[Place]) -> Result<Vec<Subject>> {
    let mut cursors = Vec::new();
    for place in places {
        cursors.push(cursor(place).await?);
    }
    let subject = |name, unit, size: fn(&Size) -> u64, ask: &dyn Fn(&Place, usize) -> Ask| {
        let side = |(number, place): (usize, &Place)| {
            let (size, ask) = (size(&place.size), ask(place, number));
            Side { size, ask, rounds: Vec::new() }
        };
        Subject { name, unit, sides: places.iter().enumerate().map(side).collect() }
    };
    let http = |requests: Vec<Request>| Ask::Http(Requests::cycle(requests));
    let events = |name, ask| subject(name, "events", |size| size.rows, ask);
    let users = |name, ask| subject(name, "users", |size| size.rows, ask);
    let messages = |name, ask| subject(name, "messages", |size| size.messages, ask);
    let stream = |name, ask| subject(name, "rows", |size| size.stream, ask);
    let subjects = vec![
        events("events, pages in the middle", &|place, _| {
            http(pages("/events", place.size.rows / 2, None))
        }),
        events("events, last pages", &|place, _| {
            http(pages("/events", place.size.rows - PAGES * LIMIT, None))
        }),
        events("event by id", &|place, _| {
            let step = place.size.rows / ROWS;
            let ids = (0..ROWS).map(|number| 1 + number * step);
            http(ids.map(|id| Request::get(format!("/events/{id}"))).collect())
        }),
        users("users, pages in the middle", &|place, _| {
            http(pages("/users", place.size.rows / 2, Some(&place.reader.token)))
        }),
        users("users, last pages", &|place, _| {
            let after = place.size.rows - PAGES * LIMIT;
            http(pages("/users", after, Some(&place.reader.token)))
        }),
        users("user by id", &|place, _| {
            let get = |id| Request::get(format!("/users/{id}")).bearer(&place.reader.token);
            http(place.some_users(ROWS).map(get).collect())
        }),
        users("name of a sign-in", &|place, _| {
            let step = place.size.rows / ROWS;
            Ask::Name((0..ROWS).map(|number| fill::username(1 + number * step)).collect())
        }),
        messages("conversations", &|place, _| http(vec![own(place, "/conversations")])),
        messages("messages between two", &|place, _| {
            http(vec![own(place, &format!("/conversations/{}/messages", place.writer.id))])
        }),
        messages("messages received", &|place, _| http(vec![own(place, "/messages/received")])),
        stream("stream, near its head", &|place, number| {
            let first = place.size.stream - LIMIT - PAGES;
            http(syncs(place, &cursors[number], first))
        }),
        stream("stream, from its tail", &|place, number| http(syncs(place, &cursors[number], 0))),
    ];
    look(places, &subjects).await?;
    Ok(subjects)
}

fn pages(path: &str, first: u64, token: Option<&str>) -> Vec<Request> {
    let page = |number: u64| {
        // A little before, for what ids begin behind differs.
        let after = first + number * LIMIT - LIMIT;
        let get = Request::get(format!("{path}?limit={LIMIT}&after={after}"));
        token.map_or_else(|| get.clone(), |token| get.clone().bearer(token))
    };
    (0..PAGES).map(page).collect()
}

/// The newest of what the receiver has: half as many as there are in the smallest.
fn own(place: &Place, path: &str) -> Request {
    Request::get(format!("{path}?limit=50")).bearer(&place.receiver.token)
}

/// Reading on from a number of the reader's own log. A cursor is `gc1.own.shared.mark`.
fn syncs(place: &Place, cursor: &[String; 4], first: u64) -> Vec<Request> {
    let [version, _, shared, mark] = cursor;
    let ask = |own| {
        let path = format!("/sync?cursor={version}.{own:x}.{shared}.{mark}");
        Request::get(path).bearer(&place.reader.token)
    };
    (first..first + PAGES).map(ask).collect()
}

/// The parts of the reader's cursor where the stream is now.
async fn cursor(place: &Place) -> Result<[String; 4]> {
    let mut connection = Connection::open(place.server.address).await?;
    let answer = connection.call(&Request::get("/sync").bearer(&place.reader.token)).await?;
    let cursor = answer.json::<Sync>()?.cursor;
    let parts: Vec<_> = cursor.split('.').map(str::to_owned).collect();
    parts.try_into().ok().with_context(|| format!("{cursor} has not four parts"))
}

/// Whether the same is answered at all sizes: the first request of each gives as many rows.
async fn look(places: &[Place], subjects: &[Subject]) -> Result<()> {
    for subject in subjects {
        let mut counts = Vec::new();
        for (place, side) in places.iter().zip(&subject.sides) {
            let Ask::Http(requests) = &side.ask else { continue };
            let mut wire = Wire::open(place.server.address).await?;
            let body: Value = serde_json::from_slice(wire.call(&requests.nth(0)).await?)?;
            let rows = body.get("frames").unwrap_or(&body);
            counts.push(rows.as_array().map(Vec::len));
        }
        counts.dedup();
        ensure!(counts.len() <= 1, "{}: answers differ: {counts:?}", subject.name);
    }
    Ok(())
}
