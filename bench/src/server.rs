//! The server as a child of the bench: its own directory, a clean environment, a free port of this
//! machine; ended by its own pid.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::closed::Target;

/// The `SECRET_KEY` of its servers.
pub(crate) const SECRET: &str = "a secret of the bench, used nowhere else";

/// Within which it has to start and to end.
const PATIENCE: Duration = Duration::from_secs(15);

/// How a server is started.
pub(crate) struct Launch<'a> {
    pub(crate) binary: &'a Path,
    pub(crate) args: &'a [&'a str],
    /// Its working directory and that of its database.
    pub(crate) dir: &'a Path,
    pub(crate) settings: &'a [(&'a str, &'a str)],
    /// The only core it may use.
    pub(crate) core: Option<usize>,
}

/// A server that runs, and is killed when it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// From exec until it first answered `GET /healthz` with 200.
    pub(crate) answered_after: Duration,
    /// From exec until it first answered `GET /readyz` with 200.
    pub(crate) ready_after: Duration,
}

impl Launch<'_> {
    /// Starts it and waits until it answers.
    pub(crate) fn start(&self) -> Result<Server> {
        let address = free_address()?;
        let log = File::create(self.dir.join("server.log"))?;
        let database = format!("sqlite:///{}", self.dir.join("guildhall.db").display());
        let mut command = match self.core {
            None => Command::new(self.binary),
            Some(core) => pinned(self.binary, core),
        };
        command
            .args(self.args)
            .current_dir(self.dir)
            .env_clear()
            .env("DATABASE_URL", database)
            .env("SECRET_KEY", SECRET)
            .env("HOST", address.ip().to_string())
            .env("PORT", address.port().to_string())
            // At work, so that what they cost is measured, and never met.
            .env("REQUESTS_PER_MINUTE", "1000000000")
            .env("ADDRESS_REQUESTS_PER_MINUTE", "1000000000")
            .envs(self.settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let start = Instant::now();
        let child = command.spawn().context("the server cannot be started")?;
        let mut server =
            Server { child, address, answered_after: Duration::ZERO, ready_after: Duration::ZERO };
        server.answered_after = server.wait_for(start, "/healthz", self.dir)?;
        server.ready_after = server.wait_for(start, "/readyz", self.dir)?;
        Ok(server)
    }
}

impl Server {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// It, for a closed loop.
    pub(crate) fn target(&self) -> Target {
        Target { address: self.address, pid: self.pid() }
    }

    fn wait_for(&mut self, start: Instant, path: &str, dir: &Path) -> Result<Duration> {
        while start.elapsed() < PATIENCE {
            if says_ok(self.address, path) {
                return Ok(start.elapsed());
            }
            if self.child.try_wait()?.is_some() {
                break;
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        let log = fs::read_to_string(dir.join("server.log")).unwrap_or_default();
        bail!("the server does not answer {path}; its log: {log}")
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn stop(mut self) -> Result<()> {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw);
        kill_process(pid.context("not a pid")?, Signal::TERM)?;
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if self.child.try_wait()?.is_some() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        bail!("the server did not end in time")
    }

    /// Ends it without a word, as a loss of power to the process would.
    pub(crate) fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill().ok();
    }
}

fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

fn says_ok(address: SocketAddr, path: &str) -> bool {
    let ask = || {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
        let mut status = [0; 12];
        stream.read_exact(&mut status)?;
        std::io::Result::Ok(&status == b"HTTP/1.1 200")
    };
    ask().unwrap_or(false)
}

/// A program that may use one core only.
pub(crate) fn pinned(binary: &Path, core: usize) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", &core.to_string()]).arg(binary);
    command
}

/// Keeps this process on one core, away from the server's.
pub(crate) fn pin_myself(core: usize) -> Result<()> {
    let (core, pid) = (core.to_string(), std::process::id().to_string());
    let status = Command::new("taskset")
        .args(["-a", "-p", "-c", &core, &pid])
        .stdout(Stdio::null())
        .status()?;
    anyhow::ensure!(status.success(), "taskset failed");
    Ok(())
}
