//! `cargo xtask test`: every check there is, a stage at a time, stopping at the first stage that fails.

use crate::run::{command, output, root, run_lines};
use crate::tally::Tally;
use crate::{release, tools};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Instant;

/// The page is compiled for the browser alone.
const PAGE: &str = "mmap-web";
const WASM: [&str; 2] = ["--target", "wasm32-unknown-unknown"];

/// A part of the tests that runs without the others.
struct Stage {
    name: &'static str,
    title: &'static str,
    run: fn(&mut Tally) -> Result<()>,
}

const STAGES: [Stage; 8] = [
    Stage {
        name: "fmt",
        title: "the code is formatted",
        run: fmt,
    },
    Stage {
        name: "clippy",
        title: "clippy has no warning",
        run: clippy,
    },
    Stage {
        name: "native",
        title: "tests on this machine",
        run: native,
    },
    Stage {
        name: "doctests",
        title: "examples of the documentation",
        run: doctests,
    },
    Stage {
        name: "rustdoc",
        title: "the documentation has no warning",
        run: rustdoc,
    },
    Stage {
        name: "wasm",
        title: "tests in headless Chromium",
        run: wasm,
    },
    Stage {
        name: "build",
        title: "the release and its size",
        run: build,
    },
    Stage {
        name: "journeys",
        title: "journeys through the release in headless Chromium",
        run: journeys,
    },
];

/// Runs the stages named, or all; the last line counts what passed and what failed.
pub fn run(only: &[String]) -> Result<ExitCode> {
    let known = || STAGES.iter().map(|stage| stage.name);
    if let Some(unknown) = only
        .iter()
        .find(|name| !known().any(|known| known == *name))
    {
        let known: Vec<_> = known().collect();
        bail!("no stage {unknown}; there are: {}", known.join(", "));
    }
    let chosen = |stage: &&Stage| only.is_empty() || only.iter().any(|name| name == stage.name);
    let start = Instant::now();
    let mut total = Tally::default();
    for stage in STAGES.iter().filter(chosen) {
        let Stage { name, title, run } = stage;
        println!("\n== {name}: {title}");
        let stage_start = Instant::now();
        let mut tally = Tally::default();
        let result = run(&mut tally);
        if result.is_err() {
            tally.failed = tally.failed.max(1);
        }
        total += tally;
        let seconds = stage_start.elapsed().as_secs();
        println!("== {name}: {tally} ({seconds} s)");
        if let Err(error) = result {
            println!("\nstage {name} failed: {error:#}");
            println!("again, alone: cargo xtask test --only {name}");
            println!("{total}");
            return Ok(ExitCode::FAILURE);
        }
    }
    println!("\n{} s in all", start.elapsed().as_secs());
    println!("{total}");
    Ok(ExitCode::SUCCESS)
}

/// A check that has no tests of its own counts as one.
fn check(tally: &mut Tally, command: Command) -> Result<()> {
    run_lines(command, |_| ())?;
    tally.passed += 1;
    Ok(())
}

/// A runner of tests, whose summaries are counted. One that runs nothing is a failure: a filter or a path went wrong.
fn tests(tally: &mut Tally, command: Command) -> Result<()> {
    let before = *tally;
    run_lines(command, |line| *tally += Tally::of_line(line))?;
    if *tally == before {
        bail!("it ran no test");
    }
    Ok(())
}

fn fmt(tally: &mut Tally) -> Result<()> {
    tools::component("fmt", "rustfmt")?;
    check(tally, command("cargo", ["fmt", "--all", "--check"]))
}

fn clippy(tally: &mut Tally) -> Result<()> {
    tools::component("clippy", "clippy")?;
    tools::wasm_target()?;
    let strict = ["--all-targets", "--", "-D", "warnings"];
    let mut native = command("cargo", ["clippy", "--workspace", "--exclude", PAGE]);
    native.args(strict);
    check(tally, native)?;
    let mut page = command("cargo", ["clippy", "--package", PAGE]);
    page.args(WASM).args(strict);
    check(tally, page)
}

fn native(tally: &mut Tally) -> Result<()> {
    tools::nextest()?;
    let nextest = ["nextest", "run", "--workspace", "--exclude", PAGE];
    tests(tally, command("cargo", nextest))
}

fn doctests(tally: &mut Tally) -> Result<()> {
    let doc = ["test", "--doc", "--workspace", "--exclude", PAGE];
    // A workspace without examples is in order: libtest then reports zero.
    run_lines(command("cargo", doc), |line| *tally += Tally::of_line(line))
}

