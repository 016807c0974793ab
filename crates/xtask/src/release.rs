//! `cargo xtask build`: the static release in `dist/`, to be served by any file server from any folder.

use crate::run::{command, root, run};
use crate::{sizes, tools};
use anyhow::{Result, ensure};

/// What a first visit may download, in bytes after brotli.
const LIMIT: usize = 250_000;

/// Builds it, prints what a visitor downloads, and fails when that is too much.
pub fn build() -> Result<()> {
    tools::page()?;
    tools::wasm_opt()?;
    run(command("trunk", ["build", "--release"]))?;
    let files = sizes::first_load(&root().join("dist"))?;
    print!("{}", sizes::table(&files));
    let total = sizes::total(&files).brotli;
    ensure!(
        total <= LIMIT,
        "the first visit downloads {total} bytes, {} over the limit of {LIMIT}",
        total - LIMIT
    );
    Ok(())
}
