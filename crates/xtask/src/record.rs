//! `cargo xtask record`: what gcc's build of each C program of `tests/suite` prints on this Linux, and its exit status.
//!
//! `NAME.c` is compiled with [`FLAGS`], run in an empty folder, and gives `NAME.out` and `NAME.status` (128+N: killed by
//! signal N). A program of the folder `unprivileged` runs without root's capabilities. `RECORDED.md` says which Linux and which compiler that was.

use crate::run::{command, output, root, run};
use crate::tools;
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

const FLAGS: [&str; 3] = ["-O1", "-w", "-D_GNU_SOURCE"];
/// What runs a program of the folder `unprivileged`: without any of root's capabilities.
const UNPRIVILEGED: [&str; 2] = ["setpriv", "--bounding-set=-all"];
/// A program that runs longer is stuck.
const SECONDS: &str = "20";

/// Records the programs named, or all.
pub fn record(names: &[String]) -> Result<()> {
    tools::gcc()?;
    let suite = root().join("tests/suite");
    let mut programs = Vec::new();
    collect(&suite, &mut programs)?;
    programs.sort();
    if !names.is_empty() {
        programs.retain(|path| {
            names
                .iter()
                .any(|name| path.file_stem() == Some(name.as_ref()))
        });
        ensure!(
            programs.len() == names.len(),
            "not every one of these is a program of tests/suite"
        );
    }
    for program in &programs {
        let name = program.strip_prefix(&suite).unwrap_or(program).display();
        record_one(program).with_context(|| name.to_string())?;
        println!("{name}");
    }
    fs::write(suite.join("RECORDED.md"), header()?)?;
    Ok(())
}

fn collect(folder: &Path, programs: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, programs)?;
        } else if path.extension().is_some_and(|kind| kind == "c") {
            programs.push(path);
        }
    }
    Ok(())
}

fn record_one(program: &Path) -> Result<()> {
    let scratch = root().join("target/record");
    let (binary, empty) = (scratch.join("program"), scratch.join("empty"));
    if empty.exists() {
        fs::remove_dir_all(&empty)?;
    }
    fs::create_dir_all(&empty)?;
    let mut gcc = command("gcc", FLAGS);
    gcc.arg("-o").arg(&binary).arg(program);
    run(gcc)?;
    let without: &[&str] = match program.iter().any(|folder| folder == "unprivileged") {
        true => &UNPRIVILEGED,
        false => &[],
    };
    let ran = Command::new("sh")
        .args(["-c", "timeout --signal=KILL \"$@\"; exit $?", "sh", SECONDS])
        .args(without)
        .arg(&binary)
        .current_dir(&empty)
        .stdin(Stdio::null())
        .output()?;
    fs::write(program.with_extension("out"), &ran.stdout)?;
    let status = exit_status(ran.status)?;
    fs::write(program.with_extension("status"), format!("{status}\n"))?;
    Ok(())
}

/// As the shell said it; 137 is SIGKILL, which no program of the suite sends to itself.
fn exit_status(status: ExitStatus) -> Result<i32> {
    match status.code() {
        Some(137) | None => bail!("still ran after {SECONDS} seconds, or was killed from outside"),
        Some(code) => Ok(code),
    }
}

fn header() -> Result<String> {
    let linux = output(command("uname", ["-sr"])).context("uname")?;
    let gcc = output(command("gcc", ["--version"])).context("gcc")?;
    let gcc = gcc.lines().next().unwrap_or_default();
    Ok(format!(
        "# Where the expected outputs come from\n\n\
         `cargo xtask record` compiled each program with `gcc {}`, ran it in an empty folder, and wrote what it printed\n\
         to `NAME.out` and its exit status to `NAME.status` (128+N: killed by signal N). Its stdout is a file there, not a\n\
         terminal: a program that forks with unwritten output prints it twice. It ran as root; those of `unprivileged`\n\
         without root's capabilities (`{}`).\n\n\
         Last run: {}, {gcc}.\n",
        FLAGS.join(" "),
        UNPRIVILEGED.join(" "),
        linux.trim()
    ))
}
