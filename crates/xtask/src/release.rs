//! `cargo xtask build`: the static release in `dist/`, to be served by any file server from any folder.

use crate::run::{command, root, run};
use crate::shorten::shorten;
use crate::{sizes, tools};
use anyhow::{Result, ensure};

/// What a first visit is to download at most, in bytes after brotli.
const GOAL: usize = 250_000;
/// What it may download until that is reached, where Rust's own library is compiled for it: it only shrinks.
const LIMIT: usize = 480_000;

/// Builds it, prints what a visitor downloads, and fails when that is too much.
pub fn build() -> Result<()> {
    tools::page()?;
    tools::wasm_opt()?;
    let small = small_release();
    if let Err(error) = &small {
        println!("{error:#}");
        println!("The release is built with Rust's library as it comes: it is a tenth larger.");
        run(command("trunk", RELEASE))?;
    }
    let dist = root().join("dist");
    shorten(&dist)?;
    let files = sizes::first_load(&dist)?;
    print!("{}", sizes::table(&files));
    let total = sizes::total(&files).brotli;
    if total > GOAL {
        println!("{} bytes over the goal of {GOAL}", total - GOAL);
    }
    ensure!(
        total <= LIMIT || small.is_err(),
        "the first visit downloads {total} bytes, {} over the limit of {LIMIT}",
        total - LIMIT
    );
    Ok(())
}

/// What trunk is asked for.
const RELEASE: [&str; 2] = ["build", "--release"];

/// The release with Rust's own library compiled for it: made small, and without the words of panics, which no visitor reads
/// (`web/boot.js` tells of the panic itself). Building that library is not stable: the variable lets the stable compiler do
/// it, here alone. In a folder of its own, since the flags would have the other builds start afresh.
fn small_release() -> Result<()> {
    tools::rust_src()?;
    println!(
        "Rust's own library is compiled for the release (the first time: two to four minutes)"
    );
    let mut trunk = command("trunk", RELEASE);
    trunk
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort")
        .env("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size")
        .env(
            "RUSTFLAGS",
            "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none",
        )
        .env("CARGO_TARGET_DIR", root().join("target/page"));
    run(trunk)
}
