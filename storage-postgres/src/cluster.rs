//! A throw-away PostgreSQL cluster for tests: in a folder of its own, on a Unix socket of its own,
//! gone when the test is.

use std::io::{Error, Result};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A running cluster. Dropping it ends the server and removes its files.
pub struct Cluster {
    server: Option<Child>,
    bin: PathBuf,
    folder: tempfile::TempDir,
}

impl Cluster {
    /// Makes and starts one.
    ///
    /// # Errors
    /// Where PostgreSQL's programs are not found or do not start.
    pub fn start() -> Result<Self> {
        // A socket's path may have 107 bytes, so the folder's has to be short.
        let folder = tempfile::Builder::new().prefix("pg").tempdir_in("/tmp")?;
        let mut cluster = Self { server: None, bin: find_programs()?, folder };
        std::fs::set_permissions(cluster.folder.path(), PermissionsExt::from_mode(0o777))?;
        let data = cluster.data();
        let made = as_other_user(&cluster.bin.join("initdb"))
            .args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8"])
            .args(["--no-sync", "--pgdata"])
            .arg(&data)
            .output()?;
        check("initdb", &made)?;
        cluster.restart()?;
        Ok(cluster)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Starts the server again after [`Cluster::stop`].
    ///
    /// # Errors
    /// Where it does not answer within 30 seconds.
    pub fn restart(&mut self) -> Result<()> {
        let server = as_other_user(&self.bin.join("postgres"))
            .arg("-D")
            .arg(self.data())
            .arg("-k")
            .arg(self.folder.path())
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200"])
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(self.folder.path().join("log"))?)
            .spawn()?;
        self.server = Some(server);
        let started = Instant::now();
        while let Err(error) = self.psql("SELECT 1") {
            if started.elapsed() > Duration::from_secs(30) {
                let log = std::fs::read_to_string(self.folder.path().join("log"))?;
                return Err(Error::other(format!("PostgreSQL does not answer: {error}\n{log}")));
            }
            sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Ends the server at once, as a failing machine would.
    ///
    /// # Errors
    /// Where it cannot be waited for.
    pub fn stop(&mut self) -> Result<()> {
        if let Some(mut server) = self.server.take() {
            let stopped = as_other_user(&self.bin.join("pg_ctl"))
                .args(["stop", "--mode=immediate", "--pgdata"])
                .arg(self.data())
                .output()?;
            check("pg_ctl stop", &stopped)?;
            server.wait()?;
        }
        Ok(())
    }

    /// Makes an empty database; its URL.
    ///
    /// # Errors
    /// Where the server does not make it.
    pub fn database(&self, name: &str) -> Result<String> {
        self.psql(&format!("CREATE DATABASE \"{name}\""))?;
        Ok(format!("postgresql://postgres@localhost/{name}?host={}", self.folder.path().display()))
    }

    fn psql(&self, statement: &str) -> Result<()> {
        let done = Command::new(self.bin.join("psql"))
            .args(["--no-psqlrc", "--username=postgres", "--dbname=postgres", "--host"])
            .arg(self.folder.path())
            .args(["--command", statement])
            .output()?;
        check("psql", &done)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // There is nobody to tell; the server ends with this process in any case.
        self.stop().ok();
    }
}

fn check(program: &str, output: &Output) -> Result<()> {
    if output.status.success() {
        return Ok(());
    }
    Err(Error::other(format!("{program}: {}", String::from_utf8_lossy(&output.stderr))))
}

/// PostgreSQL's programs refuse root, so root runs them as `postgres`. They end when we do, however
/// that happens.
fn as_other_user(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    let root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if root {
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
    }
    command.args(["--pdeathsig=KILL", "--"]).arg(program);
    command
}

const PROGRAMS: [&str; 4] = ["initdb", "postgres", "pg_ctl", "psql"];

/// The folder that has all of them: some distributions link a few only onto the `PATH`.
fn find_programs() -> Result<PathBuf> {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = std::env::split_paths(&on_path).collect();
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        folders.extend(versions.flatten().map(|version| version.path().join("bin")));
    }
    folders
        .into_iter()
        .find(|folder| PROGRAMS.iter().all(|name| folder.join(name).is_file()))
        .ok_or_else(|| {
            Error::other("PostgreSQL's initdb was not found; `cargo xtask test` installs it")
        })
}
