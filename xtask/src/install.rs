//! Programs that the checks need besides Rust: each is looked for, and installed when it is missing.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};
use cargo_metadata::semver::Version;

use crate::process::{answer, cargo, command, run, target};

/// A cargo subcommand from crates.io.
pub(crate) struct CargoTool {
    subcommand: &'static str,
    package: &'static str,
    /// Installed where the tool is missing or older; a newer one is left as it is.
    version: Version,
    /// What `cargo install` is told besides.
    options: &'static [&'static str],
}

/// Runs the tests, each in its own process.
pub(crate) const NEXTEST: CargoTool = CargoTool {
    subcommand: "nextest",
    package: "cargo-nextest",
    version: Version::new(0, 9, 151),
    // The set that its makers recommend for builds of one's own: what updates the program itself stays out.
    options: &["--no-default-features", "--features", "default-no-update"],
};

/// Checks the dependencies against `deny.toml`.
pub(crate) const DENY: CargoTool = CargoTool {
    subcommand: "deny",
    package: "cargo-deny",
    version: Version::new(0, 20, 2),
    options: &[],
};

/// Makes sure that `tool` is there, by building it if need be, which takes minutes: without optimisation, because that
/// halves them and the tools spend their time waiting for others.
pub(crate) fn cargo_tool(tool: &CargoTool) -> Result<()> {
    let found = answer(&mut cargo(&[tool.subcommand, "--version"]));
    if found.as_deref().and_then(version_in).is_some_and(|version| version >= tool.version) {
        return Ok(());
    }
    let pinned = format!("{}@{}", tool.package, tool.version);
    eprintln!("    building {pinned}, which takes some minutes");
    run(cargo(&["install", "--locked", "--quiet", "--debug", &pinned])
        .args(tool.options)
        .env("CARGO_PROFILE_DEV_DEBUG", "0"))
}

/// What the checks use from PyPI: `icalendar`, which reads calendars, `schemathesis`, which explores APIs, and what
/// applications that are taken over are made with (passlib knows bcrypt up to 4.0). With all that they need, in the words of `pip freeze`.
const PYTHON_PACKAGES: [&str; 38] = [
    "anyio==4.16.0",
    "argon2-cffi==25.1.0",
    "argon2-cffi-bindings==26.2.0",
    "bcrypt==4.0.1",
    "certifi==2026.10.18",
    "cffi==2.1.1",
    "charset-normalizer==3.5.2",
    "click==8.5.1",
    "graphql-core==3.3.2",
    "harfile==0.6.0",
    "hypothesis==6.170.15",
    "hypothesis-graphql==0.13.5",
    "icalendar==7.3.0",
    "idna==3.20",
    "iniconfig==2.3.1",
    "jsonschema-rs==0.60.3",
    "markdown-it-py==4.3.0",
    "MarkupSafe==3.0.4",
    "mdurl==0.1.2",
    "packaging==26.3",
    "passlib==1.7.4",
    "pluggy==1.7.0",
    "psycopg2-binary==2.9.13",
    "pycparser==3.12",
    "Pygments==2.21.0",
    "pyrate-limiter==4.5.1",
    "pytest==9.2.0",
    "python-dateutil==4.0.0",
    "PyYAML==6.0.3",
    "requests==2.34.2",
    "rich==15.0.0",
    "schemathesis==4.32.5",
    "sortedcontainers==2.4.0",
    "SQLAlchemy==2.1.9",
    "typing-extensions==4.16.0",
    "tzdata==2026.6",
    "urllib3==2.8.0",
    "Werkzeug==3.1.9",
];

