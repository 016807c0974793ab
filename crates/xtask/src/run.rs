//! Starting programs: from the root of the checkout, with the tools of `.tools` before those of the system.

use anyhow::{Context, Result, bail};
use std::env;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The root of the checkout.
pub fn root() -> &'static Path {
    // crates/xtask is two folders below it.
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}

/// The git-ignored folder of the tools that were installed for this checkout, so that the user's own stay as they are.
pub fn tools_dir() -> PathBuf {
    root().join(".tools")
}

/// `program` with `args`, to be started at the root with our tools on its PATH.
pub fn command<S: AsRef<OsStr>>(program: &str, args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(find(program).unwrap_or_else(|| program.into()));
    command.args(args).current_dir(root());
    if let Ok(path) = env::join_paths(search_path()) {
        command.env("PATH", path);
    }
    // trunk reads NO_COLOR as a Boolean and refuses its usual value, 1.
    command.env_remove("NO_COLOR");
    command
}

/// Where `program` stands, if anywhere on our search path.
pub fn find(program: &str) -> Option<PathBuf> {
    let file = format!("{program}{}", env::consts::EXE_SUFFIX);
    search_path()
        .into_iter()
        .map(|folder| folder.join(&file))
        .find(|path| path.is_file())
}

fn search_path() -> Vec<PathBuf> {
    let tools = tools_dir();
    let own = [tools.join("bin"), tools.join("node_modules/.bin")];
    let system = env::var_os("PATH").unwrap_or_default();
    own.into_iter().chain(env::split_paths(&system)).collect()
}

/// Runs it with this terminal; an error when it fails.
pub fn run(mut command: Command) -> Result<()> {
    let shown = shown(&command);
    let status = command
        .status()
        .with_context(|| format!("cannot start {shown}"))?;
    if !status.success() {
        bail!("{shown}: {status}");
    }
    Ok(())
}

/// Runs it, prints its output as it comes and hands each line to `each`; an error when it fails.
pub fn run_lines(mut command: Command, mut each: impl FnMut(&str)) -> Result<()> {
    let shown = shown(&command);
    let (reader, writer) = std::io::pipe().context("a pipe")?;
    command.stdout(writer.try_clone().context("a pipe")?);
    command.stderr(writer);
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot start {shown}"))?;
    // The command holds the pipe's writing ends: without them, reading ends when the child does.
    drop(command);
    for line in BufReader::new(reader).split(b'\n') {
        let line = line.context("reading its output")?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        each(&line);
    }
    let status = child.wait().context("waiting for it")?;
    if !status.success() {
        bail!("{shown}: {status}");
    }
    Ok(())
}

/// What it prints on stdout, when it starts and succeeds.
pub fn output(mut command: Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then_some(text)
}

fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let words = std::iter::once(name).chain(command.get_args());
    let words: Vec<_> = words.map(OsStr::to_string_lossy).collect();
    format!("`{}`", words.join(" "))
}
