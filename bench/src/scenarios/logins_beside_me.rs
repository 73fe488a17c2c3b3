//! The latency of `GET /auth/me`, alone and while others sign in. A login is 25 ms of hashing; it
//! may cost the others no more than the share of the machine that the hashing takes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use clap::value_parser;

use crate::http::{Connection, Request};
use crate::load::{self, Load, Outcome, Pace};
use crate::report::{Bound, Report, cores};
use crate::server::{Launch, Server, pin_myself};
use crate::{Common, api, process};

/// How much of it.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Rounds of each side.
    #[arg(long, default_value_t = 5, value_parser = value_parser!(u32).range(1..=50))]
    rounds: u32,
    /// Length of a round in seconds.
    #[arg(long, default_value_t = 4, value_parser = value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// Connections that ask for /auth/me.
    #[arg(long, default_value_t = 8, value_parser = value_parser!(u32).range(1..=256))]
    connections: u32,
    /// Requests a second for /auth/me in the open loop.
    #[arg(long, default_value_t = 200, value_parser = value_parser!(u32).range(1..=20_000))]
    rate: u32,
    /// Logins a second that are asked for.
    #[arg(long, default_value_t = 50, value_parser = value_parser!(u32).range(1..=1000))]
    logins: u32,
    /// Keep the server on core 0 and the load on core 1.
    #[arg(long)]
    pin: bool,
}

/// Those who sign in, each on a connection of their own.
const GUESTS: u32 = 16;

/// What one round of one side found.
struct Round {
    me: Outcome,
    logins: Option<Outcome>,
    /// Shares of the machine's CPU time: the server's, and that of its hashing threads.
    server: f64,
    hashing: f64,
}

struct Bench<'a> {
    options: &'a Options,
    server: Server,
    me: Arc<[Request]>,
    logins: Arc<[Request]>,
}

pub(crate) fn run(common: &Common, options: &Options) -> Result<Report> {
    crate::drive(measure(common, options))
}

async fn measure(common: &Common, options: &Options) -> Result<Report> {
    let dir = common.temp_dir()?;
    let binary = common.server()?;
    let launch = Launch {
        binary: &binary,
        args: &[],
        dir: dir.path(),
        settings: &[],
        core: options.pin.then_some(0),
    };
    if options.pin {
        pin_myself(1)?;
    }
    let server = launch.start()?;
    let (me, logins) = prepare(server.address).await?;
    let bench = Bench { options, server, me, logins };

    let pinned = if options.pin { "server and load pinned, " } else { "" };
    let setting = format!(
        "{pinned}{} logins/s asked for, {} connections for /auth/me, {} rounds of {} s each",
        options.logins, options.connections, options.rounds, options.seconds
    );
    let mut report = Report::new("logins-beside-me", setting);
    let open = Pace::Open(f64::from(options.rate));
    bench.compare(&mut report, "open loop", open).await?;
    bench.compare(&mut report, "closed loop", Pace::Closed).await?;
    bench.server.stop()?;
    Ok(report)
}

async fn prepare(address: SocketAddr) -> Result<(Arc<[Request]>, Arc<[Request]>)> {
    let mut connection = Connection::open(address).await?;
    let mut logins = Vec::new();
    for number in 0..GUESTS {
        let guest = format!("guest-{number}");
        api::register(&mut connection, &guest).await?;
        logins.push(api::login(&format!("{guest}@example.org")));
    }
    api::register(&mut connection, "me.myself").await?;
    let token = api::log_in(&mut connection, "me.myself@example.org").await?;
    let me = Request::get("/auth/me").bearer(&token);
    Ok(([me].into(), logins.into()))
}

impl Bench<'_> {
    async fn compare(&self, report: &mut Report, name: &str, pace: Pace) -> Result<()> {
        self.round(pace, Duration::from_secs(1), true).await?;
        let length = Duration::from_secs(self.options.seconds);
        let (mut alone, mut beside) = (Vec::new(), Vec::new());
        for _ in 0..self.options.rounds {
            alone.push(self.round(pace, length, false).await?);
            beside.push(self.round(pace, length, true).await?);
        }
        self.tell(report, name, &alone, &beside);
        Ok(())
    }

    async fn round(&self, pace: Pace, length: Duration, with_logins: bool) -> Result<Round> {
        let Options { connections, logins: per_second, .. } = *self.options;
        let (address, pid) = (self.server.address, self.server.pid());
        let server = process::cpu_time(pid)?;
        let hashing = process::thread_cpu_time(pid, "passwords")?;
        let me = Load { connections, pace, length };
        let logins = Load { connections: GUESTS, pace: Pace::Open(f64::from(per_second)), length };
        let (me, logins) = if with_logins {
            let (me, logins) = tokio::try_join!(
                load::run(address, me, &self.me),
                load::run(address, logins, &self.logins),
            )?;
            logins.all_well()?;
            (me, Some(logins))
        } else {
            (load::run(address, me, &self.me).await?, None)
        };
        me.all_well()?;
        let wall = logins.as_ref().map_or(me.wall, |logins| logins.wall.max(me.wall));
        let share = |time: Duration| time.as_secs_f64() / wall.as_secs_f64() / cores() as f64;
        Ok(Round {
            server: share(process::cpu_time(pid)? - server),
            hashing: share(process::thread_cpu_time(pid, "passwords")? - hashing),
            me,
            logins,
        })
    }

    fn tell(&self, report: &mut Report, name: &str, alone: &[Round], beside: &[Round]) {
        for (side, rounds) in [("alone", alone), ("beside logins", beside)] {
            let mut figure = |what: &str, unit, of: &dyn Fn(&Round) -> f64| {
                let rounds = rounds.iter().map(of).collect();
                report.figure(format!("{name}, {side}: {what}"), unit, rounds)
            };
            figure("median", "µs", &|round| round.me.micros(0.5));
            figure("p99", "µs", &|round| round.me.micros(0.99));
            figure("rate", "1/s", &|round| round.me.rate());
            figure("server's CPU per second", "cores", &|round| round.server * cores() as f64);
        }
        let mut login = |what: &str, unit, of: &dyn Fn(&Outcome) -> f64| {
            let logins = beside.iter().filter_map(|round| round.logins.as_ref());
            report.figure(format!("{name}: {what}"), unit, logins.map(of).collect());
        };
        login("logins done", "1/s", &Outcome::rate);
        login("login, median", "ms", &|logins| logins.micros(0.5) / 1e3);
        login("login, p99", "ms", &|logins| logins.micros(0.99) / 1e3);
        let pairs = || alone.iter().zip(beside);
        let growth = pairs().map(|(a, b)| 100.0 * (b.me.micros(0.5) / a.me.micros(0.5) - 1.0));
        let growth = report.figure(format!("{name}: growth of the median"), "%", growth.collect());
        let more = pairs().map(|(a, b)| 100.0 * (b.server - a.server));
        report.figure(
            format!("{name}: growth of the server's CPU"),
            "% of the machine",
            more.collect(),
        );
        let hashing = beside.iter().map(|round| 100.0 * round.hashing);
        let hashing =
            report.figure(format!("{name}: hashing"), "% of the machine", hashing.collect());
        report.goal(
            format!("{name}: growth of the median in %, hashing's share"),
            Bound::AtMost(hashing),
            growth,
        );
    }
}
