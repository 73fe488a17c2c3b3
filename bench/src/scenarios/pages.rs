//! Pages of a long list of events, by id: the page at the last ids has to cost what the first page
//! does. For information, what filters cost whose events lie at the end of the list or are few.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::value_parser;
use guildhall_core::events::EventFilter;
use guildhall_core::identity::Keys;
use guildhall_core::openapi::{EventId, UserId};
use guildhall_core::storage::Storage;
use guildhall_storage_postgres::PostgresStorage;
use guildhall_storage_postgres::cluster::Cluster;
use guildhall_storage_sqlite::{Location, SqliteStorage};
use serde::Deserialize;
use sqlx::{Connection as _, Executor as _, PgConnection};

use crate::Common;
use crate::http::{Connection, Request};
use crate::load::{self, Load, Pace};
use crate::report::{Bound, Report};
use crate::rows::{self, COMMON_WORD, RARE_WORD};
use crate::server::{Launch, Server};

/// How much of it.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Events in the list.
    #[arg(long, default_value_t = 1_000_000, value_parser = value_parser!(u64).range(10_000..=10_000_000))]
    events: u64,
    /// Rounds, each of all pages.
    #[arg(long, default_value_t = 7, value_parser = value_parser!(u32).range(1..=50))]
    rounds: u32,
    /// Length of a page's round in seconds, on one connection without a pause.
    #[arg(long, default_value_t = 2, value_parser = value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// On PostgreSQL: a cluster of its own in /tmp, gone afterwards; otherwise on SQLite.
    #[arg(long, conflicts_with = "database_url")]
    postgres: bool,
    /// An empty database, which is filled and then left.
    #[arg(long)]
    database_url: Option<String>,
}

/// Rows of a page.
const LIMIT: u64 = 100;
/// Those who announce the events.
const ORGANIZERS: u64 = 1000;
/// Events with the rare word, fewer than a page: the whole list has to be looked through.
const RARE: u64 = 50;
/// Rows that are written in one transaction. SQLite keeps track of what each statement of one
/// overwrites, in a list that it walks at the end of each statement; thousands take minutes.
const PER_COMMIT: u64 = 500;

/// What is in the list.
struct Filled {
    first: EventId,
    last: EventId,
    organizer: UserId,
}

/// A page that is asked for again and again.
struct Page {
    name: &'static str,
    path: String,
    /// Where the ids of its rows lie.
    ids: RangeInclusive<i64>,
    /// How many rows it has, at least and at most.
    rows: RangeInclusive<u64>,
    /// The median of each round, in microseconds.
    rounds: Vec<f64>,
}

#[derive(Deserialize)]
struct Event {
    id: EventId,
}

pub(crate) fn run(common: &Common, options: &Options) -> Result<Report> {
    crate::drive(measure(common, options))
}

async fn measure(common: &Common, options: &Options) -> Result<Report> {
    let dir = common.temp_dir()?;
    let binary = common.server()?;
    let cluster = options.postgres.then(Cluster::start).transpose()?;
    let url = match (&options.database_url, &cluster) {
        (Some(url), _) => url.clone(),
        (None, Some(cluster)) => cluster.database("pages")?,
        (None, None) => format!("sqlite:///{}", dir.path().join("pages.db").display()),
    };
    let filled = fill(&url, options.events).await?;
    let settings = [("DATABASE_URL", url.as_str())];
    let server =
        Launch { binary: &binary, args: &[], dir: dir.path(), settings: &settings, core: None }
            .start()?;
    let mut pages = pages(options.events, &filled);
    for page in &pages {
        look(&server, page).await?;
    }
    for round in 0..options.rounds as usize {
        // Not always in the same order, in case one leaves something behind for the next.
        let begin = round % pages.len();
        for number in (begin..pages.len()).chain(0..begin) {
            let page = &mut pages[number];
            page.rounds.push(median(&server, page, options.seconds).await?);
        }
    }
    server.stop()?;

    let kind = if Location::from_url(&url).is_some() { "SQLite" } else { "PostgreSQL" };
    let setting = format!(
        "{kind}, {} events, pages of {LIMIT}, {} rounds of {} s each on one connection",
        options.events, options.rounds, options.seconds
    );
    Ok(report(setting, pages))
}

