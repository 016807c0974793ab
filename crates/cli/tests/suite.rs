//! The C programs of `tests/suite`, run by `mmap-lab run`, against what gcc's build of them gave on Linux.
//!
//! Each `NAME.c` stands beside `NAME.out`, its stdout, and `NAME.status`, its exit status (0 where there is none); `cargo
//! xtask record` writes both. Programs of the folder `unprivileged` run without root's capabilities. `NAME.events` and `NAME.maps`, where they exist, are what `--print events` and `--print maps` add:
//! the model's own words, written by `RECORD=1 cargo nextest run --test suite` and read by a person before they are kept.

#![allow(clippy::expect_used)]

use libtest_mimic::{Arguments, Failed, Trial};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Programs that need what the model has not got yet. One that passes has to leave the list.
const WAITING: &[&str] = &[];

/// What `--print` can add, each in a file of that ending.
const PRINTED: [&str; 2] = ["events", "maps"];

fn main() {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/suite");
    let mut programs = Vec::new();
    collect(&suite, &mut programs);
    let names: Vec<String> = programs.iter().map(|path| name_of(path, &suite)).collect();
    let mut trials = vec![Trial::test("each waiting program exists", {
        let names = names.clone();
        move || match WAITING
            .iter()
            .find(|name| !names.iter().any(|n| n == *name))
        {
            Some(gone) => Err(format!("{gone} is in WAITING and not in tests/suite").into()),
            None => Ok(()),
        }
    })];
    for (name, program) in names.into_iter().zip(programs) {
        let waiting = WAITING.contains(&name.as_str());
        trials.push(Trial::test(name, move || trial(&program, waiting)));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn collect(folder: &Path, programs: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            collect(&path, programs);
        } else if path.extension().is_some_and(|kind| kind == "c") {
            programs.push(path);
        }
    }
    programs.sort();
}

/// Its path below the suite, without the ending.
fn name_of(program: &Path, suite: &Path) -> String {
    let below = program.strip_prefix(suite).expect("a program of the suite");
    below
        .with_extension("")
        .to_string_lossy()
        .replace('\\', "/")
}

fn trial(program: &Path, waiting: bool) -> Result<(), Failed> {
    match (check(program), waiting) {
        (Ok(()), true) => Err("it passes now: take it out of WAITING".into()),
        (Err(_), true) | (Ok(()), false) => Ok(()),
        (Err(difference), false) => Err(difference.into()),
    }
}

fn check(program: &Path) -> Result<(), String> {
    let expected = fs::read_to_string(program.with_extension("out"))
        .map_err(|_| "no .out file: run `cargo xtask record`")?;
    let status = match fs::read_to_string(program.with_extension("status")) {
        Ok(text) => text
            .trim()
            .parse()
            .map_err(|_| "a .status that is no number")?,
        Err(_) => 0,
    };
    let ran = run(program, &[]);
    compare("stdout", &expected, &text(&ran.stdout), &ran)?;
    if ran.status.code() != Some(status) {
        let given = ran.status.to_string();
        return compare("exit status", &status.to_string(), &given, &ran);
    }
    PRINTED
        .iter()
        .try_for_each(|what| check_printed(program, what, &expected))
}

/// What `--print WHAT` adds to the program's own output.
fn check_printed(program: &Path, what: &str, stdout: &str) -> Result<(), String> {
    let file = program.with_extension(what);
    let Ok(expected) = fs::read_to_string(&file) else {
        return Ok(());
    };
    let ran = run(program, &["--print", what]);
    let printed = text(&ran.stdout);
    let added = printed.strip_prefix(stdout).unwrap_or(&printed);
    if env::var_os("RECORD").is_some() {
        return fs::write(file, added).map_err(|error| error.to_string());
    }
    compare(what, &expected, added, &ran)
}

fn run(program: &Path, options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mmap-lab"))
        .args(["run", "--preset", preset(program)])
        .arg(program)
        .args(options)
        .stdin(Stdio::null())
        .output()
        .expect("mmap-lab")
}

/// The machine that the program was recorded on.
fn preset(program: &Path) -> &'static str {
    match program.iter().any(|folder| folder == "unprivileged") {
        true => "user",
        false => "linux",
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Says where two texts part.
fn compare(what: &str, expected: &str, given: &str, ran: &Output) -> Result<(), String> {
    if expected == given {
        return Ok(());
    }
    let same = expected
        .lines()
        .zip(given.lines())
        .take_while(|(a, b)| a == b);
    let line = same.count();
    let at = |text: &str| match text.lines().nth(line) {
        Some(line) => format!("{line:?}"),
        None => "the end".to_owned(),
    };
    Err(format!(
        "{what}, line {}:\n  expected {}\n  given    {}\nstderr:\n{}",
        line + 1,
        at(expected),
        at(given),
        text(&ran.stderr)
    ))
}
