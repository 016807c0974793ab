//! Who may use whom: the crates of the house, checked against `cargo metadata`.
#![allow(clippy::expect_used)]

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};
use mmap_tests::root;
use std::collections::BTreeSet;
use std::process::Command;

/// Each crate, and those of ours that it may use. Tests of a crate (dev-dependencies) may use more.
const ALLOWED: &[(&str, &[&str])] = &[
    ("abi", &[]),
    ("kernel", &["abi"]),
    ("minic", &["abi", "kernel"]),
    ("bench", &["abi", "kernel", "minic"]),
    ("strace", &["abi", "kernel"]),
    ("session", &["abi", "kernel", "minic"]),
    ("view", &["abi", "kernel", "minic", "session"]),
    ("oracle", &["abi", "bench", "kernel", "minic"]),
    (
        "web",
        &["abi", "kernel", "minic", "session", "strace", "view"],
    ),
    (
        "cli",
        &[
            "abi", "bench", "kernel", "minic", "oracle", "session", "strace", "view",
        ],
    ),
    ("xtask", &[]),
    (
        "tests",
        &[
            "abi", "bench", "cli", "kernel", "minic", "oracle", "session", "strace", "view",
        ],
    ),
];

/// What must not come in through anyone: the model has no I/O, clock, randomness, threads or serialisation of its own,
/// and knows no page.
const NOT_IN_THE_MODEL: &[&str] = &[
    "getrandom",
    "gloo",
    "js-sys",
    "libc",
    "rand",
    "rayon",
    "rustix",
    "serde",
    "tokio",
    "wasm-bindgen",
    "web-sys",
    "yew",
];

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .exec()
        .expect("cargo metadata")
}

/// Our name for a package of the workspace.
fn short(package: &str) -> Option<&str> {
    package.strip_prefix("mmap-")
}

fn normal_dependencies(package: &Package) -> BTreeSet<String> {
    let normal = |kind| kind == DependencyKind::Normal;
    package
        .dependencies
        .iter()
        .filter(|dependency| normal(dependency.kind))
        .map(|dependency| dependency.name.clone())
        .collect()
}

#[test]
fn crates_use_only_those_below_them() {
    let metadata = metadata();
    let mut wrong = Vec::new();
    for package in metadata.workspace_packages() {
        let name = short(&package.name).unwrap_or(&package.name);
        let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| *known == name) else {
            wrong.push(format!("{name} is not in the list"));
            continue;
        };
        let used = normal_dependencies(package);
        for ours in used.iter().filter_map(|name| short(name)) {
            if !allowed.contains(&ours) {
                wrong.push(format!("{name} uses {ours}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_model_stands_on_nothing_that_touches_the_world() {
    for model in ["mmap-abi", "mmap-kernel"] {
        let names = built_with(model);
        assert!(names.contains(model), "{model} itself is in {names:?}");
        let wrong: Vec<_> = NOT_IN_THE_MODEL
            .iter()
            .filter(|name| names.contains(**name))
            .collect();
        assert!(wrong.is_empty(), "{model} builds on {wrong:?}");
    }
}

/// The names of all packages that `package` is built with, on any platform, itself among them.
fn built_with(package: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--edges", "normal", "--target", "all"])
        .args(["--prefix", "none", "--package", package])
        .current_dir(root())
        .output()
        .expect("cargo tree");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let name = |line: &str| line.split_whitespace().next().map(str::to_owned);
    text.lines().filter_map(name).collect()
}