fn pages(events: u64, filled: &Filled) -> Vec<Page> {
    let (first, last) = (filled.first.get(), filled.last.get());
    let limit = LIMIT as i64;
    let page = |name, query: String, ids, rows| {
        let path = format!("/events?limit={LIMIT}{query}");
        Page { name, path, ids, rows, rounds: Vec::new() }
    };
    let after =
        |name, id: i64| page(name, format!("&after={id}"), id + 1..=id + limit, LIMIT..=LIMIT);
    let ([from, to], most) = rows::last_days(events);
    let organizer = format!("&organizer_id={}", filled.organizer);
    vec![
        page("first page", String::new(), first..=first + limit - 1, LIMIT..=LIMIT),
        after("page in the middle", first + (last - first) / 2),
        after("page at the last ids", last - limit),
        page(
            "from, to: days of the last ids",
            format!("&from={from}&to={to}"),
            last - most as i64..=last,
            LIMIT..=LIMIT,
        ),
        page("organizer_id: one in a thousand", organizer, first..=last, 1..=LIMIT),
        page("q: a common word", format!("&q={COMMON_WORD}"), first..=last, LIMIT..=LIMIT),
        page("q: a rare word", format!("&q={RARE_WORD}"), first..=last, RARE..=RARE),
    ]
}

/// Whether the page is what it is taken for.
async fn look(server: &Server, page: &Page) -> Result<()> {
    let mut connection = Connection::open(server.address).await?;
    let events: Vec<Event> = connection.call(&Request::get(&page.path)).await?.json()?;
    let there = events.iter().all(|event| page.ids.contains(&event.id.get()));
    let all = page.rows.contains(&(events.len() as u64));
    ensure!(there && all, "{}: {} events, or others than expected", page.name, events.len());
    Ok(())
}

/// The median latency of a page's round, in microseconds.
async fn median(server: &Server, page: &Page, seconds: u64) -> Result<f64> {
    let length = Duration::from_secs(seconds);
    let load = Load { connections: 1, pace: Pace::Closed, length };
    let requests: Arc<[Request]> = [Request::get(&page.path)].into();
    let outcome = load::run(server.address, load, &requests).await?;
    outcome.all_well().context(page.name)?;
    Ok(outcome.micros(0.5))
}

fn report(setting: String, pages: Vec<Page>) -> Report {
    let mut report = Report::new("pages", setting);
    let [middle, last] = [1, 2].map(|number: usize| {
        let rounds = pages[0].rounds.iter().zip(&pages[number].rounds);
        rounds.map(|(first, other)| other / first).collect()
    });
    for page in pages {
        report.figure(page.name, "µs", page.rounds);
    }
    report.figure("ratio of the page in the middle to the first", "", middle);
    let last = report.figure("ratio of the page at the last ids to the first", "", last);
    report.goal("ratio of the page at the last ids to the first", Bound::AtMost(1.5), last);
    report
}

/// Fills an empty database through the storage, as the server would.
async fn fill(url: &str, events: u64) -> Result<Filled> {
    let storage: Box<dyn Storage> = match Location::from_url(url) {
        Some(location) => Box::new(SqliteStorage::open(&location).await?),
        None => Box::new(PostgresStorage::open(url, 1)?),
    };
    storage.migrate().await?;
    let (there, _) = storage.read().await?.events().list(&EventFilter::default()).await?;
    ensure!(there.is_empty(), "the database is not empty");

    let start = Instant::now();
    let mut tx = storage.write().await?;
    let mut organizers = Vec::new();
    for number in 0..ORGANIZERS {
        let draft = rows::account(&format!("organizer-{number}"), &format!("Organizer {number}"));
        let keys = Keys::of(&draft.clone().with_id(UserId::FIRST).user);
        organizers.push(tx.accounts().insert(&draft, &keys).await?);
    }
    let mut ids = Vec::new();
    for number in 1..=events {
        let event = rows::event(number, &organizers, number % (events / RARE) == 0);
        let (id, _) = tx.events().insert(&event).await?;
        if number == 1 || number == events {
            ids.push(id);
        }
        if number % PER_COMMIT == 0 {
            tx.commit().await?;
            tx = storage.write().await?;
        }
    }
    tx.commit().await?;
    eprintln!("{events} events filled in, in {} s", start.elapsed().as_secs());
    drop(storage);
    if Location::from_url(url).is_none() {
        // What autovacuum does within a few minutes of such a load: here, before anything is
        // measured.
        PgConnection::connect(url).await?.execute("VACUUM (ANALYZE)").await?;
    }
    let [first, last] = ids[..] else { anyhow::bail!("no events") };
    Ok(Filled { first, last, organizer: organizers[organizers.len() / 2] })
}
