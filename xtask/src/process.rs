//! Starting other programs: from the workspace's root, and telling what was run when it fails.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use cargo_metadata::MetadataCommand;

/// The workspace's root, wherever `cargo xtask` was called from.
pub(crate) fn root() -> &'static Path {
    let own_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    own_folder.parent().unwrap_or(own_folder)
}

/// The folder in which cargo builds, whoever set it.
pub(crate) fn target() -> Result<PathBuf> {
    let metadata = MetadataCommand::new().current_dir(root()).no_deps().exec()?;
    Ok(metadata.target_directory.into())
}

/// `program`, to be run from the workspace's root.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// The cargo that started this task. A second toolchain may come first in `PATH` once the wasm32 check has installed
/// one; the checks stay with the first.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let mut command = command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args);
    command
}

/// What is checked beside the features that are on anyway, in everything that builds the server, so that it is built once.
pub(crate) const FEATURES: &str = "--features=guildhall-server/otel";

/// The first of the [`programs`].
pub(crate) fn server() -> Result<PathBuf> {
    programs().map(|[server, _]| server)
}

/// The server, and a throw-away PostgreSQL, built as the tests build them: the workspace's features together, so that
/// nothing is compiled twice.
pub(crate) fn programs() -> Result<[PathBuf; 2]> {
    run(cargo(&["build", "--workspace", "--locked", FEATURES]).args([
        "--bin",
        "guildhall",
        "--example",
        "cluster",
    ]))?;
    let target = target()?;
    Ok(["guildhall", "examples/cluster"].map(|program| target.join("debug").join(program)))
}

/// Runs `command` with its output shown. Fails when it cannot be started or does not succeed.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status =
        command.status().with_context(|| format!("`{}` could not be started", line(command)))?;
    ensure!(status.success(), "`{}` ended with {status}", line(command));
    Ok(())
}

/// What `command` prints on standard output, or nothing if it cannot be started or does not succeed: for questions
/// to which a missing program is an answer.
pub(crate) fn answer(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    if !output.status.success() {
        return None;
    }
    String::from_utf8(output.stdout).ok()
}

/// `command` as one would type it, without the folders of its program.
fn line(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let program = program.file_name().unwrap_or(program.as_os_str());
    std::iter::once(program)
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}
