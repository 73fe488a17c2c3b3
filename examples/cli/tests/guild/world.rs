//! A server, and people who each have their own device.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use guildhall_client::Client;
use guildhall_client::contract::{NewEvent, Timestamp};
use guildhall_core::passwords::{Cost, Passwords, PoolSize};
use guildhall_core::storage::Storage as _;
use guildhall_core::tokens::{Signing, TokenKeys};
use guildhall_core::{Guildhall, Policy};
use guildhall_storage_sqlite::{Location, SqliteStorage};
use poem::listener::{Acceptor as _, Listener as _, TcpListener};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The password of everyone here.
pub(crate) const PASSWORD: &str = "plum-orbit-velvet";

/// Longer than anything takes that is going to come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A server, and the folder of its data and of everyone's logins.
pub(crate) struct World {
    folder: TempDir,
    address: SocketAddr,
    runtime: Runtime,
}

impl World {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (runtime, address) = serve(folder.path(), SocketAddr::from(([127, 0, 0, 1], 0)));
        Self { folder, address, runtime }
    }

    /// Stops the server and all that it was doing, and starts another in its place.
    pub(crate) fn restart(self) -> Self {
        self.runtime.shutdown_timeout(PATIENCE);
        let (runtime, address) = serve(self.folder.path(), self.address);
        Self { runtime, address, ..self }
    }

    /// Makes events in someone's name.
    pub(crate) fn make_events(&self, organizer: &Person, count: usize) {
        self.runtime.block_on(async {
            let client = Client::builder(&organizer.server).build().unwrap();
            client.auth().sign_in(organizer.name, PASSWORD).await.unwrap();
            for number in 0..count {
                let new = NewEvent {
                    title: format!("Event {number}").into(),
                    description: "".into(),
                    date: Timestamp::from_micros(0),
                    location: "".into(),
                };
                client.events().create(&new).await.unwrap();
            }
        });
    }

    /// Someone who is not signed in.
    pub(crate) fn stranger(&self, name: &'static str) -> Person {
        let state = self.folder.path().join(name);
        Person { name, server: format!("http://{}", self.address), state }
    }

    /// Someone who has an account, and is signed in.
    pub(crate) fn person(&self, name: &'static str) -> Person {
        let person = self.stranger(name);
        person.register().succeeds();
        person
    }
}

/// What is in a text that has a JSON value in each line.
pub(crate) fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn serve(folder: &Path, address: SocketAddr) -> (Runtime, SocketAddr) {
    let runtime = Runtime::new().unwrap();
    let address = runtime.block_on(async {
        let location = Location::File(folder.join("guildhall.db"));
        let storage = SqliteStorage::open(&location).await.unwrap();
        storage.migrate().await.unwrap();
        let keys = TokenKeys::new(b"a key of this test's own, of 32 bytes", Signing::default());
        // Cheap: what is tested here is not how hard a hash is.
        let cost = Cost::new(8, 1, 1).unwrap();
        let passwords = Passwords::start(cost, PoolSize::default()).unwrap();
        let guildhall = Guildhall::new(Arc::new(storage), keys, passwords, Policy::default());
        let acceptor = TcpListener::bind(address).into_acceptor().await.unwrap();
        let address = *acceptor.local_addr()[0].as_socket_addr().unwrap();
        let app = guildhall_server::app(&guildhall);
        tokio::spawn(poem::Server::new_with_acceptor(acceptor).run(app));
        address
    });
    (runtime, address)
}

/// Someone with a device.
pub(crate) struct Person {
    pub(crate) name: &'static str,
    pub(crate) server: String,
    pub(crate) state: PathBuf,
}

impl Person {
    /// `guild` as it is started on this device, two hours east of UTC.
    pub(crate) fn guild(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_guild"));
        command.args(args).env_clear();
        command.env("GUILD_SERVER", &self.server).env("XDG_STATE_HOME", &self.state);
        command.env("TERM", "xterm").env("TZ", "<+02>-2");
        command
    }

    /// Runs `guild` to its end, with this as its input.
    pub(crate) fn run_with(&self, input: &str, args: &[&str]) -> Said {
        let mut command = self.guild(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // What does not read its input may be gone by now.
        child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
        let done = child.wait_with_output().unwrap();
        Said {
            code: done.status.code(),
            out: String::from_utf8(done.stdout).unwrap(),
            err: String::from_utf8(done.stderr).unwrap(),
        }
    }

    pub(crate) fn run(&self, args: &[&str]) -> Said {
        self.run_with("", args)
    }

    /// What a command that succeeds answers with `--json`.
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let out = self.run(&[args, &["--json"]].concat()).succeeds();
        serde_json::from_str(&out).unwrap()
    }

    pub(crate) fn register(&self) -> Said {
        let email = format!("{}@example.org", self.name);
        self.run_with(PASSWORD, &["register", self.name, "--email", &email])
    }

    /// Starts `guild`, to be listened to.
    pub(crate) fn start(&self, args: &[&str]) -> Live {
        let mut command = self.guild(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let out = lines(child.stdout.take().unwrap());
        let err = lines(child.stderr.take().unwrap());
        Live { input: child.stdin.take(), child, out, err }
    }
}

/// What a program said, all in all.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// Its output, once it has done what it was to do.
    #[track_caller]
    pub(crate) fn succeeds(self) -> String {
        assert_eq!((self.code, &*self.err), (Some(0), ""), "{self:?}");
        self.out
    }

    /// Asserts that it failed with this code, said this, and nothing on its output.
    #[track_caller]
    pub(crate) fn fails(self, code: i32, err: &str) {
        assert_eq!((self.code, &*self.out, &*self.err), (Some(code), "", err));
    }
}

/// A program that runs.
pub(crate) struct Live {
    child: Child,
    pub(crate) input: Option<ChildStdin>,
    pub(crate) out: Receiver<String>,
    pub(crate) err: Receiver<String>,
}

impl Live {
    /// Says a line to it.
    pub(crate) fn say(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    pub(crate) fn interrupt(&self) {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
    }

    /// Its exit code, once it has one.
    pub(crate) fn code(mut self) -> Option<i32> {
        let code = self.child.wait().unwrap().code();
        assert_eq!(self.err.iter().collect::<Vec<_>>(), [""; 0]);
        code
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Waits for a line that holds this, and passes over those before.
#[track_caller]
pub(crate) fn hear(lines: &Receiver<String>, text: &str) -> String {
    let deadline = Instant::now() + PATIENCE;
    let mut passed = Vec::new();
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match lines.recv_timeout(left) {
            Ok(line) if line.contains(text) => return line,
            Ok(line) => passed.push(line),
            Err(error) => panic!("no {text:?} after {passed:?}: {error}"),
        }
    }
}

fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (tell, lines) = channel();
    std::thread::spawn(move || {
        BufReader::new(from).lines().map_while(Result::ok).all(|line| tell.send(line).is_ok())
    });
    lines
}
