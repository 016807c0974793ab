//! The house rules that no compiler checks: sizes, headings, unfinished work, paths of one machine, lints everywhere.
#![allow(clippy::expect_used)]

use ignore::WalkBuilder;
use mmap_tests::root;
use std::fs;

/// The longest a Rust file may be without being named in [`LONG_FILES`].
const LINES: usize = 500;

/// Files that are longer, with their length: it may only shrink, and an entry that is not needed any more has to go.
const LONG_FILES: &[(&str, usize)] = &[];

/// What says of itself that it is not finished.
const UNFINISHED: &[&str] = &[
    "TODO",
    "FIXME",
    "todo!(",
    "unimplemented!(",
    "dbg!(",
    "#[ignore",
];

/// Where somebody's own files are.
const PRIVATE_PATHS: &[&str] = &["/home/", "/root/", "/work/", "/farm/", "/Users/"];

/// Not part of what the rules are about: this file names what it looks for, and lock files are written by tools.
const EXEMPT: &[&str] = &[
    "tests/tidy.rs",
    "Cargo.lock",
    "tests/browser/package-lock.json",
];

struct SourceFile {
    /// From the root, with `/`.
    name: String,
    text: String,
}

/// The checkout's files of these kinds, without what git ignores.
fn files(kinds: &[&str]) -> Vec<SourceFile> {
    let mut files = Vec::new();
    let walk = WalkBuilder::new(root())
        .hidden(false)
        .require_git(false)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build();
    for entry in walk {
        let path = entry.expect("a readable folder").into_path();
        let kind = path.extension().and_then(|kind| kind.to_str());
        let name = path.strip_prefix(root()).expect("below the root");
        let name = name.to_string_lossy().replace('\\', "/");
        if kind.is_some_and(|kind| kinds.contains(&kind)) && !EXEMPT.contains(&name.as_str()) {
            let text = fs::read_to_string(&path).expect("UTF-8 text");
            files.push(SourceFile { name, text });
        }
    }
    assert!(!files.is_empty(), "no file of the kinds {kinds:?}");
    files
}

/// `NAME:LINE` of each line of `files` with one of `words`.
fn lines_with(files: &[SourceFile], words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for SourceFile { name, text } in files {
        for (index, line) in text.lines().enumerate() {
            if words.iter().any(|word| line.contains(word)) {
                found.push(format!("{name}:{}: {}", index + 1, line.trim()));
            }
        }
    }
    found
}

fn assert_none(found: &[String], rule: &str) {
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}

#[test]
fn each_module_says_what_it_is() {
    let silent: Vec<String> = files(&["rs"])
        .into_iter()
        .filter(|file| !file.text.starts_with("//!"))
        .map(|file| file.name)
        .collect();
    assert_none(&silent, "a module begins with its `//!`");
}

#[test]
fn files_are_short() {
    let mut wrong = Vec::new();
    let allowed = |name: &str| LONG_FILES.iter().find(|(file, _)| *file == name);
    let files = files(&["rs"]);
    for SourceFile { name, text } in &files {
        let lines = text.lines().count();
        match allowed(name) {
            None if lines > LINES => wrong.push(format!("{name}: {lines} lines, over {LINES}")),
            Some((_, then)) if lines > *then => {
                wrong.push(format!("{name} grew from {then} to {lines} lines"));
            }
            Some(_) if lines <= LINES => {
                wrong.push(format!("{name} is short now: take it out of LONG_FILES"));
            }
            _ => (),
        }
    }
    for (name, _) in LONG_FILES {
        if !files.iter().any(|file| file.name == *name) {
            wrong.push(format!("{name} in LONG_FILES is gone"));
        }
    }
    assert_none(&wrong, "a file is one idea, and short");
}

#[test]
fn no_work_is_left_unfinished() {
    let found = lines_with(&files(&["rs", "js", "mjs"]), UNFINISHED);
    assert_none(&found, "finish it, or leave it out");
}

#[test]
fn no_path_of_one_machine_is_written_down() {
    let kinds = [
        "rs", "toml", "md", "js", "mjs", "json", "html", "css", "sh", "c",
    ];
    let found = lines_with(&files(&kinds), PRIVATE_PATHS);
    assert_none(&found, "another machine has other folders");
}

/// The workspace's lints forbid `unsafe` and ask for documentation; only `oracle` sets its own, since it makes raw
/// system calls.
#[test]
fn each_package_has_the_lints_of_the_workspace() {
    let unlinted: Vec<String> = files(&["toml"])
        .into_iter()
        .filter(|file| {
            file.name.ends_with("/Cargo.toml") && file.name != "crates/oracle/Cargo.toml"
        })
        .filter(|file| !file.text.contains("[lints]\nworkspace = true"))
        .map(|file| file.name)
        .collect();
    assert_none(&unlinted, "a package takes the lints of the workspace");
}
