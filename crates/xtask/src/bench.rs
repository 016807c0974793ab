//! `cargo xtask bench`: the cost table with a column for wasm, compiled as the page is and run in Node.

use crate::run::{command, root, run};
use crate::tools;
use anyhow::{Context, Result};
use std::fs;

/// What binaryen is told of the page (`web/index.html`), in other words for its own command line.
pub const WASM_OPT: [&str; 9] = [
    "-Oz",
    "--one-caller-inline-max-function-size=40",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// Builds the crate `bench` for wasm, and hands it to `mmap-lab bench` with these arguments.
pub fn bench(arguments: &[String]) -> Result<()> {
    tools::node_wasm()?;
    let folder = root().join("target/bench");
    let mut build = command("cargo", ["build", "--package", "mmap-bench", "--lib"]);
    build.args(["--profile", "wasm", "--target", "wasm32-unknown-unknown"]);
    run(build)?;
    let mut bindgen = command("wasm-bindgen", ["--target", "nodejs", "--no-typescript"]);
    bindgen.args(["--out-name", "mmap_bench", "--out-dir"]);
    bindgen.arg(&folder);
    bindgen.arg(root().join("target/wasm32-unknown-unknown/wasm/bench.wasm"));
    run(bindgen)?;
    let wasm = folder.join("mmap_bench_bg.wasm");
    let mut opt = command("wasm-opt", WASM_OPT);
    opt.arg(&wasm).arg("-o").arg(&wasm);
    run(opt)?;
    let script = folder.join("node.mjs");
    fs::copy(root().join("crates/bench/node.mjs"), &script).context("node.mjs")?;
    let mut lab = command("cargo", ["run", "--release", "--quiet"]);
    lab.args(["--package", "mmap-cli", "--", "bench", "--wasm"]);
    lab.arg(script).args(arguments);
    run(lab)
}