fn rustdoc(tally: &mut Tally) -> Result<()> {
    let strict = |mut doc: Command| {
        // With private items: these pages are for those who work on the house.
        doc.args(["--no-deps", "--document-private-items"]);
        doc.env(
            "RUSTDOCFLAGS",
            "-D warnings -A rustdoc::private-intra-doc-links",
        );
        doc
    };
    let native = ["doc", "--workspace", "--exclude", PAGE];
    check(tally, strict(command("cargo", native)))?;
    let mut page = command("cargo", ["doc", "--package", PAGE]);
    page.args(WASM);
    check(tally, strict(page))
}

/// A crate with a `tests/wasm.rs` is tested in the browser.
fn wasm(tally: &mut Tally) -> Result<()> {
    let driver = tools::wasm_tests()?;
    let browser = tools::chromium()?;
    let programs = native_states("mmap-minic", "state_hashes")?;
    let commands = native_states("mmap-kernel", "random_states")?;
    for folder in browser_tested()? {
        let mut pack = command("wasm-pack", ["test", "--headless", "--chrome"]);
        pack.arg("--chromedriver").arg(&driver).arg(folder);
        pack.args(["--test", "wasm"]);
        pack.env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", capabilities(&browser)?);
        pack.env("WASM_BINDGEN_TEST_TIMEOUT", "120");
        pack.env("NATIVE_STATE_HASHES", &programs);
        pack.env("NATIVE_RANDOM_STATES", &commands);
        tests(tally, pack)?;
    }
    Ok(())
}

/// What an example prints of the states that the model goes through on this machine, in one line: those in the browser
/// have to be the same.
fn native_states(package: &str, example: &str) -> Result<String> {
    let mut run = command("cargo", ["run", "--quiet", "--package", package]);
    run.args(["--example", example]);
    let lines = output(run).context("the native states cannot be had")?;
    Ok(lines.replace('\n', ";"))
}

fn browser_tested() -> Result<Vec<PathBuf>> {
    let mut folders = vec![root().join("web")];
    for entry in fs::read_dir(root().join("crates"))? {
        folders.push(entry?.path());
    }
    folders.retain(|folder| folder.join("tests/wasm.rs").is_file());
    folders.sort();
    Ok(folders)
}

/// Chromium's options, in a file where wasm-bindgen's test runner reads them; it adds `headless` and `no-sandbox`.
fn capabilities(browser: &std::path::Path) -> Result<PathBuf> {
    let path = root().join("target/webdriver.json");
    let binary = browser.display().to_string().replace('\\', "\\\\");
    let args = QUIET_CHROMIUM.map(|arg| format!("\"{arg}\"")).join(", ");
    fs::write(
        &path,
        format!(r#"{{ "goog:chromeOptions": {{ "binary": "{binary}", "args": [{args}] }} }}"#),
    )?;
    Ok(path)
}

/// A browser that talks to nobody but the tests.
const QUIET_CHROMIUM: [&str; 6] = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

fn build(tally: &mut Tally) -> Result<()> {
    release::build()?;
    tally.passed += 1;
    Ok(())
}

/// What the release costs the browser, printed as a table.
pub fn measure() -> Result<()> {
    let browser = browsing()?;
    let mut node = command("node", ["tests/browser/measure.mjs"]);
    node.env("CHROMIUM", browser);
    crate::run::run(node)
}

/// Takes the pictures that the journeys compare the page with anew.
pub fn looks() -> Result<()> {
    let browser = browsing()?;
    let mut node = command("node", ["--test", "tests/browser/looks.test.mjs"]);
    node.env("CHROMIUM", browser).env("LOOKS", "record");
    crate::run::run(node)?;
    println!("Look at each picture of tests/browser/looks that git says has changed.");
    Ok(())
}

/// What drives the release in `dist/`, which is built where it is missing; gives the browser.
fn browsing() -> Result<PathBuf> {
    tools::journey_packages()?;
    let browser = tools::chromium()?;
    if !root().join("dist/index.html").is_file() {
        release::build()?;
    }
    Ok(browser)
}

/// Every `tests/browser/*.test.mjs`, over the release in `dist/`, which is built first where it is missing.
fn journeys(tally: &mut Tally) -> Result<()> {
    let browser = browsing()?;
    let mut files = Vec::new();
    for entry in fs::read_dir(root().join("tests/browser"))? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            files.push(path);
        }
    }
    files.sort();
    let mut node = command(
        "node",
        ["--test", "--test-reporter=spec", "--test-concurrency=1"],
    );
    node.args(files).env("CHROMIUM", browser);
    tests(tally, node)
}
