//! `cargo xtask build`: the static release in `dist/`, to be served by any file server from any folder.

use crate::run::{command, root, run};
use crate::{sizes, tools};
use anyhow::{Result, ensure};

/// What a first visit is to download at most, in bytes after brotli.
const GOAL: usize = 250_000;
/// What it may download until that is reached: it only shrinks.
const LIMIT: usize = 480_000;

/// Builds it, prints what a visitor downloads, and fails when that is too much.
pub fn build() -> Result<()> {
    tools::page()?;
    tools::wasm_opt()?;
    run(command("trunk", ["build", "--release"]))?;
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
