//! The suite's programs print the same whether they run, go statement by statement, or command by command.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use kernel::Kernel;
use minic::machine::{Machine, Report, Status};
use minic::program::{RunOptions, start_program};

/// Programs of a folder of the suite, with what they print.
fn programs(folder: &str) -> Vec<(PathBuf, String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/suite")
        .join(folder);
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|kind| kind == "c"));
    paths.sort();
    assert!(paths.len() > 10);
    let with_output = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let output = fs::read(path.with_extension("out")).unwrap();
        (path, text, output)
    };
    paths.into_iter().map(with_output).collect()
}

/// What a program prints when it is taken further by `next` until it ends.
fn printed(name: &Path, text: &str, next: fn(&mut Machine, &mut Kernel) -> Report) -> Vec<u8> {
    let name = name.to_string_lossy();
    let (mut kernel, mut machine) = start_program(&name, text, &RunOptions::default()).unwrap();
    let mut output = Vec::new();
    loop {
        let report = next(&mut machine, &mut kernel);
        let pieces = report.account.output.iter().filter(|output| output.fd == 1);
        output.extend(pieces.flat_map(|output| output.bytes.to_vec()));
        match report.status {
            Status::Running | Status::Idle => {}
            Status::Finished => return output,
            other => panic!("{name}: {other:?}"),
        }
    }
}

fn same(folder: &str, next: fn(&mut Machine, &mut Kernel) -> Report) {
    for (path, text, expected) in programs(folder) {
        let output = printed(&path, &text, next);
        assert_eq!(
            String::from_utf8_lossy(&output),
            String::from_utf8_lossy(&expected),
            "{}",
            path.display()
        );
    }
}

#[test]
fn statement_by_statement_prints_the_same() {
    same("language", Machine::step);
    same("programs", Machine::step);
}

#[test]
fn command_by_command_prints_the_same() {
    same("language", Machine::advance);
    same("programs", Machine::advance);
}
