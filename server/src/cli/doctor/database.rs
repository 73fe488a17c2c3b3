//! The database, and what carries news between replicas.

use std::path::Path;

use anyhow::{Context as _, Result};
use guildhall_core::clock::{Clock as _, SystemClock};
use guildhall_storage_postgres::{Inspection, PostgresStorage};
use guildhall_storage_sqlite::{Location, inspect};
use rustix::fs::{Access, access, statvfs};

use super::edge::skew;
use super::report::Finding;
use crate::cli::database::{location, postgres};
use crate::cli::{Settings, serve};

const NAME: &str = "DATABASE_URL";
const MEBIBYTE: u64 = 1024 * 1024;
/// Below, a WAL that waits for its readers may fill the disk.
const LITTLE_MEBIBYTES: u64 = 512;
/// PostgreSQL 13 gets no fixes any more (<https://www.postgresql.org/support/versioning/>).
const OLDEST: i32 = 140_000;
/// Beside the pool: one tells other replicas, one listens.
const RELAYS: u32 = 2;

pub(super) async fn check(settings: &Settings) -> Vec<Finding> {
    match location(settings) {
        Some(Location::Memory) => vec![Finding::warn(
            NAME,
            "in memory: all is gone when the server stops",
            "name a file, or a PostgreSQL database, for what is to be kept",
        )],
        Some(Location::File(file)) => of_file(&file),
        None => match of_server(settings).await {
            Ok(found) => found,
            Err(error) => vec![Finding::error(
                NAME,
                &error,
                "see that it runs, and the URL's host, port, name, user and password",
            )],
        },
    }
}

fn of_file(file: &Path) -> Vec<Finding> {
    let folder = file.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        let what = format!("there is no folder {}", folder.display());
        return vec![Finding::fail(NAME, what, "make it, or name another")];
    }
    let mut found = Vec::new();
    let writable = [folder, file].into_iter().filter(|path| path.exists());
    for path in writable.filter(|path| access(*path, Access::WRITE_OK).is_err()) {
        let what = format!("we may not write {}", path.display());
        found.push(Finding::fail(NAME, what, "give it to the user who runs the server"));
    }
    found.extend(space(folder));
    if !file.exists() {
        found.push(Finding::ok(NAME, format!("{}, made at the first start", file.display())));
        return found;
    }
    let seen = match inspect(file) {
        Ok(seen) => seen,
        Err(error) => {
            let error = anyhow::Error::from(error);
            found.push(Finding::error(NAME, &error, "restore a backup, or name another file"));
            return found;
        }
    };
    found.push(Finding::ok(NAME, format!("SQLite {}, {}", seen.version, file.display())));
    if !seen.is_wal {
        let what = "it has no write-ahead log, so readers wait for writers";
        let advice = "the next start turns it on; a network drive cannot have it";
        found.push(Finding::warn("database", what, advice));
    }
    found.push(schema(&seen.pending));
    if seen.is_copy {
        let what = "a backup was put in place, whose streams are to begin anew";
        found.push(Finding::warn(
            "backup",
            what,
            "the next start sees to it, or `guildhall migrate`",
        ));
    }
    found
}

fn space(folder: &Path) -> Option<Finding> {
    let disk = statvfs(folder).ok()?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize) / MEBIBYTE;
    Some(if free < LITTLE_MEBIBYTES {
        let what = format!("{free} MiB are free in {}", folder.display());
        Finding::warn("disk", what, "make room: a full disk stops all writes")
    } else {
        Finding::ok("disk", format!("{free} MiB are free in {}", folder.display()))
    })
}

fn schema(pending: &[String]) -> Finding {
    if pending.is_empty() {
        return Finding::ok("schema", "of this version");
    }
    let what = format!("without {}", pending.join(", "));
    Finding::warn("schema", what, "the next start brings that, or `guildhall migrate`")
}

async fn of_server(settings: &Settings) -> Result<Vec<Finding>> {
    let storage =
        postgres(settings)?.context("it begins with neither sqlite:// nor postgresql://")?;
    let seen = storage.inspect().await?;
    let mut found = vec![version(&seen)];
    found.push(connections(settings, &seen));
    found.extend(durability(&seen));
    found.push(schema(&seen.pending));
    found.push(skew("clock", "the database", seen.now.as_secs(), SystemClock.now().as_secs()));
    if settings.nats_url.is_none() {
        found.push(heard(&storage).await);
    }
    Ok(found)
}

fn version(seen: &Inspection) -> Finding {
    let what = format!("PostgreSQL {}", seen.version);
    if seen.version_number < OLDEST {
        return Finding::warn(NAME, what, "upgrade it: this version gets no fixes any more");
    }
    if seen.is_standby {
        let what = format!("{what}, which is a standby and takes no writes");
        return Finding::fail(NAME, what, "name the primary (`target_session_attrs` is not read)");
    }
    Finding::ok(NAME, what)
}

fn connections(settings: &Settings, seen: &Inspection) -> Finding {
    const NAME: &str = "DATABASE_CONNECTIONS";
    let (wanted, granted) = (settings.database_connections + RELAYS, seen.max_connections);
    let what = format!(
        "a replica takes up to {wanted} connections of {granted}, {} are in use",
        seen.connections
    );
    if wanted > granted {
        return Finding::fail(NAME, what, "lower it, or raise max_connections of PostgreSQL");
    }
    if wanted + seen.connections > granted {
        return Finding::warn(NAME, what, "lower it, or raise max_connections of PostgreSQL");
    }
    Finding::ok(NAME, what)
}

fn durability(seen: &Inspection) -> Option<Finding> {
    let off: Vec<_> = [("fsync", seen.fsync), ("synchronous_commit", seen.synchronous_commit)]
        .into_iter()
        .filter_map(|(name, is_on)| (!is_on).then_some(name))
        .collect();
    (!off.is_empty()).then(|| {
        let what = format!("{} is off: what was acknowledged may be lost", off.join(" and "));
        Finding::warn("database", what, "turn it on in PostgreSQL")
    })
}

/// Whether what one connection notifies reaches another: not through a pooler that shares sessions.
async fn heard(storage: &PostgresStorage) -> Finding {
    let advice = "connect to PostgreSQL itself, or to a pooler by session; or set NATS_URL";
    match storage.hears().await {
        Ok(true) => Finding::ok("news", "replicas hear each other by NOTIFY"),
        Ok(false) => Finding::fail("news", "NOTIFY does not reach LISTEN", advice),
        Err(error) => Finding::error("news", &error.into(), advice),
    }
}

/// NATS, where it carries news.
pub(super) async fn news(settings: &Settings) -> Vec<Finding> {
    let found = match serve::relay(settings).await {
        Ok(relay) => relay.map(|_| Finding::ok("NATS_URL", "replicas hear each other over NATS")),
        Err(error) => Some(Finding::error(
            "NATS_URL",
            &error,
            "see that it runs, and the URL's host, port, user and password",
        )),
    };
    found.into_iter().collect()
}
