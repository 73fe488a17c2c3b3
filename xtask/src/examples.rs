//! The examples: the pages among them are built and shown, and the command in each one's README is tried.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use clap::ValueEnum;
use rustix::process::{Pid, Signal, kill_process_group};

use crate::process::{command, root, run, server};
use crate::{install, npm, rust_web};

const FOLDER: &str = "examples";
const BROWSER_TESTS: &str = "examples/browser-tests";

/// How long a README's command may take to end or to serve: it may have to be compiled first.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// Examples that are web pages.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Page {
    /// TypeScript, on the npm package
    Web,
    /// Rust, compiled to WebAssembly
    RustWeb,
}

impl Page {
    fn folder(self) -> &'static str {
        match self {
            Self::Web => "examples/web",
            Self::RustWeb => "examples/rust-web",
        }
    }

    /// Builds the page, and on what it stands.
    fn build(self) -> Result<()> {
        match self {
            Self::Web => {
                npm::build()?;
                npm::install_tools(self.folder())?;
                run(&mut npm::in_folder(self.folder(), "npm", ["--silent", "run", "check"]))?;
                run(&mut npm::in_folder(self.folder(), "npm", ["--silent", "run", "build"]))
            }
            Self::RustWeb => rust_web::build(),
        }
    }

    /// Builds the page and serves it, with Guildhall beside it, until it is stopped.
    pub(crate) fn show(self) -> Result<()> {
        self.build()?;
        run(command(server()?).args(["serve", "--web"]).arg(Path::new(self.folder()).join("dist")))
    }
}

/// Runs what the READMEs say, which builds the pages, and drives those in a browser.
pub(crate) fn test() -> Result<()> {
    install::chromium()?;
    let server = server()?;
    let mut guildhall = Running::start(&server.display().to_string(), "")?;
    let Outcome::Serves(url) = guildhall.outcome()? else { bail!("the server did not start") };
    let mut examples: Vec<_> = fs::read_dir(root().join(FOLDER))?.collect::<Result<_, _>>()?;
    examples.sort_by_key(fs::DirEntry::path);
    for example in examples.iter().map(fs::DirEntry::path).filter(|path| path.is_dir()) {
        // Runs below, all of it.
        if example == root().join(BROWSER_TESTS) {
            continue;
        }
        let shown = command_of(&example.join("README.md"))?;
        eprintln!("    {shown}");
        try_out(&shown, &url).with_context(|| format!("`{shown}`"))?;
    }

    npm::install_tools(BROWSER_TESTS)?;
    run(npm::in_folder(BROWSER_TESTS, "npm", ["--silent", "test"]).env("GUILDHALL", &server))
}

/// The one line of the first shell block.
fn command_of(readme: &Path) -> Result<String> {
    let text = fs::read_to_string(readme)?;
    let block = text.split_once("```sh\n").and_then(|(_, rest)| rest.split_once("```"));
    let block = block.with_context(|| format!("{}: there is no ```sh block", readme.display()))?.0;
    let mut lines = block.lines();
    let (Some(line), None) = (lines.next(), lines.next()) else {
        bail!("{}: the first ```sh block should be one line", readme.display());
    };
    Ok(line.to_owned())
}

/// Runs a command until it has ended well, or shows a page at the address that it says.
fn try_out(shown: &str, guildhall: &str) -> Result<()> {
    match Running::start(shown, guildhall)?.outcome()? {
        Outcome::Ended(status) => ensure!(status.success(), "it ended with {status}"),
        Outcome::Serves(url) => {
            let answer = get(&url).with_context(|| url.clone())?;
            ensure!(answer.starts_with("HTTP/1.1 200"), "{url} answers: {answer}");
        }
    }
    Ok(())
}

/// What becomes of a command.
enum Outcome {
    /// It ended.
    Ended(ExitStatus),
    /// It said where it serves.
    Serves(String),
}

/// A command and all that it has started; ended when this is dropped.
struct Running(Child);

impl Running {
    /// Starts a command as one would type it, but with free ports and no data to keep, and with a server to ask.
    fn start(shown: &str, guildhall: &str) -> Result<Self> {
        let child = command("sh")
            .args(["-c", shown])
            .envs([("PORT", "0"), ("ADDRESS", "127.0.0.1:0"), ("DATABASE_URL", "sqlite::memory:")])
            .env("GUILD_SERVER", guildhall)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()?;
        Ok(Self(child))
    }

    /// Waits until it has ended, or said where it serves.
    fn outcome(&mut self) -> Result<Outcome> {
        let stdout = self.0.stdout.take().context("it was waited for before")?;
        let (say, said) = channel();
        // Reads to the end, for a full pipe would stop what is written there.
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                println!("    | {line}");
                let url = line.split_whitespace().find(|word| word.starts_with("http://127.0.0.1"));
                url.map(|url| say.send(url.to_owned()));
            }
        });
        match said.recv_timeout(PATIENCE) {
            Ok(url) => Ok(Outcome::Serves(url)),
            // Its output has ended, and so will it.
            Err(RecvTimeoutError::Disconnected) => Ok(Outcome::Ended(self.0.wait()?)),
            Err(RecvTimeoutError::Timeout) => bail!("nothing for {PATIENCE:?}"),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Where it has ended by itself there is nobody to tell.
        if let Ok(None) = self.0.try_wait() {
            kill_process_group(Pid::from_child(&self.0), Signal::TERM).ok();
            self.0.wait().ok();
        }
    }
}

/// The whole answer to a `GET`.
fn get(url: &str) -> Result<String> {
    let rest = url.trim_start_matches("http://");
    let (address, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
