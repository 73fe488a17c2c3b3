//! The program itself, in a folder of its own.

use std::io::{Read, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use super::Api;

/// How long anything may take here before the test fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// Environment variables.
pub(crate) type Variables<'a> = [(&'a str, &'a str)];

/// What programs are started with unless a test says otherwise: limits that are at work, and that no test meets.
const USUAL: &Variables<'_> = &[
    ("PORT", "0"),
    ("REQUESTS_PER_MINUTE", "1000000000"),
    ("ADDRESS_REQUESTS_PER_MINUTE", "1000000000"),
];

/// Another program, which Debian may have put where few people's `PATH` leads.
pub(crate) fn installed(name: &str) -> PathBuf {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = std::env::split_paths(&on_path).collect();
    folders.push("/usr/sbin".into());
    let mut programs = folders.iter().map(|folder| folder.join(name));
    let program = programs.find(|program| program.is_file());
    program.unwrap_or_else(|| panic!("{name} was not found; `cargo xtask test` installs it"))
}

/// A working directory for the program; gone when this is dropped.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// The same with a `.env` file.
    pub(crate) fn with_env(text: &str) -> Self {
        let folder = Self::new();
        folder.write(".env", text);
        folder
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    /// The names of its files that begin like this, in order.
    pub(crate) fn names(&self, begin: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| name.starts_with(begin)).collect();
        names.sort();
        names
    }

    /// Starts it.
    pub(crate) fn spawn(&self, arguments: &[&str], variables: &Variables<'_>) -> Running {
        self.start(Command::new(env!("CARGO_BIN_EXE_guildhall")).args(arguments), variables)
    }

    fn start(&self, command: &mut Command, variables: &Variables<'_>) -> Running {
        let mut child = command
            .current_dir(self.path())
            .env_clear()
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = Said::listen(child.stdout.take().unwrap());
        let stderr = Said::listen(child.stderr.take().unwrap());
        Running { child, stdout, stderr }
    }

    /// Runs it to its end, with this on its standard input.
    pub(crate) fn run(&self, arguments: &[&str], variables: &Variables<'_>, input: &str) -> Ended {
        let mut running = self.spawn(arguments, variables);
        // It may have ended without reading.
        running.child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
        running.ended()
    }

    /// Serves on a free port.
    pub(crate) fn serve(&self, variables: &Variables<'_>) -> Running {
        Self::served(self.spawn(&[], &[USUAL, variables].concat()))
    }

    /// The same with file descriptors up to these limits, a soft one and a hard one.
    pub(crate) fn serve_within(&self, soft: u32, hard: u32) -> Running {
        let script = format!("ulimit -Sn {soft} && ulimit -Hn {hard} && exec \"$0\"");
        let mut command = Command::new("/bin/sh");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_guildhall")]);
        Self::served(self.start(&mut command, USUAL))
    }

    fn served(mut running: Running) -> Running {
        let started = Instant::now();
        while running.address().is_none() {
            if let Some(status) = running.child.try_wait().unwrap() {
                panic!("{status}: {}", running.stderr.text());
            }
            assert!(started.elapsed() < PATIENCE, "it does not start");
            sleep(Duration::from_millis(10));
        }
        running
    }
}

/// What a pipe has brought so far.
#[derive(Clone)]
struct Said {
    bytes: Arc<Mutex<Vec<u8>>>,
    end: Arc<Mutex<()>>,
}

impl Said {
    fn listen(mut pipe: impl Read + Send + 'static) -> Self {
        let said = Self { bytes: Arc::default(), end: Arc::default() };
        let (all, end) = (Arc::clone(&said.bytes), Arc::clone(&said.end));
        let (ready, begun) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let _until_the_end = end.lock().unwrap();
            ready.send(()).unwrap();
            let mut piece = [0; 4096];
            while let Ok(length @ 1..) = pipe.read(&mut piece) {
                all.lock().unwrap().extend_from_slice(&piece[..length]);
            }
        });
        begun.recv().unwrap();
        said
    }

    fn text(&self) -> String {
        String::from_utf8(self.bytes.lock().unwrap().clone()).unwrap()
    }

    /// All of it, once the other side has closed the pipe.
    fn whole(&self) -> String {
        drop(self.end.lock().unwrap());
        self.text()
    }
}

/// The program while it runs; killed when this is dropped.
pub(crate) struct Running {
    child: Child,
    stdout: Said,
    stderr: Said,
}

/// How the program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Running {
    /// What it answers, once it does.
    pub(crate) async fn api(&self) -> Api {
        let api = Api::at(self.address().unwrap());
        assert_eq!(api.get("/healthz").await.status, 200);
        api
    }

    /// Where it serves, once it has said so, in either form of its log.
    fn address(&self) -> Option<SocketAddr> {
        let (stdout, stderr) = (self.stdout.text(), self.stderr.text());
        let plain =
            stdout.lines().filter_map(|line| Some(line.strip_prefix("Try it: ")?.to_owned()));
        let lines = stderr.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mut pages =
            plain.chain(lines.filter_map(|line| Some(line["docs"].as_str()?.to_owned())));
        let page = pages.find_map(|page| page.strip_suffix("/docs").map(str::to_owned))?;
        Some(page.strip_prefix("http://")?.parse().unwrap())
    }

    /// What it has said on standard output.
    pub(crate) fn stdout(&self) -> String {
        self.stdout.text()
    }

    /// What it has said on standard error.
    pub(crate) fn stderr(&self) -> String {
        self.stderr.text()
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        kill_process(self.pid(), Signal::TERM).unwrap();
    }

    /// Waits until something is so.
    pub(crate) fn waits_until(&self, is_so: impl Fn() -> bool) {
        let started = Instant::now();
        while !is_so() {
            assert!(started.elapsed() < PATIENCE, "it does not come to that: {}", self.stderr());
            sleep(Duration::from_millis(10));
        }
    }

    /// Ends it as a failing machine would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end.
    pub(crate) fn ended(mut self) -> Ended {
        let started = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(started.elapsed() < PATIENCE, "it does not end: {}", self.stderr.text());
            sleep(Duration::from_millis(10));
        };
        Ended { status, stdout: self.stdout.whole(), stderr: self.stderr.whole() }
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Ended {
    /// What it said on standard output, having done what it was told.
    #[track_caller]
    pub(crate) fn done(&self) -> &str {
        assert!(self.status.success(), "{self:?}");
        assert_eq!(self.stderr, "");
        &self.stdout
    }

    /// Asserts that it refused, in one line of words that holds these.
    #[track_caller]
    pub(crate) fn refused(&self, words: &str) {
        assert!(self.status.code().is_some_and(|code| code != 0), "{self:?}");
        let [line] = self.stderr.lines().collect::<Vec<_>>()[..] else { panic!("{self:?}") };
        assert!(line.starts_with("guildhall: ") && line.contains(words), "{words}: {line}");
        for debris in ["Error {", "Error(", "Some(", "panicked", "Storage(", "{:?}", "\\n"] {
            assert!(!line.contains(debris), "{line}");
        }
        assert_eq!(self.stdout, "");
    }
}