/// A Python that has the packages from PyPI, in a folder of its own.
pub(crate) fn python() -> Result<Command> {
    let folder = target()?.join("python");
    let python = folder.join("bin/python");
    let frozen = answer(command(&python).args(["-m", "pip", "freeze"])).unwrap_or_default();
    // Some versions of pip write the one for the other.
    let frozen = frozen.replace('_', "-");
    if PYTHON_PACKAGES.iter().any(|package| frozen.lines().all(|line| line != *package)) {
        if answer(command("python3").args(["-c", "import ensurepip, venv"])).is_none() {
            debian_packages("Python", &["python3-venv"])?;
        }
        eprintln!("    installing {} packages from PyPI", PYTHON_PACKAGES.len());
        run(command("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
        run(command(&python)
            .args(["-m", "pip", "install", "--quiet", "--no-deps"])
            .args(PYTHON_PACKAGES))?;
    }
    Ok(command(python))
}

/// Makes sure that PostgreSQL's server programs are there. The tests start a cluster of their own with them.
pub(crate) fn postgres() -> Result<()> {
    let mut folders = debian_postgres_folders();
    folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    if folders
        .iter()
        .any(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
    {
        return Ok(());
    }
    debian_packages("PostgreSQL", &["postgresql"])
}

/// Makes sure that NATS's server is there. The tests start their own.
pub(crate) fn nats() -> Result<()> {
    program("NATS", "nats-server")
}

/// Makes sure that HAProxy is there. The tests start their own, in front of replicas that are restarted.
pub(crate) fn haproxy() -> Result<()> {
    program("HAProxy", "haproxy")
}

/// A program whose package has its name.
fn program(what: &str, name: &str) -> Result<()> {
    let mut folders: Vec<_> = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect();
    // Where Debian puts it, which is in few people's `PATH`.
    folders.push("/usr/sbin".into());
    if folders.iter().any(|folder| folder.join(name).is_file()) {
        return Ok(());
    }
    debian_packages(what, &[name])
}

/// Makes sure that Prometheus's `promtool` is there, which tries the alerts.
pub(crate) fn prometheus() -> Result<()> {
    if answer(command("promtool").arg("--version")).is_some() {
        return Ok(());
    }
    debian_packages("Prometheus", &["prometheus"])
}

/// Makes sure that Node.js and npm are there, which make and test the npm package.
pub(crate) fn node() -> Result<()> {
    // The oldest whose test runner knows a time limit, and which has WebSockets to be asked for.
    let needed = Version::new(20, 11, 0);
    let found = answer(command("node").arg("--version"));
    let node = found.as_deref().and_then(|line| version_in(line.trim_start_matches('v')));
    let npm = answer(command("npm").arg("--version"));
    if node.is_some_and(|version| version >= needed) && npm.is_some() {
        return Ok(());
    }
    debian_packages("Node.js 20.11 or newer, with npm", &["nodejs", "npm"])
}

/// Makes sure that Chromium is there, in which the npm package is tried.
pub(crate) fn chromium() -> Result<()> {
    if answer(command("chromium").arg("--version")).is_some() {
        return Ok(());
    }
    debian_packages("Chromium", &["chromium"])
}

/// Installs Debian packages, which only root can.
///
/// # Errors
///
/// Elsewhere than on Debian, and without root's rights, says what to install.
pub(crate) fn debian_packages(what: &str, packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    let is_root = answer(command("id").arg("-u")).is_some_and(|id| id.trim() == "0");
    if !is_root || answer(command("apt-get").arg("--version")).is_none() {
        bail!("{what} is missing; please install it (Debian: apt-get install {names})");
    }
    eprintln!("    installing {what}: {names}");
    run(command("apt-get").args(["-qq", "update"]))?;
    run(command("apt-get")
        .args(["-qq", "-o", "Dpkg::Use-Pty=0", "install", "-y"])
        .arg("--no-install-recommends")
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive"))
}

/// Debian keeps the server's programs out of `PATH`, in one folder per major version.
fn debian_postgres_folders() -> Vec<PathBuf> {
    fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect()
}

/// The version in a line such as `cargo-deny 0.20.2` or `rustc 1.96.0 (ac68faa20 2026-05-25)`.
pub(crate) fn version_in(line: &str) -> Option<Version> {
    line.split_whitespace().find_map(|word| Version::parse(word).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_tools_print() {
        let expected = Some(Version::new(0, 9, 151));
        assert_eq!(
            version_in("cargo-nextest 0.9.151 (3c1d1ea6b 2026-11-02)\nrelease: 0.9.151"),
            expected
        );
        assert_eq!(version_in("no version at all"), None);
    }
}
