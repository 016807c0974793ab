//! Deliberate bugs of the model: the fuzzer finds each within 100,000 operations of all kinds.

use kernel::KernelConfig;
use kernel::mutant::Mutant;
use oracle::fuzz::{Met, Plan, fuzz};
use oracle::linux::Linux;
use oracle::model::Model;

/// Finds the bug; the report's text.
fn found(mutant: Mutant) -> Option<String> {
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
        trace: None,
        only: Vec::new(),
    };
    let mut report = None;
    fuzz(&mut model, &mut linux, &plan, |met| {
        if let Met::Divergence(finding) = met {
            report = Some(finding.report());
        }
    })
    .unwrap();
    report
}

#[test]
fn the_fuzzer_finds_each_deliberate_bug() {
    if let Some(why) = Linux::unavailable() {
        println!("no oracle here: {why}");
        return;
    }
    // What differs, as the report of a short program says it.
    let bugs = [
        (Mutant::SkipAnonVmaInMerge, "maps"),
        (Mutant::ForgetWriteProtectOnFork, "process"),
        (Mutant::CountZeroPageInRss, "Rss"),
        (Mutant::IgnoreHoleInMprotect, "mprotect"),
        (Mutant::DropTailZeroing, "answer"),
    ];
    for (mutant, sign) in bugs {
        let report = found(mutant).unwrap_or_else(|| panic!("{mutant:?} was not found"));
        assert!(
            report.contains(sign),
            "{mutant:?} shows otherwise:\n{report}"
        );
    }
}
