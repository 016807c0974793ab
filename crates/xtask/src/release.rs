//! `cargo xtask build`: the static release in `dist/`, to be served by any file server from any folder.

use crate::bench::WASM_OPT;
use crate::run::{command, output, root, run};
use crate::shorten::shorten;
use crate::{sizes, split, tools};
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// What the first picture may need, in bytes after brotli.
const LIMIT: usize = 250_000;
/// What the page may download in all.
const LIMIT_IN_ALL: usize = 516_000;

/// Builds it, prints what a visitor downloads, and fails when that is too much.
pub fn build() -> Result<()> {
    tools::page()?;
    tools::wasm_opt()?;
    let mut limited = true;
    if let Err(error) = small_release() {
        limited = false;
        println!("{error:#}");
        println!("The release is built with Rust's library as it comes: it is a tenth larger.");
        run(command("trunk", RELEASE))?;
    }
    let dist = root().join("dist");
    match tools::browser_at_hand() {
        Some(browser) => split_release(&dist, &browser)?,
        None => {
            limited = false;
            println!(
                "The release is left in one piece, all of which its first picture needs: there is no Chromium or no Node.js to \
                 see what that picture runs."
            );
        }
    }
    shorten(&dist)?;
    let sizes = sizes::Sizes::of(&dist)?;
    print!("{}", sizes.table());
    let (first, all) = (sizes.first(), sizes.all());
    for (size, limit, what) in [
        (first, LIMIT, "the first picture needs"),
        (all, LIMIT_IN_ALL, "the page downloads"),
    ] {
        ensure!(
            size <= limit || !limited,
            "{what} {size} bytes, {} over the limit of {limit}",
            size.saturating_sub(limit)
        );
    }
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

/// Splits the page's WebAssembly by what runs in Chromium until the first picture stands.
fn split_release(dist: &Path, browser: &Path) -> Result<()> {
    let (wasm, name) = wasm_of(dist)?;
    tools::journey_packages()?;
    let whole = fs::read(&wasm)?;
    fs::write(&wasm, split::instrument(&whole)?)?;
    let mut node = command("node", ["tests/browser/first-picture.mjs"]);
    node.env("CHROMIUM", browser);
    let ran = output(node);
    fs::write(&wasm, &whole)?;
    let ran = ran.context("the release could not be watched in Chromium")?;
    let parts = split::split(&whole, &serde_json::from_str(&ran)?)?;
    // Both names change with what is in either file: a browser must never put two halves of different builds together.
    let mut hasher = DefaultHasher::new();
    (&parts.first, &parts.rest).hash(&mut hasher);
    let stem = name.replace("_bg.wasm", &format!("-{:016x}", hasher.finish()));
    let (first, rest) = (format!("{stem}_bg.wasm"), format!("{stem}_rest.wasm"));
    fs::write(dist.join(&first), parts.first)?;
    let rest_file = dist.join(&rest);
    fs::write(&rest_file, parts.rest)?;
    // The first module would have its stubs inlined, and be no smaller after brotli.
    let mut opt = command("wasm-opt", WASM_OPT);
    opt.arg(&rest_file).arg("-o").arg(&rest_file);
    run(opt)?;
    fs::remove_file(wasm)?;
    let page = dist.join("index.html");
    let html = fs::read_to_string(&page)?.replace(&name, &first);
    let attribute = format!("data-wasm=./{first}");
    ensure!(html.contains(&attribute), "index.html lacks {attribute}");
    let with_rest = format!("{attribute} data-rest=./{rest}");
    fs::write(page, html.replacen(&attribute, &with_rest, 1))?;
    Ok(())
}

/// The page's WebAssembly, with its name.
fn wasm_of(dist: &Path) -> Result<(PathBuf, String)> {
    for entry in fs::read_dir(dist)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with("_bg.wasm") {
            return Ok((entry.path(), name));
        }
    }
    bail!("there is no WebAssembly in {}", dist.display())
}
