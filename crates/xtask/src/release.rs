//! `cargo xtask build`: the static release in `dist/`, to be served by any file server from any folder.

use crate::run::{command, root, run};
use crate::{sizes, tools};
use anyhow::{Result, ensure};
use std::process::Command;

/// What a first visit is to download at most, in bytes after brotli.
const GOAL: usize = 250_000;
/// What it may download until that is reached: it only shrinks.
const LIMIT: usize = 480_000;

/// Builds it, prints what a visitor downloads, and fails when that is too much.
pub fn build() -> Result<()> {
    tools::page()?;
    tools::wasm_opt()?;
    run(trunk())?;
    let files = sizes::first_load(&root().join("dist"))?;
    print!("{}", sizes::table(&files));
    let total = sizes::total(&files).brotli;
    if total > GOAL {
        println!("{} bytes over the goal of {GOAL}", total - GOAL);
    }
    ensure!(
        total <= LIMIT,
        "the first visit downloads {total} bytes, {} over the limit of {LIMIT}",
        total - LIMIT
    );
    Ok(())
}

/// The release, with Rust's own library compiled for it where that can be had: made small, and without the words of panics,
/// which no visitor reads (`web/boot.js` tells of the panic itself).
fn trunk() -> Command {
    let mut trunk = command("trunk", ["build", "--release"]);
    if let Err(error) = tools::rust_src() {
        println!("{error:#}");
        println!("The release is built with Rust's library as it comes, and is a tenth larger.");
        return trunk;
    }
    println!(
        "Rust's own library is compiled for the release (the first time: two to four minutes)"
    );
    trunk
        // Building the library is not stable: this lets the stable compiler do it, here alone.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort")
        .env("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size")
        .env(
            "RUSTFLAGS",
            "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none",
        )
        // The variables above would have the other builds start afresh.
        .env("CARGO_TARGET_DIR", root().join("target/page"));
    trunk
}
