//! Deliberate bugs of the model: the fuzzer finds each within 100,000 operations.

use kernel::KernelConfig;
use kernel::mutant::Mutant;
use oracle::fuzz::{Plan, fuzz};
use oracle::linux::Linux;
use oracle::model::Model;

const MEMORY: [&str; 5] = ["load", "store", "mmap", "munmap", "mprotect"];
const FORK: [&str; 4] = ["load", "store", "mmap", "fork"];
const FILES: [&str; 3] = ["files", "read", "truncate"];

/// Finds the bug; the report's text.
fn found(mutant: Mutant, only: &[&str]) -> Option<String> {
    let mut linux = Linux::empty().unwrap();
    let mut model = Model::with_config(KernelConfig {
        mutant: Some(mutant),
        ..oracle::machine::config()
    });
    let plan = Plan {
        seed: 7,
        operations: 100_000,
        at_most: None,
        divergences: 1,
        only: only.iter().map(|kind| (*kind).into()).collect(),
    };
    let mut report = None;
    fuzz(&mut model, &mut linux, &plan, |finding| {
        report = Some(finding.report());
    });
    report
}

#[test]
fn the_fuzzer_finds_each_deliberate_bug() {
    if let Some(why) = Linux::unavailable() {
        println!("no oracle here: {why}");
        return;
    }
    // The operations that can show the bug, and what differs, as the report of a short program says it.
    let bugs = [
        (Mutant::SkipAnonVmaInMerge, &MEMORY[..], "maps"),
        (Mutant::ForgetWriteProtectOnFork, &FORK[..], "process"),
        (Mutant::CountZeroPageInRss, &MEMORY[..], "Rss"),
        (Mutant::IgnoreHoleInMprotect, &MEMORY[..], "mprotect"),
        (Mutant::DropTailZeroing, &FILES[..], "answer"),
    ];
    for (mutant, only, sign) in bugs {
        let report = found(mutant, only).unwrap_or_else(|| panic!("{mutant:?} was not found"));
        assert!(
            report.contains(sign),
            "{mutant:?} shows otherwise:\n{report}"
        );
    }
}
