//! A NATS server of a test's own.

use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::PASSWORD;
use super::program::installed;

/// A server, on a port that was free; killed when this is dropped.
pub(crate) struct Nats {
    server: Child,
    address: String,
    _folder: TempDir,
}

impl Nats {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let any = ["--port=-1", "--ports_file_dir", folder.path().to_str().unwrap()];
        let server = spawn(&any);
        let ports = folder.path().join(format!("nats-server_{}.ports", server.id()));
        let address = wait_for(|| address_in(&ports));
        Self { server, address, _folder: folder }
    }

    /// Its `NATS_URL`.
    pub(crate) fn url(&self) -> String {
        format!("nats://guildhall:{PASSWORD}@{}", self.address)
    }

    /// Ends it as a failing machine would.
    pub(crate) fn stop(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }

    /// Starts it again where it was.
    pub(crate) fn restart(&mut self) {
        let (_, port) = self.address.rsplit_once(':').unwrap();
        self.server = spawn(&["--port", port]);
        wait_for(|| TcpStream::connect(&self.address).ok());
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

/// Starts the program, which ends when we do, however that happens.
fn spawn(arguments: &[&str]) -> Child {
    Command::new("setpriv")
        .args(["--pdeathsig=KILL", "--"])
        .arg(installed("nats-server"))
        .args(["--addr=127.0.0.1", "--user=guildhall", "--pass", PASSWORD])
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn address_in(ports: &Path) -> Option<String> {
    let json: Value = serde_json::from_str(&std::fs::read_to_string(ports).ok()?).ok()?;
    Some(json["nats"][0].as_str()?.strip_prefix("nats://")?.to_owned())
}

fn wait_for<T>(found: impl Fn() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(started.elapsed() < Duration::from_secs(10), "NATS does not start");
        sleep(Duration::from_millis(10));
    }
}
