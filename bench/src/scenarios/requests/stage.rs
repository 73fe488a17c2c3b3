//! What is measured: Guildhall and the ceilings, each a process with a database of its own, on the
//! same core.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use guildhall_core::openapi::{Event, UserId};
use guildhall_storage_postgres::cluster::Cluster;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::Options;
use crate::ceiling::{Captured, POSTGRES_TABLES, SQLITE_TABLES};
use crate::fill::{self, Database};
use crate::http::{Connection, Request};
use crate::people::{self, Person};
use crate::server::{Launch, Server, pin_myself};
use crate::{Common, api, rows};

/// The core of those that are measured, one after the other.
pub(super) const SERVERS_CORE: usize = 0;
const OTHER_CORE: usize = 1;
/// How many people write to each other, and sign in.
const PEOPLE: u32 = 64;

pub(super) struct Stage {
    pub(super) server: Server,
    pub(super) ceiling: Server,
    /// The same with pools of its own making.
    pub(super) tuned: Server,
    pub(super) people: Vec<Person>,
    /// This program, for ceilings that are no servers.
    pub(super) bench: PathBuf,
    _cluster: Option<Cluster>,
    _dir: TempDir,
}

impl Stage {
    pub(super) async fn set(common: &Common, options: &Options) -> Result<Self> {
        // At first, for the cluster stays where its maker is.
        pin_myself(OTHER_CORE)?;
        let (dir, binary, bench) = (common.temp_dir()?, common.server()?, std::env::current_exe()?);
        let cluster = options.postgres.then(Cluster::start).transpose()?;
        let url = |name: &str| match &cluster {
            Some(cluster) => anyhow::Ok(cluster.database(name)?),
            None => Ok(format!("sqlite:///{}", dir.path().join(name).display())),
        };
        let (own, other) = (url("guildhall.db")?, url("ceiling.db")?);
        let people = people::sign_in(&own, PEOPLE).await?;
        let organizers: Vec<_> = people.iter().filter_map(|p| UserId::new(p.id)).collect();
        let mut database = Database::open(&own).await?;
        fill::events(&mut database, &organizers, options.events).await?;
        database.settle().await?;
        fill_ceiling(&other, &organizers, options.events).await?;

        let core = Some(SERVERS_CORE);
        let settings = [("DATABASE_URL", own.as_str())];
        let launch =
            Launch { binary: &binary, args: &[], dir: dir.path(), settings: &settings, core };
        let server = launch.start()?;
        let answer = dir.path().join("me.json");
        prepare(&server, &people, &answer).await?;

        let folder = dir.path().join("ceiling");
        fs::create_dir(&folder)?;
        let answer = answer.display().to_string();
        let plain = ["ceiling", "http", "--answer", &answer];
        let tuned = [&plain[..], &["--tuned"]].concat();
        let ceiling = |args| {
            let settings = [("DATABASE_URL", other.as_str())];
            Launch { binary: &bench, args, dir: &folder, settings: &settings, core }.start()
        };
        let (ceiling, tuned) = (ceiling(&plain)?, ceiling(&tuned)?);
        Ok(Self { server, ceiling, tuned, people, bench, _cluster: cluster, _dir: dir })
    }

    pub(super) fn clear(self) -> Result<()> {
        self.server.stop()?;
        self.ceiling.stop()?;
        self.tuned.stop()
    }
}

/// Stores what the server answers to `GET /auth/me`, and signs everyone in: the passwords were hashed
/// for little, the first sign-in replaces the hash.
async fn prepare(server: &Server, people: &[Person], answer: &Path) -> Result<()> {
    let mut connection = Connection::open(server.address).await?;
    let me = connection.call(&Request::get("/auth/me").bearer(&people[0].token)).await?;
    me.json::<Value>()?;
    Captured::write(&me, answer)?;
    for (_, number) in people.iter().zip(0..) {
        api::log_in(&mut connection, &people::email(number)).await?;
    }
    Ok(())
}

/// The same events, with times as they are shown.
async fn fill_ceiling(url: &str, organizers: &[UserId], count: u64) -> Result<()> {
    const COLUMNS: [(&str, &str); 7] = [
        ("title", "TEXT"),
        ("description", "TEXT"),
        ("date", "TEXT"),
        ("location", "TEXT"),
        ("organizer_id", "BIGINT"),
        ("created_at", "TEXT"),
        ("updated_at", "TEXT"),
    ];
    let mut database = Database::open(url).await?;
    let tables = match database {
        Database::Sqlite(_) => SQLITE_TABLES,
        Database::Postgres(_) => POSTGRES_TABLES,
    };
    for table in tables {
        database.run(table).await?;
    }
    let row = |number| {
        let event = rows::event(number, organizers, false);
        let Event { title, description, date, location, organizer_id, .. } = &event;
        let (created, updated) = (event.created_at, event.updated_at);
        json!([title, description, date, location, organizer_id, created, updated])
    };
    database.insert("events", &COLUMNS, (1..=count).map(row)).await?;
    database.settle().await
}
