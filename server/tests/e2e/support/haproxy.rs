//! HAProxy as `deploy/haproxy.cfg` has it, in front of replicas of a test's own.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio, id};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::Folder;
use super::program::installed;

const CONFIGURATION: &str = include_str!("../../../../deploy/haproxy.cfg");
const PATIENCE: Duration = Duration::from_secs(20);
/// Replicas, as the file names them: the host, and the server's name.
const REPLICAS: [(&str, &str); 2] = [("guildhall-1", "one"), ("guildhall-2", "two")];

/// Addresses of this machine that no other test uses, so that nothing else comes by their ports while one of them is
/// restarted: the proxy's, and each replica's.
pub(crate) fn hosts() -> [Ipv4Addr; 3] {
    let [.., high, low] = id().to_be_bytes();
    [1, 2, 3].map(|last| Ipv4Addr::new(127, high, low, last))
}

/// The proxy; killed when this is dropped.
pub(crate) struct Haproxy {
    child: Child,
    folder: Folder,
    pub(crate) address: SocketAddr,
}

impl Haproxy {
    /// Starts it at the first host in front of the others.
    pub(crate) fn start([own, replicas @ ..]: [Ipv4Addr; 3]) -> Self {
        let address = SocketAddr::from((own, 8080));
        let mut text = replaced(CONFIGURATION, "bind :80\n", &format!("bind {address}\n"));
        for ((name, _), host) in REPLICAS.iter().zip(replicas) {
            text = replaced(&text, &format!("{name}:8000"), &format!("{host}:8000"));
        }
        let folder = Folder::new();
        folder.write("haproxy.cfg", &text);
        let log = File::create(folder.path().join("log")).unwrap();
        // It ends when we do, however that happens.
        let child = Command::new("setpriv")
            .args(["--pdeathsig=KILL", "--"])
            .arg(installed("haproxy"))
            .args(["-db", "-f", "haproxy.cfg"])
            .current_dir(folder.path())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let proxy = Self { child, folder, address };
        proxy.wait_for("it listens", || TcpStream::connect(address).is_ok());
        proxy
    }

    /// What it has said.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Waits until it has found so many times that a replica is there again.
    pub(crate) fn finds_again(&self, replica: usize, times: usize) {
        let line = format!("replicas/{} is UP", REPLICAS[replica].1);
        self.wait_for(&line, || self.log().matches(&line).count() >= times);
    }

    fn wait_for(&self, what: &str, done: impl Fn() -> bool) {
        let started = Instant::now();
        while !done() {
            assert!(started.elapsed() < PATIENCE, "{what}: {}", self.log());
            sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Haproxy {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn replaced(text: &str, old: &str, new: &str) -> String {
    assert!(text.contains(old), "{old} is not in deploy/haproxy.cfg");
    text.replace(old, new)
}
