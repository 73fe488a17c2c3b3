//! Inserts a second through the SQLite storage, each acknowledged only when it is on the disk: one
//! writer that waits for each, and many at once, who share commits.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::value_parser;
use guildhall_core::accounts::Draft;
use guildhall_core::identity::Keys;
use guildhall_core::openapi::UserId;
use guildhall_core::storage::Storage;
use guildhall_storage_sqlite::{Location, SqliteStorage};

use crate::report::{Bound, Report, median};
use crate::{Common, process, rows};

/// How much of it.
#[derive(Clone, Copy, clap::Args)]
pub(crate) struct Options {
    /// Rounds of each side.
    #[arg(long, default_value_t = 5, value_parser = value_parser!(u32).range(1..=50))]
    rounds: u32,
    /// Length of a round in seconds.
    #[arg(long, default_value_t = 3, value_parser = value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// Writers of the concurrent side.
    #[arg(long, default_value_t = 64, value_parser = value_parser!(u32).range(2..=4096))]
    writers: u32,
    /// Names in order, whose neighbours share pages; otherwise they fall all over the index, so
    /// that nearly every row changes pages of its own.
    #[arg(long)]
    in_order: bool,
    /// Insert in a transaction of two calls, as changes of several steps do; otherwise in one
    /// step.
    #[arg(long)]
    transactions: bool,
}

/// What one round found.
struct Round {
    rate: f64,
    commits: f64,
    cpu_micros: f64,
}

struct Bench {
    storage: SqliteStorage,
    /// The WAL's index. Kept open: closing it would drop SQLite's own locks on it
    /// (<https://www.sqlite.org/howtocorrupt.html>, 2.2).
    index: File,
    next: AtomicU64,
    options: Options,
}

pub(crate) fn run(common: &Common, options: &Options) -> Result<Report> {
    let dir = common.temp_dir()?;
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(measure(dir.path(), options))
}

async fn measure(dir: &Path, options: &Options) -> Result<Report> {
    let Options { rounds, seconds, writers, .. } = *options;
    let file = dir.join("writers.db");
    let storage = SqliteStorage::open(&Location::File(file.clone())).await?;
    storage.migrate().await?;
    // The index is made anew by the first write after migrations.
    insert(&storage, 0, options).await?;
    let index = file.with_extension("db-shm");
    let index = File::open(&index).with_context(|| index.display().to_string())?;
    let bench = Arc::new(Bench { storage, index, next: AtomicU64::new(1), options: *options });
    let length = Duration::from_secs(seconds);
    for writers in [1, writers] {
        round(&bench, writers, Duration::from_millis(500)).await?;
    }

    let (mut one, mut many, mut syncs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        syncs.push(sync_micros(dir)?);
        one.push(round(&bench, 1, length).await?);
        many.push(round(&bench, writers, length).await?);
    }

    let names = if options.in_order { "in order" } else { "spread" };
    let way = if options.transactions { "transactions of two calls" } else { "single steps" };
    let setting = format!(
        "SQLite file, answered once on the disk, {way}, names {names}, {rounds} rounds of {seconds} s each"
    );
    let mut report = Report::new("writers", setting);
    let sides = [("1 writer".to_owned(), &one), (format!("{writers} writers"), &many)];
    for (name, rounds) in sides {
        let each = |of: fn(&Round) -> f64| rounds.iter().map(of).collect();
        report.figure(format!("{name}: rate"), "inserts/s", each(|r| r.rate));
        report.figure(format!("{name}: inserts per commit"), "", each(|r| 1.0 / r.commits));
        report.figure(format!("{name}: CPU per insert"), "µs", each(|r| r.cpu_micros));
    }
    report.figure("fsync of 16 KiB alone", "µs", syncs);
    let ratios = one.iter().zip(&many).map(|(one, many)| many.rate / one.rate);
    let ratio = report.figure("ratio of the rates", "", ratios.collect());
    report.goal("ratio of the rates", Bound::AtLeast(5.0), ratio);
    Ok(report)
}

async fn round(bench: &Arc<Bench>, writers: u32, length: Duration) -> Result<Round> {
    let cpu = process::cpu_time(std::process::id())?;
    let commits = bench.commits()?;
    let start = Instant::now();
    let tasks: Vec<_> = (0..writers)
        .map(|_| {
            let bench = Arc::clone(bench);
            tokio::spawn(async move { bench.insert_until(start + length).await })
        })
        .collect();
    let mut inserted = 0;
    for task in tasks {
        inserted += task.await??;
    }
    let wall = start.elapsed().as_secs_f64();
    let cpu = process::cpu_time(std::process::id())? - cpu;
    let commits = bench.commits()?.wrapping_sub(commits);
    let inserted = f64::from(inserted);
    Ok(Round {
        rate: inserted / wall,
        commits: f64::from(commits) / inserted,
        cpu_micros: cpu.as_secs_f64() * 1e6 / inserted,
    })
}

impl Bench {
    async fn insert_until(&self, end: Instant) -> Result<u32> {
        let mut inserted = 0;
        while Instant::now() < end {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            insert(&self.storage, number, &self.options).await?;
            inserted += 1;
        }
        Ok(inserted)
    }

    /// The count of commits in the header of the WAL's index, `iChange`
    /// (<https://www.sqlite.org/walformat.html>, 2.1). Each commit is one fsync of the WAL.
    fn commits(&self) -> Result<u32> {
        let mut count = [0; 4];
        self.index.read_exact_at(&mut count, 8)?;
        Ok(u32::from_ne_bytes(count))
    }
}

async fn insert(storage: &SqliteStorage, number: u64, options: &Options) -> Result<()> {
    let draft = draft(number, options.in_order);
    let keys = Keys::of(&draft.clone().with_id(UserId::FIRST).user);
    if options.transactions {
        let mut tx = storage.write().await?;
        tx.accounts().insert(&draft, &keys).await?;
        tx.commit().await?;
    } else {
        storage.steps().insert_account(&draft, &keys).await?;
    }
    Ok(())
}

fn draft(number: u64, in_order: bool) -> Draft {
    let name = if in_order { number } else { rows::spread(number) };
    rows::account(&format!("user-{name:016x}"), &format!("User Number {number}"))
}

/// The median time of an fsync after a write over what is there, as in a WAL that is used again.
fn sync_micros(dir: &Path) -> Result<f64> {
    const PAGES: [u8; 16 * 1024] = [7; 16 * 1024];
    let mut file = tempfile::tempfile_in(dir)?;
    for _ in 0..30 {
        file.write_all(&PAGES)?;
    }
    file.sync_all()?;
    let mut times = Vec::new();
    for n in 0..30 {
        file.write_all_at(&PAGES, n * 16 * 1024)?;
        let start = Instant::now();
        file.sync_data()?;
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    times.sort_by(f64::total_cmp);
    Ok(median(&times))
}
